"""Diff: what changed between two sets of inputs, and whether that replaces the resource. Pure.

old inputs + new inputs ─> {path: Change} ─> the answer's changes, diffs, replaces, detailedDiff

Facts, all of them what the official plugin answers: a secret counts as one value (its inside is never compared by
path, so no secret's structure shows); `triggers` replaces where the whole list comes or goes, while a change of one
element is told as an update that the SDK's own `replace_on_changes=["triggers[*]"]` turns into a replacement; a
resource without an update (CopyFile) is replaced by every change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from plugins.command.shapes import Resource
from plugins.command.values import Properties, Value, same

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


Kind = Literal["ADD", "DELETE", "UPDATE"]


@dataclass(frozen=True, slots=True)
class Change:
    """How one path changed."""

    kind: Kind
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Every changed path; paths as Pulumi writes them: a.b, a[0], a["b.c"]."""

    paths: dict[str, Change]

    @property
    def names(self) -> list[str]:
        """The properties that changed, in order."""
        return sorted({_top(path) for path in self.paths})

    @property
    def replaces(self) -> list[str]:
        """The properties whose change replaces the resource, in order."""
        return sorted({_top(path) for path, change in self.paths.items() if change.replaces})


def diff(resource: Resource, old: Properties, new: Properties, state: Properties, ignore: Sequence[str]) -> Changes:
    """Compare two sets of inputs; for the names in `ignore` the state's value stands for the new one."""
    kept = {name: state[name] for name in ignore if name in state}
    # `version` and names with two underscores are the engine's own
    news = {key: item for key, item in {**new, **kept}.items() if key != "version" and not key.startswith("__")}
    return Changes({path: _replacing(resource, path, kind) for path, kind in _object_changes(old, news, "")})


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _replacing(resource: Resource, path: str, kind: Kind) -> Change:
    known = resource.inputs.properties.get(path)
    return Change(kind, not resource.updates or (known is not None and known.replaces))


_Changes = Iterator[tuple[str, Kind]]


def _object_changes(old: Properties, new: Properties, prefix: str) -> _Changes:
    for key in sorted(old.keys() | new.keys()):
        place = _joined(prefix, key)
        if key not in new:
            yield place, "DELETE"
        elif key not in old:
            yield place, "ADD"
        else:
            yield from _changes(old[key], new[key], place)


def _joined(prefix: str, key: str) -> str:
    if not prefix:
        return key
    return f"{prefix}.{key}" if _NAME.fullmatch(key) else f"{prefix}[{json.dumps(key, ensure_ascii=False)}]"


def _changes(old: Value, new: Value, place: str) -> _Changes:
    match old, new:
        case dict(), dict():
            yield from _object_changes(old, new, place)
        case list(), list():
            yield from _list_changes(old, new, place)
        case _ if not same(old, new):
            yield place, "UPDATE"
        case _:
            pass


def _list_changes(old: list[Value], new: list[Value], place: str) -> _Changes:
    for index in range(max(len(old), len(new))):
        if index >= len(new):
            yield f"{place}[{index}]", "DELETE"
        elif index >= len(old):
            yield f"{place}[{index}]", "ADD"
        else:
            yield from _changes(old[index], new[index], f"{place}[{index}]")
