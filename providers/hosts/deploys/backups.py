"""Backups of one database, made by a timer on another server than the database's.

    {database, user, password, host, port, server, directory, schedule, keep}
      packages ─> user ─> folder ─> job, its config, password file ─> service, timer ─> the first backup

The units are called postgres-backup-DATABASE. What the job does: see `providers.hosts.crud.postgres_backup_job`.
"""

import json
import shlex
from collections.abc import Generator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, cast

from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation  # pyright: ignore[reportUnknownVariableType] - pyinfra leaves it half typed
from pyinfra.context import host
from pyinfra.operations import files, server, systemd

from providers.common.raw import Raw, text, whole
from providers.hosts.crud import postgres_backup_job
from providers.hosts.deploys.postgres import packages

Data = Mapping[str, object]

USER = "postgres-backups"
"""Makes and owns the backups; nobody logs in as it."""
CONFIG = "/etc/postgres-backups"
JOB = "/usr/local/lib/postgres-backups/postgres_backup_job.py"
UNITS = "/etc/systemd/system"

_SERVICE = """# Managed by Pulumi (hosts.Backups)
[Unit]
Description=Backup of the PostgreSQL database {database}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
ExecStart=/usr/bin/python3 {job} make {config}
Nice=10
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={directory}
NoNewPrivileges=yes
"""
_TIMER = """# Managed by Pulumi (hosts.Backups)
[Unit]
Description=Schedule of the backups of the PostgreSQL database {database}

[Timer]
OnCalendar={schedule}
Persistent=true
RandomizedDelaySec=60

[Install]
WantedBy=timers.target
"""
_RUN = """systemctl start {unit}.service && exit 0
journalctl --quiet --no-pager --output cat --lines 15 --unit {unit}.service >&2
exit 1"""


class LastRun(FactBase[str]):
    """How the service's last run ended: systemd's word, "success" also where there was none."""

    default = str

    def command(self, unit: str) -> str:
        return f"systemctl show --property Result --value {shlex.quote(unit)}.service"


class Latest(FactBase[Raw]):
    """The manifest of the latest backup, {} without one."""

    default = dict[str, object]

    def command(self, directory: str) -> str:
        return f"test ! -f {JOB} || python3 {JOB} latest {shlex.quote(directory)}"

    def process(self, output: list[str]) -> Raw:
        told = "".join(output).strip()
        return cast("Raw", json.loads(told)) if told else {}


def deploy(data: Data) -> None:
    packages(name="PostgreSQL's client is installed", wanted=["postgresql-client"], _sudo=True)
    directory, name = text(data, "directory"), text(data, "database")
    server.user(  # noqa: S604 - the shell that it logs in with
        name=f"the user {USER} is there",
        user=USER,
        system=True,
        shell="/usr/sbin/nologin",
        home=CONFIG,
        create_home=False,
        ensure_home=False,
        _sudo=True,
    )
    files.directory(
        name=f"{directory} is only for backups", path=directory, user=USER, group=USER, mode="700", _sudo=True
    )
    _job(data)
    _units(data)
    made(
        name=f"there is a backup of {name} on {text(data, 'server')}, and the last one succeeded", data=data, _sudo=True
    )


def undo(data: Data) -> None:
    """Take off the schedule and the password; the backups, and what other databases need too, stay."""
    name = _unit(data)
    systemd.service(
        name=f"the timer of {name} is off", service=f"{name}.timer", running=False, enabled=False, _sudo=True
    )
    for path in (f"{UNITS}/{name}.timer", f"{UNITS}/{name}.service", _path(data, "json"), _path(data, "pgpass")):
        files.file(name=f"{path} is gone", path=path, present=False, _sudo=True)
    systemd.daemon_reload(name=f"systemd forgets {name}", _sudo=True)


def _job(data: Data) -> None:
    owned: dict[str, Any] = {"user": USER, "group": USER, "_sudo": True}
    source = Path(postgres_backup_job.__file__).read_text(encoding="utf-8")
    files.put(
        name="the backup job is there", src=StringIO(source), dest=JOB, mode="755", create_remote_dir=True, _sudo=True
    )
    files.directory(name="its configuration is only its own", path=CONFIG, mode="700", **owned)
    files.put(
        name=f"it knows where {text(data, 'database')} is",
        src=StringIO(json.dumps(config(data), indent=2, sort_keys=True) + "\n"),
        dest=_path(data, "json"),
        mode="600",
        **owned,
    )
    files.put(
        name="it knows its password", src=StringIO(password_file(data)), dest=_path(data, "pgpass"), mode="600", **owned
    )


def _units(data: Data) -> None:
    name, values = _unit(data), {key: text(data, key) for key in ("database", "schedule", "directory")}
    service = files.put(
        name=f"the service {name} is there",
        src=StringIO(_SERVICE.format(**values, user=USER, job=JOB, config=_path(data, "json"))),
        dest=f"{UNITS}/{name}.service",
        mode="644",
        _sudo=True,
    )
    timer = files.put(
        name=f"{text(data, 'database')} is backed up at {text(data, 'schedule')}",
        src=StringIO(_TIMER.format(**values)),
        dest=f"{UNITS}/{name}.timer",
        mode="644",
        _sudo=True,
    )
    changed = lambda: service.did_change() or timer.did_change()  # noqa: E731 - an argument of two operations
    systemd.daemon_reload(name=f"systemd knows {name}", _sudo=True, _if=changed)
    systemd.service(name=f"the timer of {name} is on", service=f"{name}.timer", running=True, enabled=True, _sudo=True)
    systemd.service(
        name=f"the timer of {name} knows its schedule",
        service=f"{name}.timer",
        restarted=True,
        _sudo=True,
        _if=timer.did_change,
    )


@operation()
def made(data: Data) -> Generator[str]:
    """Make a backup at once when there is none of the database where it is now, or when the last try failed."""
    facts = cast("Any", host)
    last = cast("str", facts.get_fact(LastRun, unit=_unit(data)))
    latest = cast("Raw", facts.get_fact(Latest, directory=text(data, "directory")))
    wanted = {key: text(data, key) for key in ("host", "port", "database")}
    if last.strip() not in {"", "success"} or {key: text(latest, key) for key in wanted} != wanted:
        yield _RUN.format(unit=_unit(data))


def config(data: Data) -> dict[str, object]:
    """Choose what the job is told; see there."""
    told = {key: text(data, key) for key in ("host", "port", "database", "user", "directory", "server")}
    return {**told, "keep": whole(data, "keep"), "passfile": _path(data, "pgpass")}


def password_file(data: Data) -> str:
    r"""Write libpq's password file: one line, in which : and \ of the values are escaped."""
    values = (text(data, key) for key in ("host", "port", "database", "user", "password"))
    return ":".join(value.replace("\\", "\\\\").replace(":", "\\:") for value in values) + "\n"


def _unit(data: Data) -> str:
    return f"postgres-backup-{text(data, 'database')}"


def _path(data: Data, kind: str) -> str:
    return f"{CONFIG}/{text(data, 'database')}.{kind}"
