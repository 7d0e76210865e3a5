import pulumi
from making import Thing

a = Thing("a", size=2)
b = Thing("b", size=a.made)
first = Thing("first", size=2, first=True)
after = Thing("after", size=first.made, first=True)
loose = Thing("loose", pulumi.ResourceOptions(depends_on=[first]), size=2)
along = Thing("along", pulumi.ResourceOptions(deleted_with=first), size=2)
asked = Thing("asked", pulumi.ResourceOptions(replace_on_changes=["n"]), lazy=True, n=2)
kept = Thing("kept", pulumi.ResourceOptions(retain_on_delete=True), size=2)
