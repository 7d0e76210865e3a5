"""What the plugin's resources and its function are made of: names, kinds, defaults, secrets, replacing. Data only.

Facts: the schema of pulumi-command 1.2.1, and what its plugin answers to Check and Diff.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

VERSION: Final = "1.2.1"

DEFAULT_ERROR_LIMIT: Final = 10
"""dialErrorLimit where the program sets none. The SDK fills it in itself, so ten and none look alike here."""

Kind = Literal["string", "number", "integer", "bool", "strings", "string map", "anything", "source", "object"]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object type: its token below `command:`, its properties, and what it is."""

    token: str
    about: str
    properties: dict[str, Property]


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its kind, `about` for people, whether it is required, secret, or replaces when it comes or goes."""

    kind: Kind
    about: str
    required: bool = False
    secret: bool = False
    replaces: bool = False
    default: str | float | None = None
    shape: Shape | None = None
    enum: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource type: inputs, and what is computed beside them (`always`: the outputs that it has in any case)."""

    token: str
    inputs: Shape
    computed: dict[str, str] = field(default_factory=dict[str, str])
    updates: bool = True
    deprecated: str = ""

    @property
    def always(self) -> tuple[str, ...]:
        """Name the computed texts; assets and an archive come only where they were asked for."""
        return tuple(name for name in self.computed if name in ("stdout", "stderr"))


LOGGING: Final = {
    "stdout": "Stream stdout only",
    "stderr": "Stream stderr only",
    "stdoutAndStderr": "Stream both",
    "none": "Stream nothing",
}


def _endpoint(which: str, secrets: bool) -> dict[str, Property]:
    return {
        "agentSocketPath": Property("string", "Socket of an SSH agent; SSH_AUTH_SOCK where unset."),
        "dialErrorLimit": Property(
            "integer",
            "Failed dials that are allowed, -1 for any number. At the default, dialling goes on for up to 10 minutes.",
            default=DEFAULT_ERROR_LIMIT,
        ),
        "host": Property("string", f"Address of the {which}.", required=True),
        "hostKey": Property("string", f"The public key that the {which} must show; any key will do where unset."),
        "password": Property("string", "Password of the user.", secret=secrets),
        "perDialTimeout": Property("integer", "Seconds for one dial, 0 for no limit.", default=15),
        "port": Property("number", f"TCP port of the {which}.", default=22),
        "privateKey": Property("string", "Text of a private key; tried before the password.", secret=secrets),
        "privateKeyPassword": Property("string", "Passphrase of the private key.", secret=secrets),
        "user": Property("string", f"User on the {which}.", default="root"),
    }


# the official plugin leaves the proxy's secrets unmarked, inside of a connection that is secret as a whole
PROXY: Final = Shape("remote:ProxyConnection", "How to reach a bastion host.", _endpoint("bastion host", secrets=False))
CONNECTION: Final = Shape(
    "remote:Connection",
    "How to reach a remote host.",
    {
        **_endpoint("remote host", secrets=True),
        "proxy": Property("object", "A bastion host to go through.", shape=PROXY),
    },
)

_LIFE = {
    "create": Property("string", "Command to run at creation, and at changes where `update` is unset."),
    "update": Property("string", "Command to run when an input has changed."),
    "delete": Property("string", "Command to run at deletion."),
}
_TRIGGERS = {"triggers": Property("anything", "Any change in this list replaces the resource.", replaces=True)}
_COMMON = {
    "stdin": Property("string", "Text for the command's standard input."),
    "addPreviousOutputInEnv": Property(
        "bool", "Whether PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR hold the last run's output; true where unset."
    ),
}
_ENVIRONMENT = {
    "environment": Property("string map", "Environment variables of the command, beside those it inherits.")
}
_LOCAL = {
    **_COMMON,
    **_ENVIRONMENT,
    "logging": Property("string", "Which output is streamed while it comes; both where unset.", enum="local:Logging"),
    "interpreter": Property("strings", 'Program and arguments that take the command; ["/bin/sh", "-c"] where unset.'),
    "dir": Property("string", "Working directory, which must exist."),
    "assetPaths": Property("strings", "Globs of files to return as `assets` afterwards; `!` excludes, in order."),
    "archivePaths": Property(
        "strings", "Globs of files to return as one `archive` afterwards; `!` excludes, in order."
    ),
}
_CONNECTION = {"connection": Property("object", "How to reach the host.", required=True, secret=True, shape=CONNECTION)}
_TEXTS = {"stdout": "What the command wrote to stdout.", "stderr": "What the command wrote to stderr."}
_FILES = {"assets": "Files found by `assetPaths`, by name.", "archive": "Files found by `archivePaths`."}

LOCAL_COMMAND: Final = Resource(
    "local:Command",
    Shape(
        "local:Command", "A command on this machine, as part of a resource's life.", {**_TRIGGERS, **_LIFE, **_LOCAL}
    ),
    {**_TEXTS, **_FILES},
)
REMOTE_COMMAND: Final = Resource(
    "remote:Command",
    Shape(
        "remote:Command",
        "A command on a remote host, over SSH, as part of a resource's life.",
        {
            **_TRIGGERS,
            **_LIFE,
            **_COMMON,
            **_ENVIRONMENT,
            **_CONNECTION,
            "logging": Property(
                "string", "Which output is streamed while it comes; both where unset.", enum="remote:Logging"
            ),
        },
    ),
    _TEXTS,
)
COPY_TO_REMOTE: Final = Resource(
    "remote:CopyToRemote",
    Shape(
        "remote:CopyToRemote",
        "A file, a text or a folder on a remote host.",
        {
            **_TRIGGERS,
            **_CONNECTION,
            "source": Property("source", "The asset or archive to copy, as it is.", required=True),
            "remotePath": Property("string", "Where it goes; parents are made.", required=True),
        },
    ),
)
COPY_FILE: Final = Resource(
    "remote:CopyFile",
    Shape(
        "remote:CopyFile",
        "A local file on a remote host.",
        {
            "triggers": Property("anything", "Any change in this list replaces the resource."),
            **_CONNECTION,
            "localPath": Property("string", "The file to copy.", required=True),
            "remotePath": Property("string", "Where it goes.", required=True),
        },
    ),
    updates=False,
    deprecated="Use `CopyToRemote` instead; this resource is deprecated.",
)
RUN: Final = Resource(
    "local:run",
    Shape(
        "local:run",
        "A command on this machine, run at every preview and every update.",
        {**_LOCAL, "command": Property("string", "The command to run.", required=True)},
    ),
    {**_TEXTS, **_FILES},
)

RESOURCES: Final = {item.token: item for item in (LOCAL_COMMAND, REMOTE_COMMAND, COPY_TO_REMOTE, COPY_FILE)}
FUNCTIONS: Final = {RUN.token: RUN}
