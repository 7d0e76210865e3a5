import pulumi
from making import Group, Thing

config = pulumi.Config()
group = Group("group", pulumi.ResourceOptions(protect=True))
a = Thing(
    "a",
    pulumi.ResourceOptions(parent=group, protect=False, additional_secret_outputs=["token"]),
    n=1,
    word=config.require("word"),
    key=config.require_secret("key"),
    deep={"list": [1, 2.5, "x", None, True, {"y": {}}], "empty": []},
)
b = Thing(
    "b",
    pulumi.ResourceOptions(
        depends_on=[a],
        retain_on_delete=True,
        custom_timeouts=pulumi.CustomTimeouts(create="5m", delete="90s"),
        ignore_changes=["n"],
        replace_on_changes=["colour"],
    ),
    n=1,
    of=a.made,
    secret=a.token,
)
late = Thing("late", pulumi.ResourceOptions(delete_before_replace=True, deleted_with=a), lazy=True, n=1)
group.register_outputs({"made": a.made, "list": [1, 2]})
pulumi.export("a", a.made)
pulumi.export("token", a.token)
pulumi.export("plain", {"x": [1, {"y": None}], "big": 12345678901, "float": 0.1})
