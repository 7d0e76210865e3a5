"""Property paths: `a.b[0]`, `a["x.y"]`, `a[*]`. Parse, print, match, and set.

Source: the Pulumi documentation on property paths. Pure.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from engine.model.values import Properties, Secret, Value, make_secret

Part: TypeAlias = str | int
Path: TypeAlias = tuple[Part, ...]

_TOKEN = re.compile(
    r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\[(?P<star>\*)\]"""
)
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*\Z")


def parse_path(text: str) -> Path:
    """Take a path apart; '*' matches any one part.

    Raises
    ------
    ValueError: the text is no path; the message shows where it stops making sense.

    """
    parts: list[Part] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise ValueError(
                f'{text!r} is not a property path: after {text[:at]!r} expected .name, [0], ["name"] or [*]'
            )
        at = match.end()
        if match["index"] is not None:
            parts.append(int(match["index"]))
        elif match["quoted"] is not None:
            parts.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        else:
            parts.append(match["name"] or match["star"])
    if not parts:
        raise ValueError("'' is not a property path: it names no property")
    return tuple(parts)


def parse_key(text: str) -> Path:
    """Take a provider's word for a property: a path, or, where it is none, the name of one property."""
    try:
        return parse_path(text)
    except ValueError:
        return (text,)


def format_path(path: Path) -> str:
    """Print a path the way Pulumi does."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.match(part):
            text += f".{part}" if text else part
        else:
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def contains(pattern: Path, path: Path) -> bool:
    """Tell whether `path` is, or lies below, what `pattern` names."""
    if len(pattern) > len(path):
        return False
    return all(want in ("*", part) for want, part in zip(pattern, path, strict=False))


def reset_paths(news: Properties, olds: Properties, patterns: tuple[str, ...]) -> Properties:
    """Give `news` with every property that a pattern names set back to its old value (or taken out, if it had none)."""
    result: Value = dict(news)
    for text in patterns:
        result = _reset(result, olds, parse_path(text))
    return result if isinstance(result, dict) else news


def _reset(new: Value, old: Value, path: Path) -> Value:
    if not path:
        return old
    if isinstance(new, Secret):
        return make_secret(_reset(new.element, old, path))
    if isinstance(old, Secret):  # a part of it gets into the new value, which must not show it
        return make_secret(_reset(new, old.element, path))
    head, rest = path[0], path[1:]
    if head == "*" and isinstance(new, dict):
        keys = [*new, *(key for key in (old if isinstance(old, dict) else {}) if key not in new)]
        for key in keys:
            new = _reset_key(new, old, key, rest)
        return new
    if head == "*" and isinstance(new, list):
        for index in range(len(new)):
            new = _reset(new, old, (index, *rest))
        return new
    if isinstance(head, str) and isinstance(new, dict):
        return _reset_key(new, old, head, rest)
    if isinstance(head, int) and isinstance(new, list) and isinstance(old, list) and head < min(len(new), len(old)):
        return [*new[:head], _reset(new[head], old[head], rest), *new[head + 1 :]]
    return new


def _reset_key(new: dict[str, Value], old: Value, key: str, rest: Path) -> dict[str, Value]:
    has_old = isinstance(old, dict) and key in old
    if not rest and not has_old:
        return {name: item for name, item in new.items() if name != key}
    if not has_old or (rest and key not in new):  # what was added or removed as a whole is no change inside of it
        return new
    before = old[key] if isinstance(old, dict) else None
    return {**new, key: _reset(new[key], before, rest) if rest else before}
