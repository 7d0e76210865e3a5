"""A Machine that is replaced, or that a failed or killed `up` left: the right one goes, and the right one stays."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import pytest

from lab.juju.testing import running_juju
from providers.juju import session
from providers.juju.errors import AnswerLost, JujuError, WaitFailed
from providers.juju.pool import Intent, Pool
from tests.lab.juju_resources.conftest import Room, on_metal, own_room
from tests.lab.providers.life import Life, wired

CLAIM = "demo/dev/one"


def replace(life: Life, **changes: object) -> None:
    """Do what the engine does: the old one goes first or last, as diff says."""
    news = life.check(**changes)
    found = life.provider.diff(life.id, life.state, news)
    assert found.replaces
    old = (life.id, life.state)
    if found.delete_before_replace:
        life.provider.delete(*old)
    made = life.provider.create(news)
    life.inputs.update(changes)
    life.id, life.state = made.id, wired(made.outs or {})
    if not found.delete_before_replace:
        life.provider.delete(*old)


def there(room: Room) -> dict[str, str]:
    return {id_: machine.hostname for id_, machine in room.status().machines.items()}


@contextmanager
def small(*hosts: str) -> Generator[Room]:
    """A model whose cloud has few machines."""
    with running_juju(fleet=dict.fromkeys(hosts, ())) as juju, own_room(juju, "small") as room:
        yield room


@pytest.mark.parametrize(
    "changes",
    [{"base": "20.04"}, {"placement": "node8"}, {"placement": "zone=default"}, {"constraints": "mem=1G"}],
    ids=["another base", "another place", "a place that it is at", "less than it has"],
)
def test_the_new_one_is_another_and_the_old_one_goes(room: Room, changes: Mapping[str, object]) -> None:
    life = room.machine(base="22.04", constraints="mem=1G cores=2", placement="node7", claim=CLAIM).up()
    replace(life, **changes)
    assert set(there(room)) == {"1"}
    assert life.state["machine_id"] == "1"
    life.update()


def test_units_move_to_another_machine_before_the_old_one_goes(room: Room) -> None:
    life = room.machine(placement="node7", claim=CLAIM).up()
    application = room.application("ubuntu", placement=["0"]).up()
    news = life.check(placement="node8")
    found = life.provider.diff(life.id, life.state, news)
    assert found.replaces == ["placement"]
    assert not found.delete_before_replace
    made = life.provider.create(news)
    application.update(placement=[(made.outs or {})["machine_id"]])
    life.provider.delete(life.id, life.state)
    assert there(room) == {"1": "node8"}
    assert set(room.machines_of("ubuntu").values()) == {"1"}


def test_where_units_are_in_the_way_of_another_base_only_force_takes_them_along(room: Room) -> None:
    life = room.machine(base="22.04", placement="node7", claim=CLAIM).up()
    room.application("ubuntu", placement=["0"]).up()
    with pytest.raises(JujuError, match=r"machine 0 \(node7\) is where .* because of ubuntu/0: give force"):
        replace(life, base="20.04")
    assert there(room) == {"0": "node7"}
    replace(life, base="20.04", force="the unit is nobody's")
    assert there(room) == {"1": "node7"}
    assert room.status().machines["1"].base == "ubuntu@20.04"


def test_one_that_is_going_is_not_taken(room: Room) -> None:
    room.machine(claim=CLAIM).up()
    room.application("ubuntu", placement=["0"]).up()
    room.juju.pace("timed", factor=0.01)
    try:
        asked = {"machine-tags": ["machine-0"], "force": True, "keep": False, "dry-run": False}
        link = session.current().model(room.uuid)
        link.change("MachineManager", "DestroyMachineWithParams", asked, purpose="interrupt a destroy")
        life = room.machine(claim=CLAIM)
        life.id = life.provider.create(life.check()).id
    finally:
        room.juju.pace("immediate")
    assert life.id == f"{room.uuid}/1"
    assert set(room.status().machines) == {"1"}


def test_what_could_not_be_had_is_added_anew_with_what_is_asked_for_now() -> None:
    """At another place, and at the same place where the cloud has it after all."""
    with small("node1", "node2") as room:
        life = room.machine(placement="server9", claim=CLAIM)
        for _ in range(2):
            with pytest.raises(WaitFailed, match=r"machine \d+ can't be had: provisioning error: .*server9"):
                life.up()
        assert len(there(room)) == 1, "what failed does not pile up"
        life.inputs["placement"] = "node1"
        life.up()
        assert list(there(room).values()) == ["node1"]
        other = room.machine(placement="node1", claim="demo/dev/two")
        with pytest.raises(WaitFailed, match="node1"):
            other.up()
        life.down()
        room.forget()
        other.up()
        assert list(there(room).values()) == ["node1"]


def test_other_constraints_are_asked_for_once_they_are_corrected() -> None:
    with small("node1") as room:
        life = room.machine(constraints="tags=gpu", claim=CLAIM)
        with pytest.raises(WaitFailed, match="gpu"):
            life.up()
        life.inputs["constraints"] = "mem=1G"
        life.up()
        assert there(room) == {"1": "node1"}


def test_another_base_is_asked_for_once_it_is_corrected() -> None:
    with on_metal() as (room, _):
        life = room.machine(base="99.10", claim=CLAIM)
        with pytest.raises(WaitFailed, match=r"machine 0 .*99\.10"):
            life.up()
        life.inputs["base"] = "22.04"
        life.up()
        assert list(there(room)) == ["1"]


def test_units_that_wait_on_one_that_never_came_do_not_hold_it() -> None:
    with small("node1") as room:
        life = room.machine(placement="server9", claim=CLAIM, wait=False)
        with pytest.raises(WaitFailed, match="server9"):
            life.up()
        with pytest.raises(WaitFailed, match=r"can't be deployed to what could not be had: machine 0: prov.*server9"):
            room.application("ubuntu", placement=["0"]).up()
        room.application("ubuntu", placement=["lxd:0"]).up()
        life.inputs["placement"] = "node1"
        life.up()
        assert there(room) == {"1": "node1"}


def done_but_lost(monkeypatch: pytest.MonkeyPatch, before: list[str]) -> None:
    """Let the answers of AddMachines be lost; `before` are the methods that go on before, and then it isn't sent."""
    real = Pool.call
    left = [1]

    def call(self: Pool, model: str, facade: str, method: str, params: dict[str, object], intent: Intent) -> object:
        if method != "AddMachines" or not left[0]:
            return real(self, model, facade, method, params, intent)
        left[0] = 0
        for name in before:
            place = {"scope": "lxd", "directive": "0"}
            asked = {"CharmName": name, "ApplicationName": name, "num-units": 1, "Placement": [place]}
            real(self, model, "Application", "DeployFromRepository", {"Args": [asked]}, intent)
        if not before:
            real(self, model, facade, method, params, intent)
        raise AnswerLost("lost on the way")

    monkeypatch.setattr(Pool, "call", call)


