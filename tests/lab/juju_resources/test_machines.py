"""Machines against the lab's controller: added, placed, lost, found again by a second try."""

import pytest

from lab.juju.testing import running_juju
from providers.juju import session
from providers.juju.crud.machines import MachineProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.errors import JujuError, WaitFailed
from tests.lab.juju_resources.conftest import Room, attach
from tests.lab.providers.life import Life


def test_a_life_from_added_to_gone(room: Room) -> None:
    life = room.machine(base="22.04", constraints="mem=2G", annotations={"rack": "one"}).up()
    assert life.id == f"{room.uuid}/0"
    assert life.state["machine_id"] == "0"
    assert life.state["instance_id"]
    assert life.state["hostname"]
    assert life.state["addresses"]
    life.update(annotations={"rack": "two"})
    assert life.changes(base="20.04") == ["replace", "base"]
    life.down()
    assert room.status().machines == {}
    life.down()


def test_a_container_on_a_machine(room: Room) -> None:
    host = room.machine().up()
    life = room.machine(placement=f"lxd:{host.state['machine_id']}").up()
    assert life.state["machine_id"] == "0/lxd/0"
    host.refresh()
    assert host.state["containers"] == ["0/lxd/0"]
    life.down()
    host.down()


def test_a_machine_of_the_cloud_by_name(room: Room) -> None:
    life = room.machine(placement="node7").up()
    assert life.state["hostname"] == "node7"


def test_what_an_earlier_try_left_is_taken(room: Room) -> None:
    first = room.machine(claim="demo/dev/one").up()
    second = room.machine(claim="demo/dev/one").up()
    other = room.machine(claim="demo/dev/two").up()
    assert second.id == first.id
    assert other.id != first.id


def test_a_machine_whose_answer_was_lost_is_not_added_twice(room: Room) -> None:
    room.machine(claim="demo/dev/one").up()
    room.juju.fault("drop", model=room.uuid, facade="MachineManager", method="AddMachines", times=1)
    life = room.machine(claim="demo/dev/two").up()
    assert set(room.status().machines) == {"0", "1"}
    assert life.state["machine_id"] == "1"


def test_a_lost_machine_is_named_and_kept(room: Room) -> None:
    life = room.machine().up()
    room.hand("lose-machine", "0")
    inputs = life.refresh()
    assert str(inputs["drift"]).startswith("[\"machine 0's agent is ")
    assert life.changes() == ["update"]
    room.hand("find-machine", "0")
    life.update()


def test_removed_by_hand_is_gone(room: Room) -> None:
    life = room.machine().up()
    room.hand("remove-machine", "0")
    assert life.refresh() == {}
    life.up()
    assert life.state["machine_id"] == "1"


def test_a_machine_with_units_stays_unless_forced(room: Room) -> None:
    life = room.machine().up()
    room.application("ubuntu", placement=["0"]).up()
    with pytest.raises(JujuError, match="ubuntu/0"):
        life.down()
    life.state["force"] = "the rack is given back"
    life.down()
    assert room.status().machines == {}


def test_a_machine_that_cannot_be_had_is_told_in_the_clouds_words() -> None:
    with running_juju(fleet={"node1": ("compute",)}) as juju:
        attach(juju)
        model = Life(ModelProvider(), {"name": "small", "minutes": 1}).up()
        life = Life(MachineProvider(), {"model": model.id, "constraints": "tags=gpu", "minutes": 1})
        with pytest.raises(WaitFailed, match=r"machine 0 .*can't be had: provisioning error: .*gpu"):
            life.up()
        session.release()


def test_what_check_refuses() -> None:
    model = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    refused = {"placement": "3", "base": "jammy", "constraints": "mem=lots"}
    failures = MachineProvider().check({}, {"model": model, **refused}).failures
    assert {failure.property for failure in failures} == set(refused)


def test_an_application_goes_on_when_the_cloud_has_the_machine_after_all() -> None:
    with running_juju(fleet={"node1": ("compute",)}) as juju:
        attach(juju)
        room = Room(juju, "small")
        room.uuid = Life(ModelProvider(), {"name": "small", "minutes": 1}).up().id
        taken = room.application("ubuntu", constraints="tags=compute").up()
        life = room.application("vault", constraints="tags=compute", wait_for={"workload": ["blocked"], "minutes": 1})
        with pytest.raises(WaitFailed, match=r"vault is in error: machine \d+: provisioning error: "):
            life.up()
        taken.down()
        room.forget()
        life.up()
        assert list(room.machines_of("vault").values()) == ["1"]
        session.release()
