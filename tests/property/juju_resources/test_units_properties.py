"""Scaling: the plan reaches the number, adds and removes never both, and removes nobody at random."""

from hypothesis import given
from hypothesis import strategies as st

from providers.juju.plan.placement import Place, fits, parse
from providers.juju.plan.units import Plan, Unit, plan, slots

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
    return plan(wanted, units, _fits)


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
    found = _planned(slots(count, ()), units)
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
        assert not _fits(slot, unit)


@given(st.none() | st.integers(0, 9), st.lists(PLACES, max_size=5))
def test_slots_are_as_many_as_asked(count: int | None, placements: list[str]) -> None:
    found = slots(count, placements)
    assert len(found) == max(len(placements), len(placements) if count is None else count)
