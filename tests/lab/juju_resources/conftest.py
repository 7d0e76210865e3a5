"""A controller of the lab, the providers' session on it, and an empty model for each test."""

import itertools
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from lab.juju.testing import RunningJuju, running_juju
from lab.maas.testing import RunningMaas, running_maas
from providers.common.provider import DeclaredProvider
from providers.juju import session
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.integrations import IntegrationProvider
from providers.juju.crud.machines import MachineProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.endpoint import Endpoint
from providers.juju.session import Session
from providers.juju.status import Application, Status
from tests.lab.maas.conftest import Raw
from tests.lab.providers.life import Life

_numbers = itertools.count(1)


def attach(juju: RunningJuju) -> Session:
    """Begin as a new process does: no connection, nothing remembered."""
    session.release()
    return session.adopt(Endpoint(juju.addresses, juju.ca_cert, juju.username, juju.password))


@dataclass
class Room:
    """A model, what other people do in it, and resources in it from `up` to `down`."""

    juju: RunningJuju
    name: str
    uuid: str = ""

    def status(self) -> Status:
        """What is there now, whatever was shared before."""
        self.forget()
        return session.current().model(self.uuid).status()

    def forget(self) -> None:
        """Let time pass: what was shared is too old."""
        session.current().model(self.uuid).touched(None)

    def hand(self, action: str, *target: str) -> None:
        """Do by hand what another person does, some time ago."""
        self.juju.hand(action, f"{self.name}:", *target)
        self.forget()

    def counts(self) -> Counter[tuple[str, str]]:
        """Calls by (facade, method) since the last count."""
        found = self.juju.call_counts()
        self.juju.calls.clear()
        return found

    def app(self, name: str) -> Application:
        return self.status().applications[name]

    def machines_of(self, name: str) -> Mapping[str, str]:
        return {unit.name: unit.machine for unit in self.app(name).units.values()}

    def application(self, name: str, charm: str = "", **inputs: object) -> Life:
        return self._life(ApplicationProvider(), name=name, charm=charm or name, **inputs)

    def local(self, name: str, path: str, **inputs: object) -> Life:
        return self._life(ApplicationProvider(), name=name, local_charm=path, **inputs)

    def integration(self, one: str, other: str, **inputs: object) -> Life:
        return self._life(IntegrationProvider(), endpoints=[one, other], **inputs)

    def machine(self, **inputs: object) -> Life:
        """A machine of the base that all of the lab's charms and images are of; Juju's own default is a newer one."""
        return self._life(MachineProvider(), **{"base": "ubuntu@22.04", **inputs})

    def _life(self, provider: DeclaredProvider, **inputs: object) -> Life:
        return Life(provider, {"model": self.uuid, "minutes": 1, **inputs})


@contextmanager
def own_room(juju: RunningJuju, name: str) -> Generator[Room]:
    """A model on a controller of its own, with the session on that."""
    attach(juju)
    yield Room(juju, name, Life(ModelProvider(), {"name": name, "minutes": 1}).up().id)
    session.release()


@contextmanager
def on_metal() -> Generator[tuple[Room, RunningMaas]]:
    """A model whose cloud is an emulated MAAS of two servers, one of which is the controller's."""
    with running_maas() as maas:
        Raw(maas).ready("server1", "server2")
        with running_juju(maas=maas) as juju, own_room(juju, "metal") as room:
            yield room, maas


@pytest.fixture(scope="module")
def juju() -> Iterator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture
def controller(juju: RunningJuju) -> Iterator[RunningJuju]:
    attach(juju)
    yield juju
    session.release()
    juju.clear_faults()


@pytest.fixture
def room(controller: RunningJuju) -> Iterator[Room]:
    name = f"room{next(_numbers)}"
    model = Life(ModelProvider(), {"name": name, "cloud": "maas-one", "destroy_storage": True, "minutes": 1}).up()
    controller.calls.clear()
    yield Room(controller, name, model.id)
    if model.refresh():
        model.inputs["force"] = "the test is over"
        model.state["force"] = "the test is over"
        model.down()
