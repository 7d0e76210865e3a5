"""Machines: what make does with one that is there, and that a replaced one is never taken for its successor."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from providers.juju.crud.machine_seen import decide, delete_first, drift, fits, observe
from providers.juju.plan.lost import lost
from providers.juju.status import Condition, Machine, Status, Unit
from tests.support.juju_status import status_of

BASES = ("ubuntu@22.04", "ubuntu@20.04")
PLACES = (None, "node1", "node2", "node1.maas", "zone=a", "zone=b", "system-id=sys1", "lxd:0", "lxd:1", "lxd")
CONSTRAINTS = (None, "mem=2048M", "cores=2 mem=2048M", "tags=gpu")
WORDS = (
    ("started", "running: Deployed"),
    ("pending", "allocating: Deploying"),
    ("pending", "provisioning error: Failed deployment"),
    ("down", "running: Deployed"),
    ("down", "unknown: missing"),
    ("down", "provisioning error: no such base"),
)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    agent, instance = draw(st.sampled_from(WORDS))
    word, _, message = instance.partition(": ")
    given_ = agent != "pending" or draw(st.booleans())
    name = draw(st.sampled_from(["node1", "node2"]))
    return Machine(
        id=draw(st.sampled_from(["0", "0/lxd/0"])),
        instance_id=draw(st.sampled_from(["sys1", "sys2"])) if given_ and "base" not in instance else "pending",
        hostname=draw(st.sampled_from(["", name])) if given_ else "",
        display_name=name if given_ else "",
        agent=Condition(agent),
        instance=Condition(word, message),
        life=draw(st.sampled_from(["alive", "alive", "dying"])),
        containers=(),
        hardware=f"arch=amd64 availability-zone={draw(st.sampled_from(['a', 'b']))}",
        addresses=(),
        constraints=draw(st.sampled_from(["", "mem=2048M", "cores=2 mem=2048M", "arch=amd64 tags=gpu"])),
        base=draw(st.sampled_from(BASES)),
    )


def _status(machine: Machine, *, busy: bool) -> Status:
    unit = Unit("app/0", "app", Condition(), Condition(), machine.id, True, "", (), (), "")
    return status_of([machine], *([unit] if busy else []))


NEWS = st.fixed_dictionaries(
    {"placement": st.sampled_from(PLACES), "constraints": st.sampled_from(CONSTRAINTS)},
    optional={"base": st.sampled_from(BASES), "force": st.just("the rack burnt down")},
)
MACHINES, BUSY = machines(), st.booleans()


def _state(machine: Machine, managed: bool) -> dict[str, object]:
    return {**observe(machine), **({"base": machine.base} if managed else {}), "drift": drift(machine)}


@given(machine=MACHINES, news=NEWS, busy=BUSY, managed=BUSY)
def test_a_replaced_machine_is_never_taken_for_the_new_one(
    machine: Machine, news: dict[str, object], busy: bool, managed: bool
) -> None:
    """Where the new one is made first, make sees the old one under its claim."""
    assume(not delete_first(_state(machine, managed), news))
    assert decide(machine, _status(machine, busy=busy), news).action != "take"


@given(machine=MACHINES, news=NEWS, busy=BUSY)
def test_nothing_that_is_lost_is_taken_or_goes_without_force(
    machine: Machine, news: dict[str, object], busy: bool
) -> None:
    assume(lost(machine))
    step = decide(machine, _status(machine, busy=busy), news)
    assert step.action == ("force" if "force" in news else "refuse")
    assert drift(machine), "what is lost is told"


@given(machine=MACHINES, news=NEWS)
def test_units_go_by_force_only_with_a_reason_or_where_nothing_ever_ran(
    machine: Machine, news: dict[str, object]
) -> None:
    action = decide(machine, _status(machine, busy=True), news).action
    assert action != "remove"
    if action == "force":
        assert "force" in news or machine.agent.status != "started"


@given(machine=MACHINES, news=NEWS)
def test_what_fits_is_taken_where_it_is_alive_and_well(machine: Machine, news: dict[str, object]) -> None:
    machine = replace(
        machine, agent=Condition("started"), instance=Condition("running"), instance_id="sys1", life="alive"
    )
    assume("force" not in news)
    found = decide(machine, _status(machine, busy=True), news)
    assert (found.action == "take") == fits(machine, news)
    assert drift(machine) == []
