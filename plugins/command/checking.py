"""Check: are these inputs of the right kinds; with defaults filled in and secrets marked. Pure.

shape + inputs ─> (inputs for the state, failures as (property, sentence))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from plugins.command.shapes import LOGGING, Kind, Property, Shape
from plugins.command.values import Archive, Asset, Properties, Secret, Unknown, Value, made_secret

Failure = tuple[str, str]


def check(shape: Shape, inputs: Properties) -> tuple[Properties, list[Failure]]:
    """Check inputs against a shape.

    Give them completed, or as they came where a failure is reported; either way what the shape calls secret is marked.
    Each failure is the property's path and a sentence with the value's kind and what is allowed.
    """
    failures = _object_failures(shape, inputs, "")
    completed = inputs if failures else _complete(shape, inputs)
    return _mark(shape, completed), failures


def _object_failures(shape: Shape, members: Properties, prefix: str) -> list[Failure]:
    failures: list[Failure] = []
    for name, item in members.items():
        place = f"{prefix}{name}"
        if (known := shape.properties.get(name)) is not None:
            failures += _failures(known, item, place)
        else:
            allowed = ", ".join(sorted(shape.properties))
            failures.append((place, f"{shape.token} has no property {name}; it has {allowed}"))
    absent = [name for name, item in shape.properties.items() if item.required and members.get(name) is None]
    return failures + [(f"{prefix}{name}", f"{shape.token} needs {name}, which is not given") for name in absent]


def _failures(known: Property, value: Value, place: str) -> list[Failure]:
    value = _bare(value)
    if value is None or isinstance(value, Unknown):
        return []
    if known.shape is not None:
        if isinstance(value, dict):
            return _object_failures(known.shape, value, f"{place}.")
        return [_wrong(place, value, f"the properties of a {known.shape.token}")]
    test, allowed = _KINDS[known.kind]
    if not test(value):
        return [_wrong(place, value, allowed)]
    if known.enum and value not in LOGGING:
        return [(place, f"{place} is {value!r}; allowed are {', '.join(LOGGING)}")]
    return _member_failures(known.kind, value, place)


def _member_failures(kind: Kind, value: Value, place: str) -> list[Failure]:
    members: list[tuple[str, Value]] = []
    if kind == "strings" and isinstance(value, list):
        members = [(f"{place}[{index}]", item) for index, item in enumerate(value)]
    elif kind == "string map" and isinstance(value, dict):
        # a null member is left out later, as Pulumi does
        members = [(f"{place}.{key}", item) for key, item in value.items() if item is not None]
    return [_wrong(where, item, "a string") for where, item in members if not isinstance(_bare(item), str | Unknown)]


def _bare(value: Value) -> Value:
    return _bare(value.value) if isinstance(value, Secret) else value


def _wrong(place: str, value: Value, allowed: str) -> Failure:
    # the value itself may be a secret that nobody marked: its kind says enough
    return place, f"{place} is {_kind_of(_bare(value))}; allowed is {allowed}"


def _kind_of(value: Value) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"
        case Asset():
            return "an asset" if not value.uri else "an asset at a URI"
        case Archive():
            return "an archive" if not value.uri else "an archive at a URI"
        case _:
            return "a number"


def _is_number(value: Value) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)


def _is_source(value: Value) -> bool:
    return isinstance(value, Asset | Archive) and not value.uri


_KINDS: Final[Mapping[Kind, tuple[Callable[[Value], bool], str]]] = {
    "string": (lambda value: isinstance(value, str), "a string"),
    "number": (_is_number, "a number"),
    "integer": (_is_number, "a whole number"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "strings": (lambda value: isinstance(value, list), "a list of strings"),
    "string map": (lambda value: isinstance(value, dict), "an object whose values are strings"),
    "anything": (lambda value: isinstance(value, list), "a list"),
    "source": (_is_source, "a FileAsset, a StringAsset, a FileArchive or an AssetArchive of those"),
    "object": (lambda value: isinstance(value, dict), "an object"),
}


def _complete(shape: Shape, members: Properties) -> Properties:
    given = {name: _complete_one(shape.properties[name], item) for name, item in members.items() if item is not None}
    defaults = {name: item.default for name, item in shape.properties.items() if item.default is not None}
    return {**{name: item for name, item in defaults.items() if name not in given}, **given}


def _complete_one(known: Property, value: Value) -> Value:
    match value:
        case Secret(value=inner):
            return Secret(_complete_one(known, inner))
        case dict() if known.shape is not None:
            return _complete(known.shape, value)
        case dict() if known.kind == "string map":
            return {key: item for key, item in value.items() if item is not None}
        case float() if known.kind == "integer":
            return float(int(value))
        case _:
            return value


def _mark(shape: Shape, members: Properties) -> Properties:
    return {name: _mark_one(shape.properties.get(name), item) for name, item in members.items()}


def _mark_one(known: Property | None, value: Value) -> Value:
    if known is None:
        return value
    if known.shape is not None:
        bare = _bare(value)
        marked: Value = _mark(known.shape, bare) if isinstance(bare, dict) else bare
        value = Secret(marked) if isinstance(value, Secret) else marked
    return made_secret(value) if known.secret else value
