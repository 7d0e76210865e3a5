"""What a step changes, property by property. Pure.

    StepEvent ─(paths from the provider, else compared here)─> Change(path, old, new) down to the leaves

A secret ends a path: the change is named where the secret begins, and neither side of it is kept.
`input_diff` compares inputs; without it, the old outputs are compared with the new inputs.
Source: pulumi/pulumi pkg/resource/plugin (PropertyDiff).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from engine.display.literals import DEEPEST, is_internal
from engine.model.events import DiffKind, PropertyDiff, StepEvent
from engine.model.state import Op, ResourceState
from engine.model.values import Output, Properties, Secret, Unknown, Value, flatten_outputs, strip_secrets
from engine.plan.paths import Path, contains, format_path, parse_path


@dataclass(frozen=True, slots=True)
class Absent:
    """The property is not there (which is not the same as null)."""


ABSENT: Final = Absent()
Side: TypeAlias = Value | Absent
_HIDDEN: Final = Secret(None)
"""Stands in for a secret once its place is known, so that nothing downstream holds the text."""
_FOUND: Final = frozenset({Op.REFRESH, Op.READ, Op.READ_REPLACEMENT})
_ADDS: Final = frozenset({DiffKind.ADD, DiffKind.ADD_REPLACE})
_DELETES: Final = frozenset({DiffKind.DELETE, DiffKind.DELETE_REPLACE})
_REPLACES: Final = frozenset({DiffKind.ADD_REPLACE, DiffKind.DELETE_REPLACE, DiffKind.UPDATE_REPLACE})


@dataclass(frozen=True, slots=True)
class Change:
    """One property that changes. `sign` is + ~ or -."""

    path: Path
    sign: str
    old: Side = ABSENT
    new: Side = ABSENT
    replaces: bool = False
    hidden: bool = False
    """The resource's hideDiff option covers it: the path is shown, the values are not."""

    @property
    def name(self) -> str:
        """The path as it is written in programs."""
        return format_path(self.path)

    @property
    def top(self) -> str:
        """The property of the resource that the path begins with."""
        return str(next(iter(self.path), ""))


def step_changes(step: StepEvent) -> tuple[Change, ...]:
    """List what a step changes, by path in order; empty where it has no two sides to compare."""
    old, new = step.old, step.new
    if old is None or new is None:
        return ()
    found: dict[Path, Change] = {}
    for diff in step.diffs:
        for change in _from_diff(step, diff, old, new):
            found.setdefault(change.path, change)
    if not found:
        found = {change.path: change for change in _compared(step, old, new)}
    veiled = {item.path: item for item in (_veiled(step, change) for change in found.values())}
    return tuple(_marked(veiled[path], step) for path in sorted(veiled, key=_order))


def outputs_alone(step: StepEvent, changes: tuple[Change, ...]) -> bool:
    """Tell whether a refresh saw nothing that a program asks for: only outputs moved, such as a status.

    Of a resource without inputs nobody knows.
    """
    old, new = step.old, step.new
    if old is None or new is None or not old.inputs or compare(old.inputs, new.inputs):
        return False
    return not {change.top for change in changes} & {*old.inputs, *new.inputs}


def compare(old: Properties, new: Properties) -> tuple[Change, ...]:
    """List the differences between two property maps, by path in order."""
    return tuple(sorted(_walk((), old, new), key=lambda change: _order(change.path)))


def _compared(step: StepEvent, old: ResourceState, new: ResourceState) -> tuple[Change, ...]:
    if step.op in _FOUND:
        return compare(old.outputs, new.outputs) or compare(old.inputs, new.inputs)
    return compare(old.inputs, new.inputs)


def visible_path(step: StepEvent, text: str) -> str:
    """Cut a property path where a secret begins: the names inside an object that is secret are secret too."""
    path = _steps(text)
    cut = _secret_in(step, path)
    return text if cut is None or cut == len(path) else format_path(path[:cut])


def _veiled(step: StepEvent, change: Change) -> Change:
    """Hide a change where any side of the resource has a secret: an output often repeats a secret input in clear."""
    cut = _secret_in(step, change.path)
    if cut is None:
        return change
    sign = change.sign if cut == len(change.path) else "~"
    old = ABSENT if sign == "+" else _HIDDEN
    return replace(change, path=change.path[:cut], sign=sign, old=old, new=ABSENT if sign == "-" else _HIDDEN)


