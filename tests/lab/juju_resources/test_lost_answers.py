"""Calls that are carried out although their answer is lost: what follows is done all the same, and nothing twice."""

from pathlib import Path

from lab.juju.testing import RunningJuju
from providers.juju import session
from providers.juju.crud.models import ModelProvider
from providers.juju.crud.resources_of_charms import fingerprints
from tests.lab.juju_resources.conftest import Room
from tests.lab.providers.life import Life


def lose(room: Room, facade: str, method: str) -> None:
    """Let the next answer to such a call get lost."""
    room.counts()
    room.juju.fault("drop-after", facade=facade, method=method, times=1)


def test_files_of_resources_are_sent_after_a_lost_deployment(room: Room, tmp_path: Path) -> None:
    rules = tmp_path / "rules.zip"
    rules.write_bytes(b"rules")
    resources = {"policyd-override": str(rules)}
    lose(room, "Application", "DeployFromRepository")
    life = room.application("keystone", resources=resources, resource_hashes=fingerprints(resources), units=1).up()
    assert room.counts()["Application", "DeployFromRepository"] == 1
    entities = {"entities": [{"tag": "application-keystone"}]}
    link = session.current().model(room.uuid)
    listed = str(link.one("Resources", "ListResources", entities, purpose="list resources", repeatable=True))
    assert "'origin': 'upload'" in listed
    life.down()


def test_a_model_whose_destruction_was_answered_into_the_void(controller: RunningJuju) -> None:
    life = Life(ModelProvider(), {"name": "lostdown", "minutes": 1}).up()
    controller.calls.clear()
    controller.fault("drop-after", facade="ModelManager", method="DestroyModels", times=1)
    life.down()
    assert life.refresh() == {}
    assert controller.call_counts()["ModelManager", "DestroyModels"] == 1


def test_a_model_whose_destruction_never_arrived_is_destroyed_again(controller: RunningJuju) -> None:
    life = Life(ModelProvider(), {"name": "lostbefore", "minutes": 1}).up()
    controller.fault("drop", facade="ModelManager", method="DestroyModels", times=1)
    life.down()
    assert life.refresh() == {}


def test_a_machine_whose_removal_was_answered_into_the_void(room: Room) -> None:
    life = room.machine().up()
    lose(room, "MachineManager", "DestroyMachineWithParams")
    life.down()
    assert not room.status().machines
    assert room.counts()["MachineManager", "DestroyMachineWithParams"] == 1


def test_units_whose_removal_was_answered_into_the_void(room: Room) -> None:
    life = room.application("ubuntu", units=3).up()
    lose(room, "Application", "DestroyUnit")
    life.update(units=1)
    assert len(room.app("ubuntu").units) == 1
    assert room.counts()["Application", "DestroyUnit"] == 1


def test_units_whose_removal_never_arrived_are_removed_again(room: Room) -> None:
    life = room.application("ubuntu", units=2).up()
    room.juju.fault("drop", facade="Application", method="DestroyUnit", times=1)
    life.update(units=1)
    assert len(room.app("ubuntu").units) == 1


def test_an_application_whose_removal_was_answered_into_the_void(room: Room) -> None:
    life = room.application("ubuntu").up()
    lose(room, "Application", "DestroyApplication")
    life.down()
    assert life.refresh() == {}
