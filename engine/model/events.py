"""Events: everything a person can be shown about a deployment. The deployment writes them, displays read them.

Nothing flows back: a display that is slow, broken or absent changes no outcome.
Source: pulumi/pulumi pkg/engine/events.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from engine.model.state import Op, ResourceState


class Severity(StrEnum):
    """How much a message matters; the strings are Pulumi's."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DiffKind(StrEnum):
    """What happens to one property; the strings are Pulumi's (plugin.DiffKind)."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """One changed property. `path` is Pulumi's property path, e.g. `tags[0]` or `power.address`."""

    path: str
    kind: DiffKind
    input_diff: bool = True


@dataclass(frozen=True, slots=True)
class StepEvent:
    """What one step does to one resource; `old` and `new` as far as they are known."""

    op: Op
    urn: str
    type: str
    old: ResourceState | None = None
    new: ResourceState | None = None
    diffs: tuple[PropertyDiff, ...] = ()
    replace_keys: tuple[str, ...] = ()
    """The top-level inputs that make a replacement necessary."""
    logical: bool = True
    """False for bookkeeping steps that a summary does not count."""
    reason: str = ""
    """Why, where the planner has more to say than the property diff (e.g. 'the provider asks for a replacement')."""


@dataclass(frozen=True, slots=True)
class Prelude:
    """The deployment begins. Config values of secrets are already '[secret]'."""

    stack: str
    project: str
    kind: str
    """preview, update, refresh or destroy."""
    dry_run: bool
    config: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step is being carried out (in a preview: was planned)."""

    step: StepEvent
    at: float
    """Seconds on the deployment's clock."""


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended well; `step.new` holds the outputs. `result` is what a refresh found: same, update or delete."""

    step: StepEvent
    at: float
    result: Op | None = None


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step failed; the reason came before as a Diagnostic of severity error with the same URN."""

    step: StepEvent
    at: float


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message to the person. Ephemeral ones are progress: shown while they are new, kept nowhere."""

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False
    stream: int = 0
    detail: str = ""
    """More than most people want, e.g. a traceback; shown with --debug."""


@dataclass(frozen=True, slots=True)
class OutputsRegistered:
    """A component (the stack included) has its outputs."""

    step: StepEvent
    at: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The person asked to stop; steps in flight are let finish, nothing new begins."""

    second: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The deployment ended. `changes` counts logical steps by operation; `seconds` is its whole time."""

    dry_run: bool
    kind: str
    succeeded: bool
    changes: Mapping[Op, int]
    seconds: float
    resources: int = 0
    """How many resources the stack holds now."""


Event: TypeAlias = (
    Prelude | StepStarted | StepFinished | StepFailed | Diagnostic | OutputsRegistered | Interrupted | Summary
)
