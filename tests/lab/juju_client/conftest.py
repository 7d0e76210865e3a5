"""A lab controller, the providers' session on it with retries that do not wait, and a model with things in it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.juju.endpoint import Endpoint
from providers.juju.link import Link
from providers.juju.pool import Pool
from providers.juju.session import Session


async def at_once(_seconds: float) -> None:
    """Stand in for the pause between two tries."""


def endpoint(juju: RunningJuju, **other: Any) -> Endpoint:
    return replace(Endpoint(juju.addresses, juju.ca_cert, juju.username, juju.password), **other)


@contextmanager
def attached(juju: RunningJuju, **other: Any) -> Generator[Session]:
    """Open a session; it ends with the context."""
    session = Session(Pool(endpoint(juju, **other), sleep=at_once))
    try:
        yield session
    finally:
        session.close()


def add_model(session: Session, name: str) -> Link:
    owner: dict[str, object] = (
        {"qualifier": "admin"} if session.version.startswith("4.") else {"owner-tag": "user-admin"}
    )
    params = {"name": name, **owner, "cloud-tag": "cloud-maas-one"}
    made = session.controller.change("ModelManager", "CreateModel", params, purpose=f"create the model {name}")
    return session.model(str(made["uuid"]))


def deploy(link: Link, *names: str, charm: str = "ubuntu", **more: object) -> None:
    """Deploy a charm under each of these names, by one call."""
    args = [{"CharmName": charm, "ApplicationName": name, "num-units": 1, **more} for name in names]
    link.change("Application", "DeployFromRepository", {"Args": args}, purpose=f"deploy {', '.join(names)}")


def relate(link: Link, *endpoints: str) -> None:
    link.change("Application", "AddRelation", {"endpoints": list(endpoints)}, purpose=f"relate {' '.join(endpoints)}")


@dataclass
class Bench:
    """A controller, our session there, and a model of it."""

    juju: RunningJuju
    session: Session
    model: Link

    def forget(self) -> None:
        """Begin to count anew."""
        self.juju.calls.clear()
        self.juju.logins.clear()

    @property
    def called(self) -> dict[str, int]:
        counts = self.juju.call_counts()
        return {f"{facade}.{method}": number for (facade, method), number in sorted(counts.items())}


@pytest.fixture(scope="module")
def controller() -> Iterator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture
def bench(controller: RunningJuju, request: pytest.FixtureRequest) -> Iterator[Bench]:
    with attached(controller) as session:
        name = request.node.name.replace("_", "-").partition("[")[0].lower()
        bench = Bench(controller, session, add_model(session, name))
        bench.forget()
        yield bench
        controller.clear_faults()
