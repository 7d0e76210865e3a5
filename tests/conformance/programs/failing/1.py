import pulumi
from making import Thing

a = Thing("a", n=1)
b = Thing("b", pulumi.ResourceOptions(depends_on=[a]), n=99)
c = Thing("c", pulumi.ResourceOptions(depends_on=[b]), n=1)
pulumi.export("a", a.made)
