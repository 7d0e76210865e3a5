"""What is wrong with a config, in sentences: the path, the bad value, what is allowed.

pydantic's errors -> `Problem`s, in the order of the file. Values of keys that may hold a secret are never repeated,
nor is the value of a key that isn't known: a misspelt `pasword` still holds a password. Pure.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from stacks.config.scalars import RULE

Location = tuple[int | str, ...]

_SECRET_KEYS = frozenset({"admin", "apiKey", "key", "keys", "password", "power", "privateKey", "rootToken", "userData"})
"""Keys whose value is a secret, or would be one if the person forgot the mapping around it."""

_SECRET_MAPPINGS = frozenset({"environment", "keys", "parameters", "sshKeys"})
"""Mappings and lists of which every value may be a secret."""

_LONGEST = 80

_ALLOWED = {
    "string_type": "text; a number or date needs quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list; [] is an empty one",
    "mapping_type": "a mapping of keys to values; {} is an empty one",
    "dict_type": "a mapping of keys to values; {} is an empty one",
    "model_type": "a mapping of keys to values; {} is an empty one",
    "model_attributes_type": "a mapping of keys to values; {} is an empty one",
    "too_short": "a list with at least one entry",
    "too_long": "a list of fewer entries",
    "string_too_short": "text of at least one character",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `path` as in `baremetal:servers[2].mac`, `text` the sentence that begins with it."""

    path: str
    text: str


class ConfigError(Exception):
    """The config can't be used; the message has one line for each of `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text for problem in self.problems))


def path_of(root: str, location: Location) -> str:
    """`('servers', 2, 'mac')` -> `baremetal:servers[2].mac` for the root `baremetal`."""
    text = ""
    for part in location:
        if part == "[key]":
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{root}:{text.removeprefix('.')}" if text else root


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known word most like `word`, else nothing; of several equally near ones, none."""
    match = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    if not match or (len(match) > 1 and _likeness(word, match[0]) == _likeness(word, match[1])):
        return "."
    return f"; did you mean '{match[0]}'?"


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, one).ratio()


def choices(known: Iterable[str]) -> str:
    """Join the words as `a, b or c`; `nothing yet` when there is no choice."""
    words = list(known)
    if not words:
        return "nothing yet"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def shape_problems(root: str, model: type[BaseModel], error: ValidationError) -> list[Problem]:
    """One problem for each of pydantic's findings about `model`."""
    return [_problem(root, model, found) for found in error.errors(include_url=False)]


def _problem(root: str, model: type[BaseModel], found: ErrorDetails) -> Problem:
    location = found["loc"]
    path = path_of(root, location)
    match found["type"]:
        case "extra_forbidden":
            return Problem(path, f"{path} is not a known key; {_known_keys(model, location)}")
        case "missing":
            return Problem(path, f"{path} is missing; it must be {_allowed_at(model, location)}.")
        case _:
            return Problem(path, f"{path} {_shown(location, found['input'])}, but must be {_allowed(found)}.")


def _shown(location: Location, value: object) -> str:
    if location[-1] in _SECRET_KEYS or any(part in _SECRET_MAPPINGS for part in location[-2:]):
        return "has a value that is not shown"
    return shown(value)


def shown(value: object) -> str:
    """Say what stands there: `is a mapping`, `is 'x'`; of mappings and lists never what they hold."""
    if isinstance(value, Mapping):
        return "is a mapping"
    if isinstance(value, list | tuple):
        return "is a list" if value else "is an empty list"
    return f"is {_literal(value)}"


def _literal(value: object) -> str:
    """Spell `value` as YAML would; long text may be anything, so only its length is told."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= _LONGEST else f"text of {len(text)} characters"


def _allowed(found: ErrorDetails) -> str:
    context = cast("Mapping[str, object]", found.get("ctx", {}))
    match found["type"]:
        case kind if kind == RULE:
            return str(context["allowed"])
        case "literal_error":
            return str(context["expected"]).replace("'", "")
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case kind:
            return _ALLOWED.get(kind, f"different ({found['msg']})")


def _known_keys(model: type[BaseModel], location: Location) -> str:
    parent = _model_at(model, location[:-1])
    if parent is None:
        return "remove it."
    known = [field.alias or name for name, field in parent.model_fields.items()]
    return f"allowed are {', '.join(known)}{nearest(str(location[-1]), known)}"


def _allowed_at(model: type[BaseModel], location: Location) -> str:
    """Say what the field at `location` accepts: asked of its own type, with values that no type here accepts."""
    parent = _model_at(model, location[:-1])
    field = None if parent is None else _field(parent, str(location[-1]))
    told = "given"
    for nonsense in (object(), "\0"):
        try:
            TypeAdapter[object](cast("type[object]", field)).validate_python(nonsense)
        except ValidationError as error:
            told = _allowed(error.errors()[0])
    return told


def _field(model: type[BaseModel], key: str) -> object:
    for name, field in model.model_fields.items():
        if key in {field.alias, name}:
            metadata = tuple(field.metadata)
            return Annotated[(field.annotation, *metadata)] if metadata else field.annotation
    return None


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """Find the model that describes the mapping at `location`."""
    kind: object = model
    for part in location:
        kind = _inside(kind, part)
    kind = _bare(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inside(kind: object, part: int | str) -> object:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _field(kind, str(part))
    arguments = get_args(kind)
    if isinstance(part, int):
        return arguments[0] if arguments else None
    return arguments[1] if len(arguments) == 2 else None


def _bare(kind: object) -> object:
    """Strip a type of its annotations, and of the `| None` of an optional one."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind = get_args(kind)[0]
        elif origin in (Union, UnionType) and len(rest := [a for a in get_args(kind) if a is not type(None)]) == 1:
            kind = rest[0]
        else:
            return kind
