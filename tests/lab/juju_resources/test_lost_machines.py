"""Machines that do not answer: told at once, kept without a reason, replaced with one, and never the wrong one."""

import pytest

from lab.maas.testing import RunningMaas
from providers.juju import session
from providers.juju.crud.settled import SettledProvider
from providers.juju.errors import JujuError, WaitFailed
from providers.juju.plan import lost
from providers.juju.status import Status
from providers.juju.waiter import Verdict
from tests.lab.juju_resources.conftest import Room, on_metal
from tests.lab.providers.life import Life, wired

CLAIM = "demo/dev/one"
REASON = "its power supply burnt"


def replaced(life: Life, **changes: object) -> Life:
    """Replace it as the engine does, which makes the new one first."""
    life.inputs.update(changes)
    news = life.check()
    found = life.provider.diff(life.id, life.state, news)
    assert found.replaces == ["drift"]
    assert not found.delete_before_replace
    old = (life.id, life.state)
    made = life.provider.create(news)
    life.id, life.state = made.id, wired(made.outs or {})
    life.provider.delete(*old)
    return life


@pytest.fixture
def held(room: Room) -> Life:
    """A machine with a unit on it and one in a container, lost and seen so by a refresh."""
    life = room.machine(placement="node7", claim=CLAIM).up()
    room.application("ubuntu", placement=["0", "lxd:0"]).up()
    room.hand("lose-machine", "0")
    life.refresh()
    return life


def test_it_is_refused_at_once_and_said_what_helps(room: Room, held: Life) -> None:
    assert held.changes() == ["update"]
    room.counts()
    with pytest.raises(
        JujuError, match=r"machine 0 \(node7\) is lost, Juju says down: .* ubuntu/0, ubuntu/1; start it"
    ):
        held.update()
    counts = room.counts()
    assert not [method for _, method in counts if method.startswith(("Destroy", "Add", "Set"))]
    assert counts["Client", "FullStatus"] <= 1, "nothing is waited for"


def test_one_that_is_noticed_late_is_refused_too(room: Room) -> None:
    life = room.machine(claim=CLAIM).up()
    room.hand("lose-machine", "0")
    with pytest.raises(JujuError, match="force with a reason"):
        life.update(annotations={"rack": "one"})
    with pytest.raises(JujuError, match="up --refresh replaces it, since force is given"):
        life.update(force=REASON)


def test_with_a_reason_it_is_replaced_with_what_is_on_it(room: Room, held: Life) -> None:
    replaced(held, force=REASON)
    found = room.status()
    assert list(found.machines) == ["1"]
    assert found.machines["1"].hostname == "node7"
    assert room.app("ubuntu").units == {}
    assert held.state["machine_id"] == "1"
    held.refresh()
    assert held.changes() == []


def test_a_leftover_that_is_lost_is_not_taken_and_not_taken_away(room: Room, held: Life) -> None:
    second = room.machine(placement="node7", claim=CLAIM)
    with pytest.raises(JujuError, match="is lost"):
        second.up()
    assert "0" in room.status().machines
    assert held.changes() == ["update"]


def test_one_that_answers_again_is_not_replaced(room: Room, held: Life) -> None:
    """Between the refresh and the up somebody has plugged the cable in."""
    room.hand("find-machine", "0")
    with pytest.raises(JujuError, match=r"machine 0 \(node7\) answers, with ubuntu/0, ubuntu/1, 0/lxd/0 on it"):
        replaced(held, force=REASON)
    held.refresh()
    assert held.changes() == ["update"], "the reason is kept for another time"
    held.update()
    assert len(room.machines_of("ubuntu")) == 2


def test_an_empty_one_that_answers_again_is_not_both_new_and_deleted(room: Room) -> None:
    life = room.machine(claim=CLAIM).up()
    room.hand("lose-machine", "0")
    life.refresh()
    room.hand("find-machine", "0")
    replaced(life, force=REASON)
    assert life.refresh(), "what the state names is there"
    assert len(room.status().machines) == 1


def test_an_empty_lost_machine_is_removed_without_waiting_for_its_agent(room: Room) -> None:
    life = room.machine(claim=CLAIM).up()
    room.hand("lose-machine", "0")
    room.counts()
    life.down()
    assert room.status().machines == {}


def test_a_removal_from_a_lost_machine_does_not_wait_for_ever(room: Room, held: Life) -> None:
    """Somebody has removed the unit: Juju keeps it until its agent has ended it."""
    room.hand("remove-unit", "ubuntu/0", "ubuntu/1")
    with pytest.raises(WaitFailed, match=r"can't go from it: .*juju remove-machine --force 0"):
        held.down()


@pytest.mark.parametrize("what", ["application", "settled"])
def test_waits_end_for_units_that_stay_lost(room: Room, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    room.machine().up()
    application = room.application("ubuntu", placement=["0"], wait_for=True).up()
    settled = Life(SettledProvider(), {"model": room.uuid, "applications": {"ubuntu": True}, "minutes": 1}).up()
    room.hand("lose-machine", "0")
    monkeypatch.setattr(lost, "PATIENCE", 0.0)
    life = application if what == "application" else settled
    life.refresh()
    with pytest.raises(WaitFailed, match=r"ubuntu/0 has been lost for .*; machine 0 \(node\d+\): down: .*give force"):
        life.update()


@pytest.mark.parametrize("hand", ["release", "power-off"])
def test_a_machine_of_maas_is_given_back_before_it_is_asked_for_again(hand: str) -> None:
    """Only one machine fits: released by hand, or still deployed though it does not answer."""
    with on_metal() as (room, maas):
        (free,) = {"server1", "server2"} - {juju_host(maas)}
        life = room.machine(placement=free, claim=CLAIM).up()
        maas.hand(hand, free)
        until_lost("0", room)
        life.refresh()
        assert "agent is down" in str(life.state["drift"])
        assert ("unknown" in str(life.state["drift"])) == (hand == "release")
        with pytest.raises(JujuError, match=rf"machine 0 \({free}\) is lost"):
            life.update()
        replaced(life, force=REASON)
        assert life.state["machine_id"] == "1"
        assert life.state["hostname"] == free
        assert {row["hostname"]: row["status_name"] for row in maas.machines()}[free] == "Deployed"


def juju_host(maas: RunningMaas) -> str:
    """Name the machine that the controller is on."""
    return next(str(row["hostname"]) for row in maas.machines() if row["status_name"] == "Deployed")


def until_lost(number: str, room: Room) -> None:
    """Wait until Juju has noticed."""

    def judge(status: Status) -> Verdict:
        found = status.machines[number]
        return Verdict(found.agent.line, done=lost.lost(found))

    session.current().model(room.uuid).wait(number, "machine", judge, 1, lambda _line: None)
