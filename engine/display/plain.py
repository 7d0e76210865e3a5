"""The log: a line when a step begins, one when it ends, progress in between. For pipes, CI, and --diff.

    event ─> Board ─> lines ─> Sink

In a preview a step is one line without a time, for it takes none. Progress is shown when it changes, at most every ten
seconds a resource; the first line at once, and a line that was held back as soon as it may be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Final

from engine.display.board import Board, Phase, Row
from engine.display.options import DisplayOptions
from engine.display.propertydiff import change_lines, property_lines
from engine.display.report import report_lines
from engine.display.sink import Sink
from engine.display.text import Line, clean, duration
from engine.display.tree import change_note
from engine.display.words import DRIFT, MOVED, REPLACING, WORDS, Words
from engine.model.events import (
    Diagnostic,
    Event,
    Interrupted,
    Prelude,
    StepEvent,
    StepFailed,
    StepFinished,
    StepStarted,
)
from engine.model.state import Op

PROGRESS_EVERY: Final = 10.0
"""Seconds between two progress lines of one resource."""
_WITH_PROPERTIES: Final = frozenset({Op.CREATE, Op.CREATE_REPLACEMENT, Op.IMPORT, Op.IMPORT_REPLACEMENT, Op.READ})
_INDENT: Final = " " * 8


@dataclass(slots=True)
class Throttle:
    """Decides which progress lines are shown; the clock is an argument."""

    every: float = PROGRESS_EVERY
    _shown: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    _held: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    _due: float = inf

    def offer(self, urn: str, message: str, now: float) -> bool:
        """Tell whether to show the message now; if it comes too early it is held back."""
        before = self._shown.get(urn)
        if before and before[1] == message:
            self._held.pop(urn, None)
            return False
        if before and now < before[0] + self.every:
            self._held[urn] = (before[0] + self.every, message)
            self._due = min(self._due, before[0] + self.every)
            return False
        self._shown[urn] = (now, message)
        self._held.pop(urn, None)
        return True

    def due(self, now: float) -> list[tuple[str, str]]:
        """Give the messages that were held back long enough, with their URNs."""
        if now < self._due:
            return []
        ready = [(urn, message) for urn, (at, message) in self._held.items() if at <= now]
        for urn, message in ready:
            self._shown[urn] = (now, message)
            del self._held[urn]
        self._due = min((at for at, _ in self._held.values()), default=inf)
        return ready

    def forget(self, urn: str) -> None:
        """Drop what is held back for a resource that is done."""
        self._held.pop(urn, None)


class PlainDisplay:
    """Writes lines as events come; with `diff`, what changes below each step."""

    def __init__(self, options: DisplayOptions, sink: Sink) -> None:
        self._options = options
        self._sink = sink
        self._board = Board(options.redactor, options.debug)
        self._throttle = Throttle()
        self._shown: set[tuple[str, Op]] = set()
        self._named: set[str] = set()
        self._parts: dict[str, StepEvent] = {}
        self._closed = False

    def handle(self, event: Event) -> None:
        """Show one event."""
        row = self._board.apply(event)
        lines = list(self._lines(event, row))
        for urn, message in self._throttle.due(self._options.clock()):
            lines.append(self._progress(self._board.rows[urn], message))
        self._sink.lines(lines)

    def close(self) -> None:
        """Write the diagnostics, the outputs and the summary, also of a deployment that ended early."""
        if self._closed:
            return
        self._closed = True
        rows = self._board.rows
        running = [rows[urn] for urn in self._board.groups[Phase.RUNNING]]
        parts = [step for urn, step in self._parts.items() if (urn, Op.REPLACE) not in self._shown]
        self._sink.lines(
            line for step in parts for line in self._step_lines(step, rows[step.urn], WORDS[step.op].planned)
        )
        self._sink.lines(self._line(row.step, WORDS[row.step.op], "did not finish") for row in running)
        self._sink.lines(report_lines(self._board, outputs=not self._options.suppress_outputs))
        self._sink.flush()

    def _lines(self, event: Event, row: Row | None) -> Iterator[Line]:
        match event:
            case Prelude():
                yield ((self._board.title, "bold"),)
            case StepStarted() if row:
                yield from self._started(event.step, row)
            case StepFinished() if row:
                yield from self._finished(event, row)
            case StepFailed() if row:
                self._throttle.forget(row.urn)
                note = f"({duration(row.elapsed(event.at))})  {row.failure}".rstrip()
                yield self._line(event.step, WORDS[event.step.op], row.status, note, "bold red")
            case Diagnostic(ephemeral=True) if row and row.message:
                if self._throttle.offer(row.urn, row.message, self._options.clock()):
                    yield self._progress(row, row.message)
            case Interrupted(second=True):
                yield (("Stopping at once: the state remembers what was under way.", "yellow"),)
            case Interrupted():
                yield (("Stopping: what is under way is let finish; interrupt again to stop at once.", "yellow"),)
            case _:
                return

    def _started(self, step: StepEvent, row: Row) -> Iterator[Line]:
        """Show the begin of a step; a refresh is shown when it has found something, no change not at all."""
        if step.op in {Op.SAME, Op.REFRESH}:
            return
        if self._board.dry_run:
            yield from self._planned(step, row)
        elif step.op is not Op.REPLACE or step.urn not in self._named:
            yield from self._step_lines(step, row, WORDS[step.op].running)

    def _planned(self, step: StepEvent, row: Row) -> Iterator[Line]:
        """Show a planned step once; the parts of a replacement wait for the step that stands for all of them."""
        if step.op in REPLACING and step.op is not Op.REPLACE:
            self._parts.setdefault(step.urn, step)
        elif (step.urn, step.op) not in self._shown:
            self._shown.add((step.urn, step.op))
            yield from self._step_lines(step, row, WORDS[step.op].planned)

    def _step_lines(self, step: StepEvent, row: Row, status: str) -> Iterator[Line]:
        changes = row.changes()
        note = clean(step.reason) if self._options.diff and changes else change_note(row)
        yield self._line(step, WORDS[step.op], status, note)
        if self._options.diff and changes:
            yield from change_lines(changes, _INDENT)
        elif self._options.diff and step.op in _WITH_PROPERTIES and step.new:
            yield from property_lines(step.new.inputs, "+", _INDENT)

    def _finished(self, event: StepFinished, row: Row) -> Iterator[Line]:
        self._throttle.forget(row.urn)
        step = event.step
        if step.op is Op.REFRESH:
            yield from self._refreshed(step, row)
        elif self._board.dry_run:
            yield from self._started(step, row)
        elif step.op is not Op.SAME and (step.op is not Op.REPLACE or row.urn not in self._named):
            words = WORDS[step.op]
            yield self._line(step, words, words.done, f"({duration(row.elapsed(event.at))})")

    def _refreshed(self, step: StepEvent, row: Row) -> Iterator[Line]:
        """Show what a refresh saw; outputs that moved by themselves only where every difference is asked for."""
        if row.result is not None:
            yield self._line(step, DRIFT[row.result], row.status, "seen in reality")
            yield from change_lines(row.changes() if row.result is Op.UPDATE else (), _INDENT)
        elif row.moved and self._options.diff:
            yield self._line(step, MOVED, MOVED.done)
            yield from change_lines(row.changes(), _INDENT)

    def _progress(self, row: Row, message: str) -> Line:
        return self._line(row.step, WORDS[row.step.op], message)

    def _line(self, step: StepEvent, words: Words, status: str, note: str = "", style: str = "") -> Line:
        row = self._board.rows[step.urn]
        self._named.add(step.urn)
        since = duration(self._board.now - (self._board.began or 0.0))
        return (
            (" " if self._board.dry_run else f"{since:>7}  ", "dim"),
            (f"{words.sign:2}  ", words.style),
            (row.address, ""),
            (f" {status}", style or words.style),
            (f"  {note}" if note else "", ""),
        )
