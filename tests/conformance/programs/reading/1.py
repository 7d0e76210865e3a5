import pulumi
from making import Group, Thing

group = Group("group")
gone = Thing("gone", pulumi.ResourceOptions(parent=group), n=96)
drifted = Thing("drifted", n=4)
needs = Thing("needs", pulumi.ResourceOptions(depends_on=[gone]), n=1, of=gone.made)
pulumi.export("secret", pulumi.Output.secret({"k": ["v"]}))
pulumi.export("plain", drifted.made)
