import pulumi
from making import Thing

a = Thing("a", n=5)
pulumi.export("a", a.made)
raise RuntimeError("the program breaks")
