import pulumi
from making import Thing

a = Thing("a", n=2, word="w")
pulumi.export("a", a.made)
