"""A lab controller, the providers' session on it, and a model of its own for each test."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.common.raw import text
from providers.juju import session, tags
from providers.juju.endpoint import Endpoint
from providers.juju.session import Session

_numbers = itertools.count(1)


def attach(juju: RunningJuju) -> Session:
    session.release()
    return session.adopt(Endpoint(juju.addresses, juju.ca_cert, juju.username, juju.password))


@dataclass
class Site:
    """A controller, and how a test gets models and applications without the providers that are under test."""

    juju: RunningJuju

    @property
    def session(self) -> Session:
        return session.current()

    def model(self, name: str = "", cloud: str = "") -> str:
        wanted = name or f"m{next(_numbers)}"
        params = {
            "name": wanted,
            "owner-tag": tags.user("admin"),
            **({"cloud-tag": tags.cloud(cloud)} if cloud else {}),
        }
        answer = self.session.controller.change("ModelManager", "CreateModel", params, purpose="make a model")
        return text(answer, "uuid")

    def deploy(self, model: str, charm: str, name: str = "", units: int = 1) -> None:
        wanted = {"CharmName": charm, "ApplicationName": name or charm, "num-units": units}
        link = self.session.model(model)
        link.change("Application", "DeployFromRepository", {"Args": [wanted]}, purpose=f"deploy {charm}")

    def relate(self, model: str, *ends: str) -> None:
        link = self.session.model(model)
        link.change("Application", "AddRelation", {"endpoints": list(ends)}, purpose="relate")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningJuju]:
    with running_juju() as juju:
        yield juju


@pytest.fixture
def site(running: RunningJuju) -> Iterator[Site]:
    attach(running)
    yield Site(running)
    session.release()
    running.clear_faults()
    running.pace("immediate")
