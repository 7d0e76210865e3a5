"""Steps: what a deployment does, one resource at a time. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.model.events import PropertyDiff, StepEvent
from engine.model.state import Op, ResourceState

_BOOKKEEPING = frozenset({Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.DISCARD_REPLACED, Op.REMOVE_PENDING_REPLACE})


@dataclass(frozen=True, slots=True)
class Keyed:
    """A state and its place in the snapshot (see `engine.model.journal`)."""

    key: str
    state: ResourceState


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `old` is what the snapshot holds, `new` what it shall hold, outputs still to come."""

    op: Op
    urn: str
    type: str
    old: Keyed | None = None
    new: ResourceState | None = None
    diffs: tuple[PropertyDiff, ...] = ()
    replace_keys: tuple[str, ...] = ()
    reason: str = ""
    ignore_changes: tuple[str, ...] = ()
    pending_delete: bool = False
    """A create that leaves its predecessor behind, to be deleted when everything else is done."""
    delete_first: bool = False
    """A delete that its replacement follows: the old state stays, marked, until the new one is there."""
    skipped: bool = False
    """A goal that the targets leave out: nothing is done, and nothing recorded that was not there."""

    def event(self, new: ResourceState | None = None) -> StepEvent:
        """Show the step; `new` stands in for the planned state once the real one is known."""
        old = self.old.state if self.old else None
        shown = new or self.new
        logical = self.op not in _BOOKKEEPING
        return StepEvent(self.op, self.urn, self.type, old, shown, self.diffs, self.replace_keys, logical, self.reason)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one goal comes to: steps in order, the last of which gives the program its answer."""

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    """Each a sentence; a plan with errors is not carried out."""
    dependents_condemned: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """URNs that this plan deletes because a dependency is replaced first, with the inputs that made it necessary."""
