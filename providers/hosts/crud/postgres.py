"""PostgreSQL with one database on a server, and what happens to the database when it gets another server.

inputs -> `data` -> the deploy `postgres`; then a login from a server that is to be served.
`machine` changed -> the look at the old server and at the backups -> `postgres_move.choose` -> dump, backup, empty, or
refused -> outputs version, rows, moved_from.

Unlike other resources here this one is not replaced when its server changes: it takes its rows along.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pulumi.dynamic import UpdateResult

from providers.common import cleaning
from providers.common.fields import Field, Inputs, Schema
from providers.common.progress import say, warn
from providers.common.raw import decimal, flag, mapping, text, texts, whole
from providers.hosts import session
from providers.hosts.connection import clean as clean_connection
from providers.hosts.connection import connection_field, parse
from providers.hosts.crud import postgres_login, postgres_move, postgres_rows, postgres_transfer
from providers.hosts.crud.base import HostProvider, Props, Seen
from providers.hosts.crud.postgres_database import Database
from providers.hosts.crud.postgres_move import New, Old, RefusedError
from providers.hosts.crud.postgres_transfer import Kept
from providers.hosts.crud.postgres_tuning import LEAST_MEMORY
from providers.hosts.errors import HostError
from providers.hosts.session import Server

PORT = 5432
PATIENCE = 60
"""Seconds that the server it leaves has to answer."""
_FORMER = "former_host_key"
"""Where `update` puts the host key of the old server, since the new one has its own."""
_NAMED = r"[a-z_][a-z0-9_]{0,39}"


def clean_name(value: object) -> object:
    """Accept a name of a database or a role that needs no quotes anywhere."""
    clean = cleaning.matching(_NAMED, "1 to 40 of a-z, 0-9 and _, none of the reserved names")
    if value in {"postgres", "template0", "template1"} or str(value).startswith("pg_"):
        raise ValueError(f"is {value!r}, but must be a name that is not PostgreSQL's own")
    return clean(value)


def clean_password(value: object) -> object:
    """Accept a password that is the same in every encoding."""
    if isinstance(value, str) and value and value.isascii() and value.isprintable():
        return value
    raise ValueError("must be a string of printable ASCII characters (its value is a secret and is not shown)")


def clean_settings(value: object) -> object:
    """Accept PostgreSQL settings by name; those that other inputs decide are refused."""
    settings = cleaning.secret_texts(value)
    for name in settings:
        if name in {"listen_addresses", "port", "password_encryption"}:
            raise ValueError(f"names {name}, which is decided by listen and port")
        cleaning.matching(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?", "a name of a PostgreSQL setting such as log_min_duration")(
            name
        )
    return settings


def clean_elsewhere(*names: str) -> cleaning.Clean:
    """Make a cleaner of {connection, ...}: another server, and texts about it."""

    def clean(value: object) -> object:
        given: Mapping[str, object] = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
        if sorted(given) != sorted(("connection", *names)):
            raise ValueError(f"must be an object with {', '.join(('connection', *names))}")
        try:
            connection = clean_connection(given["connection"])
        except ValueError as error:
            raise ValueError(f"has a connection that {error}") from None
        return {"connection": connection, **{name: cleaning.filled(given[name]) for name in names}}

    return clean


class PostgresProvider(HostProvider):
    """See `providers.hosts.resources.postgres.PostgresInstance`."""

    schema = Schema(
        (
            connection_field(),
            Field("machine", clean=cleaning.text, required=True),
            Field("drift", default=[]),
            Field("database", clean=clean_name, required=True, replaces=True),
            Field("owner", clean=clean_name, required=True),
            Field("password", clean=clean_password, required=True),
            Field("superuser", clean=cleaning.flag, default=False),
            Field("address", clean=cleaning.text, default=""),
            Field("port", clean=cleaning.whole(1, 65_535), default=PORT),
            Field("listen", clean=cleaning.filled, default="*"),
            Field("allow", clean=cleaning.each(cleaning.cidr), default=[]),
            Field("firewall", clean=cleaning.flag, default=True),
            Field("enforce_firewall", clean=cleaning.flag, default=False),
            Field("version", clean=cleaning.matching(r"1[4-9]|[2-9]\d", 'a major version such as "15", 14 or newer')),
            Field("memory_mib", clean=cleaning.whole(LEAST_MEMORY, 1 << 24), required=True),
            Field("cpus", clean=cleaning.whole(1, 4096), default=2),
            Field("settings", clean=clean_settings, default={}),
            Field("verify_from", clean=clean_elsewhere()),
            Field("backups", clean=clean_elsewhere("directory")),
            Field("allow_empty", clean=cleaning.flag, default=False),
            Field("on_lost_data", clean=cleaning.one_of(*postgres_move.ON_LOST_DATA), default=postgres_move.REFUSE),
            Field("patience", clean=cleaning.whole(1, 86_400), default=PATIENCE),
            Field("drop_on_delete", clean=cleaning.flag, default=False),
        ),
        delete_first=True,
    )
    deploy = "postgres"
    secret_inputs = ("password",)

    def label(self, props: Props) -> str:
        """Name it by what it is, since it may change its server."""
        return f"postgres/{text(props, 'database')}"

    def data(self, props: Props) -> Mapping[str, object]:
        return {
            "version": text(props, "version"),
            "listen": text(props, "listen"),
            "port": text(props, "port"),
            "memory_mib": whole(props, "memory_mib"),
            "cpus": whole(props, "cpus"),
            "settings": dict(mapping(props, "settings")),
            "networks": list(texts(props, "allow")),
            "role": text(props, "owner"),
            "superuser": flag(props, "superuser"),
            "password": text(props, "password"),
            "database": text(props, "database"),
            "create": True,
            "firewall": flag(props, "firewall"),
            "enforce": flag(props, "enforce_firewall"),
            "ssh_port": whole(mapping(props, "connection"), "port"),
            "drop": flag(props, "drop_on_delete"),
        }

    def make(self, server: Server, props: Props) -> Props:
        here = _database(server, props)
        if here.moved_to():
            self._prepare(server, props)
            here.make_room(left=True, now=datetime.now(UTC))
        server.apply(self.deploy, self.data(props), secrets=self.secrets(props))
        _verify(server, props)
        return _observed(here)

    def look(self, server: Server, props: Props) -> Seen:
        return Seen(server.plan(self.deploy, self.data(props), secrets=self.secrets(props)))

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place; another machine has another host key than the one that is known."""
        if text(_olds, "machine") != text(_news, "machine"):
            _olds = {**_olds, "host_key": "", _FORMER: text(_olds, "host_key")}
        return super().update(_id, _olds, _news)

    def alter(self, server: Server, olds: Props, news: Props) -> Props:
        try:
            if _FORMER in olds and server.host_key != olds[_FORMER]:
                return self._moved(server, olds, news)
            return {**_carried_over(olds), **self._kept(server, olds, news)}
        except RefusedError as error:
            raise HostError(f"{error}.") from None

    def _prepare(self, server: Server, props: Props) -> None:
        """Do everything but make a database that is missing."""
        server.apply(self.deploy, {**self.data(props), "create": False}, secrets=self.secrets(props))

    def _kept(self, server: Server, olds: Props, news: Props) -> Props:
        here = _database(server, news)
        _refuse_version(server, olds, news)
        moved_to = here.moved_to()
        if moved_to:
            raise RefusedError(postgres_move.elsewhere(server.name, here.name, moved_to))
        self._prepare(server, news)
        outs: Props = {} if here.exists() else self._recover(here, news)
        _verify(server, news)
        return {**outs, **_observed(here)}

    def _recover(self, here: Database, props: Props) -> Props:
        """Get back a database that somebody dropped."""
        kept = _backup(props)
        if kept is not None:
            rows = postgres_transfer.by_backup(kept, here)
            warn(_restored(here, kept, rows))
            return {"rows": postgres_rows.total(rows)}
        if not flag(props, "allow_empty"):
            raise RefusedError(
                f"{here.server.name} has no database {here.name} any more, and there is no backup of it: restore it by "
                f"hand, or say allow_empty: true to begin with an empty one"
            )
        here.server.apply(self.deploy, self.data(props), secrets=self.secrets(props))
        return {"rows": 0}

    def _moved(self, server: Server, olds: Props, news: Props) -> Props:
        patience = decimal(news, "patience")
        old, new, machine = _former(server, olds, patience), _database(server, news), text(news, "machine")
        name = new.name
        held = old.old(patience) if old else _replaced(olds)
        kept = _backup(news) if held.lost else None
        made = kept and postgres_move.Backup(kept.manifest.name, kept.server.name, kept.manifest.made_at)
        lost_data = text(news, "on_lost_data")
        # asked before anything is installed, and again once it is known what the new server holds
        postgres_move.choose(name, held, New(server.name, machine), made, lost_data)
        self._prepare(server, news)
        found = new.new(machine)
        way = postgres_move.choose(name, held, found, made, lost_data)
        if way != "done":
            new.make_room(left=found.left, now=datetime.now(UTC))
        outs = self._brought(way, old, new, kept, news)
        _verify(server, news)
        if old is not None and not held.lost:
            postgres_transfer.retire(old, lambda: self._stop(old.server, olds))
        return {**outs, **_observed(new)}

    def _stop(self, server: Server, props: Props) -> None:
        server.apply(f"{self.deploy}:undo", {**self.data(props), "drop": False}, secrets=self.secrets(props))

    def _brought(
        self, way: postgres_move.Way, old: Database | None, new: Database, kept: Kept | None, news: Props
    ) -> Props:
        left = old.server.name if old else new.server.name  # the same one, installed anew
        if way == "dump" and old is not None:
            rows = postgres_transfer.by_dump(
                old, new, text(news, "machine"), lambda: _verify(new.server, news, new.incoming)
            )
            return _arrived(f"{left} by dump", rows)
        if way == "backup" and kept is not None:
            rows = postgres_transfer.by_backup(kept, new)
            warn(_restored(new, kept, rows))
            return _arrived(f"{left} by backup {kept.manifest.name}", rows)
        if way == "empty":
            new.server.apply(self.deploy, self.data(news), secrets=self.secrets(news))
            warn(f"{new.server.name}: the database {new.name} is empty, what {left} held is lost")
            return {"rows": 0, "moved_from": f"{left}, empty"}
        say(f"{new.server.name}: the database {new.name} is here already")
        return _arrived(f"{left} by dump", new.rows())


