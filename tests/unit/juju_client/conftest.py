"""A scripted controller and a pool on it, with retries that do not wait."""

from collections.abc import Callable, Iterator

import pytest

from providers.juju.endpoint import Endpoint
from providers.juju.pool import Pool
from tests.unit.juju_client.scripted import Scripted, scripted

Connect = Callable[..., Pool]


async def at_once(_seconds: float) -> None:
    """Stand in for the pause between two tries."""


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make pools that end with the test."""
    pools: list[Pool] = []

    def make(endpoint: Endpoint) -> Pool:
        pools.append(Pool(endpoint, sleep=at_once))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()
