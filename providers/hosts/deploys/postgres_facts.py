"""What a server says of its PostgreSQL, in one round trip.

`Instance` (version wanted, role, database, settings) -> a shell script -> JSON -> `Found`. `Firewall` -> `Rules`.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase

from providers.common.raw import Raw, flag, mapping, text
from providers.hosts.crud.postgres_files import quoted

RULE = "PostgreSQL, managed by Pulumi"
"""The comment of firewall rules that are ours."""

_FIND = r"""
set -- $(pg_lsclusters --no-header 2>/dev/null \
  | awk -v want={version} '$2 == "main" && (want == "" || $1 == want)' | sort -V | tail -n 1)
test -n "$1" && test -x "/usr/lib/postgresql/$1/bin/postgres" || exit 0
echo "$1"
systemctl is-enabled postgresql 2>/dev/null || true
systemctl is-active "postgresql@$1-main" || true
port=$(sed -n 4p "$6/postmaster.pid" 2>/dev/null)
set -- runuser -u postgres -- psql --no-psqlrc --quiet --tuples-only --no-align --port "${{port:-$3}}" --dbname postgres
"$@" 2>/dev/null <<'SQL' || true
{sql}
SQL
"""

_SQL = """
SELECT json_build_object(
  'role', (SELECT json_build_object('super', rolsuper, 'login', rolcanlogin, 'verifier', coalesce(rolpassword, ''))
    FROM pg_authid WHERE rolname = {role}),
  'database', (SELECT json_build_object('owner', pg_get_userbyid(datdba), 'read_only', EXISTS (
      SELECT FROM pg_db_role_setting
      WHERE setdatabase = pg_database.oid AND setrole = 0 AND 'default_transaction_read_only=on' = ANY (setconfig)))
    FROM pg_database WHERE datname = {database}),
  'settings', (SELECT json_object_agg(name, json_build_object('setting', setting, 'unit', unit,
      'restarts', context = 'postmaster', 'altered', coalesce(sourcefile LIKE '%postgresql.auto.conf', false)))
    FROM pg_settings WHERE name IN ({settings})),
  'stale', (SELECT coalesce(bool_or((pg_stat_file(name, true)).modification > pg_conf_load_time()), false)
    FROM unnest(ARRAY[current_setting('hba_file'), {file}]) AS name))
"""


@dataclass(frozen=True)
class Found:
    """What is there. `version` is "" when none is installed; where it `answers`, the rest is known too."""

    version: str = ""
    enabled: bool = False
    answers: bool = False
    role: Raw | None = None
    database: Raw | None = None
    settings: Mapping[str, Raw] = field(default_factory=dict[str, Raw])
    stale: bool = False

    @property
    def service(self) -> str:
        """Its unit; `postgresql` itself only starts the units of all clusters."""
        return f"postgresql@{self.version}-main"

    @property
    def folder(self) -> str:
        """Where Debian keeps its configuration."""
        return f"/etc/postgresql/{self.version}/main"


class Instance(FactBase[Found]):
    """The cluster `main` of the wanted version, else of the newest one."""

    default = Found

    def command(self, version: str, role: str, database: str, settings: Sequence[str]) -> StringCommand:
        """Ask for everything. Names of settings are ours, and hold no quotes."""
        file = "replace(current_setting('config_file'), 'postgresql.conf', 'conf.d/pulumi.conf')"
        names = ", ".join(quoted(name) for name in settings)
        sql = _SQL.format(role=quoted(role), database=quoted(database), settings=names or "''", file=file)
        return StringCommand(_FIND.format(version=shlex.quote(version), sql=sql.strip() + ";"))

    def process(self, output: list[str]) -> Found:
        """Read the lines: version, enabled, active, JSON."""
        if len(output) < 3:
            return Found()
        version, enabled, active = (line.strip() for line in output[:3])
        told = "".join(output[3:]).strip()
        if active != "active" or not told:
            return Found(version, enabled == "enabled")
        raw = cast("Raw", json.loads(told))
        settings = {name: mapping(mapping(raw, "settings"), name) for name in mapping(raw, "settings")}
        return Found(
            version,
            enabled == "enabled",
            answers=True,
            role=mapping(raw, "role") or None,
            database=mapping(raw, "database") or None,
            settings=settings,
            stale=flag(raw, "stale"),
        )


@dataclass(frozen=True)
class Rules:
    """What ufw has: whether it is on, our rules as (network, port), and whether a port is open to everybody."""

    installed: bool = False
    active: bool = False
    ours: frozenset[tuple[str, str]] = frozenset()
    everybody: frozenset[str] = frozenset()


class MemoryMib(FactBase[int]):
    """The memory that the server has."""

    default = int

    def command(self) -> str:
        return "grep MemTotal /proc/meminfo"

    def process(self, output: list[str]) -> int:
        return int(output[0].split()[1]) // 1024


class Firewall(FactBase[Rules]):
    """ufw's rules, those that wait for it to be turned on too."""

    default = Rules

    def command(self) -> str:
        return "command -v ufw >/dev/null || exit 0; ufw status | head -n 1; ufw show added"

    def process(self, output: list[str]) -> Rules:
        return rules(output)


_OURS = re.compile(rf"ufw allow from (\S+) to any port (\d+) proto tcp comment '{RULE}'")
_EVERYBODY = re.compile(r"ufw allow (\d+)(/tcp)?( .*)?|ufw allow (?P<app>OpenSSH)")


def rules(output: Sequence[str]) -> Rules:
    """Read ufw's status line, and what it shows as added, as the commands that people would give."""
    if not output:
        return Rules()
    ours = {(found[1], found[2]) for line in output if (found := _OURS.fullmatch(line.strip()))}
    everybody = {"22" if found["app"] else found[1] for line in output if (found := _EVERYBODY.fullmatch(line.strip()))}
    active = output[0].strip() == "Status: active"
    return Rules(installed=True, active=active, ours=frozenset(ours), everybody=frozenset(everybody))


def verifier_of(found: Found) -> str:
    """Read what is stored of the role's password, "" for none."""
    return text(found.role, "verifier") if found.role else ""
