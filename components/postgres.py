"""PostgresServer: a database on a server, its backups on another one, and the login that proves it serves.

    args ─> hosts.PostgresInstance (knows where backups are) ─> hosts.Backups (knows where the database is)

When `server` becomes another one, the instance moves with its rows, and the backups follow it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi import Input, Output, ResourceOptions

from components import postgres_plan
from components.servers import ServerAccess
from providers.hosts.resources.postgres import Backups, PostgresInstance


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Where backups go, when they are made (systemd's OnCalendar), how many are kept."""

    server: ServerAccess
    schedule: Input[str] = "daily"
    keep: Input[int] = 7


@dataclass(frozen=True, kw_only=True)
class PostgresServerArgs:
    """A database, the role that owns it, and who may connect.

    `allow`: CIDRs. `verify_from`: a server that must be able to log in. `on_lost_data`: "refuse" or "start-empty", what
    to do when the server is gone and no backup is there. `settings`: PostgreSQL's own, over those computed from the
    server's memory. `firewall`: ufw has rules for `allow`; `enforce_firewall`: it is also turned on.
    """

    server: ServerAccess
    database: str
    owner: Input[str]
    password: Input[str] = field(repr=False)
    allow: Sequence[Input[str]]
    superuser: Input[bool] = False
    port: Input[int] = 5432
    listen: Input[str] = "*"
    firewall: Input[bool] = True
    enforce_firewall: Input[bool] = False
    version: Input[str] | None = None
    cpus: Input[int] | None = None
    settings: Mapping[str, Input[str]] | None = None
    backups: BackupArgs | None = None
    verify_from: ServerAccess | None = None
    allow_empty: Input[bool] = False
    on_lost_data: Input[str] = "refuse"
    drop_on_delete: Input[bool] = False


class PostgresServer(pulumi.ComponentResource):
    """A database, moved rather than replaced when its server changes."""

    address: Output[str]
    """Where other servers reach it."""
    port: Output[int]
    database: Output[str]
    owner: Output[str]
    version: Output[str]

    def __init__(self, name: str, args: PostgresServerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:baremetal:PostgresServer", name, None, opts)
        instance = self._instance(name, args)
        if args.backups is not None:
            self._backups(name, args, args.backups, instance)
        self.address, self.port, self.version = instance.address, instance.port, instance.version
        self.database, self.owner = instance.database, instance.owner
        outputs = ("address", "port", "database", "owner", "version")
        self.register_outputs({output: getattr(self, output) for output in outputs})

    def _instance(self, name: str, args: PostgresServerArgs) -> PostgresInstance:
        client = args.verify_from
        return PostgresInstance(
            postgres_plan.instance_name(name),
            connection=args.server.connection,
            machine=args.server.machine,
            address=args.server.address,
            memory_mib=args.server.memory_mib,
            cpus=args.cpus,
            database=args.database,
            owner=args.owner,
            password=args.password,
            superuser=args.superuser,
            port=args.port,
            listen=args.listen,
            allow=args.allow,
            firewall=args.firewall,
            enforce_firewall=args.enforce_firewall,
            version=args.version,
            settings=args.settings,
            verify_from=None if client is None else {"connection": client.connection},
            backups=None if args.backups is None else _kept(name, args, args.backups),
            allow_empty=args.allow_empty,
            on_lost_data=args.on_lost_data,
            drop_on_delete=args.drop_on_delete,
            opts=ResourceOptions(parent=self),
        )

    def _backups(self, name: str, args: PostgresServerArgs, backups: BackupArgs, instance: PostgresInstance) -> None:
        Backups(
            postgres_plan.backups_name(name),
            connection=backups.server.connection,
            machine=backups.server.machine,
            database=args.database,
            user=args.owner,
            password=args.password,
            host=instance.address,
            port=instance.port,
            server=args.server.name,
            directory=postgres_plan.backups_directory(args.database),
            schedule=backups.schedule,
            keep=backups.keep,
            opts=ResourceOptions(parent=self, depends_on=[instance]),
        )


def _kept(name: str, args: PostgresServerArgs, backups: BackupArgs) -> dict[str, Input[object]]:
    postgres_plan.check_backups(name, args.server.name, backups.server.name)
    return {
        "connection": backups.server.connection,
        "directory": postgres_plan.backups_directory(args.database),
    }
