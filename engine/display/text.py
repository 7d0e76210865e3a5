"""Lines of coloured text: what every display is made of. Pure.

A line is a tuple of spans, a span a text and the name of its style; `paint` turns it into characters for a terminal.
Text that others wrote goes through `clean`, so that it can neither move the cursor nor break the layout.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

Span: TypeAlias = tuple[str, str]
Line: TypeAlias = tuple[Span, ...]

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
    "bold red": "1;31",
}
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
ELLIPSIS = "…"


def plain(line: Line) -> str:
    """Give a line's characters without its styles."""
    return "".join(text for text, _ in line)


def paint(line: Line, *, color: bool) -> str:
    """Give a line's characters, coloured or not, without trailing blanks."""
    if not color:
        return plain(line).rstrip()
    return "".join(f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if style and text else text for text, style in line)


def clean(text: str) -> str:
    """Make others' text fit for one line: escape sequences go, what cannot be printed is written as an escape."""
    if text.isprintable():
        return text
    text = _ESCAPE_SEQUENCE.sub("", text).expandtabs(4)
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def clean_lines(text: str) -> list[str]:
    """Make others' text fit for several lines; blank ones at the end go."""
    lines = [clean(line).rstrip() for line in text.rstrip().splitlines()]
    return lines or [""]


def _escaped(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def clip(text: str, width: int) -> str:
    """Shorten a text to so many characters, the last of which says that there was more."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + ELLIPSIS


def cells(text: str) -> int:
    """Measure a text in columns of a terminal: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(line: Line, width: int) -> Line:
    """Cut a line to so many columns."""
    if sum(cells(text) for text, _ in line) <= width:
        return line
    kept: list[Span] = []
    left = width - 1
    for text, style in line:
        part = _head(text, left)
        kept.append((part, style))
        left -= cells(part)
        if part != text:
            break
    return (*kept, (ELLIPSIS, "")) if width > 0 else ()


def _head(text: str, width: int) -> str:
    for at, char in enumerate(text):
        width -= _cell(char)
        if width < 0:
            return text[:at]
    return text


def pad(text: str, width: int) -> str:
    """Fill a text with blanks to so many columns."""
    return text + " " * max(width - cells(text), 0)


def duration(seconds: float) -> str:
    """Write a span of time: 0.4s, 34s, 2m05s, 1h02m."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def count(number: int, noun: str) -> str:
    """Write a number of things: 1 warning, 2 warnings."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
