"""Which units to add and which to remove: never at random, and never more than the number and the places ask for.

slots (one for each wanted unit) + the units that are there, with the slots that they were made for -> `plan` -> slots
to fill by new units, units to remove with the reason, units that are elsewhere than asked and stay. Pure.

A unit that is where a slot puts it stays, the leader and the oldest first. One that was made for a slot that nobody
asks for any more is replaced: Juju can't move a unit. Of the rest, which a person moved or which were there before, as
many stay as there are open slots, and are told. What remains too many goes, the newest first.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final


@dataclass(frozen=True)
class Slot:
    """The place of one wanted unit: a placement, "" for anywhere, None while its machine is still to be made.

    `label`: what a person calls it ("server2", "lxd on server3"); "" where nobody said.
    """

    place: str | None = ""
    label: str = ""

    def __str__(self) -> str:
        if self.label:
            return f"{'in' if ' on ' in self.label else 'on'} {self.label}"
        if self.place is None:
            return "on a machine that is still to be made"
        return f"at {self.place}" if self.place else "on a machine that Juju chooses"


_NOWHERE: Final = Slot()


@dataclass(frozen=True)
class Unit:
    """A unit that is alive: `name` "app/3", `machine` its machine's id ("" while it has none).

    `slot`: what it was made for, as far as the state knows. `stranded`: its machine is gone from the model.
    """

    name: str
    machine: str = ""
    leader: bool = False
    slot: Slot = _NOWHERE
    stranded: bool = False

    @property
    def number(self) -> int:
        return int(self.name.rpartition("/")[2])


@dataclass(frozen=True)
class Removal:
    """A unit to remove, and why this one. `ousted`: not for the number's sake, but because its place went."""

    unit: Unit
    reason: str
    ousted: bool = False


