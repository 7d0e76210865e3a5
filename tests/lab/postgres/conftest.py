"""PostgreSQL on real servers: how tests describe it, carry it out, and ask it.

`Life` is one resource through its life, with checked inputs and a state as an engine keeps it.
"""

from collections.abc import Callable
from typing import Any

import pytest

from lab.hosts.testing import Guest, Hosts
from providers.hosts.crud.backups import BackupsProvider
from providers.hosts.crud.base import HostProvider
from providers.hosts.crud.postgres import PostgresProvider
from tests.support import guests

rack = guests.rack

PASSWORD = "it's a Secret 7"
FOLDER = "/var/backups/postgres/tasks"


def connection(guest: Guest, patience: int = 30) -> dict[str, object]:
    return {
        "name": guest.name,
        "host": guest.address,
        "user": guest.user,
        "private_key_file": str(guest.key_file),
        "patience": patience,
    }


def instance(guest: Guest, machine: str = "", **given: object) -> dict[str, object]:
    """Describe a PostgresInstance on a guest; `given` are inputs that differ from the usual ones."""
    usual: dict[str, object] = {
        "connection": connection(guest),
        "machine": machine or f"{guest.name}-1",
        "database": "tasks",
        "owner": "cloud",
        "password": PASSWORD,
        "superuser": True,
        "address": guest.address,
        "allow": ["172.21.0.0/16"],
        "memory_mib": 1024,
        "patience": 5,
    }
    return {**usual, **given}


def backups(guest: Guest, database: Guest, **given: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "connection": connection(guest),
        "machine": f"{guest.name}-1",
        "database": "tasks",
        "user": "cloud",
        "password": PASSWORD,
        "host": database.address,
        "server": database.name,
        "directory": FOLDER,
        "keep": 2,
    }
    return {**usual, **given}


class Life:
    """A resource as an engine drives it: `up` creates or updates, `refresh` reads, `destroy` deletes."""

    def __init__(self, provider: HostProvider) -> None:
        self.provider = provider
        self.id = ""
        self.state: dict[str, Any] = {}

    def up(self, inputs: dict[str, object]) -> dict[str, Any]:
        checked = self.provider.check(self.state, inputs)
        assert not checked.failures, [(failure.property, failure.reason) for failure in checked.failures]
        if not self.id:
            created = self.provider.create(dict(checked.inputs))
            self.id, self.state = str(created.id), dict(created.outs or {})
        else:
            difference = self.provider.diff(self.id, self.state, dict(checked.inputs))
            assert not difference.replaces
            if difference.changes:
                self.state = dict(self.provider.update(self.id, self.state, dict(checked.inputs)).outs or {})
        return self.state

    def refresh(self) -> list[str]:
        self.state = dict(self.provider.read(self.id, self.state).outs or {})
        return self.state["drift"]

    def destroy(self) -> None:
        self.provider.delete(self.id, self.state)


def postgres() -> Life:
    return Life(PostgresProvider())


def kept() -> Life:
    return Life(BackupsProvider())


def sql(guest: Guest, statement: str, database: str = "tasks") -> str:
    """Ask as the server's own administrator."""
    return guest.run(f"sudo -u postgres psql -qtAX -v ON_ERROR_STOP=1 -d {database}", stdin=statement).strip()


ROWS = """SET ROLE cloud;
CREATE TABLE task (id serial PRIMARY KEY, title text NOT NULL);
INSERT INTO task (title) SELECT 'task ' || n FROM generate_series(1, 117) AS n;
CREATE TABLE "Odd name" (word text);
INSERT INTO "Odd name" VALUES ('a'), ('b'), ('c');
CREATE TABLE nothing (x int);
"""


@pytest.fixture(scope="session")
def booted(rack: Hosts) -> Callable[[str], Guest]:
    return lambda name: guests.guest(rack, name)


@pytest.fixture
def fresh(booted: Callable[[str], Guest]) -> Callable[[str], Guest]:
    """Servers as they are after installation."""

    def give(name: str) -> Guest:
        guest = booted(name)
        if "postgresql" in guest.run("ls /etc"):
            guest.install_again()
        return guest

    return give
