"""The board as a tree of lines, as many as fit. Pure; costs what it shows, not what it leaves out.

groups ──(the most telling rows first, up to the height)──> sorted by key ──> guides · columns ──> lines
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from engine.display.board import Board, Phase, Row
from engine.display.propertydiff import short_change
from engine.display.text import Line, cells, clean, clip, count, duration, fit, pad
from engine.model.events import Severity
from engine.model.state import Op

_PHASE_STYLES = {Phase.FAILED: "bold red", Phase.RUNNING: "cyan", Phase.CHANGED: "", Phase.SAME: "dim"}
_WIDEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Guides:
    """The strokes of a tree."""

    down: str
    branch: str
    last: str


UNICODE_GUIDES = Guides("│  ", "├─ ", "└─ ")
ASCII_GUIDES = Guides("|  ", "|- ", "`- ")


@dataclass(frozen=True, slots=True)
class Frame:
    """What limits a picture. `now` is in seconds on the deployment's clock.

    Height None is the last picture: all that changed, and what still runs did not finish.
    """

    width: int
    height: int | None
    now: float
    guides: Guides = UNICODE_GUIDES


def tree_lines(board: Board, frame: Frame) -> list[Line]:
    """Draw the board: a headline, the rows that fit, and how many were left out."""
    rows = _chosen(board, frame)
    labels = [guide + row.name for guide, row in zip(_guides(rows, frame.guides), rows, strict=True)]
    name_width = min(max(map(cells, labels), default=0), _WIDEST_NAME, max(frame.width // 3, 12))
    type_width = min(max((cells(row.type) for row in rows), default=0), max(frame.width // 4, 10))
    lines = [_headline(board, frame.now)]
    lines += [_row_line(row, label, name_width, type_width, frame) for row, label in zip(rows, labels, strict=True)]
    lines += _rest(board, len(rows), sum(row.phase is Phase.SAME for row in rows))
    return [fit(line, frame.width) for line in lines]


def _headline(board: Board, now: float) -> Line:
    since = f"  {duration(now - board.began)}" if board.began is not None else ""
    stopping: Line = (("  stopping: what is under way is let finish", "yellow"),) if board.interrupted else ()
    return ((board.title, "bold"), (since, "dim"), *stopping)


def _candidates(board: Board) -> Iterator[Row]:
    """Yield the rows in the order of their claim; the newest of those that are done come first."""
    groups = board.groups
    for urns in (groups[Phase.FAILED], groups[Phase.RUNNING], reversed(groups[Phase.CHANGED])):
        yield from (board.rows[urn] for urn in urns)


def _chosen(board: Board, frame: Frame) -> list[Row]:
    total = len(board.rows)
    room = total if frame.height is None else max(frame.height - 3, 1)
    chosen = {row.urn: row for row in islice(_candidates(board), room)}
    for row in list(chosen.values()):
        missing = [item for item in _ancestors(board, row) if item.urn not in chosen]
        if len(chosen) + len(missing) <= room:
            chosen.update((item.urn, item) for item in missing)
    if frame.height is not None:
        same = (board.rows[urn] for urn in board.groups[Phase.SAME] if urn not in chosen)
        chosen.update((row.urn, row) for row in islice(same, max(room - len(chosen), 0)))
    return sorted(chosen.values(), key=attrgetter("key"))


def _ancestors(board: Board, row: Row) -> Iterator[Row]:
    state = row.step.new or row.step.old
    seen = {row.urn}
    while state and state.parent not in seen and (parent := board.rows.get(state.parent)):
        seen.add(parent.urn)
        yield parent
        state = parent.step.new or parent.step.old


def _guides(rows: list[Row], guides: Guides) -> list[str]:
    """Draw what stands before each name; a row hangs on the nearest ancestor that is shown."""
    depths: list[int] = []
    path: list[tuple[int, ...]] = []
    for row in rows:
        while path and row.key[: len(path[-1])] != path[-1]:
            path.pop()
        depths.append(len(path))
        path.append(row.key)
    drawn: list[str] = []
    going_on: set[int] = set()  # the depths at which a sibling follows below
    for depth in reversed(depths):
        going_on = {level for level in going_on if level <= depth}
        bars = "".join(guides.down if level in going_on else "   " for level in range(1, depth))
        drawn.append(bars + (guides.branch if depth in going_on else guides.last) if depth else "")
        going_on.add(depth)
    return drawn[::-1]


def _row_line(row: Row, label: str, name_width: int, type_width: int, frame: Frame) -> Line:
    words, style = row.words, _PHASE_STYLES[row.phase]
    status = "did not finish" if row.phase is Phase.RUNNING and frame.height is None else row.status
    if row.phase is not Phase.SAME and not row.planned:
        status += f" ({duration(row.elapsed(frame.now))})"
    info = _info(row)
    return (
        (f"{words.sign:2} ", words.style),
        (pad(clip(label, name_width), name_width) + "  ", "dim" if row.phase is Phase.SAME else ""),
        (pad(clip(row.type, type_width), type_width) + "  ", "dim"),
        (status, style or words.style),
        (f"  {info}" if info else "", "red" if row.phase is Phase.FAILED else ""),
    )


def _info(row: Row) -> str:
    """Say the most telling thing about a row: why it failed, what it is doing, what changes."""
    if row.phase is Phase.FAILED:
        return row.failure
    if row.phase is Phase.RUNNING:
        return row.message
    if row.op is Op.REFRESH and row.result:
        return drift_note(row)
    return change_note(row)


def drift_note(row: Row) -> str:
    """Say what a refresh saw: the first difference, and how many more."""
    if row.result is not Op.UPDATE or not row.changes():
        return "seen in reality"
    first, *others = row.changes()
    more = f" and {len(others)} more" if others else ""
    return f"seen in reality: {short_change(first)}{more}"


def change_note(row: Row) -> str:
    """Name the top-level properties that a row's step changes: `[diff: ~tags, +zone]`."""
    if row.op not in {Op.UPDATE, Op.REPLACE, Op.IMPORT}:
        return ""
    signs: dict[str, str] = {}
    for change in row.changes():
        whole = len(change.path) == 1 and change.top not in signs
        signs[change.top] = change.sign if whole else "~"
    return f"[diff: {', '.join(sign + clean(key) for key, sign in signs.items())}]" if signs else clean(row.step.reason)


def _rest(board: Board, shown: int, shown_same: int) -> list[Line]:
    same = len(board.groups[Phase.SAME]) - shown_same
    more = len(board.rows) - shown - same
    parts = [f"{same} unchanged"] if same else []
    parts += [f"{more} more"] if more else []
    lines: list[Line] = [((f"   … {', '.join(parts)}", "dim"),)] if parts else []
    errors, warnings = board.severities[Severity.ERROR], board.severities[Severity.WARNING]
    found = [count(errors, "error")] if errors else []
    found += [count(warnings, "warning")] if warnings else []
    return [*lines, ((f"   {', '.join(found)}", "yellow"),)] if found else lines