@dataclass(frozen=True)
class Plan:
    """`placed`: units where their slots put them; `misplaced`: units that stay, with the slots that wait for them."""

    add: tuple[Slot, ...] = ()
    remove: tuple[Removal, ...] = ()
    placed: tuple[tuple[Unit, Slot], ...] = ()
    misplaced: tuple[tuple[Unit, Slot], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Name every step for a person."""
        added = tuple(f"adds a unit {slot}" for slot in self.add)
        removed = tuple(f"removes {one.unit.name} ({one.reason})" for one in self.remove)
        return added + removed


Fits = Callable[[str, Unit], bool]
"""Says whether a unit is where a placement puts it."""


def slots(count: int | None, placements: Sequence[str | None], labels: Sequence[str] = ()) -> tuple[Slot, ...]:
    """Give one slot for each wanted unit: the placements, and anywhere for what the count says beyond them.

    `labels`: as many as placements; others are not about these.
    """
    named = labels if len(labels) == len(placements) else [""] * len(placements)
    wanted = len(placements) if count is None else count
    bound = (Slot(place, label) for place, label in zip(placements, named, strict=True))
    return (*bound, *[_NOWHERE] * (wanted - len(placements)))


def plan(wanted: Sequence[Slot], units: Sequence[Unit], fits: Fits) -> Plan:
    """Compare wanted slots with the units that are there."""
    ranked = sorted(units, key=lambda unit: (not unit.leader, unit.number))
    filled = _matched(wanted, [unit for unit in ranked if not unit.stranded], fits)
    open_slots = [slot for index, slot in enumerate(wanted) if index not in filled]
    held = frozenset(filled.values())
    loose = [unit for unit in ranked if unit not in held]
    stay = _staying(loose, open_slots)
    add = tuple(_without(open_slots, stay.values()))
    alone = bool(add) and not held and not stay
    return Plan(
        add=add,
        remove=tuple(_removal(unit, wanted, add, alone=alone) for unit in reversed(loose) if unit not in stay),
        placed=tuple((unit, wanted[index]) for index, unit in filled.items()),
        misplaced=tuple(stay.items()),
    )


def _staying(loose: Sequence[Unit], open_slots: Sequence[Slot]) -> dict[Unit, Slot]:
    """Choose the units that stay although no slot puts them where they are, with the open slots that they take.

    First those that were made for such a slot, wherever they are now; then those that were made for none.
    """
    left: dict[str | None, list[Slot]] = defaultdict(list)
    for slot in open_slots:
        left[slot.place].append(slot)
    whole = [unit for unit in loose if not unit.stranded]
    stay = {unit: left[unit.slot.place].pop(0) for unit in whole if unit.slot.place and left[unit.slot.place]}
    others = (unit for unit in whole if not unit.slot.place)
    return stay | dict(zip(others, _without(open_slots, stay.values()), strict=False))


def _without(slots_: Sequence[Slot], taken: Iterable[Slot]) -> list[Slot]:
    """Leave slots out, each as often as it is taken, the first ones first."""
    count = Counter(taken)
    left: list[Slot] = []
    for slot in slots_:
        if count[slot]:
            count[slot] -= 1
        else:
            left.append(slot)
    return left


def _ousted(unit: Unit) -> bool:
    """Say whether a unit had a place of its own before, or has no machine any more."""
    return unit.stranded or bool(unit.slot.place)


def _matched(wanted: Sequence[Slot], ranked: Sequence[Unit], fits: Fits) -> dict[int, Unit]:
    """Fill slots by units that fit, better ranked units first; what is left of them takes the slots anywhere."""
    room: dict[str, list[int]] = defaultdict(list)
    for index, slot in enumerate(wanted):
        if slot.place:
            room[slot.place].append(index)
    held = _shared({place: len(indices) for place, indices in room.items()}, ranked, fits)
    filled = {index: unit for place, units in held.items() for index, unit in zip(room[place], units, strict=False)}
    settled = frozenset(filled.values())
    anywhere = [index for index, slot in enumerate(wanted) if slot.place == ""]
    return filled | dict(zip(anywhere, (unit for unit in ranked if unit not in settled), strict=False))


def _shared(room: Mapping[str, int], ranked: Sequence[Unit], fits: Fits) -> Mapping[str, list[Unit]]:
    """Share out places with room for so many; a unit may push another one to a place that fits that one too.

    Units that fit the same places are alike, so one of each kind is asked to move, not all of them.
    """
    choices = {unit: tuple(place for place in room if fits(place, unit)) for unit in ranked}
    held: dict[str, dict[tuple[str, ...], list[Unit]]] = {place: defaultdict(list) for place in room}
    count = dict.fromkeys(room, 0)

    def settle(unit: Unit, tried: set[str]) -> bool:
        kind = choices[unit]
        for place in sorted(kind, key=lambda place: count[place] >= room[place]):
            if place in tried:
                continue
            tried.add(place)
            if count[place] < room[place]:
                count[place] += 1
            elif not any(others and settle_elsewhere(others, tried) for others in held[place].values()):
                continue
            held[place][kind].append(unit)
            return True
        return False

    def settle_elsewhere(others: list[Unit], tried: set[str]) -> bool:
        if settle(others[-1], tried):
            others.pop()
            return True
        return False

    for unit in ranked:
        settle(unit, set())
    return {place: list(chain.from_iterable(kinds.values())) for place, kinds in held.items()}


def _removal(unit: Unit, wanted: Sequence[Slot], add: Sequence[Slot], *, alone: bool) -> Removal:
    why = _reason(unit, wanted, {slot.label for slot in add})
    ousted = _ousted(unit)
    return Removal(unit, f"{why}; no unit stays that has its data" if alone and ousted else why, ousted)


def _reason(unit: Unit, wanted: Sequence[Slot], added: set[str]) -> str:
    label = unit.slot.label
    if unit.stranded:
        return f"its machine {unit.machine} is gone"
    if label and label in added:
        return f"its machine {unit.machine} is not the one of {label} any more"
    if label and label in {slot.label for slot in wanted}:
        return f"its place {label} is asked for fewer units than it has"
    if label:
        return f"its place {label} is not asked for any more"
    where = f"machine {unit.machine}" if unit.machine else "no machine yet"
    if any(slot.place != "" for slot in wanted):
        return f"on {where}, which no placement asks for"
    return f"the newest first; it is on {where}"
