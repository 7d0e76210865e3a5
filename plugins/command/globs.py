"""Globs of `assetPaths` and `archivePaths`, and which of some paths they choose. Pure.

patterns (`!` excludes; the last that matches decides) + paths ─> chosen paths

Syntax, as the official plugin has it: * and ? stop at /, ** does not, [abc] [a-z] [!abc], {one,two}, backslash escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


class GlobError(ValueError):
    """A pattern that cannot be read."""


def chosen(patterns: Sequence[str], paths: Iterable[str]) -> list[str]:
    """Give the paths (relative, parted by /) that the patterns choose, in order.

    Raises
    ------
    GlobError: names the pattern and what is wrong with it.

    """
    rules = [(compiled(pattern.removeprefix("!")), not pattern.startswith("!")) for pattern in patterns]
    return [path for path in sorted(paths) if _decided(rules, path)]


def _decided(rules: Sequence[tuple[re.Pattern[str], bool]], path: str) -> bool:
    taken = False
    for rule, includes in rules:
        if rule.fullmatch(path):
            taken = includes
    return taken


_TOKEN = re.compile(
    r"(?P<deep>\*\*)|(?P<star>\*)|(?P<any>\?)|\[(?P<not>[!^]?)(?P<set>[^\]]+)\]|\\(?P<raw>.)", re.DOTALL
)


def compiled(pattern: str) -> re.Pattern[str]:
    """Turn one glob, without its `!`, into a regular expression for whole paths."""
    out: list[str] = []
    place = depth = 0
    while place < len(pattern):
        if match := _TOKEN.match(pattern, place):
            out.append(_translated(match))
            place = match.end()
            continue
        piece, depth = _literal(pattern[place], depth)
        out.append(piece)
        place += 1
    if depth:
        raise GlobError(f"the glob {pattern!r} has a {{ without its }}")
    return _regex(pattern, "".join(out))


def _regex(pattern: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise GlobError(f"the glob {pattern!r} cannot be read: {error}") from error


def _translated(match: re.Match[str]) -> str:
    if match["deep"]:
        return ".*"
    if match["star"]:
        return "[^/]*"
    if match["any"]:
        return "[^/]"
    if match["set"]:
        members = re.sub(r"([\\\[\]^&~|])", r"\\\1", match["set"])
        return f"[{'^' if match['not'] else ''}{members}]"
    return re.escape(match["raw"])


def _literal(char: str, depth: int) -> tuple[str, int]:
    if char == "{":
        return "(?:", depth + 1
    if char == "}" and depth:
        return ")", depth - 1
    if char == "," and depth:
        return "|", depth
    return re.escape(char), depth
