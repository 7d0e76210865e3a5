"""PostgreSQL as the distribution has it, with one role and one database, open to some networks.

    {version, listen, port, memory_mib, cpus, settings, networks, role, superuser, password, database, create, firewall,
    enforce, ssh_port, drop}
      packages ─> conf.d/pulumi.conf, pg_hba.conf ─> runs ─> has loaded them ─> role, password ─> database ─> ufw

`create` false: a database that is missing stays missing, for whoever asks to decide how to get it back. What can only
be asked of a PostgreSQL that runs is not claimed to differ while it is stopped.
"""

import secrets
import shlex
from collections.abc import Generator, Mapping
from io import StringIO
from typing import Any, cast

from pyinfra.api.operation import operation  # pyright: ignore[reportUnknownVariableType] - pyinfra leaves it half typed
from pyinfra.context import host
from pyinfra.facts.deb import DebPackages
from pyinfra.operations import files

from providers.common.raw import flag, mapping, text, texts, whole
from providers.hosts.crud.postgres_files import admission, configuration, create_database, identifier, quoted
from providers.hosts.crud.postgres_scram import SALT_BYTES, matches, verifier
from providers.hosts.crud.postgres_tuning import same, tuned, usable
from providers.hosts.deploys.postgres_facts import RULE, Firewall, Found, Instance, MemoryMib, Rules, verifier_of

Data = Mapping[str, object]

INSTALL = """for _ in 1 2 3 4 5 6; do apt-get -q update && break; sleep 10; done
DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install {packages}"""
"""A server that just booted for the first time still updates itself, which holds apt's locks for a while."""

_EFFECT = """taken=$(ss -Hltnp 'sport = :{port}' | grep -v '"postgres"')
if [ -n "$taken" ]; then
  echo "Port {port} is used by another program:" >&2
  echo "$taken" | grep -o 'users:.*' >&2
  exit 1
fi
ready='until pg_isready --quiet --port {port}; do sleep 0.2; done'
systemctl {verb} {service} && timeout 60 sh -c "$ready" && exit 0
systemctl status --no-pager --lines 0 {service} >&2
tail -n 15 /var/log/postgresql/postgresql-{version}-main.log >&2
exit 1"""

_PSQL = """folder=$(pg_lsclusters --no-header | awk '$1 == "{version}" && $2 == "main" {{print $6}}')
port=$(sed -n 4p "$folder/postmaster.pid")
runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --port "$port" --dbname {database} <<'SQL'
{sql}
SQL
"""


def deploy(data: Data) -> None:
    data = {**data, "settings": _settings(data)}
    version = text(data, "version")
    wanted = [f"postgresql-{version}" if version else "postgresql", *(["ufw"] if flag(data, "firewall") else [])]
    packages(name="PostgreSQL is installed", wanted=wanted, _sudo=True)
    _configure(data)
    running(name="PostgreSQL runs, and starts with the server", data=data, _sudo=True)
    loaded(name="PostgreSQL has loaded its files", data=data, _sudo=True)
    live(name="PostgreSQL runs with its settings", data=data, _sudo=True)
    name = text(data, "role")
    kind = "a superuser" if flag(data, "superuser") else "no superuser"
    role(name=f"the role {name} may log in, and is {kind}", data=data, _sudo=True)
    password(name=f"the role {name} has its password", data=data, _sudo=True)
    name = text(data, "database")
    database(name=f"the database {name} is there", data=data, _sudo=True)
    owner(name=f"the database {name} belongs to {text(data, 'role')}", data=data, _sudo=True)
    writable(name=f"the database {name} can be written to", data=data, _sudo=True)
    if flag(data, "firewall"):
        firewall(name=f"the firewall lets PostgreSQL's networks in on port {text(data, 'port')}", data=data, _sudo=True)


def undo(data: Data) -> None:
    data = {**data, "settings": {}}
    if flag(data, "drop"):
        dropped(name=f"the database {text(data, 'database')} is gone", data=data, _sudo=True)
    stopped(name="PostgreSQL is stopped, and does not start with the server", data=data, _sudo=True)
    firewall(name="the firewall lets nobody in to PostgreSQL", data={**data, "networks": []}, _sudo=True)


def _settings(data: Data) -> dict[str, str]:
    """Decide all settings: those for what is wanted, those for the server's memory, a person's own over them."""
    there = cast("int", cast("Any", host).get_fact(MemoryMib))
    own = mapping(data, "settings")
    return {
        "listen_addresses": text(data, "listen"),
        "port": text(data, "port"),
        "password_encryption": "scram-sha-256",
        **tuned(usable(whole(data, "memory_mib"), there), whole(data, "cpus")).settings(),
        **{name: text(own, name) for name in own},
    }


def _configure(data: Data) -> None:
    """Write the files; where no PostgreSQL is, which is only so in a plan, there is no folder to look at."""
    found = look(data)
    if not found.version:
        return
    settings = {name: text(mapping(data, "settings"), name) for name in mapping(data, "settings")}
    networks = texts(data, "networks")
    owners: dict[str, Any] = {"user": "postgres", "group": "postgres", "_sudo": True}
    files.put(
        name=f"PostgreSQL listens on {text(data, 'listen')}, port {text(data, 'port')}, and is tuned",
        src=StringIO(configuration(settings)),
        dest=f"{found.folder}/conf.d/pulumi.conf",
        mode="644",
        **owners,
    )
    files.put(
        name=f"PostgreSQL admits {', '.join(networks) or 'nobody from elsewhere'} with a password",
        src=StringIO(admission(networks)),
        dest=f"{found.folder}/pg_hba.conf",
        mode="640",
        **owners,
    )


