"""The same with changes: updates, replacements, other sources."""

import pulumi
from pulumi_command import local, remote

config = pulumi.Config()
target = config.require("target")
connection = remote.ConnectionArgs(
    host="127.0.0.1",
    port=config.require_float("port"),
    user="ubuntu",
    password=config.require_secret("password"),
    per_dial_timeout=6,
)

local.Command("empty", create="echo no more")
first = local.Command(
    "first",
    create='echo "made $WORD"; cat; echo told >&2',
    delete="echo deleted",
    dir="files",
    environment={"WORD": "better"},
    stdin="and read",
    triggers=[1, "two", {"three": 4}],
)
local.Command("updated", create="echo create", update='echo "update $PULUMI_COMMAND_STDOUT"', environment={"N": "2"})
local.Command("kept", create=pulumi.Output.secret("echo other"))
local.Command("replaced", create="echo new")

there = remote.Command(
    "there", connection=connection, create="echo there", update="echo updated", triggers=[first.stderr]
)
remote.CopyToRemote("text", connection=connection, source=pulumi.StringAsset("bye\n"), remote_path=f"{target}/text")
remote.CopyToRemote(
    "file", connection=connection, source=pulumi.FileAsset("files/a.txt"), remote_path=f"{target}/b", triggers=["y"]
)
remote.CopyFile("old", connection=connection, local_path="files/b.md", remote_path=f"{target}/old")

pulumi.export("run", local.run_output(command="echo run again").stdout)
pulumi.export("there", there.stdout)
