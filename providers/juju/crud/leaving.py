"""The wait until something has left its model, past hooks that fail meanwhile.

the model's status -> who is still in the way (`Leaving`) -> a failed hook of a unit that goes is skipped, one of a unit
that stays is run again -> the wait goes on, in the time that is left. Each failure is met once, each unit that stays
once; what fails on is named by the error of the wait that was too short. Source: juju 3.6 API, ResolveUnitErrors.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from providers.common.progress import say
from providers.juju.crud.second_try import resolve
from providers.juju.link import Link
from providers.juju.plan.waiting import Troubles, in_error, seen_troubles
from providers.juju.session import Session
from providers.juju.status import Status, Unit
from providers.juju.waiter import Verdict


@dataclass(frozen=True)
class Leaving:
    """What still holds it, in words, and by units: those that go with it, and those that only have to let it go."""

    line: str
    going: tuple[Unit, ...] = ()
    staying: tuple[Unit, ...] = ()


Left: TypeAlias = Callable[[Status], Leaving | None]
"""None: it is gone."""


def wait_gone(juju: Session, link: Link, name: str, left: Left, minutes: float) -> None:
    """Wait until nothing is left; raises WaitFailed after so many minutes. `name`: its key, and what it is called."""
    until, met = juju.now() + minutes * 60, Troubles()
    while True:
        status = link.wait(name, name, partial(_verdict, left, met), (until - juju.now()) / 60, say)
        there = left(status)
        if there is None:
            return
        skipped, again = _new(there, met)
        met |= seen_troubles(skipped, ()) | _as_staying(again)
        resolve(link, skipped, again=False)
        resolve(link, again, again=True)


def units_going(status: Status, units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Give units on their way out with the subordinates that they wait for."""
    found = tuple(units)
    beside = [status.unit(name) for unit in found for name in unit.subordinates]
    return (*found, *(one for one in beside if one is not None and one.life != "alive"))


def words(units: Iterable[Unit]) -> str:
    """Write where units stand."""
    return ", ".join(f"{unit.name} {unit.workload.line}" for unit in units)


def _verdict(left: Left, met: Troubles, status: Status) -> Verdict:
    there = left(status)
    return Verdict("gone", done=True) if there is None else Verdict(there.line, done=any(_new(there, met)))


def _new(there: Leaving, met: Troubles) -> tuple[list[Unit], list[Unit]]:
    skipped = [unit for unit in there.going if in_error(unit) and not seen_troubles([unit], ()) <= met]
    again = [unit for unit in there.staying if in_error(unit) and not _as_staying([unit]) <= met]
    return skipped, again


def _as_staying(units: Iterable[Unit]) -> Troubles:
    return frozenset((unit.name, "while it stays") for unit in units)