def _arrived(how: str, rows: postgres_rows.Rows) -> Props:
    return {"rows": postgres_rows.total(rows), "moved_from": f"{how}, {postgres_rows.summary(rows)}"}


def _restored(here: Database, kept: Kept, rows: postgres_rows.Rows) -> str:
    age = postgres_move.age(kept.manifest.made_at, datetime.now(UTC))
    return (
        f"{here.server.name}: the database {here.name} is restored from the backup {kept.manifest.name}, which is "
        f"{age} old ({postgres_rows.summary(rows)}); what was written since then is lost"
    )


def _carried_over(olds: Props) -> Props:
    return {name: olds[name] for name in ("rows", "moved_from") if olds.get(name) is not None}


def _observed(here: Database) -> Props:
    return {"version": here.version(), "server": here.server.name}


def _database(server: Server, props: Inputs) -> Database:
    return Database(server, text(props, "database"), text(props, "owner"), whole(props, "port"))


def _replaced(olds: Props) -> Old:
    name = text(mapping(olds, "connection"), "name")
    return Old(name, f"{name} was installed anew")


def _former(server: Server, olds: Props, patience: float) -> Database | None:
    """Find the database on the server it was on; None when that server is this one, installed anew."""
    connection = parse(mapping(olds, "connection"))
    if (connection.host, connection.port) == (server.connection.host, server.connection.port):
        return None
    former = session.current().on(connection.knowing(text(olds, _FORMER)).waiting(patience))
    return _database(former, olds)


