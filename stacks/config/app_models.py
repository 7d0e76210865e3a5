"""The shape of `controller`, `ssh` and `app` in `metal-to-cloud:baremetal`: what runs on main and on the servers.

Like `models`, whose parts these are: camelCase in YAML, frozen once read, no files opened, no Pulumi. Pure.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StrictBool, StrictInt, StrictStr

from stacks.config.part import Part
from stacks.config.scalars import Cidr, FilePath, Hostname, pattern

Address = Annotated[StrictStr, pattern(r"[A-Za-z0-9][A-Za-z0-9.:-]*", "a host name or an IP address")]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
UserName = Annotated[
    StrictStr, pattern(r"[a-z_][a-z0-9_-]{0,31}", "a user name of lower-case letters, digits, _ and -")
]
Identifier = Annotated[
    StrictStr, pattern(r"[a-z_][a-z0-9_]{0,62}", "a PostgreSQL name of lower-case letters, digits and _, such as tasks")
]
Email = Annotated[StrictStr, pattern(r"[^@\s]+@[^@\s]+", "an e-mail address such as cloud@example.org")]
EnvName = Annotated[StrictStr, pattern(r"[A-Z][A-Z0-9_]*", "the name of an environment variable, such as TIME_ZONE")]
Channel = Annotated[StrictStr, pattern(r"[0-9a-z.]+/(stable|candidate|beta|edge)", "a snap channel such as 3.5/stable")]
Calendar = Annotated[
    StrictStr,
    pattern(r"[A-Za-z0-9*:,./~ -]+", "a time of systemd's calendar, such as hourly or *-*-* 03:00:00"),
]


class Secret(Part):
    """A secret: in the stack's encrypted config, or in a file outside it; where neither is given, it is drawn."""

    password: SecretStr | None = None
    password_file: FilePath | None = None


class Login(Part):
    """How a server is reached over SSH."""

    user: UserName
    private_key_file: FilePath | None = None
    private_key: SecretStr | None = None
    port: Port = 22


class Jump(Login):
    """A server on the way, such as main seen from outside."""

    host: Address


class Ssh(Login):
    """How all deployed servers are reached; `through` is the server on the way to them, if there is one."""

    user: UserName = "ubuntu"
    through: Jump | None = None
    patience_minutes: Annotated[StrictInt, Field(ge=1, le=120)] = 10


class Admin(Secret):
    """The first user of a service."""

    user: UserName = "cloud"
    email: Email = "cloud@example.org"


class Controller(Login):
    """The server that MAAS itself runs on, and how MAAS is installed there."""

    host: Address
    user: UserName = "cloud"
    channel: Channel = "3.5/stable"
    admin: Admin = Admin()
    keep: StrictBool = False
    """Leave MAAS installed when the stack is destroyed, even where the stack has installed it."""


class RoleServers(Part):
    """Which server does what. A role left out is placed on a server that has none.

    `app` names the servers of the application; without names, `app_servers` says how many.
    """

    database: Hostname | None = None
    app: tuple[Hostname, ...] = ()
    app_servers: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    balancer: Hostname | None = None
    backups: Hostname | None = None


class Source(Part):
    """Where the application's code is: a folder of the project, or a git repository at a branch, tag or commit."""

    path: FilePath | None = None
    git: Annotated[StrictStr, pattern(r"\S+", "the URL of a git repository")] | None = None
    ref: Annotated[StrictStr, pattern(r"[A-Za-z0-9][A-Za-z0-9._/-]*", "a branch, tag or commit")] | None = None
    requirements: FilePath = "requirements.txt"


class Database(Secret):
    """PostgreSQL: the database, the role that owns it, and who may connect."""

    name: Identifier = "tasks"
    owner: Identifier = "cloud"
    superuser: StrictBool = True
    port: Port = 5432
    listen: tuple[Annotated[StrictStr, pattern(r"\S+", "an address, or '*' for all")], ...] = ("*",)
    allow: tuple[Cidr, ...] = ()
    """Networks whose machines may connect; none given: the kit's own subnets."""
    firewall: StrictBool = True
    on_lost_data: Literal["refuse", "start-empty"] = "refuse"


class Backups(Part):
    """When the database is dumped, and how many dumps are kept."""

    enabled: StrictBool = True
    schedule: Calendar = "hourly"
    keep: Annotated[StrictInt, Field(ge=1, le=1000)] = 24


class Tls(Part):
    """The certificate (with its chain) and key that the balancer answers HTTPS with."""

    certificate_file: FilePath
    key_file: FilePath


class Balancer(Part):
    """NGINX before the app servers; a server's weight is its share of the requests, 1 where nothing is said."""

    port: Port = 80
    weights: Mapping[Hostname, Annotated[StrictInt, Field(ge=1, le=100)]] = {}
    server_name: Annotated[StrictStr, pattern(r"[A-Za-z0-9.*_-]+", "a host name, or _ for any")] = "_"
    tls: Tls | None = None


class App(Part):
    """The course's application on deployed servers: PostgreSQL, Django, NGINX."""

    roles: RoleServers = RoleServers()
    source: Source = Source(path="apps/tasks")
    port: Port = 8080
    admin: Admin = Admin()
    environment: Mapping[EnvName, StrictStr] = {}
    database: Database = Database()
    backups: Backups = Backups()
    balancer: Balancer = Balancer()