def _secret_in(step: StepEvent, path: Path) -> int | None:
    """Give how many steps of the path lead to the first secret in any of the resource's properties."""
    sides = [side for state in (step.old, step.new) if state for side in (state.inputs, state.outputs)]
    cut = min((_secret_at(side, path) for side in sides), default=len(path))
    return cut if any(_is_secret(_lookup(side, path[:cut])) for side in sides) else None


def _order(path: Path) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in path)


def _marked(change: Change, step: StepEvent) -> Change:
    hide = step.new.hide_diff if step.new else ()
    hidden = any(contains(_steps(path), change.path) for path in hide)
    replaces = change.replaces or change.top in step.replace_keys
    return replace(change, replaces=replaces, hidden=hidden)


def _steps(text: str) -> Path:
    try:
        return parse_path(text)
    except ValueError:  # a provider may answer anything: then the whole text is the name
        return (text,)


def _from_diff(step: StepEvent, diff: PropertyDiff, old: ResourceState, new: ResourceState) -> Iterator[Change]:
    path = _steps(diff.path)
    if any(map(is_internal, path)):
        return
    pairs = _pairs(step.op, old, new, input_diff=diff.input_diff)
    path, before, after = next((sides for sides in (_sides(path, *pair) for pair in pairs) if _tells(sides)), None) or (
        _sides(path, *pairs[0])
    )
    replaces = diff.kind in _REPLACES
    changes = list(_walk(path, before, after))
    if not changes:
        changes = [Change(path, _sign_of(diff.kind), before, after)]
    yield from (replace(item, replaces=replaces) for item in changes)


def _pairs(
    op: Op, old: ResourceState, new: ResourceState, *, input_diff: bool
) -> tuple[tuple[Properties, Properties], ...]:
    inputs, outputs = (old.inputs, new.inputs), (old.outputs, new.outputs)
    if op in _FOUND:
        return (inputs, outputs) if input_diff else (outputs, inputs)
    return (inputs, outputs) if input_diff else ((old.outputs, new.inputs), inputs, outputs)


def _sides(path: Path, old: Properties, new: Properties) -> tuple[Path, Side, Side]:
    """Look both sides up, the path cut where a secret begins on either."""
    cut = min(_secret_at(old, path), _secret_at(new, path))
    path = path[:cut]
    return path, _lookup(old, path), _lookup(new, path)


def _tells(sides: tuple[Path, Side, Side]) -> bool:
    _, old, new = sides
    return not (isinstance(old, Absent) and isinstance(new, Absent)) and not _same(old, new)


def _sign_of(kind: DiffKind) -> str:
    return "+" if kind in _ADDS else "-" if kind in _DELETES else "~"


def _inside(value: Side, step: str | int) -> Side:
    if isinstance(value, Output) and not value.secret and value.known:
        value = value.element
    if isinstance(value, dict):
        return value.get(str(step), ABSENT)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return ABSENT


def _lookup(value: Side, path: Path) -> Side:
    for step in path:
        value = _inside(value, step)
    return value


def _secret_at(value: Side, path: Path) -> int:
    for depth, step in enumerate(path):
        if _is_secret(value):
            return depth
        value = _inside(value, step)
    return len(path)


def _is_secret(value: Side) -> bool:
    return isinstance(value, Secret) or (isinstance(value, Output) and value.secret)


def _same(old: Side, new: Side) -> bool:
    if isinstance(old, Absent) or isinstance(new, Absent):
        return isinstance(old, Absent) and isinstance(new, Absent)
    old, new = strip_secrets(flatten_outputs(old)), strip_secrets(flatten_outputs(new))
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _walk(path: Path, old: Side, new: Side) -> Iterator[Change]:
    """Go down while both sides have the same shape; give what differs."""
    if _is_secret(old) or _is_secret(new):
        if not _same(old, new):
            yield _change(
                path, old if isinstance(old, Absent) else _HIDDEN, new if isinstance(new, Absent) else _HIDDEN
            )
    elif len(path) < DEEPEST and isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if not is_internal(key):
                yield from _walk((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif len(path) < DEEPEST and isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _walk((*path, index), _inside(old, index), _inside(new, index))
    elif not _same(old, new):
        yield _change(path, old, new)


def _change(path: Path, old: Side, new: Side) -> Change:
    return Change(path, "+" if isinstance(old, Absent) else "-" if isinstance(new, Absent) else "~", old, new)
