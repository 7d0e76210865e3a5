"""Property values as a person reads them. Pure; what is secret is never opened, not even to measure it.

Keys are sorted, for the wire keeps no order; internal ones (`__*`) are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.display.redact import MASK
from engine.display.text import clean, clip
from engine.model.urn import name_of
from engine.model.values import Archive, Asset, Output, ResourceReference, Secret, Unknown, Value

COMPUTED = "<computed>"
ONE_LINE = 80
"""Longer values are written over several lines."""
DEEPEST = 40
"""Below this many levels a value is cut short: nobody reads it, and recursion has its limits."""


def is_internal(key: str | int) -> bool:
    """Tell whether a property belongs to the machinery (`__provider`, `__defaults`)."""
    return isinstance(key, str) and key.startswith("__")


def visible_keys(value: dict[str, Value]) -> list[str]:
    """Give the keys that a person is shown, in order."""
    return sorted(key for key in value if not is_internal(key))


def literal(value: Value, depth: int = 0) -> str:
    """Write a value on one line."""
    if depth > DEEPEST:
        return "…"
    match value:
        case Secret() | Output(secret=True):
            return MASK
        case Output(element=element, known=known):
            return literal(element, depth) if known else COMPUTED
        case list():
            return "[" + ", ".join(literal(item, depth + 1) for item in value) + "]"
        case dict():
            items = (f"{clean(key)}: {literal(value[key], depth + 1)}" for key in visible_keys(value))
            return "{" + ", ".join(items) + "}"
        case _:
            return _scalar(value)


def _scalar(value: Value) -> str:
    match value:
        case str():
            return quoted(value)
        case Unknown():
            return COMPUTED
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case Asset() | Archive():
            return _file(value)
        case ResourceReference(urn=urn):
            return f"<{clean(name_of(urn))}>"
        case _:
            return json.dumps(value)


def quoted(text: str) -> str:
    """Write a string in quotes, with what cannot be printed as escapes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\x1b", "\\x1b")
    return f'"{clean(escaped)}"'


def _file(value: Asset | Archive) -> str:
    kind = "asset" if isinstance(value, Asset) else "archive"
    where = value.path or value.uri
    text = value.text if isinstance(value, Asset) else None
    what = clean(where) if where else clip(quoted(text), 40) if text is not None else ""
    return f"{kind}({', '.join(part for part in (what, value.hash[:7]) if part)})"


def block(value: Value, depth: int = 0) -> Iterator[str]:
    """Write a value over as many lines as it needs, nested parts indented by two."""
    line = literal(value)
    if len(line) <= ONE_LINE or depth > DEEPEST or not isinstance(value, list | dict):
        yield line if isinstance(value, list | dict) else clip(line, 4 * ONE_LINE)
        return
    items = (
        [("", item) for item in value]
        if isinstance(value, list)
        else [(f"{clean(key)}: ", value[key]) for key in visible_keys(value)]
    )
    yield "[" if isinstance(value, list) else "{"
    for label, item in items:
        first, *rest = block(item, depth + 1)
        yield f"  {label}{first}"
        yield from (f"  {line}" for line in rest)
    yield "]" if isinstance(value, list) else "}"
