import pulumi
from making import Thing

a = Thing("a", n=4)
pulumi.log.error("something is off")
