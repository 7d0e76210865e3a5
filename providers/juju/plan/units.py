"""Which units to add and which to remove: never at random, and never more than the number asks for.

slots (one placement per wanted unit, "" for anywhere) + the units that are there -> `plan` -> slots to fill by new
units, units to remove with the reason, units that are elsewhere than asked and stay. Pure.

A unit that is where a slot puts it stays, the leader and the oldest first. Of the rest as many stay as there are open
slots: Juju can't move a unit, so they are told, not made anew. What remains too many goes, the newest first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit that is alive: `name` "app/3", `machine` its machine's id ("" while it has none)."""

    name: str
    machine: str = ""
    leader: bool = False

    @property
    def number(self) -> int:
        return int(self.name.rpartition("/")[2])


@dataclass(frozen=True)
class Removal:
    """A unit to remove, and why this one."""

    unit: Unit
    reason: str


@dataclass(frozen=True)
class Plan:
    """`add`: placements of new units; `misplaced`: (unit that stays, the placement it would be made at)."""

    add: tuple[str, ...] = ()
    remove: tuple[Removal, ...] = ()
    misplaced: tuple[tuple[Unit, str], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Name every step for a person."""
        added = tuple(f"adds a unit {_at(slot)}" for slot in self.add)
        removed = tuple(f"removes {one.unit.name} ({one.reason})" for one in self.remove)
        return added + removed


Fits = Callable[[str, Unit], bool]


def slots(count: int | None, placements: Sequence[str]) -> tuple[str, ...]:
    """Give one slot per wanted unit: the placements, and anywhere for what the count says beyond them."""
    wanted = len(placements) if count is None else count
    return (*placements, *[""] * (wanted - len(placements)))


def plan(wanted: Sequence[str], units: Sequence[Unit], fits: Fits) -> Plan:
    """Compare wanted slots with the units that are there; `fits` says whether a unit is where a slot puts it."""
    ranked = sorted(units, key=lambda unit: (not unit.leader, unit.number))
    placed = _matched(wanted, ranked, fits)
    open_slots = [slot for index, slot in enumerate(wanted) if index not in placed]
    loose = [unit for unit in ranked if unit not in placed.values()]
    stay, go = loose[: len(open_slots)], loose[len(open_slots) :]
    return Plan(
        add=tuple(open_slots[len(stay) :]),
        remove=tuple(_removal(unit, wanted) for unit in reversed(go)),
        misplaced=tuple(zip(stay, open_slots, strict=False)),
    )


def _matched(wanted: Sequence[str], ranked: Sequence[Unit], fits: Fits) -> dict[int, Unit]:
    """Fill slots by units that fit, better ranked units first; a unit may push another one to a slot that fits too."""
    placed: dict[int, Unit] = {}
    bound = [index for index, slot in enumerate(wanted) if slot]
    anywhere = [index for index, slot in enumerate(wanted) if not slot]

    def settle(unit: Unit, tried: set[int]) -> bool:
        fitting = [index for index in bound if index not in tried and fits(wanted[index], unit)]
        for index in sorted(fitting, key=lambda index: index in placed):
            if index in tried:
                continue
            tried.add(index)
            if index not in placed or settle(placed[index], tried):
                placed[index] = unit
                return True
        return False

    for unit in ranked:
        if not settle(unit, set()) and anywhere:
            placed[anywhere.pop(0)] = unit
    return placed


def _removal(unit: Unit, wanted: Sequence[str]) -> Removal:
    bound = any(slot for slot in wanted)
    where = f"machine {unit.machine}" if unit.machine else "no machine yet"
    return Removal(unit, f"on {where}, which no placement asks for" if bound else f"the newest first; it is on {where}")


def _at(slot: str) -> str:
    return f"at {slot}" if slot else "on a machine that Juju chooses"
