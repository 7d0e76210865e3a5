"""DjangoCluster: one app on any number of servers, before one database.

    secret key ─┐
    release ────┴─> migration ─> app servers: made together, updated one after another in the order of `servers`

The release is built on the first server, once; all others get what was built. App servers take their release from the
migration, so none runs code before the database fits it, and none changes where a migration fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi
from pulumi import Input, Output, ResourceOptions

from components import django_plan
from components.servers import ServerAccess
from providers.hosts.resources.django import AppServer, Migration, Release
from providers.hosts.resources.password import Password


@dataclass(frozen=True, kw_only=True)
class SourceArgs:
    """Where the app's code is: a folder (`path`), or a git repository (`git`) at a branch, tag or commit (`ref`)."""

    path: Input[str] | None = None
    git: Input[str] | None = None
    ref: Input[str] | None = None
    requirements: Input[str] = "requirements.txt"


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """A PostgreSQL database: the name by which the app's servers know its server, and how to log in."""

    host_name: str
    address: Input[str]
    port: Input[int] = 5432
    name: Input[str]
    user: Input[str]
    password: Input[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AdminArgs:
    """The superuser of the app."""

    user: Input[str]
    password: Input[str] = field(repr=False)
    email: Input[str] = ""


@dataclass(frozen=True, kw_only=True)
class DjangoClusterArgs:
    """An app. `servers`: the first one builds, and updates go in their order.

    `allowed_hosts`: names by which the app is asked for beside its servers' own, such as the balancer's address;
    `trusted_origins`: origins of forms where a browser's differs from the Host that arrives; `environment`: further
    variables; `https`: whether users come by HTTPS; `secret_key` None draws one, once.
    """

    servers: Sequence[ServerAccess]
    database: DatabaseAccess
    source: SourceArgs
    app: str = "tasks"
    admin: AdminArgs | None = None
    environment: Mapping[str, Input[str]] = field(default_factory=dict[str, Input[str]])
    allowed_hosts: Sequence[Input[str]] = ()
    trusted_origins: Sequence[Input[str]] = ()
    secret_key: Input[str] | None = field(default=None, repr=False)
    port: Input[int] = 8080
    workers: Input[int] = 2
    threads: Input[int] = 4
    health_path: Input[str] = "/health"
    https: Input[bool] = False
    firewall: Input[bool] = True


class DjangoCluster(pulumi.ComponentResource):
    """An app's release, its database's schema and its servers."""

    upstreams: Output[Sequence[Any]]
    """`{name, address, port}` of each server, once it answers."""
    release: Output[str]
    """The release that runs."""
    admin_url: Output[str]
    """The admin of the first server, as other servers reach it."""

    def __init__(self, name: str, args: DjangoClusterArgs, opts: ResourceOptions | None = None) -> None:
        """Make the app's resources; RunError where `args` can't be."""
        super().__init__("metal-to-cloud:baremetal:DjangoCluster", name, None, opts)
        found = django_plan.problems([server.name for server in args.servers], args.environment)
        if found:
            raise pulumi.RunError(f"{name}: {'; '.join(found)}.")
        self._cluster = name
        self._args = args
        release = self._release()
        told = _Told(_environment(args), self._secrets(), {args.database.host_name: args.database.address})
        migration = self._migration(release.release, told)
        servers = [self._server(place, server, migration.release, told) for place, server in enumerate(args.servers)]
        self.release = migration.release
        self.upstreams = _upstreams(args, servers)
        self.admin_url = self.upstreams.apply(_admin)
        self.register_outputs({"upstreams": self.upstreams, "release": self.release, "admin_url": self.admin_url})

    def _child(self) -> ResourceOptions:
        return ResourceOptions(parent=self)

    def _secrets(self) -> dict[str, Input[str]]:
        key = self._args.secret_key
        if key is None:
            key = Password(f"{self._cluster}-secret-key", length=50, opts=self._child()).result
        return {"SECRET_KEY": key, "DATABASE_PASSWORD": self._args.database.password}

    def _release(self) -> Release:
        first, source = self._args.servers[0], self._args.source
        return Release(
            f"{self._cluster}-release",
            connection=first.connection,
            machine=first.machine,
            app=self._args.app,
            path=source.path,
            git=source.git,
            ref=source.ref,
            requirements=source.requirements,
            opts=self._child(),
        )

    def _migration(self, release: Input[str], told: "_Told") -> Migration:
        first, admin = self._args.servers[0], self._args.admin
        return Migration(
            f"{self._cluster}-migration",
            connection=first.connection,
            machine=first.machine,
            app=self._args.app,
            release=release,
            env=told.env,
            secret_env=told.secret_env,
            hosts=told.hosts,
            admin_user=admin.user if admin else None,
            admin_email=admin.email if admin else "",
            admin_password=admin.password if admin else None,
            opts=self._child(),
        )

    def _server(self, place: int, server: ServerAccess, release: Input[str], told: "_Told") -> AppServer:
        args = self._args
        return AppServer(
            django_plan.server_name(self._cluster, server.name),
            connection=server.connection,
            machine=server.machine,
            app=args.app,
            release=release,
            cluster=self._cluster,
            place=place,
            peers=[other.connection for other in args.servers],
            env=told.env,
            secret_env=told.secret_env,
            hosts=told.hosts,
            port=args.port,
            workers=args.workers,
            threads=args.threads,
            health_path=args.health_path,
            https=args.https,
            firewall=args.firewall,
            opts=self._child(),
        )


@dataclass(frozen=True)
class _Told:
    """What migration and servers are told alike."""

    env: Input[Mapping[str, Input[str]]]
    secret_env: Mapping[str, Input[str]]
    hosts: Mapping[str, Input[str]]


def _environment(args: DjangoClusterArgs) -> Output[Mapping[str, Input[str]]]:
    """Gather the plain variables of the app."""
    database = args.database
    gathered = Output.from_input(
        {
            "database": [database.port, database.name, database.user],
            "addresses": [server.address for server in args.servers],
            "more": list(args.allowed_hosts),
            "origins": list(args.trusted_origins),
            "https": args.https,
            "own": dict(args.environment),
        }
    )

    def variables(values: Mapping[str, Any]) -> Mapping[str, Input[str]]:
        port, name, user = values["database"]
        names = [server.name for server in args.servers]
        return {
            **values["own"],
            **django_plan.database_variables(database.host_name, int(port), name, user),
            "ALLOWED_HOSTS": django_plan.host_names(names, values["addresses"], values["more"]),
            "CSRF_TRUSTED_ORIGINS": ",".join(values["origins"]),
            "HTTPS": "1" if values["https"] else "0",
        }

    return cast("Output[Mapping[str, Any]]", gathered).apply(variables)


def _upstreams(args: DjangoClusterArgs, servers: Sequence[AppServer]) -> Output[Sequence[Any]]:
    names = [server.name for server in args.servers]
    addresses = Output.all(*(server.address for server in args.servers))
    ports = Output.all(*(server.port for server in servers))
    return Output.all(addresses, ports).apply(
        lambda found: django_plan.upstreams(names, [str(address) for address in found[0]], int(found[1][0]))
    )


def _admin(upstreams: Sequence[Mapping[str, object]]) -> str:
    return f"http://{upstreams[0]['address']}:{upstreams[0]['port']}/admin/"
