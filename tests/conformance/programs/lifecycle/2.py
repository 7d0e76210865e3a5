import pulumi
from making import Group, Thing

config = pulumi.Config()
group = Group("group")
a = Thing(
    "a",
    pulumi.ResourceOptions(parent=group, additional_secret_outputs=["token"]),
    n=2,
    word=config.require("word"),
    key=config.require_secret("key"),
    deep={"list": [1, 2.5, "y", None, True, {"y": {}}], "more": {"k": 1}},
)
b = Thing("b", pulumi.ResourceOptions(depends_on=[a], ignore_changes=["n"]), n=2, of=a.made, secret=a.token)
renamed = Thing("renamed", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="late")]), lazy=True, n=1)
new = Thing("new", pulumi.ResourceOptions(parent=renamed), n=1)
group.register_outputs({"made": a.made})
pulumi.export("a", a.made)
pulumi.export("new", new.token)
