"""Scaling: the plan reaches the number, replaces only whose place went, and removes nobody at random."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from providers.juju.plan.placement import Place, fits, parse
from providers.juju.plan.units import Plan, Slot, Unit, plan, slots

PLACES = st.sampled_from(["", "0", "1", "2", "lxd:0", "lxd:1", "lxd", "0/lxd/0", "1/lxd/1"])
MACHINES = st.sampled_from(["", "0", "1", "2", "3", "0/lxd/0", "0/lxd/1", "1/lxd/0", "1/lxd/1", "3/lxd/0"])


@st.composite
def units_of(draw: st.DrawFn) -> tuple[Unit, ...]:
    numbers = draw(st.lists(st.integers(0, 30), unique=True, max_size=7))
    leader = draw(st.integers(-1, max(0, len(numbers) - 1)))
    return tuple(Unit(f"app/{number}", draw(MACHINES), index == leader) for index, number in enumerate(numbers))


def _fits(slot: str, unit: Unit) -> bool:
    return bool(unit.machine) and fits(parse(slot), Place(unit.machine))


def _planned(wanted: tuple[str, ...], units: tuple[Unit, ...]) -> Plan:
    return plan(slots(None, wanted), units, _fits)


WANTED = st.lists(PLACES, max_size=7).map(tuple)


@st.composite
def units_with_slots(draw: st.DrawFn) -> tuple[Unit, ...]:
    """Draw units of which the state knows what they were made for, or which have lost their machines."""
    return tuple(
        replace(unit, slot=Slot(draw(PLACES)), stranded=bool(unit.machine) and draw(st.integers(0, 9)) == 0)
        for unit in draw(units_of())
    )


@given(WANTED, units_with_slots())
def test_a_replacement_is_for_a_place_that_went_and_the_number_is_reached(
    wanted: tuple[str, ...], units: tuple[Unit, ...]
) -> None:
    found = _planned(wanted, units)
    gone = [one.unit for one in found.remove]
    assert len(units) + len(found.add) - len(gone) == len(wanted)
    assert len(found.lines) == len(found.add) + len(found.remove)
    assert not {unit.name for unit, _ in (*found.placed, *found.misplaced)} & {unit.name for unit in gone}
    if found.add:
        assert all(one.ousted for one in found.remove)
        added = [slot.place for slot in found.add]
        assert not any(unit.slot.place in added for unit in gone if not unit.stranded), "its own place is open"


@given(WANTED, units_with_slots())
def test_after_a_replacement_nothing_is_left_to_do(wanted: tuple[str, ...], units: tuple[Unit, ...]) -> None:
    found = _planned(wanted, units)
    gone = {one.unit for one in found.remove}
    made_for = dict(found.placed)
    stay = [replace(unit, slot=made_for.get(unit, Slot())) for unit in units if unit not in gone]
    machines = {"": "9", "lxd": "9/lxd/0", "lxd:0": "0/lxd/9", "lxd:1": "1/lxd/9"}
    first = max((unit.number for unit in units), default=0) + 1
    new = [
        Unit(f"app/{first + number}", machines.get(slot.place or "", slot.place or ""), slot=slot)
        for number, slot in enumerate(found.add)
    ]
    assert _planned(wanted, (*stay, *new)).lines == ()


@given(WANTED, units_with_slots())
def test_a_unit_whose_machine_is_gone_never_stays(wanted: tuple[str, ...], units: tuple[Unit, ...]) -> None:
    gone = {one.unit for one in _planned(wanted, units).remove}
    assert {unit for unit in units if unit.stranded} <= gone


@given(st.lists(PLACES, max_size=7).map(tuple), units_of())
def test_the_plan_reaches_the_number_and_never_adds_and_removes(
    wanted: tuple[str, ...], units: tuple[Unit, ...]
) -> None:
    found = _planned(wanted, units)
    assert len(units) + len(found.add) - len(found.remove) == len(wanted)
    assert not (found.add and found.remove)
    assert {one.unit for one in found.remove} <= set(units)
    assert len(found.lines) == len(found.add) + len(found.remove)


@given(st.lists(PLACES, max_size=7).map(tuple), units_of())
def test_what_remains_after_scaling_in_is_no_change(wanted: tuple[str, ...], units: tuple[Unit, ...]) -> None:
    found = _planned(wanted, units)
    gone = {one.unit for one in found.remove}
    again = _planned(wanted, tuple(unit for unit in units if unit not in gone))
    assert again.remove == ()
    assert again.add == found.add


@given(st.integers(0, 6), units_of())
def test_by_number_alone_the_leader_and_the_oldest_stay(count: int, units: tuple[Unit, ...]) -> None:
    found = plan(slots(count, ()), units, _fits)
    gone = [one.unit for one in found.remove]
    stay = [unit for unit in units if unit not in gone]
    assert all(not unit.leader for unit in gone) or not stay
    oldest_gone = min((unit.number for unit in gone if not unit.leader), default=99)
    assert all(unit.number < oldest_gone for unit in stay if not unit.leader)
    assert [unit.number for unit in gone if not unit.leader] == sorted(
        (unit.number for unit in gone if not unit.leader), reverse=True
    )


@given(st.lists(PLACES, max_size=7).map(tuple), units_of())
def test_a_unit_where_a_free_placement_puts_it_is_never_removed(
    wanted: tuple[str, ...], units: tuple[Unit, ...]
) -> None:
    found = _planned(wanted, units)
    gone = {one.unit for one in found.remove}
    for slot in wanted:
        fitting = [unit for unit in units if slot and _fits(slot, unit)]
        if len(fitting) == 1 and wanted.count(slot) == 1:
            rivals = [other for other in wanted if other != slot and _fits(other, fitting[0])]
            assert fitting[0] not in gone or rivals


@given(units_of(), st.lists(PLACES, max_size=4).map(tuple))
def test_misplaced_units_stay(units: tuple[Unit, ...], wanted: tuple[str, ...]) -> None:
    found = _planned(wanted, units)
    gone = {one.unit for one in found.remove}
    for unit, slot in found.misplaced:
        assert unit not in gone
        assert not slot.place or not _fits(slot.place, unit)


@given(st.none() | st.integers(0, 9), st.lists(PLACES, max_size=5))
def test_slots_are_as_many_as_asked(count: int | None, placements: list[str]) -> None:
    found = slots(count, placements)
    assert len(found) == max(len(placements), len(placements) if count is None else count)
