"""Backups of a database on another server than its own.

inputs -> the deploy `backups`, which makes the first one at once -> the newest manifest -> output `last_backup`.
Drift: a timer that is off, a run that failed, a database that no backup is of.
"""

from collections.abc import Mapping

from providers.common import cleaning
from providers.common.fields import Field, Inputs
from providers.common.raw import text, whole
from providers.hosts.crud import postgres_rows
from providers.hosts.crud.base import HostProvider, Props, Seen, host_schema
from providers.hosts.crud.postgres import PORT, clean_name, clean_password
from providers.hosts.crud.postgres_database import manifest
from providers.hosts.errors import StepFailedError
from providers.hosts.session import Server

KEEP = 7
SCHEDULE = "daily"


def clean_schedule(value: object) -> object:
    """Accept what systemd takes as OnCalendar, as far as its characters go; systemd itself judges the rest."""
    return cleaning.matching(
        r"[A-Za-z0-9*:/,.~ +_-]+", 'a time of systemd.time(7) such as "daily" or "*-*-* 03:00:00"'
    )(value)


def clean_directory(value: object) -> object:
    """Accept an absolute path that needs no quotes."""
    return cleaning.matching(r"(/[A-Za-z0-9._-]+)+", "an absolute path such as /var/backups/postgres/tasks")(value)


class BackupsProvider(HostProvider):
    """See `providers.hosts.resources.postgres.Backups`."""

    schema = host_schema(
        Field("database", clean=clean_name, required=True, replaces=True),
        Field("user", clean=clean_name, required=True),
        Field("password", clean=clean_password, required=True),
        Field("host", clean=cleaning.filled, required=True),
        Field("port", clean=cleaning.whole(1, 65_535), default=PORT),
        Field("server", clean=cleaning.filled, required=True),
        Field("directory", clean=clean_directory, required=True),
        Field("schedule", clean=clean_schedule, default=SCHEDULE),
        Field("keep", clean=cleaning.whole(1, 1000), default=KEEP),
    )
    deploy = "backups"
    secret_inputs = ("password",)

    def label(self, props: Props) -> str:
        return f"{super().label(props)}/{text(props, 'database')}"

    def data(self, props: Props) -> Mapping[str, object]:
        names = ("database", "user", "password", "host", "port", "server", "directory", "schedule")
        return {**{name: text(props, name) for name in names}, "keep": whole(props, "keep")}

    def make(self, server: Server, props: Props) -> Props:
        schedule = text(props, "schedule")
        server.run("the schedule is one that systemd knows", f'systemd-analyze calendar "{schedule}" >/dev/null')
        server.apply(self.deploy, self.data(props), secrets=self.secrets(props))
        return last_backup(server, props)

    def look(self, server: Server, props: Props) -> Seen:
        seen = super().look(server, props)
        return Seen(seen.drift, last_backup(server, props))


def last_backup(server: Server, props: Inputs) -> dict[str, object]:
    """Ask for the newest backup: {name, made_at (UTC, ISO 8601), size (bytes), tables, rows}, {} without one."""
    directory = text(props, "directory")
    command = f'newest=$(ls -1 {directory}/*.json 2>/dev/null | sort | tail -n 1); test -z "$newest" || cat "$newest"'
    try:
        found = manifest(server.run("the look for the last backup", command))
    except StepFailedError:
        found = None
    if found is None:
        return {"last_backup": {}}
    return {
        "last_backup": {
            "name": found.name,
            "made_at": found.made_at.isoformat(),
            "size": found.size,
            "tables": len(found.rows),
            "rows": postgres_rows.total(found.rows),
        }
    }
