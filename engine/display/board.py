"""The fold: events in, the board out, one row per resource. No clock, no I/O.

    Prelude · StepStarted · StepFinished · StepFailed · Diagnostic · OutputsRegistered · Summary ──> Board

Rows are kept in groups (failed, running, changed, same), so that a display can show the ones that matter without
looking at the thousands that do not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from engine.display.changes import Change, outputs_alone, step_changes
from engine.display.redact import Redactor
from engine.display.text import clean
from engine.display.words import DRIFT, KIND_WORDS, REPLACING, WORDS, Words
from engine.model.events import (
    Diagnostic,
    Event,
    Interrupted,
    OutputsRegistered,
    Prelude,
    Severity,
    StepEvent,
    StepFailed,
    StepFinished,
    StepStarted,
    Summary,
)
from engine.model.state import STACK_TYPE, Op
from engine.model.urn import build, name_of
from engine.model.values import Properties

_TOP: Final = (0,)


class Phase(Enum):
    """How far a row is; the order is the one in which rows claim a place on a small screen."""

    FAILED = "failed"
    RUNNING = "running"
    CHANGED = "changed"
    """Planned or done."""
    SAME = "same"


@dataclass(slots=True)
class Row:
    """What is shown of one resource."""

    urn: str
    type: str
    name: str
    key: tuple[int, ...]
    """The places of its ancestors and its own; rows sorted by it are the tree."""
    step: StepEvent
    op: Op
    phase: Phase = Phase.SAME
    planned: bool = False
    started: float = 0.0
    ended: float | None = None
    message: str = ""
    """The newest progress line."""
    failure: str = ""
    """The first line of the first error."""
    result: Op | None = None
    """What a refresh found, where that is a drift."""
    moved: bool = False
    """A refresh found other outputs, and no drift."""
    _compared: tuple[StepEvent, tuple[Change, ...]] | None = None

    @property
    def address(self) -> str:
        """The resource as messages name it: its type and name."""
        return f"{self.type} ({self.name})"

    @property
    def words(self) -> Words:
        """The words for the row's operation."""
        if self.op is Op.REFRESH and self.result is not None and self.result in DRIFT:
            return DRIFT[self.result]
        return WORDS[self.op]

    @property
    def status(self) -> str:
        """How far the row is, in words."""
        if self.phase is Phase.FAILED:
            return f"{WORDS[self.step.op].planned} failed"
        if self.phase is Phase.RUNNING:
            return WORDS[self.step.op].running
        return self.words.planned if self.planned else self.words.done

    def elapsed(self, now: float) -> float:
        """Seconds since the resource was begun, or that it took."""
        return (self.ended if self.ended is not None else max(now, self.started)) - self.started

    def changes(self) -> tuple[Change, ...]:
        """List what the row's step changes in its properties; compared once a step, for a live display asks often."""
        if self._compared is None or self._compared[0] is not self.step:
            self._compared = (self.step, step_changes(self.step))
        return self._compared[1]


