"""What is seen differs from what was asked exactly where there is something to do."""

from dataclasses import replace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.rpc import UNKNOWN

from providers.common import fields
from providers.juju.crud.application_seen import drift, foreseen, observe, planned
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.status import Condition, Machine, Status, Unit
from tests.support.juju_status import status_of

PLACES = st.sampled_from(["0", "1", "lxd:0", "lxd:1", "lxd", "node1", "zone=a"])
IDS = ("0", "1", "2", "0/lxd/0", "0/lxd/1", "1/lxd/0")


def _inputs(more: int | None, places: list[str]) -> dict[str, object]:
    """Ask for places, and for units beyond them where `more` is given."""
    return {"placement": places} if more is None else {"placement": places, "units": more + len(places)}


INPUTS = st.builds(_inputs, st.none() | st.integers(0, 3), st.lists(PLACES, max_size=4))


def _machine(id_: str) -> Machine:
    return Machine(
        id=id_,
        instance_id=f"sys{id_}",
        hostname=f"node{id_}",
        display_name="",
        agent=Condition("started"),
        instance=Condition("running"),
        life="alive",
        containers=(),
        hardware="arch=amd64 availability-zone=a" if id_ == "0" else "arch=amd64",
        addresses=(),
        constraints="",
        base="ubuntu@22.04",
    )


def _unit(number: int, machine: str, leader: bool) -> Unit:
    return Unit(f"app/{number}", "app", Condition("active"), Condition("idle"), machine, leader, "", (), (), "")


def _status(machines: list[str], leader: int) -> Status:
    units = [_unit(number, machine, number == leader) for number, machine in enumerate(machines)]
    return status_of(map(_machine, IDS), *units)


STATUSES = st.builds(_status, st.lists(st.sampled_from(["", *IDS]), max_size=5), st.integers(-1, 4))


@given(INPUTS, STATUSES)
def test_a_changed_number_or_place_is_shown_where_units_are_to_be_added_or_removed(
    inputs: dict[str, object], status: Status
) -> None:
    application = status.applications["app"]
    plan = planned(inputs, application, status)
    state = {**observe(inputs, application, status), fields.MANAGED: sorted(inputs)}
    changed = set(fields.diff(ApplicationProvider.schema, state, inputs).changed)
    assert bool(changed & {"units", "placement"}) == bool(plan.add or plan.remove)
    assert foreseen(state, inputs) == plan.lines


@given(INPUTS, INPUTS, STATUSES)
def test_a_preview_foresees_what_the_update_plans(
    before: dict[str, object], inputs: dict[str, object], status: Status
) -> None:
    application = status.applications["app"]
    state = {**before, **observe(before, application, status)}
    plan = planned(inputs, application, status, state)
    assert foreseen(state, inputs) == plan.lines


@given(INPUTS, STATUSES, st.data())
def test_what_is_still_to_be_made_is_foreseen_by_its_name(
    inputs: dict[str, object], status: Status, data: st.DataObject
) -> None:
    """A machine that is known and one that is still to be made differ in nothing but the words of one line."""
    places = cast("list[str]", inputs["placement"])
    spots = [f"spot{index}" for index in range(len(places))]
    application = status.applications["app"]
    state = {**inputs, "spots": spots, **observe({**inputs, "spots": spots}, application, status)}
    new = data.draw(st.sampled_from(["server9", *spots]))
    more = {**inputs, "units": None, "placement": [*places, UNKNOWN], "spots": [*spots, new]}
    lines = foreseen(state, more)
    there = {unit["spot"] for unit in cast("list[dict[str, str]]", state["unit_details"])}
    unsure = f"replaces what is on {new} if that machine is made anew"
    if new in there:
        assert lines[-1] == unsure
    else:
        assert unsure not in lines
    assert f"adds a unit on {new}" in lines or len(status.applications["app"].units) > len(places) or new in there


@given(INPUTS, STATUSES)
def test_a_unit_whose_machine_is_gone_is_not_there(inputs: dict[str, object], status: Status) -> None:
    application = status.applications["app"]
    state = {**inputs, **observe(inputs, application, status)}
    machines = {id_: one for id_, one in status.machines.items() if id_ != "0"}
    later = replace(status, machines=machines)
    gone = [one.name for one in application.units.values() if one.machine == "0"]
    assert drift(state, application, later) == [f"{name} is gone" for name in sorted(gone)]
    lines = planned(inputs, application, later, state).lines
    assert {line.split()[1] for line in lines if "(its machine 0 is gone" in line} == set(gone)


@given(INPUTS, STATUSES)
def test_what_a_state_remembers_is_no_drift(inputs: dict[str, object], status: Status) -> None:
    application = status.applications["app"]
    state = {**inputs, **observe(inputs, application, status)}
    assert drift(state, application, status) == []


@given(STATUSES, STATUSES)
def test_every_unit_that_came_or_went_is_named(before: Status, after: Status) -> None:
    inputs: dict[str, object] = {"units": 1}
    state = {**inputs, **observe(inputs, before.applications["app"], before)}
    lines = drift(state, after.applications["app"], after)
    old, new = set(before.applications["app"].units), set(after.applications["app"].units)
    assert {line.split()[0] for line in lines} == old ^ new
