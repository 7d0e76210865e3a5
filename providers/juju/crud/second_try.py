"""What an earlier try left broken is tried again before the next wait: failed hooks, machines that could not be had.

units in error -> ResolveUnitErrors (run the hook again); machines whose provisioning failed -> RetryProvisioning; the
errors seen until then say nothing any more, for as long as Juju may take to begin.
Source: juju 3.6 API, Application.ResolveUnitErrors, MachineManager.RetryProvisioning.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

from providers.common.progress import say
from providers.common.raw import Raw
from providers.juju import tags
from providers.juju.errors import Refused
from providers.juju.link import APPLICATIONS, STATUS, Link
from providers.juju.plan import waiting
from providers.juju.plan.waiting import Troubles
from providers.juju.session import Session
from providers.juju.status import Application, Status, Unit

Past: TypeAlias = Callable[[], Troubles]
"""Troubles that are outdated at this moment."""

_PATIENCE = 30.0
"""Seconds that an error which was there before the second try counts as the old one."""


def try_again(juju: Session, link: Link, applications: Iterable[Application], status: Status) -> Past:
    """Have Juju try again what failed in these applications; gives what is outdated by that."""
    units = [unit for application in applications for unit in waiting.living(application)]
    broken = resolve(link, units, again=True)
    failed = waiting.failed_machines(units, status.machines)
    if failed:
        provision(link, [one.id for one in failed])
    past = waiting.seen_troubles(broken, failed)
    return partial(_outdated, juju, past, juju.now() + _PATIENCE)


_WELL = ("not in an error state", "not in error state", "already resolved")
"""How Juju says that a unit needs no second try: 2.9 and 3, 4, and one that was asked for twice."""


def resolve(link: Link, units: Iterable[Unit], *, again: bool) -> list[Unit]:
    """Run the failed hooks of units again, or skip them: units on their way out would stay to have them put right."""
    broken = [unit for unit in units if waiting.in_error(unit)]
    if broken:
        entities = [{"tag": tags.unit(unit.name)} for unit in broken]
        purpose = f"{'retry' if again else 'skip'} the failed hooks of {', '.join(unit.name for unit in broken)}"
        params: Raw = {"tags": {"entities": entities}, "retry": again, "all": False}
        say(f"Juju is asked to {purpose}")
        names = tuple({unit.application for unit in broken})
        touches = {STATUS: names, APPLICATIONS: names}
        try:
            link.change("Application", "ResolveUnitErrors", params, purpose=purpose, touches=touches)
        except Refused as error:  # Juju retries hooks by itself too, so one may have gone well meanwhile
            if not any(map(error.mentions, _WELL)):
                raise
    return broken


def provision(link: Link, ids: Sequence[str]) -> None:
    """Ask the cloud again for machines that could not be had; one that is being had meanwhile needs no second try."""
    purpose = f"retry the provisioning of the machines {', '.join(ids)}"
    say(f"Juju is asked to {purpose}")
    params: Raw = {"machines": [tags.machine(id_) for id_ in ids], "all": False}
    try:
        link.change("MachineManager", "RetryProvisioning", params, purpose=purpose, touches={STATUS: tuple(ids)})
    except Refused as error:
        if not error.mentions("not in an error state"):
            raise


def _outdated(juju: Session, past: Troubles, until: float) -> Troubles:
    return past if juju.now() < until else frozenset()
