"""Two servers for the session, d1 and d2, and this project's way to them."""

from collections.abc import Generator
from typing import Any

import pytest

import lab.hosts.testing as lab_hosts
from lab.hosts.testing import Guest
from providers.hosts.connection import Connection
from providers.hosts.session import Hosts, Server
from tests.support import guests

rack = guests.rack


def connection(guest: Guest, **given: Any) -> Connection:
    """Give the way to a guest; `given` are fields that differ from the usual ones."""
    usual: dict[str, Any] = {"user": guest.user, "private_key_file": str(guest.key_file), "patience": 30.0}
    return Connection(guest.name, guest.address, **{**usual, **given})


@pytest.fixture
def guest(rack: lab_hosts.Hosts) -> Guest:
    return guests.guest(rack, "d1")


@pytest.fixture
def other(rack: lab_hosts.Hosts) -> Guest:
    return guests.guest(rack, "d2")


@pytest.fixture
def hosts() -> Generator[Hosts]:
    """A worker of the test's own."""
    made = Hosts()
    yield made
    made.close()


@pytest.fixture
def server(hosts: Hosts, guest: Guest) -> Server:
    return hosts.on(connection(guest))
