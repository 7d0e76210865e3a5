"""What an application must have reached before `up` goes on: accepted words, messages, idle agents.

wait_for (an object) -> `clean` -> WaitFor -> `stand` with the application as a status shows it -> Verdict. Pure.

A blanket wait for "active" hangs a deployment whose parts need each other (vault is sealed, ceph waits for relations),
so what counts as reached is the resource's own: e.g. workload ["blocked"], messages ["Vault needs to be init"].
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from providers.common.cleaning import each, flag, one_of, text, whole
from providers.common.raw import Raw, texts
from providers.juju.names import nearest
from providers.juju.status import Application, Machine, Unit
from providers.juju.waiter import Verdict

WORKLOADS: Final = ("active", "blocked", "error", "maintenance", "terminated", "unknown", "waiting")
DEFAULT_MINUTES: Final = 60
_LISTED: Final = 3
_FAILED: Final = frozenset({"provisioning error", "error"})

Troubles: TypeAlias = frozenset[tuple[str, str]]
"""(unit or machine, since when it is in error)."""


@dataclass(frozen=True)
class WaitFor:
    """`workload`: accepted status words; `messages`: patterns, one of which must be found in the unit's message.

    `units`: "all" or "leader". `agent_idle`: agents must be idle too. `on_error`: "fail" ends the wait at a unit in
    error, "wait" leaves it to Juju's own retries. `minutes` bounds it all.
    """

    workload: tuple[str, ...] = ("active",)
    messages: tuple[str, ...] = ()
    agent_idle: bool = True
    units: str = "all"
    on_error: str = "fail"
    minutes: int = DEFAULT_MINUTES


def _pattern(value: object) -> object:
    try:
        re.compile(text(value))
    except re.error as error:
        raise ValueError(f"has {value!r}, but must be a regular expression ({error})") from None
    return value


_CLEANERS: Final = {
    "workload": each(one_of(*WORKLOADS), least=1),
    "messages": each(_pattern),
    "agent_idle": flag,
    "units": one_of("all", "leader"),
    "on_error": one_of("fail", "wait"),
    "minutes": whole(1, 24 * 60),
}


def clean(value: object) -> dict[str, object]:
    """Accept an object of the fields of `WaitFor`, or true for all defaults; ValueError completes "<field> ..."."""
    if value is True:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must be an object of {', '.join(_CLEANERS)}, or true")  # noqa: TRY004 - the contract of cleaners
    given = {name: item for name, item in cast("Raw", value).items() if item is not None}
    for name in given:
        if name not in _CLEANERS:
            raise ValueError(f'has an unknown field "{name}": {nearest(name, _CLEANERS)}')
    return {name: _field(name, item) for name, item in given.items()}


def read(raw: Raw) -> WaitFor:
    """Read the cleaned object."""
    default = WaitFor()
    return WaitFor(
        workload=texts(raw, "workload") or default.workload,
        messages=texts(raw, "messages"),
        agent_idle=bool(raw.get("agent_idle", default.agent_idle)),
        units=str(raw.get("units", default.units)),
        on_error=str(raw.get("on_error", default.on_error)),
        minutes=int(cast("float", raw.get("minutes", default.minutes))),
    )


def stand(
    wanted: WaitFor,
    application: Application | None,
    machines: Mapping[str, Machine],
    count: int | None,
    outdated: Troubles = frozenset(),
) -> Verdict:
    """Judge an application; `count`: units that there must be at least (None: as many as there are).

    `outdated`: errors of what is being tried again, which say nothing any more.
    """
    if application is None:
        return Verdict("gone", failed="was removed while it was waited for")
    units = living(application)
    tolerant = wanted.on_error == "wait" or "error" in wanted.workload
    broken = [] if tolerant else troubles(units, machines, outdated)
    if broken:
        return Verdict(broken[0], failed=f"is in error: {'; '.join(broken[:_LISTED])}")
    if len(units) < (count or 0):
        return Verdict(f"{len(units)} of {count} units are there")
    judged = [unit for unit in units if unit.leader] if wanted.units == "leader" else units
    if units and not judged:
        return Verdict("no unit leads yet")
    behind = [unit for unit in judged if not reached(wanted, unit)]
    return Verdict(_line(judged, behind), done=not behind)


def due(application: Application | None, applications: Mapping[str, Application], count: int | None) -> int:
    """Say how many units there must be when nothing is missing: `count`; a subordinate has one beside each principal.

    Of what nobody counts there must be one.
    """
    if count is not None or application is None:
        return count or 0
    principals = (applications[name] for name in application.subordinate_to if name in applications)
    return max(1, sum(len(living(one)) for one in principals))


def placed(application: Application | None, count: int | None) -> Verdict:
    """Judge whether every unit is there and has a machine: the least that a deployment waits for."""
    if application is None:
        return Verdict("gone", failed="was removed while it was waited for")
    units = living(application)
    without = [unit.name for unit in units if not unit.machine]
    astray = [unit for unit in units if not unit.machine and in_error(unit)]
    if astray:  # Juju assigns units to machines after it has answered, and says so when it can't
        said = "; ".join(f"{unit.name}: {_error(unit)}" for unit in astray[:_LISTED])
        return Verdict(said, failed=f"can't be placed: {said}; remove it, and the next up adds another")
    if len(units) < (count or 0):
        return Verdict(f"{len(units)} of {count} units are there")
    return Verdict(f"{', '.join(without)} without a machine" if without else "placed", done=not without)


def living(application: Application) -> list[Unit]:
    """Give the units that are not on their way out, by number."""
    return sorted((unit for unit in application.units.values() if unit.life == "alive"), key=lambda unit: unit.number)


def reached(wanted: WaitFor, unit: Unit) -> bool:
    """Say whether a unit is where it is wanted."""
    message = unit.workload.message
    said = not wanted.messages or any(re.search(pattern, message) for pattern in wanted.messages)
    return unit.workload.status in wanted.workload and said and (not wanted.agent_idle or unit.agent.status == "idle")


def troubles(units: Sequence[Unit], machines: Mapping[str, Machine], outdated: Troubles = frozenset()) -> list[str]:
    """Name each unit in error with its own message, and each machine that did not come about."""
    broken = [unit for unit in units if in_error(unit) and _key(unit) not in outdated]
    failed = [machine for machine in failed_machines(units, machines) if _key(machine) not in outdated]
    return [
        *(f"{unit.name}: {_error(unit)}" for unit in broken),
        *(f"machine {machine.id}: {machine.instance.line}" for machine in failed),
    ]


def failed_machines(units: Sequence[Unit], machines: Mapping[str, Machine]) -> list[Machine]:
    """Give the machines of units that the cloud did not give."""
    ids = dict.fromkeys(unit.machine for unit in units if unit.machine in machines)
    return failed_on(machines[id_] for id_ in ids)


def failed_on(machines: Iterable[Machine]) -> list[Machine]:
    """Choose the machines that the cloud did not give."""
    return [machine for machine in machines if machine.instance.status in _FAILED]


def seen_troubles(units: Iterable[Unit], machines: Iterable[Machine]) -> Troubles:
    """Remember errors by whose they are and since when; the same trouble later is another one."""
    return frozenset(map(_key, (*units, *machines)))


def in_error(unit: Unit) -> bool:
    """Say whether a hook of the unit failed, so that `resolved` retries it."""
    return bool(_error(unit))


def _key(one: Unit | Machine) -> tuple[str, str]:
    if isinstance(one, Machine):
        return f"machine {one.id}", one.instance.since
    return one.name, next((each.since for each in (one.workload, one.agent) if each.status == "error"), "")


def _error(unit: Unit) -> str:
    for condition in (unit.workload, unit.agent):
        if condition.status == "error":
            return condition.message or "error"
    return ""


def _line(judged: Sequence[Unit], behind: Sequence[Unit]) -> str:
    if not behind:
        return f"{len(judged)} unit{'' if len(judged) == 1 else 's'} there"
    shown = ", ".join(f"{unit.name} {_where(unit)}" for unit in behind[:_LISTED])
    rest = len(behind) - _LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{len(judged) - len(behind)}/{len(judged)} ready; {shown}{more}"


def _where(unit: Unit) -> str:
    agent = f" ({unit.agent.status})" if unit.agent.status not in {"", "idle"} else ""
    return f"{unit.workload.line}{agent}"


def _field(name: str, value: object) -> object:
    try:
        return _CLEANERS[name](value)
    except ValueError as error:
        raise ValueError(f"has {name}, which {error}") from None
