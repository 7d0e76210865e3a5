"""What to delete, in which order, and what to look at. Pure.

A resource is deleted after everything that needs it; what needs nothing of each other is deleted at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.model.state import PROVIDER_PREFIX, Op, ResourceState
from engine.plan.graph import needs
from engine.plan.steps import Keyed, Step
from engine.plan.targets import Targets


@dataclass(frozen=True, slots=True)
class Deletion:
    """Steps; for each step's key the keys that must be gone first; and what stands against it, as (URN, sentence)."""

    steps: tuple[Step, ...]
    after: Mapping[str, tuple[str, ...]]
    errors: tuple[tuple[str, str], ...] = ()


def plan_deletes(left: list[Keyed], targets: Targets) -> Deletion:
    """Plan the deletion of `left`; with targets, only of those that are named."""
    chosen = [keyed for keyed in left if _chosen(keyed, targets)]
    doomed = {keyed.state.urn for keyed in chosen}
    leaving = {keyed.state.urn for keyed in chosen if not keyed.state.delete}
    keys = {keyed.key for keyed in chosen}
    errors = [
        (keyed.state.urn, _PROTECTED)
        for keyed in chosen
        if keyed.state.protect and not keyed.state.delete and not keyed.state.pending_replacement
    ]
    if targets.given:
        errors += _left_hanging([keyed for keyed in left if keyed.key not in keys], leaving)
    steps = tuple(_delete_step(keyed, doomed) for keyed in reversed(chosen))
    return Deletion(steps, _order(chosen), tuple(errors))


_PROTECTED = (
    "it is protected and can't be deleted: take `protect` out of its options, run `pulumi up`, and try again;"
    " nothing was deleted"
)


def _chosen(keyed: Keyed, targets: Targets) -> bool:
    return not targets.given or targets.match(keyed.state.urn)


def _left_hanging(others: list[Keyed], leaving: set[str]) -> list[tuple[str, str]]:
    """Find who would miss one of the `leaving` resources; a replaced one's URN lives on and is missed by nobody."""
    return [
        (keyed.state.urn, f"it needs {urn}, which is to be deleted; target it too, or use --target-dependents")
        for keyed in others
        for urn in dict.fromkeys(needs(keyed.state))
        if urn in leaving
    ]


def _delete_step(keyed: Keyed, doomed: set[str]) -> Step:
    state = keyed.state
    if state.pending_replacement:
        op = Op.REMOVE_PENDING_REPLACE
    elif state.external:
        op = Op.DISCARD_REPLACED if state.delete else Op.DISCARD
    else:
        op = Op.DELETE_REPLACED if state.delete else Op.DELETE
    goes_along = state.deleted_with in doomed
    reason = f"it goes with {state.deleted_with}" if goes_along else ""
    return Step(op, state.urn, state.type, keyed, reason=reason, skipped=goes_along)


def _order(chosen: list[Keyed]) -> dict[str, tuple[str, ...]]:
    """Give for each key the keys of those that need it, and must therefore go first.

    What is needed stands before what needs it. A later namesake is another generation, which this one never needed:
    waiting for it, too, would let two generations that need each other crosswise wait forever.
    """
    by_urn: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for keyed in chosen:
        for urn in dict.fromkeys(needs(keyed.state)):
            for key in by_urn.get(urn, ()):
                after.setdefault(key, []).append(keyed.key)
        by_urn.setdefault(keyed.state.urn, []).append(keyed.key)
    return {key: tuple(others) for key, others in after.items()}


def plan_refreshes(entries: list[Keyed], targets: Targets) -> list[Step]:
    """List the looks to take: one for each resource that a provider can be asked about."""
    return [
        Step(Op.REFRESH, keyed.state.urn, keyed.state.type, keyed, keyed.state)
        for keyed in entries
        if _refreshable(keyed.state) and _chosen(keyed, targets)
    ]


def _refreshable(state: ResourceState) -> bool:
    own = state.custom and not state.type.startswith(PROVIDER_PREFIX)
    return own and not state.pending_replacement and not state.delete


def without(state: ResourceState, gone: set[str]) -> ResourceState:
    """Take resources that are gone out of a state's references."""
    if gone.isdisjoint(needs(state)):
        return state
    return replace(
        state,
        dependencies=tuple(urn for urn in state.dependencies if urn not in gone),
        property_dependencies={
            key: tuple(urn for urn in urns if urn not in gone) for key, urns in state.property_dependencies.items()
        },
        deleted_with="" if state.deleted_with in gone else state.deleted_with,
        parent="" if state.parent in gone else state.parent,
    )
