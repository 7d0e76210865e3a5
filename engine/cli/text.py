"""How the quiet commands write: tables, ages, JSON, and messages on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from engine.cli.options import Options

_UNITS = (
    (31_536_000, "year"),
    (2_592_000, "month"),
    (604_800, "week"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)
_COLORS = {"error": "\x1b[31m", "warning": "\x1b[33m", "info": "\x1b[36m"}
_RESET = "\x1b[0m"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Set rows in columns under a header; a cell of several lines keeps its column."""
    cells = [[cell.split("\n") for cell in row] for row in (header, *rows)]
    widths = [max(len(line) for row in cells for line in row[column]) for column in range(len(header))]
    lines: list[str] = []
    for row in cells:
        for at in range(max(len(cell) for cell in row)):
            parts = [cell[at] if at < len(cell) else "" for cell in row]
            text = "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True))
            lines.append(f"{indent}{text}".rstrip())
    return "\n".join(lines)


def age(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was."""
    seconds = int((now - moment).total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "now" if seconds < 2 else f"{seconds} seconds ago"


def json_text(value: object) -> str:
    """Write JSON for people: indented, order kept."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def colored(stream: TextIO, color: str, env: Mapping[str, str] = os.environ) -> bool:
    """Tell whether to colour what goes to a stream."""
    if color in {"always", "never"}:
        return color == "always"
    return color != "raw" and stream.isatty() and "NO_COLOR" not in env and env.get("TERM") != "dumb"


def say(severity: str, message: str, options: Options | None = None) -> None:
    """Write one message to stderr, its severity in colour on a terminal."""
    label = f"{severity}:"
    if colored(sys.stderr, options.color if options else "auto"):
        label = f"{_COLORS[severity]}{label}{_RESET}"
    sys.stderr.write(f"{label} {message}\n")


def warn(message: str) -> None:
    """Write a warning to stderr."""
    say("warning", message)
