import pulumi
from making import Thing

a = Thing("a", n=3)
pulumi.export("a", a.made)
