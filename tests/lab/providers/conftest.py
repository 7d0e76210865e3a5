"""A lab MAAS per test, and the providers' session on it, with retries that do not wait."""

from collections.abc import Iterator

import pytest

from lab.maas.testing import RunningMaas, running_maas
from providers.maas import session
from providers.maas.connection import Connection
from providers.maas.endpoint import Endpoint


async def at_once(_seconds: float) -> None:
    """Stand in for the pause between two tries."""


def attach(maas: RunningMaas) -> session.Session:
    session.release()
    return session.adopt(Endpoint(maas.url, maas.api_key), lambda: Connection(sleep=at_once))


@pytest.fixture
def maas() -> Iterator[RunningMaas]:
    with running_maas(rack="course") as running:
        attach(running)
        yield running
        session.release()
