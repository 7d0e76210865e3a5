"""What parameters an action takes: its JSON schema as Juju tells it, and parameters checked against it (pure).

ActionSpec ─ schema ─> Juju's ActionSpec.params;  parameters ─ checked ─> with defaults, or JujuError
Source: juju/charm actions.go and its gojsonschema for the words.
"""

from collections.abc import Callable, Mapping
from typing import Final

from lab.juju.errors import JujuError
from lab.juju.hub.catalogue import ActionSpec
from lab.juju.models import Json
from lab.juju.rpc import Fields

_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
}


def schema(name: str, spec: ActionSpec) -> Json:
    """Give the whole schema of an action's parameters."""
    shown: Json = {
        "title": name,
        "description": spec.description,
        "type": "object",
        "properties": dict(spec.params),
        "additionalProperties": False,
    }
    return {**shown, "required": list(spec.required)} if spec.required else shown


def checked(spec: ActionSpec, given: Mapping[str, object]) -> dict[str, object]:
    """Give the parameters with the defaults of those that are missing; JujuError for what the action doesn't take."""
    properties = {name: Fields(Fields(spec.params).map(name)) for name in spec.params}
    defaults = {name: each.value("default") for name, each in properties.items() if each.has("default")}
    values = {**defaults, **given}
    for name in spec.required:
        if name not in values:
            raise _refusal(f'(root) : "{name}" property is missing and required, given {_shown(given)}')
    for name, value in given.items():
        if name not in properties:
            raise _refusal(f'(root) : additional property "{name}" is not allowed, given {_shown(given)}')
        _need_type(name, properties[name], value)
    return values


def _need_type(name: str, spec: Fields, value: object) -> None:
    kind = spec.value("type")
    if isinstance(kind, str) and kind in _TYPES and not _TYPES[kind](value):
        raise _refusal(f"(root).{name} : must be of type {kind}, given {type(value).__name__}")
    if spec.many("enum") and value not in spec.many("enum"):
        allowed = ", ".join(repr(each) for each in spec.many("enum"))
        raise _refusal(f"(root).{name} : must match one of the enum values [{allowed}]")


def _shown(given: Mapping[str, object]) -> str:
    # other than Juju's, these words tell no values: vault's token would come out
    return "{" + ", ".join(given) + "}"


def _refusal(words: str) -> JujuError:
    return JujuError(f"validation failed: {words}")
