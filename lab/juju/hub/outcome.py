"""What an action answers, and what it must be given (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lab.juju.errors import BAD_REQUEST, NOT_FOUND, JujuError
from lab.juju.hub.document import Charm, section

EXECS: Final = frozenset({"juju-exec", "juju-run"})
"""The actions that every unit has: run a command."""


def _facts() -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended. Facts are to be merged into the application's and the unit's; None drops one."""

    status: Literal["completed", "failed"] = "completed"
    output: Mapping[str, object] = field(default_factory=_facts)
    message: str = ""
    facts: Mapping[str, object] = field(default_factory=_facts)
    unit_facts: Mapping[str, object] = field(default_factory=_facts)


def failed(message: str) -> Outcome:
    """End an action as `action-fail` does."""
    return Outcome("failed", message=message)


def checked(charm: Charm, url: str, unit: str, name: str, params: Mapping[str, object]) -> dict[str, object]:
    """Give an action's parameters with defaults.

    Raises JujuError in Juju's words: "not found" for an action that the charm does not have, "bad request" for
    parameters that do not fit it.
    """
    if name in EXECS:
        return dict(params)
    spec = charm.actions.get(name)
    if spec is None:
        known = f'action "{name}" not defined on unit "{unit}"'
        raise JujuError(known if charm.actions else f'no actions defined on charm "{url}"', NOT_FOUND)
    for each in spec.required:
        if each not in params:
            raise JujuError(f'validation failed: (root) : "{each}" property is missing and required', BAD_REQUEST)
    for each, value in params.items():
        _check(each, value, section(spec.params.get(each)).get("type"))
    defaults = {each: section(said)["default"] for each, said in spec.params.items() if "default" in section(said)}
    return {**defaults, **params}


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}


def _check(name: str, value: object, kind: object) -> None:
    if not isinstance(kind, str) or kind not in _TYPES:
        return
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise JujuError(f"validation failed: (root).{name} : must be of type {kind}, given {value!r}", BAD_REQUEST)
