"""Agents that Juju hears no more: when a wait for them ends, and what a person is told."""

from dataclasses import replace

from providers.juju.plan.lost import PATIENCE, Absences, listed, lost, sentence
from providers.juju.status import Condition, Machine, Unit
from providers.juju.waiter import Verdict
from tests.support.juju_status import status_of

AGENT = Condition("down", "agent is not communicating with the server")
MACHINE = Machine(
    *("2", "sys5", "server5", "server5", AGENT, Condition("running", "Deployed"), "alive"),
    *((), "", (), "", "ubuntu@22.04"),
)
HOSTS = {"2": MACHINE}
WAITING = Verdict("17 of 26 applications settled")


def _unit(name: str, agent: str = "lost") -> Unit:
    return Unit(name, name.partition("/")[0], Condition("unknown"), Condition(agent), "2/lxd/0", True, "", (), (), "")


def test_a_wait_ends_when_units_have_stayed_lost() -> None:
    now = 1000.0
    absences = Absences(lambda: now)
    assert absences.judged(WAITING, [_unit("app/0")], HOSTS) == WAITING
    now += PATIENCE - 1
    assert absences.judged(WAITING, [_unit("app/0")], HOSTS) == WAITING
    now += 1
    failed = absences.judged(WAITING, [_unit("app/0"), _unit("app/1")], HOSTS).failed
    assert failed.startswith("can't get there: app/0 has been lost for 5m00s; machine 2 (server5): down: agent is not")
    assert "start it again in MAAS, or give force with a reason" in failed


def test_an_agent_that_came_back_begins_anew_and_who_has_arrived_is_not_judged() -> None:
    now = 0.0
    absences = Absences(lambda: now)
    for agent in ("lost", "idle", "lost"):
        assert not absences.judged(WAITING, [_unit("app/0", agent)], HOSTS).failed
        now += PATIENCE - 1
    now += PATIENCE
    done = Verdict("there", done=True)
    assert absences.judged(done, [_unit("app/0")], HOSTS) == done
    assert absences.judged(WAITING, [_unit("app/0")], {}).failed.endswith("start the agents again")


def test_what_a_person_is_told_of_a_lost_machine() -> None:
    said = sentence(MACHINE, status_of([MACHINE], _unit("app/0"), _unit("app/1")))
    assert said == (
        "machine 2 (server5) is lost, Juju says down: agent is not communicating with the server; on it: app/0, app/1; "
        "start it again in MAAS, or give force with a reason, and up --refresh replaces it with what is on it"
    )
    released = replace(MACHINE, instance=Condition("unknown", "missing"))
    said = sentence(released, status_of([released]))
    assert "its instance sys5 unknown: missing; no unit is on it; give force" in said, "nobody can start what is gone"
    assert sentence(MACHINE, status_of([MACHINE]), "it burnt").endswith(
        "; up --refresh replaces it, since force is given"
    )


def test_a_machine_that_the_cloud_never_gave_is_not_lost() -> None:
    """Juju says "down" of both."""
    assert lost(MACHINE)
    assert not lost(replace(MACHINE, instance_id="pending"))


def test_long_lists_are_shortened() -> None:
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