@operation()
def packages(wanted: list[str]) -> Generator[str]:
    """Install what is missing of these packages."""
    there = cast("Mapping[str, object]", cast("Any", host).get_fact(DebPackages))
    missing = [package for package in wanted if package not in there]
    if missing:
        yield INSTALL.format(packages=shlex.join(missing))


@operation()
def running(data: Data) -> Generator[str]:
    """Start it, now and with the server."""
    found = look(data)
    if not found.version:
        return
    if not found.enabled:
        yield "systemctl enable --quiet postgresql"
    if not found.answers:
        yield _effect("start", found, data)


@operation()
def loaded(data: Data) -> Generator[str]:
    """Reload it when one of its files is newer than what it loaded."""
    found = look(data)
    if found.stale:
        yield f"systemctl reload {found.service}"


@operation()
def live(data: Data) -> Generator[str]:
    """Bring settings into effect that are in the file already: restart where only that helps, undo ALTER SYSTEM."""
    found = look(data)
    wanted = mapping(data, "settings")
    off = {
        name: seen
        for name, seen in found.settings.items()
        if not same(text(wanted, name), text(seen, "setting"), text(seen, "unit"))
    }
    altered = [name for name, seen in off.items() if flag(seen, "altered")]
    if altered:
        yield _psql(found, "\n".join(f"ALTER SYSTEM RESET {identifier(name)};" for name in altered))
    if any(flag(seen, "restarts") for seen in off.values()):
        yield _effect("restart", found, data)
    elif off:
        yield f"systemctl reload {found.service}"


@operation()
def role(data: Data) -> Generator[str]:
    """Create the role, or give it back what it may do."""
    found, name = look(data), identifier(text(data, "role"))
    superuser = flag(data, "superuser")
    may = f"LOGIN {'SUPERUSER' if superuser else 'NOSUPERUSER'}"
    if found.answers and found.role is None:
        yield _psql(found, f"CREATE ROLE {name} {may};")
    elif found.role and (flag(found.role, "super") != superuser or not flag(found.role, "login")):
        yield _psql(found, f"ALTER ROLE {name} {may};")


@operation()
def password(data: Data) -> Generator[str]:
    """Set the password unless what is stored is its verifier; what is sent is a verifier as well."""
    found, wanted = look(data), text(data, "password")
    if found.role is not None and not matches(wanted, verifier_of(found)):
        stored = verifier(wanted, secrets.token_bytes(SALT_BYTES))
        yield _psql(found, f"ALTER ROLE {identifier(text(data, 'role'))} PASSWORD {quoted(stored)};")


@operation()
def database(data: Data) -> Generator[str]:
    """Create the database, empty, with an encoding and an order that every server has."""
    found = look(data)
    if found.answers and found.database is None and flag(data, "create"):
        yield _psql(found, create_database(text(data, "database"), text(data, "role")))


@operation()
def owner(data: Data) -> Generator[str]:
    """Give the database, and what its former owner has in it, to the role."""
    found, wanted = look(data), text(data, "role")
    former = text(found.database, "owner") if found.database else wanted
    if former == wanted:
        return
    name = text(data, "database")
    yield _psql(found, f"ALTER DATABASE {identifier(name)} OWNER TO {identifier(wanted)};")
    if former != "postgres":
        yield _psql(found, f"REASSIGN OWNED BY {identifier(former)} TO {identifier(wanted)};", name)


@operation()
def writable(data: Data) -> Generator[str]:
    """Take back what a move that ended half-way left behind."""
    found = look(data)
    if found.database and flag(found.database, "read_only"):
        yield _psql(found, f"ALTER DATABASE {identifier(text(data, 'database'))} RESET default_transaction_read_only;")


@operation()
def dropped(data: Data) -> Generator[str]:
    """Drop the database, whoever uses it."""
    found = look(data)
    if found.database:
        yield _psql(found, f"DROP DATABASE {identifier(text(data, 'database'))} WITH (FORCE);")


@operation()
def stopped(data: Data) -> Generator[str]:
    """Stop it, now and at the next boot."""
    found = look(data)
    if found.version and (found.enabled or found.answers):
        yield f"systemctl disable --quiet postgresql; systemctl stop postgresql {found.service}"


@operation()
def firewall(data: Data) -> Generator[str]:
    """Add what is missing, remove what is ours and no longer wanted; SSH is let in before ufw may be turned on."""
    found = cast("Rules", cast("Any", host).get_fact(Firewall))
    port, ssh_port = text(data, "port"), str(whole(data, "ssh_port"))
    wanted = {(network, port) for network in texts(data, "networks")}
    if wanted and ssh_port not in found.everybody:
        yield f"ufw allow {ssh_port}/tcp"
    for network, at in sorted(wanted - found.ours):
        yield f"ufw allow proto tcp from {network} to any port {at} comment {shlex.quote(RULE)}"
    for network, at in sorted(found.ours - wanted):
        yield f"ufw delete allow proto tcp from {network} to any port {at}"
    if wanted and flag(data, "enforce") and not found.active:
        yield "ufw --force enable"


def look(data: Data) -> Found:
    """Ask the server what there is now."""
    names = sorted(mapping(data, "settings"))
    asked = {"version": text(data, "version"), "role": text(data, "role"), "database": text(data, "database")}
    return cast("Found", cast("Any", host).get_fact(Instance, **asked, settings=names, _sudo=True))


def _effect(verb: str, found: Found, data: Data) -> str:
    return _EFFECT.format(verb=verb, service=found.service, version=found.version, port=text(data, "port"))


def _psql(found: Found, sql: str, database: str = "postgres") -> str:
    return _PSQL.format(version=found.version, database=shlex.quote(database), sql=sql)
