"""A wait of its own, for many applications at once: what a deployment must have reached when all of it is there.

applications (name -> wait_for) + the model's status -> one Verdict for all: progress names who is behind, a unit in
error ends it with the unit's own message. What an earlier try left in error is retried first, once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from providers.common.cleaning import flag, whole
from providers.common.fields import Field, Schema
from providers.common.progress import say
from providers.common.raw import Raw, as_mapping, mapping, maybe_whole, text
from providers.common.raw import whole as read_whole
from providers.juju.crud.base import Found, JujuProvider, Props, model_field
from providers.juju.crud.second_try import Past, try_again
from providers.juju.errors import NotFound
from providers.juju.plan import waiting
from providers.juju.plan.lost import Absences
from providers.juju.plan.waiting import Troubles
from providers.juju.session import Session
from providers.juju.status import Application, Status
from providers.juju.waiter import Verdict

_SHOWN = 3


def _applications(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"is {value!r}, but must name at least one application and what it has to reach")
    return {name: waiting.clean(wanted) for name, wanted in cast("Raw", value).items()}


def _counts(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must give each application's number of units")  # noqa: TRY004 - the contract of cleaners
    return {name: whole(0, 10_000)(count) for name, count in cast("Raw", value).items()}


class SettledProvider(JujuProvider):
    """See `providers.juju.resources.settled.Settled`."""

    schema = Schema(
        (
            model_field(),
            Field("applications", clean=_applications, required=True),
            Field("units", clean=_counts, default={}),
            Field("minutes", clean=whole(1, 24 * 60), default=waiting.DEFAULT_MINUTES),
            Field("triggers", default={}),
            Field("settled", clean=flag, default=True),
        )
    )

    def make(self, juju: Session, props: Props) -> Found:
        return Found(f"{text(props, 'model')}/settled", self._wait(juju, props))

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        try:
            status = juju.model(text(props, "model")).status()
        except NotFound:
            return None  # the whole model is gone
        behind = [name for name, standing in _standings(props, status, calm=False) if not standing.done]
        return Found(id_, {"settled": not behind, **_observed(props, status)})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        del id_, olds
        return self._wait(juju, news)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Nothing is to be undone: it has waited, no more."""

    def _wait(self, juju: Session, props: Props) -> Props:
        if not props.get("settled", True):
            return {"statuses": {}, "addresses": {}}
        link = juju.model(text(props, "model"))
        before = link.status("settled")
        known = before.applications
        past = try_again(juju, link, [known[name] for name in mapping(props, "applications") if name in known], before)
        minutes = read_whole(props, "minutes")
        judge = partial(_judged, props, past, Absences(juju.now))
        status = link.wait("settled", "the model", judge, minutes, say)
        return {"settled": True, **_observed(props, status)}


def _nothing_past() -> Troubles:
    return frozenset()


def _standings(
    props: Props, status: Status, past: Past = _nothing_past, *, calm: bool = True
) -> Iterable[tuple[str, Verdict]]:
    """Judge each; not `calm`: agents may be at work, as they are with each update-status."""
    counts = mapping(props, "units")
    for name, wanted in mapping(props, "applications").items():
        one, application = waiting.read(as_mapping(wanted, name)), status.applications.get(name)
        count = waiting.due(application, status.applications, maybe_whole(counts, name))
        one = one if calm else replace(one, agent_idle=False)
        yield name, waiting.stand(one, application, status.machines, count, past())


def _verdict(standings: Mapping[str, Verdict]) -> Verdict:
    failed = [f"{name} {one.failed}" for name, one in standings.items() if one.failed]
    behind = [f"{name}: {one.line}" for name, one in standings.items() if not one.done]
    more = f" and {len(behind) - _SHOWN} more" if len(behind) > _SHOWN else ""
    line = f"{len(standings) - len(behind)} of {len(standings)} applications settled"
    shown = f"{line}; {', '.join(behind[:_SHOWN])}{more}" if behind else line
    return Verdict(shown, done=not behind, failed="; ".join(failed[:_SHOWN]))


def _judged(props: Props, past: Past, absences: Absences, status: Status) -> Verdict:
    """Judge, and end the wait once it is for units that are lost."""
    standings = dict(_standings(props, status, past))
    behind = [status.applications.get(name) for name, one in standings.items() if not one.done]
    units = [unit for application in behind if application is not None for unit in waiting.living(application)]
    return absences.judged(_verdict(standings), units, status.machines)


def _observed(props: Props, status: Status) -> dict[str, object]:
    known = {name: status.applications.get(name) for name in mapping(props, "applications")}
    return {
        "statuses": {name: "gone" if one is None else one.status.line for name, one in known.items()},
        "addresses": {name: _address(one) for name, one in known.items() if one is not None},
    }


def _address(application: Application) -> str:
    """Give the address of the unit that leads, else of the oldest; "" while it has none."""
    units = sorted(application.units.values(), key=lambda unit: (not unit.leader, unit.number))
    return units[0].public_address if units else ""