@pytest.mark.parametrize("meanwhile", [[], ["ubuntu"]], ids=["done", "not done, but a container came"])
def test_a_lost_answer_adopts_nothing_but_its_own(
    room: Room, monkeypatch: pytest.MonkeyPatch, meanwhile: list[str]
) -> None:
    room.machine(claim=CLAIM).up()
    done_but_lost(monkeypatch, meanwhile)
    life = room.machine(claim="demo/dev/two", placement="node7")
    made = life.provider.create(life.check())
    assert made.id == f"{room.uuid}/1"
    assert there(room)["1"] == "node7"
    assert len([id_ for id_ in there(room) if "/" not in id_]) == 2


def test_a_burst_asks_once_what_an_earlier_try_left(room: Room) -> None:
    lives = [room.machine(claim=f"demo/dev/{number}", wait=False) for number in range(6)]
    room.counts()
    for life in lives:
        life.provider.create(life.check())
    counts = room.counts()
    assert counts["Annotations", "Get"] <= 1
    assert counts["MachineManager", "AddMachines"] == counts["Annotations", "Set"] == 6
    assert counts["Client", "FullStatus"] <= 1 + 6, "one for what was left, and one to see each"
    known = [f"demo/dev/{number}" for number in range(6)]
    again = [room.machine(claim=claim).up() for claim in known]
    assert sorted(str(one.state["machine_id"]) for one in again) == [str(number) for number in range(6)]
    assert len(there(room)) == 6