def _backup(props: Props) -> Kept | None:
    about = mapping(props, "backups")
    if not about:
        return None
    server = session.current().on(parse(mapping(about, "connection")))
    return postgres_transfer.newest_backup(server, text(about, "directory"))


def _refuse_version(server: Server, olds: Props, news: Props) -> None:
    runs, wanted = text(olds, "version"), text(news, "version")
    if wanted and runs and wanted != runs:
        raise RefusedError(
            f"{server.name} runs PostgreSQL {runs} and version is {wanted!r}, but a database changes its version only "
            f"while it moves to another server"
        )


def _verify(server: Server, props: Props, database: str = "") -> None:
    """Log in from the server that is to be served. Raises StepFailedError, which names both."""
    about = mapping(props, "verify_from")
    if not about:
        return
    client = session.current().on(parse(mapping(about, "connection")))
    address = text(props, "address") or server.connection.host
    owner, password = text(props, "owner"), text(props, "password")
    name = database or text(props, "database")
    client.run(
        f"PostgreSQL on {server.name} ({address}:{text(props, 'port')}) lets {owner} in to {name}",
        "python3 -",
        stdin=Path(postgres_login.__file__).read_text(encoding="utf-8"),
        env={
            "PGHOST": address,
            "PGPORT": text(props, "port"),
            "PGDATABASE": name,
            "PGUSER": owner,
            "PGPASSWORD": password,
        },
        secrets=(password,),
        timeout=60,
    )
