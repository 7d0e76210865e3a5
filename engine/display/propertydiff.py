"""Changes as lines: `~ tags[0]: "a" => "b"  [replaces]`. Pure.

Strings are compared for the reader: over several lines as a line diff, JSON as the object that it is, a long one around
the place where it differs.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from engine.display.changes import Absent, Change, Side, compare
from engine.display.literals import ONE_LINE, block, literal, quoted, visible_keys
from engine.display.text import ELLIPSIS, Line, clean, clip
from engine.model.values import Properties, Value

SIGN_STYLES = {"+": "green", "-": "red", "~": "yellow"}
_AROUND = 20
"""Characters shown on each side of a difference in a long string."""
_CONTEXT = 2
"""Unchanged lines shown around a difference in a text."""
_MOST_LINES = 2_000
"""Longer texts are not compared line by line; it would take longer than reading them."""
_LONGEST_JSON = 100_000


def change_lines(changes: Iterable[Change], indent: str = "") -> Iterator[Line]:
    """Write changes, one or more lines each."""
    for change in changes:
        yield from _change_lines(change, indent)


def short_change(change: Change) -> str:
    """Write a change on one line, without its sign."""
    return f"{clean(change.name)}: {_one_line(change)}"


def property_lines(properties: Properties, sign: str, indent: str = "") -> Iterator[Line]:
    """Write whole properties, e.g. those of a new resource."""
    yield from change_lines((Change((key,), sign, new=properties[key]) for key in visible_keys(properties)), indent)


def _change_lines(change: Change, indent: str) -> Iterator[Line]:
    style = SIGN_STYLES.get(change.sign, "")
    head = ((indent, ""), (f"{change.sign} ", style), (f"{clean(change.name)}: ", ""))
    mark: Line = (("  [replaces]", "magenta"),) if change.replaces else ()
    first, *rest = _body(change)
    yield (*head, *first, *mark)
    yield from (((f"{indent}    ", ""), *line) for line in rest)


def _body(change: Change) -> Iterator[Line]:
    """Give what stands after the path: the first line, then those below it."""
    texts = _texts(change)
    if texts and (changes := _json_changes(*texts)):
        yield (("(json)", "dim"),)
        yield from change_lines(changes)
    elif texts and "\n" in texts[0] + texts[1]:
        yield (("(text)", "dim"),)
        yield from _line_diff(*texts)
    elif not change.hidden and change.sign != "~":
        value = change.new if isinstance(change.old, Absent) else change.old
        yield from (((line, ""),) for line in _block(value))
    else:
        yield ((_one_line(change), ""),)


def _texts(change: Change) -> tuple[str, str] | None:
    old, new = change.old, change.new
    return (old, new) if not change.hidden and isinstance(old, str) and isinstance(new, str) else None


def _block(value: Side) -> Iterator[str]:
    if isinstance(value, Absent):
        yield "(no value)"
    else:
        yield from block(value)


def _one_line(change: Change) -> str:
    if change.hidden:
        return "(hidden)"
    old, new = change.old, change.new
    if isinstance(old, str) and isinstance(new, str):
        return " => ".join(around(old, new))
    if change.sign == "~" and not isinstance(old, Absent) and not isinstance(new, Absent):
        return f"{_clipped(old)} => {_clipped(new)}"
    return _clipped(new if isinstance(old, Absent) else old)


def _clipped(value: Side) -> str:
    return "(no value)" if isinstance(value, Absent) else clip(literal(value), ONE_LINE)


def around(old: str, new: str) -> tuple[str, str]:
    """Quote two strings, long ones shortened to the place where they differ."""
    if max(len(old), len(new)) <= ONE_LINE:
        return quoted(old), quoted(new)
    limit = min(len(old), len(new))
    head = next((at for at in range(limit) if old[at] != new[at]), limit)
    tail = next((at for at in range(limit - head) if old[-1 - at] != new[-1 - at]), limit - head)
    return _excerpt(old, head, tail), _excerpt(new, head, tail)


def _excerpt(text: str, head: int, tail: int) -> str:
    start = max(head - _AROUND, 0)
    stop = min(len(text) - tail + _AROUND, len(text))
    shown = text[start:stop]
    if len(shown) > 2 * ONE_LINE:
        shown = shown[:ONE_LINE] + ELLIPSIS + shown[-ONE_LINE:]
    return ("…" if start else "") + quoted(shown) + ("…" if stop < len(text) else "")


def _json_changes(old: str, new: str) -> tuple[Change, ...]:
    """Compare two strings as JSON; empty where one is none, or where only the layout differs."""
    try:
        before, after = _parsed(old), _parsed(new)
        if isinstance(before, dict) and isinstance(after, dict):
            return compare(before, after)
        if isinstance(before, list) and isinstance(after, list):
            return tuple(replace(item, path=item.path[1:]) for item in compare({"": before}, {"": after}))
    except RecursionError:  # JSON nested so deeply is shown as the string that it is
        return ()
    return ()


def _parsed(text: str) -> Value:
    """Read a JSON object or list; None for anything else."""
    if text.lstrip()[:1] not in ("{", "[") or len(text) > _LONGEST_JSON:
        return None
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return cast("Value", value)


def _line_diff(old: str, new: str) -> Iterator[Line]:
    before, after = old.splitlines(), new.splitlines()
    if before == after:
        yield (("(only the line ends differ)", "dim"),)
        return
    if len(before) + len(after) > _MOST_LINES:
        yield ((f"{len(before)} lines => {len(after)} lines", ""),)
        return
    matcher = difflib.SequenceMatcher(None, before, after)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield (("  ⋮", "dim"),)
        for tag, i1, i2, j1, j2 in group:
            yield from _hunk(tag, before[i1:i2], after[j1:j2])


def _hunk(tag: str, before: list[str], after: list[str]) -> Iterator[Line]:
    if tag == "equal":
        yield from ((("  " + _text_line(line), "dim"),) for line in before)
        return
    yield from ((("- " + _text_line(line), "red"),) for line in before)
    yield from ((("+ " + _text_line(line), "green"),) for line in after)


def _text_line(line: str) -> str:
    return clip(clean(line), 2 * ONE_LINE)
