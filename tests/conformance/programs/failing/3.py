import pulumi
from making import Thing

a = Thing("a", n=98)
pulumi.export("a", a.made)
