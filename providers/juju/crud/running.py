"""Running one action of a charm on a unit, to its end.

unit or "app/leader" + action + parameters -> the charm's actions are looked up -> EnqueueOperation -> Action.Actions
is asked until it ended -> Outcome, or one sentence with the action's own message and log.
Source: Juju 3.6 API, Action.ApplicationsCharmsActions, EnqueueOperation, Actions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from providers.common.raw import Raw, mapping, mappings, text
from providers.common.waiter import elapsed, interval
from providers.hosts.masking import masker
from providers.juju import tags
from providers.juju.errors import JujuError, WaitFailed, from_item
from providers.juju.link import Link
from providers.juju.names import nearest
from providers.juju.plan.outcome import Outcome, failure, outcome, texts_in
from providers.juju.session import Session
from providers.juju.status import Status
from providers.juju.waiter import Verdict

Say = Callable[[str], None]


class ActionFailedError(JujuError):
    """The action ran and failed, or was cancelled."""


@dataclass(frozen=True)
class Wish:
    """One action to run. `secret`: parameters that no message may show; `hidden`: so are its results and its log."""

    model: str
    unit: str
    name: str
    minutes: int
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    secret: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    hidden: bool = False

    @property
    def title(self) -> str:
        return f"the action {self.name} on {self.unit}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return texts_in(self.secret)


@dataclass(frozen=True)
class Ran:
    """An action that ended well, and the operation that it was part of."""

    operation: str
    outcome: Outcome


def run(juju: Session, wish: Wish, say: Say) -> Ran:
    """Run it and wait until it ended; raises ActionFailedError, WaitFailed, or what Juju refused."""
    link = juju.model(wish.model)
    unit = _receiver(link, wish, say)
    _known(link, wish, unit)
    operation, first = _enqueue(link, wish, unit)
    ended = first if first.ended else _follow(juju, link, wish, first, say)
    if ended.good:
        return Ran(operation, ended)
    raise ActionFailedError(failure(wish.name, _closed(ended) if wish.hidden else ended, wish.secrets))


def _receiver(link: Link, wish: Wish, say: Say) -> str:
    """Find the unit; a leader is waited for, since a new application has none yet."""
    application, _, number = wish.unit.rpartition("/")
    status = link.status(application)
    found = status.unit(wish.unit)
    if found is not None:
        return found.name
    there = status.applications.get(application)
    if there is None:
        raise JujuError(f"the model has no application {application}: {nearest(application, status.applications)}")
    if number != "leader":
        raise JujuError(f"the application {application} has no unit {wish.unit}: {nearest(wish.unit, there.units)}")
    led = link.wait(application, wish.unit, lambda now: _led(now, wish.unit), wish.minutes, say)
    leader = led.unit(wish.unit)
    if leader is None:
        raise WaitFailed(f"{application} lost its leader while {wish.name} was about to run")
    return leader.name


def _led(status: Status, unit: str) -> Verdict:
    application = unit.rpartition("/")[0]
    if application not in status.applications:
        return Verdict("is gone", failed=f"was removed while a leader of {application} was waited for")
    return Verdict("has no leader yet", done=status.unit(unit) is not None)


def _known(link: Link, wish: Wish, unit: str) -> None:
    """Raise JujuError for an action, or a parameter, that the charm does not have."""
    application = unit.rpartition("/")[0]
    known = link.shared(f"actions of {application}", lambda: _actions(link, application))
    if wish.name not in known:
        raise JujuError(f"the charm of {application} has no action {wish.name}: {nearest(wish.name, known)}")
    taken = mapping(mapping(known, wish.name), "params")
    names = mapping(taken, "properties")
    strange = sorted({*wish.params, *wish.secret} - set(names)) if taken.get("additionalProperties") is False else []
    if strange:
        raise JujuError(f"the action {wish.name} has no parameter {strange[0]}: {nearest(strange[0], names)}")


def _actions(link: Link, application: str) -> Raw:
    params = {"entities": [{"tag": tags.application(application)}]}
    purpose = f"list the actions of {application}"
    return mapping(link.one("Action", "ApplicationsCharmsActions", params, purpose=purpose, repeatable=True), "actions")


def _enqueue(link: Link, wish: Wish, unit: str) -> tuple[str, Outcome]:
    action = {"receiver": tags.unit(unit), "name": wish.name, "parameters": {**wish.params, **wish.secret}}
    purpose = f"run {wish.title}"
    answer = link.change(
        "Action", "EnqueueOperation", {"actions": [action]}, purpose=purpose, touches=(), secrets=wish.secrets
    )
    items = mappings(answer, "actions")
    if not items:
        raise JujuError(f"Juju did not {purpose}: its answer holds no action")
    error = from_item(purpose, items[0], wish.secrets)
    if error is not None:
        raise error
    return tags.name(text(answer, "operation")), outcome(items[0])


def _follow(juju: Session, link: Link, wish: Wish, first: Outcome, say: Say) -> Outcome:
    begun = juju.now()
    told = 0
    while True:
        now = _look(link, wish, first)
        if not wish.hidden:
            _tell(wish, now.log[told:], say)
            told = len(now.log)
        if now.ended:
            return now
        age = juju.now() - begun
        if age >= wish.minutes * 60:
            raise WaitFailed(
                f"{wish.title} is still {now.status} after {elapsed(age)}; it goes on in Juju as {first.id}"
            )
        say(f"{wish.title}: {now.status} ({elapsed(age)})")
        juju.pause(interval(age, 0.0))


def _look(link: Link, wish: Wish, first: Outcome) -> Outcome:
    purpose = f"say how {wish.title} stands"
    params = {"entities": [{"tag": f"action-{first.id}"}]}
    return outcome(link.one("Action", "Actions", params, purpose=purpose, secrets=wish.secrets, repeatable=True))


def _tell(wish: Wish, lines: Iterable[str], say: Say) -> None:
    mask = masker(wish.secrets)
    for line in lines:
        say(f"{wish.title}: {mask(line)}")


def _closed(ended: Outcome) -> Outcome:
    """Leave out what an action with secret results may have printed."""
    return Outcome(ended.id, ended.unit, ended.status, ended.message)
