import pulumi
from making import Thing

a = Thing("a", n=2)
b = Thing("b", pulumi.ResourceOptions(depends_on=[a]), n=97)
pulumi.export("a", a.made)
