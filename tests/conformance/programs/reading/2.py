import pulumi
from making import Thing

other = pulumi.StackReference("self", stack_name="organization/reading/dev")
plain = Thing("plain", n=1, word=other.get_output("plain"))
hidden = Thing("hidden", n=1, word=other.get_output("secret"))
explicit = Thing("explicit", pulumi.ResourceOptions(provider=None), n=1)
pulumi.export("plain", other.get_output("plain"))
pulumi.export("absent", other.get_output("absent"))
