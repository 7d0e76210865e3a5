"""Comparing properties: what the engine can say by itself, without a provider. Pure.

Secrets are compared by what they hold; internal properties (`__*`) and how a value was stored take no part.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.events import DiffKind, PropertyDiff
from engine.model.values import Properties, Secret, Unknown, Value
from engine.plan.paths import Path, contains, format_path, parse_key, parse_path


def is_internal(key: str) -> bool:
    """Tell whether a property belongs to Pulumi's own machinery."""
    return key.startswith("__")


def same_value(old: Value, new: Value) -> bool:
    """Tell whether two values are equal, secrets opened; an unknown equals nothing, not even an unknown."""
    old, new = _open(old), _open(new)
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_value(item, new[key]) for key, item in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_value, old, new))
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return old == new


def diff_properties(old: Properties, new: Properties, *, inputs: bool = True) -> tuple[PropertyDiff, ...]:
    """List what differs between two property maps, by path, in the order in which a person reads them."""
    return tuple(PropertyDiff(format_path(path), kind, inputs) for path, kind in _walk_objects(old, new, (), top=True))


def _open(value: Value) -> Value:
    while isinstance(value, Secret):
        value = value.element
    return value


def _walk_objects(old: Properties, new: Properties, path: Path, *, top: bool) -> Iterator[tuple[Path, DiffKind]]:
    for key in [*old, *(key for key in new if key not in old)]:
        if top and is_internal(key):
            continue
        if key not in new:
            yield (*path, key), DiffKind.DELETE
        elif key not in old:
            yield (*path, key), DiffKind.ADD
        else:
            yield from _walk(old[key], new[key], (*path, key))


def _walk(old: Value, new: Value, path: Path) -> Iterator[tuple[Path, DiffKind]]:
    old, new = _open(old), _open(new)
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _walk_objects(old, new, path, top=False)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _walk_lists(old, new, path)
    elif not same_value(old, new):
        yield path, DiffKind.UPDATE


def _walk_lists(old: list[Value], new: list[Value], path: Path) -> Iterator[tuple[Path, DiffKind]]:
    for index in range(max(len(old), len(new))):
        if index >= len(new):
            yield (*path, index), DiffKind.DELETE
        elif index >= len(old):
            yield (*path, index), DiffKind.ADD
        else:
            yield from _walk(old[index], new[index], (*path, index))


_REPLACING = {
    DiffKind.ADD: DiffKind.ADD_REPLACE,
    DiffKind.DELETE: DiffKind.DELETE_REPLACE,
    DiffKind.UPDATE: DiffKind.UPDATE_REPLACE,
}


def mark_replacing(diffs: tuple[PropertyDiff, ...], keys: tuple[str, ...]) -> tuple[PropertyDiff, ...]:
    """Mark the diffs that lie below one of `keys` as the ones that force a replacement."""
    patterns = [parse_key(key) for key in keys]
    return tuple(
        PropertyDiff(diff.path, _REPLACING.get(diff.kind, diff.kind), diff.input_diff)
        if any(contains(pattern, parse_path(diff.path)) for pattern in patterns)
        else diff
        for diff in diffs
    )


def matching_keys(diffs: tuple[PropertyDiff, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Name the top-level properties of those diffs that one of the patterns (replaceOnChanges) covers."""
    wanted = [parse_path(pattern) for pattern in patterns]
    found = {
        str(path[0]): None
        for path in (parse_path(diff.path) for diff in diffs)
        if any(contains(pattern, path) or contains(path, pattern) or pattern == ("*",) for pattern in wanted)
    }
    return tuple(found)
