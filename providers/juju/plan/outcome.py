"""How an action ended, read from Juju's answer, and told without its secrets. Pure.

ActionResult of Action.Actions -> `Outcome` -> done or not, the sentence of a failure, and its results split into what
may be seen and what may not. Source: Juju 3.6, rpc/params/actions.go, core/actions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from providers.common.raw import Raw, mapping, mappings, text
from providers.hosts.masking import masker
from providers.juju import tags

RUNNING = frozenset({"", "pending", "running", "aborting"})
"""Statuses that are not the last one."""

GOOD = "completed"

LAST_LINES = 10
"""So many lines of a failed action's log are shown."""


@dataclass(frozen=True)
class Outcome:
    """An action at one instant. `output` and `log` may hold secrets."""

    id: str
    unit: str
    status: str
    message: str = ""
    output: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    log: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ended(self) -> bool:
        return self.status not in RUNNING

    @property
    def good(self) -> bool:
        return self.status == GOOD


def outcome(raw: Raw) -> Outcome:
    """Read one item of Action.Actions or EnqueueOperation."""
    action = mapping(raw, "action")
    receiver = text(action, "receiver")
    return Outcome(
        id=tags.name(text(action, "tag")),
        unit=tags.unit_name(receiver) if receiver.startswith("unit-") else receiver,
        status=text(raw, "status"),
        message=text(raw, "message"),
        output=mapping(raw, "output"),
        log=tuple(text(line, "message") for line in mappings(raw, "log")),
    )


def failure(name: str, ended: Outcome, secrets: Iterable[str] = ()) -> str:
    """Tell how it failed: its own message, then the end of its log; `secrets` are masked in both."""
    mask = masker(secrets)
    output = text(ended.output, "stderr") or text(ended.output, "stdout")
    said = mask(ended.message or output).strip().replace("\n", "; ") or "it gave no reason"
    lines = [mask(line) for line in ended.log[-LAST_LINES:]]
    shown = "".join(f"\n  {line}" for line in lines)
    logged = f"\nIts log ended with:{shown}" if lines else ""
    return f"the action {name} on {ended.unit} {_ENDS.get(ended.status, ended.status)}: {said}{logged}"


_ENDS: Mapping[str, str] = {"failed": "failed", "cancelled": "was cancelled", "aborted": "was aborted"}


def split(
    output: Mapping[str, object],
    hidden: bool | Collection[str],
) -> tuple[dict[str, object], dict[str, object]]:
    """Split results into what may be seen and what may not: True hides all, else the names that are given."""
    if isinstance(hidden, bool):
        return ({}, dict(output)) if hidden else (dict(output), {})
    seen = {name: value for name, value in output.items() if name not in hidden}
    return seen, {name: value for name, value in output.items() if name in hidden}


def texts_in(value: object) -> tuple[str, ...]:
    """List every string in a value, however deep: what must be masked where the value is a secret."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        inside: Iterable[object] = cast("Mapping[str, object]", value).values()
    elif isinstance(value, list | tuple):
        inside = cast("Sequence[object]", value)
    else:
        return ()
    return tuple(found for item in inside for found in texts_in(item))
