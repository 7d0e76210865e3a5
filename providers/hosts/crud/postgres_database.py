"""One database on one server, as a person with root there would handle it: asked, counted, dumped, restored, renamed.

step + SQL -> psql as the user postgres, on the server itself -> text. Every step has a name, which an error tells.
"""

import json
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from providers.common.raw import Raw, text, whole
from providers.hosts.crud import postgres_rows
from providers.hosts.crud.postgres_files import create_database, identifier, quoted
from providers.hosts.crud.postgres_move import New, Old, moved_file
from providers.hosts.crud.postgres_rows import Rows
from providers.hosts.errors import HostError, HostKeyError, StepFailedError
from providers.hosts.session import Server

FOLDER = "/var/lib/postgresql"
"""Home of the user postgres, on the disk that the databases are on."""
LONG = 6 * 3600.0
"""Seconds that a dump or a restore may take."""
_START = """set -- $(pg_lsclusters --no-header | awk '$2 == "main"' | sort -V | tail -n 1)
systemctl start "postgresql@$1-main\""""


@dataclass(frozen=True)
class Database:
    """The database `name` of the role `owner`, in the PostgreSQL that listens on `port` of a server."""

    server: Server
    name: str
    owner: str
    port: int

    @property
    def incoming(self) -> str:
        """The name it has while it is restored: nobody takes it for a whole one."""
        return f"{self.name}_incoming"

    def ask(self, step: str, sql: str, database: str = "postgres", timeout: float = 60) -> str:
        """Run SQL; what it answers, stripped."""
        options = f"--no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --port={self.port}"
        command = f"psql {options} --dbname={shlex.quote(database)}"
        return self.server.run(step, command, stdin=sql, as_user="postgres", timeout=timeout).strip()

    def exists(self) -> bool:
        sql = f"SELECT count(*) FROM pg_database WHERE datname = {quoted(self.name)}"  # noqa: S608 - quoted
        return self.ask(f"the look for the database {self.name}", sql) == "1"

    def version(self) -> str:
        """Ask for the major version: "15"."""
        number = self.ask("the question for PostgreSQL's version", "SHOW server_version_num")
        return str(int(number) // 10_000)

    def old(self, patience: float) -> Old:
        """See what can be had from here; PostgreSQL is started when it is stopped."""
        try:
            if not self.server.reachable(patience):
                return Old(self.server.name, f"{self.server.name} does not answer (waited {patience:g} s)")
            return self._held()
        except HostKeyError:
            lost = f"{self.server.name}'s address shows another host key than the server that held the database"
            return Old(self.server.name, lost)

    def _held(self) -> Old:
        name, moved_to = self.server.name, self.moved_to()
        try:
            if moved_to == "":
                self.server.run("PostgreSQL runs", _START)
            there = self.exists()
        except StepFailedError as error:
            if moved_to:
                return Old(name, moved_to=moved_to)
            return Old(name, f"PostgreSQL on {name} does not answer ({' '.join(error.output.split())})")
        return Old(name, "" if there or moved_to else f"{name} has no database {self.name}", moved_to)

    def new(self, machine: str) -> New:
        """See what is in the way here."""
        tables = len(self.rows()) if self.exists() else None
        return New(self.server.name, machine, tables, bool(self.moved_to()))

    def moved_to(self) -> str:
        """Read where the database went from here, "" when it did not."""
        file = moved_file(self.name)
        return self.server.run(f"the look for {file}", f"cat {file} 2>/dev/null || true").strip()

    def say_moved(self, machine: str) -> None:
        """Leave word that what is here is out of date from now on."""
        file = moved_file(self.name)
        self.server.run(f"{file} says where the database went", f"cat > {file} && sync {file}", stdin=machine)

    def say_here(self) -> None:
        """Take that word back."""
        self.server.run("the database is here", f"rm -f {moved_file(self.name)}")

    def start(self) -> None:
        """Start PostgreSQL, where a move that ended half-way stopped it already."""
        self.server.run("PostgreSQL runs", _START)

    def make_room(self, *, left: bool, now: datetime) -> None:
        """Free the database's name: an empty one is dropped, one that is out of date gets another name."""
        self.drop_incoming()
        if self.exists():
            self.end_sessions()
            kept = f"{self.name}_until_{now:%Y%m%dt%H%M%S}"
            away = f"RENAME TO {identifier(kept)}"
            sql = f"ALTER DATABASE {self._id} {away}" if left else f"DROP DATABASE {self._id}"
            self.ask(f"the former database {self.name} makes room", sql)
            if left:
                self.ask(
                    "it can be written to", f"ALTER DATABASE {identifier(kept)} RESET default_transaction_read_only"
                )
        self.say_here()

    def freeze(self) -> None:
        """Let nobody write any more, so that no row is lost on the way."""
        self.ask(
            f"the database {self.name} is read-only",
            f"ALTER DATABASE {self._id} SET default_transaction_read_only = on",
        )
        self.end_sessions()

    def thaw(self) -> None:
        """Let people write again."""
        sql = f"ALTER DATABASE {self._id} RESET default_transaction_read_only"
        self.ask(f"the database {self.name} can be written to again", sql)
        self.end_sessions()

    def end_sessions(self) -> None:
        sql = (
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "  # noqa: S608 - quoted
            f"WHERE datname = {quoted(self.name)} AND pid <> pg_backend_pid()"
        )
        self.ask(f"the sessions of the database {self.name} are ended", sql)

    def rows(self, *, incoming: bool = False) -> Rows:
        """Count the rows of every table, exactly."""
        name = self.incoming if incoming else self.name
        return postgres_rows.parse(self.ask(f"the rows of {name} are counted", postgres_rows.COUNT, name, LONG))

    def strangers(self) -> list[str]:
        """List other roles than the owner that may log in: they, and their grants, are not carried along."""
        others = f"rolname NOT IN ('postgres', {quoted(self.owner)}) AND rolname !~ '^pg_'"
        sql = f"SELECT rolname FROM pg_roles WHERE rolcanlogin AND {others} ORDER BY rolname"  # noqa: S608 - quoted
        return self.ask("the look for other roles", sql).splitlines()

    def dump(self, local: Path) -> None:
        """Dump into a local file that only we can read."""
        remote = f"{FOLDER}/{self.name}.leaving.dump"
        command = f"umask 077; pg_dump --port={self.port} --format=custom --file={remote} {shlex.quote(self.name)}"
        try:
            self.server.run(f"the dump of {self.name}", command, as_user="postgres", timeout=LONG)
            self.server.fetch(f"the dump of {self.name} is fetched", remote, local)
        finally:
            self.server.run("the dump is removed", f"rm -f {remote}")

    def restore(self, local: Path, expected: Rows) -> None:
        """Restore a local dump under the incoming name, and count. Raises HostError when a row is missing."""
        remote = f"{FOLDER}/{self.name}.incoming.dump"
        self.drop_incoming()
        try:
            self.server.send(f"the dump of {self.name} is sent", local, remote, "0600")
            self.ask(f"the database {self.incoming} is there", create_database(self.incoming, self.owner))
            self.server.run(f"the restore of {self.name}", self._restoring(remote), timeout=LONG)
        finally:
            self.server.run("the dump is removed", f"rm -f {remote}")
        self.ask("its statistics are up to date", "ANALYZE", self.incoming, LONG)
        wrong = postgres_rows.difference(expected, self.rows(incoming=True))
        if wrong:
            raise HostError(f"The database {self.name} as restored on {self.server.name} is not whole: {wrong}.")

    def _restoring(self, remote: str) -> str:
        flags = f"--no-owner --no-acl --role={shlex.quote(self.owner)} --single-transaction --exit-on-error"
        return f"runuser -u postgres -- pg_restore --port={self.port} {flags} --dbname={self.incoming} < {remote}"

    def accept(self) -> None:
        """Give what was restored its name: from here on it is the database."""
        sql = f"ALTER DATABASE {identifier(self.incoming)} RENAME TO {self._id}"
        self.ask(f"the database {self.name} takes its place", sql)

    def drop_incoming(self) -> None:
        sql = f"DROP DATABASE IF EXISTS {identifier(self.incoming)} WITH (FORCE)"
        self.ask(
            f"the database {self.incoming} is gone", f"SET client_min_messages = error; {sql}".replace("; ", ";\n")
        )

    def data_folder(self) -> str:
        """Ask where PostgreSQL keeps its data; it may be stopped."""
        command = "pg_lsclusters --no-header | awk '$2 == \"main\" {print $6}' | sort -V | tail -n 1"
        return self.server.run("the question for PostgreSQL's data", command).strip()

    @property
    def _id(self) -> str:
        return identifier(self.name)


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; see `postgres_backup_job`."""

    name: str
    made_at: datetime
    sha256: str
    size: int
    rows: Rows


def manifest(told: str) -> Manifest | None:
    """Read the manifest that the backup job prints, None when it printed nothing."""
    if not told.strip():
        return None
    raw: Raw = json.loads(told)
    rows = postgres_rows.parse(json.dumps(raw.get("rows") or {}))
    made_at = datetime.fromisoformat(text(raw, "made_at"))
    return Manifest(text(raw, "name"), made_at, text(raw, "sha256"), whole(raw, "size"), rows)
