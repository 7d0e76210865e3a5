"""PostgreSQL and its backups as resources.

Arguments -> property bag -> `providers.hosts.crud.postgres` and `providers.hosts.crud.backups`.
"""

from collections.abc import Mapping, Sequence
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a list

import pulumi

from providers.hosts.crud.backups import KEEP, SCHEDULE, BackupsProvider
from providers.hosts.crud.postgres import PATIENCE, PORT, PostgresProvider
from providers.hosts.crud.postgres_move import REFUSE
from providers.hosts.resources.base import HostResource, guard


class PostgresInstance(HostResource, module="hosts", name="PostgresInstance"):
    """PostgreSQL of the distribution on a server, with one role (`owner`) and one `database`.

    It is tuned to `memory_mib` and `cpus`; `settings` are PostgreSQL's own, over the computed ones. Hosts in the CIDRs
    of `allow` are admitted with SCRAM-SHA-256; `firewall` keeps ufw's rules for them, `enforce_firewall` also turns ufw
    on (SSH is let in first). `verify_from`: `{connection}` of a server that must be able to log in.

    When `connection` and `machine` become another server's, the database moves there: by dump when the old server
    answers within `patience` seconds, else from the newest backup in `backups` (`{connection, directory}`, see
    `Backups`), else not at all, unless `on_lost_data` is "start-empty". A database that somebody dropped comes back
    from a backup; without one only `allow_empty` makes an empty one. Delete stops PostgreSQL and keeps its data; with
    `drop_on_delete` the database is dropped.
    """

    database: pulumi.Output[str]
    owner: pulumi.Output[str]
    address: pulumi.Output[str]
    port: pulumi.Output[int]
    version: pulumi.Output[str]
    """The major version that runs, e.g. "15"."""
    server: pulumi.Output[str]
    """Name of the server that it is on."""
    rows: pulumi.Output[Any]
    """Rows of all tables when the database moved, or was restored, the last time."""
    moved_from: pulumi.Output[Any]
    """Where it came from: "server1 by dump, 3 tables, 120 rows"."""

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        database: pulumi.Input[str],
        owner: pulumi.Input[str],
        password: pulumi.Input[str],
        memory_mib: pulumi.Input[int],
        cpus: pulumi.Input[int] | None = None,
        superuser: pulumi.Input[bool] = False,
        address: pulumi.Input[str] | None = None,
        port: pulumi.Input[int] = PORT,
        listen: pulumi.Input[str] = "*",
        allow: Sequence[pulumi.Input[str]] = (),
        firewall: pulumi.Input[bool] = True,
        enforce_firewall: pulumi.Input[bool] = False,
        version: pulumi.Input[str] | None = None,
        settings: Mapping[str, pulumi.Input[str]] | None = None,
        verify_from: Mapping[str, pulumi.Input[Any]] | None = None,
        backups: Mapping[str, pulumi.Input[Any]] | None = None,
        allow_empty: pulumi.Input[bool] = False,
        on_lost_data: pulumi.Input[str] = REFUSE,
        patience: pulumi.Input[int] = PATIENCE,
        drop_on_delete: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "database": database,
            "owner": owner,
            "password": password,
            "memory_mib": memory_mib,
            "cpus": cpus,
            "superuser": superuser,
            "address": address,
            "port": port,
            "listen": listen,
            "allow": list(allow),
            "firewall": firewall,
            "enforce_firewall": enforce_firewall,
            "version": version,
            "settings": settings,
            "verify_from": _guarded(verify_from),
            "backups": _guarded(backups),
            "allow_empty": allow_empty,
            "on_lost_data": on_lost_data,
            "patience": patience,
            "drop_on_delete": drop_on_delete,
        }
        outputs = ("server", "rows", "moved_from")
        provider = PostgresProvider()
        super().__init__(provider, resource_name, connection, machine, inputs, outputs, ["password"], opts)


class Backups(HostResource, module="hosts", name="Backups"):
    """Backups of a PostgreSQL database, on another server than the database's, so that they survive it.

    A systemd timer (`schedule`: OnCalendar of systemd.time(7)) runs pg_dump over the network, as `user`, checks the
    dump, and keeps the newest `keep` in `directory`, each with a manifest (rows per table, SHA-256). The first is made
    at once, another one whenever the database has another address. `host`, `port`, `server`: where the database is, and
    what people call that server. Delete removes the schedule and keeps the backups.
    """

    database: pulumi.Output[str]
    directory: pulumi.Output[str]
    last_backup: pulumi.Output[Any]
    """`{name, made_at (UTC, ISO 8601), size (bytes), tables, rows}` at the last look."""

    def __init__(
        self,
        resource_name: str,
        *,
        connection: pulumi.Input[Mapping[str, Any]],
        machine: pulumi.Input[str],
        database: pulumi.Input[str],
        user: pulumi.Input[str],
        password: pulumi.Input[str],
        host: pulumi.Input[str],
        server: pulumi.Input[str],
        directory: pulumi.Input[str],
        port: pulumi.Input[int] = PORT,
        schedule: pulumi.Input[str] = SCHEDULE,
        keep: pulumi.Input[int] = KEEP,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, object] = {
            "database": database,
            "user": user,
            "password": password,
            "host": host,
            "port": port,
            "server": server,
            "directory": directory,
            "schedule": schedule,
            "keep": keep,
        }
        provider = BackupsProvider()
        super().__init__(provider, resource_name, connection, machine, inputs, ("last_backup",), ["password"], opts)


def _guarded(about: Mapping[str, object] | None) -> dict[str, object] | None:
    """Make secrets of the entries that are, in the connection of another server."""
    if about is None:
        return None
    return {name: guard(value) if name == "connection" else value for name, value in about.items()}