@dataclass(slots=True)
class Board:
    """A deployment as far as it has come."""

    redactor: Redactor
    debug: bool = False
    prelude: Prelude | None = None
    summary: Summary | None = None
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    groups: dict[Phase, dict[str, None]] = field(default_factory=lambda: {phase: {} for phase in Phase})
    """URNs by phase, in the order in which they came there."""
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    """What is kept; messages are redacted."""
    severities: Counter[Severity] = field(default_factory=Counter[Severity])
    """How many messages of each severity were kept."""
    outputs: tuple[Properties | None, Properties] | None = None
    """The stack's outputs before (None: there were none to compare with) and after."""
    moved: int = 0
    """How many resources have other outputs, and no drift."""
    interrupted: bool = False
    began: float | None = None
    now: float = 0.0
    """The newest moment that an event told, in seconds on the deployment's clock."""
    stack_urn: str = ""
    """Whose are the messages that name no resource."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing is really done."""
        return self.prelude is not None and self.prelude.dry_run

    @property
    def title(self) -> str:
        """What is being done, and to which stack."""
        doing = KIND_WORDS.get(self.kind, ("Deploying", ""))[0]
        stack = f" {self.prelude.project}/{self.prelude.stack}" if self.prelude else ""
        return clean(f"{doing}{stack}") + (" (preview)" if self.dry_run and self.kind != "preview" else "")

    @property
    def kind(self) -> str:
        """The deployment's kind: preview, update, refresh or destroy."""
        return self.prelude.kind if self.prelude else "update"

    def apply(self, event: Event) -> Row | None:
        """Take one event in; give the row that it touched."""
        match event:
            case StepStarted(step=step, at=at):
                return self._started(step, self._at(at))
            case StepFinished(step=step, at=at, result=result):
                return self._finished(step, self._at(at), result)
            case StepFailed(step=step, at=at):
                return self._failed(step, self._at(at))
            case Diagnostic():
                return self._diagnosed(event)
            case OutputsRegistered(step=step, at=at):
                self._at(at)
                return self._outputs(step)
            case Prelude():
                self.prelude = event
                self.stack_urn = build(event.stack, event.project, "", STACK_TYPE, f"{event.project}-{event.stack}")
            case Summary():
                self.summary = event
            case Interrupted():
                self.interrupted = True
        return None

    def _at(self, at: float) -> float:
        self.began = at if self.began is None else self.began
        self.now = max(self.now, at)
        return at

    def _row(self, step: StepEvent, at: float) -> Row:
        row = self.rows.get(step.urn)
        if row is not None:
            return row
        state = step.new or step.old
        parent = self.rows.get(state.parent) if state else None
        key = (*(parent.key if parent else _TOP), len(self.rows) + 1)
        row = Row(step.urn, clean(step.type), clean(name_of(step.urn)), key, step, step.op, started=at)
        self.rows[step.urn] = row
        return row

    def _move(self, row: Row, phase: Phase) -> Row:
        self.groups[row.phase].pop(row.urn, None)
        row.phase = phase
        self.groups[phase][row.urn] = None
        return row

    def _take(self, row: Row, step: StepEvent) -> None:
        row.step = step
        row.op = Op.REPLACE if step.op in REPLACING else step.op

    def _started(self, step: StepEvent, at: float) -> Row:
        row = self._row(step, at)
        if _changes_nothing(step, row):
            return row
        if row.ended is not None or row.phase is Phase.SAME:
            replacing = row.op is Op.REPLACE and step.op in REPLACING
            row.started, row.ended = (row.started if replacing else at), None
        self._take(row, step)
        if step.op is Op.SAME:
            return self._settle(row, at)
        row.result, row.moved = None, False
        row.planned = self.dry_run
        return self._move(row, Phase.CHANGED if self.dry_run and step.op is not Op.REFRESH else Phase.RUNNING)

    def _finished(self, step: StepEvent, at: float, result: Op | None) -> Row:
        row = self._row(step, at)
        if _changes_nothing(step, row):
            return row
        self._take(row, step)
        if step.op is Op.REFRESH:
            row.moved = result is Op.UPDATE and outputs_alone(step, row.changes())
            row.result = result if result in DRIFT and not row.moved else None
            self.moved += row.moved
        row.planned = self.dry_run and step.op is not Op.REFRESH
        if step.type == STACK_TYPE and step.op in {Op.REFRESH, Op.DELETE} and step.old:
            after = step.new.outputs if step.new and step.op is Op.REFRESH else {}
            self.outputs = (step.old.outputs, after)
        return self._settle(row, at)

    def _settle(self, row: Row, at: float) -> Row:
        """End a step: sort the row by what came of it."""
        row.ended = at
        row.message = ""
        same = row.op is Op.SAME or (row.op is Op.REFRESH and row.result is None)
        return self._move(row, Phase.SAME if same else Phase.CHANGED)

    def _failed(self, step: StepEvent, at: float) -> Row:
        row = self._row(step, at)
        row.step, row.ended, row.planned = step, at, False
        row.op = Op.REPLACE if step.op in REPLACING else step.op
        return self._move(row, Phase.FAILED)

    def _diagnosed(self, event: Diagnostic) -> Row | None:
        if event.severity is Severity.DEBUG and not self.debug:
            return None
        message = self.redactor.redact(event.message)
        row = self.rows.get(event.urn or self.stack_urn)
        if event.ephemeral:
            if row is not None:
                row.message = _headline(message)
            return row
        detail = self.redactor.redact(event.detail) if self.debug else ""
        self.severities[event.severity] += 1
        self.diagnostics.append(Diagnostic(event.severity, message, event.urn, stream=event.stream, detail=detail))
        if row is not None and event.severity is Severity.ERROR and not row.failure:
            row.failure = _headline(message)
        return row

    def _outputs(self, step: StepEvent) -> Row | None:
        if step.type == STACK_TYPE and step.new is not None:
            self.outputs = (step.old.outputs if step.old else None, step.new.outputs)
        return self.rows.get(step.urn)


def _changes_nothing(step: StepEvent, row: Row) -> bool:
    """Tell whether to leave a row as it is: a step without a change does not hide what an earlier one found."""
    return step.op is Op.SAME and row.phase is not Phase.SAME


def _headline(message: str) -> str:
    """Give the first line of a message that says anything."""
    return next((clean(line.strip()) for line in message.splitlines() if line.strip()), "")
