"""A cluster for tests: a database server, app servers, and resources as an engine keeps them.

inputs -> check, then create, or diff and update -> state; refresh -> read -> drift. All by the providers themselves, in
this process, with real servers behind them.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lab.hosts.testing as lab_hosts
from providers.hosts.crud.appserver import AppServerProvider
from providers.hosts.crud.base import HostProvider
from providers.hosts.crud.migration import MigrationProvider
from providers.hosts.crud.release import ReleaseProvider

APP = Path(__file__).resolve().parents[3] / "apps" / "tasks"
DATABASE_PASSWORD = "database-pass-8d1f"
ADMIN_PASSWORD = "admin-pass-77ac"
SECRET_KEY = "a \"key\" with $HOME, `quotes`, 'these' and \\ in it"


@dataclass
class Held:
    """One resource and its state."""

    provider: HostProvider
    id: str = ""
    state: dict[str, Any] = field(default_factory=dict[str, Any])

    def up(self, inputs: Mapping[str, Any]) -> bool:
        """Bring it to these inputs; say whether anything was to do."""
        checked = self.provider.check(self.state, dict(inputs))
        assert not checked.failures, [(failure.property, failure.reason) for failure in checked.failures]
        if not self.id:
            made = self.provider.create(checked.inputs)
            self.id, self.state = made.id, dict(made.outs or {})
            return True
        difference = self.provider.diff(self.id, self.state, checked.inputs)
        assert not difference.replaces, difference.replaces
        if difference.changes:
            self.state = dict(self.provider.update(self.id, self.state, checked.inputs).outs or {})
        return bool(difference.changes)

    def refresh(self) -> list[str]:
        """Look at what is there; the names of what differs."""
        read = self.provider.read(self.id, self.state)
        self.state = dict(read.outs or {})
        return self.state["drift"]

    def down(self) -> None:
        self.provider.delete(self.id, self.state)
        self.id, self.state = "", {}


@dataclass
class Cluster:
    """Servers by name, the database's among them, and the inputs that all of an app's resources share."""

    database: lab_hosts.Guest
    servers: list[lab_hosts.Guest]
    others: Mapping[str, lab_hosts.Guest] = field(default_factory=dict[str, lab_hosts.Guest])

    def connection(self, guest: lab_hosts.Guest) -> dict[str, Any]:
        key = str(guest.key_file)
        return {"name": guest.name, "host": guest.address, "user": guest.user, "private_key_file": key, "patience": 30}

    def on(self, guest: lab_hosts.Guest) -> dict[str, Any]:
        return {"connection": self.connection(guest), "machine": guest.name}

    def told(self, **env: str) -> dict[str, Any]:
        """What migration and servers are told alike."""
        plain = {"DATABASE_HOST": "database", "DATABASE_NAME": "tasks", "DATABASE_USER": "cloud"}
        return {
            "env": {**plain, "ALLOWED_HOSTS": "*", **env},
            "secret_env": {"SECRET_KEY": SECRET_KEY, "DATABASE_PASSWORD": DATABASE_PASSWORD},
            "hosts": {"database": self.database.address},
        }

    def source(self, guest: lab_hosts.Guest, path: Path = APP, **given: Any) -> dict[str, Any]:
        return {**self.on(guest), "path": str(path), **given}

    def migration(self, guest: lab_hosts.Guest, release: str, **given: Any) -> dict[str, Any]:
        admin = {"admin_user": "cloud", "admin_email": "cloud@example.org", "admin_password": ADMIN_PASSWORD}
        return {**self.on(guest), "release": release, **admin, **self.told(), **given}

    def server(self, guest: lab_hosts.Guest, release: str, **given: Any) -> dict[str, Any]:
        place = self.servers.index(guest)
        peers = [self.connection(other) for other in self.servers]
        shared = {"release": release, "cluster": "tasks", "place": place, "peers": peers, "threads": 2}
        return {**self.on(guest), **shared, **self.told(), **given}

    def sql(self, statement: str) -> str:
        """Ask the database; one value."""
        return self.database.run(f'sudo -u postgres psql -At -d tasks -c "{statement}"').strip()


def release() -> Held:
    return Held(ReleaseProvider())


def migration() -> Held:
    return Held(MigrationProvider())


def app_server() -> Held:
    return Held(AppServerProvider())


def edition(folder: Path, name: str, edits: Mapping[str, str]) -> Path:
    """Copy the app, with some files replaced, or added to where the text begins with +."""
    copy = folder / name
    shutil.copytree(APP, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in edits.items():
        target = copy / path
        target.write_text(target.read_text() + text[1:] if text.startswith("+") else text)
    return copy


def install_database(guest: lab_hosts.Guest) -> None:
    """Make a server a PostgreSQL server with the database tasks."""
    network = guest.address.rsplit(".", 1)[0] + ".0/24"
    guest.run(
        f"""
set -e
sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null
cd / && folder=$(echo /etc/postgresql/*/main)
echo "listen_addresses = '*'" | sudo tee $folder/conf.d/listen.conf >/dev/null
echo 'host all all {network} scram-sha-256' | sudo tee -a $folder/pg_hba.conf >/dev/null
sudo systemctl restart postgresql
sudo -u postgres psql -q -c "create role cloud login superuser password '{DATABASE_PASSWORD}'"
sudo -u postgres createdb -O cloud tasks
"""
    )
