"""Every resource and the function, every input at least once."""

import pulumi
from pulumi_command import local, remote

config = pulumi.Config()
target = config.require("target")
connection = remote.ConnectionArgs(
    host="127.0.0.1",
    port=config.require_float("port"),
    user="ubuntu",
    password=config.require_secret("password"),
    per_dial_timeout=5,
)

local.Command("empty")
first = local.Command(
    "first",
    create='echo "made $WORD"; cat; echo told >&2',
    delete="true",
    dir="files",
    environment={"WORD": "well", "KEY": config.require_secret("password")},
    stdin="and read",
    interpreter=["/bin/sh", "-c"],
    logging=local.Logging.STDOUT,
    triggers=[1, "two", {"three": 3}],
    add_previous_output_in_env=False,
)
files = local.Command(
    "files",
    create="true",
    dir="files",
    asset_paths=["**", "!**.md"],
    archive_paths=["site/*"],
    triggers=[first.stdout],
)
local.Command("updated", create="echo create", update='echo "update $PULUMI_COMMAND_STDOUT"', environment={"N": "1"})
local.Command("kept", create=pulumi.Output.secret("echo secret"), opts=pulumi.ResourceOptions(depends_on=[files]))
local.Command("replaced", create="echo new", triggers=[1])

there = remote.Command(
    "there",
    connection=connection,
    create="echo there; cat",
    delete="true",
    stdin="over there",
    logging=remote.Logging.NONE,
    triggers=[first.stderr],
)
remote.CopyToRemote("text", connection=connection, source=pulumi.StringAsset("hello\n"), remote_path=f"{target}/text")
remote.CopyToRemote(
    "file", connection=connection, source=pulumi.FileAsset("files/a.txt"), remote_path=f"{target}/a", triggers=["x"]
)
remote.CopyToRemote(
    "folder", connection=connection, source=pulumi.FileArchive("files/site"), remote_path=f"{target}/www"
)
remote.CopyFile("old", connection=connection, local_path="files/a.txt", remote_path=f"{target}/old")

pulumi.export("run", local.run_output(command="echo run").stdout)
pulumi.export("first", first.stdout)
pulumi.export("there", there.stdout)
