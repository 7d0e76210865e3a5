"""Which dependents must go when a resource is deleted before it is replaced. Pure, asks Diff.

A dependent goes if its own replacement would follow: its provider is replaced, it is deleted with a replaced resource,
or its provider says that a change of the inputs that came from a replaced resource replaces it.
"""

from __future__ import annotations

from engine.model.state import ResourceState
from engine.model.values import UNKNOWN, Properties
from engine.plan.diffing import diff_properties, mark_replacing, matching_keys
from engine.plan.graph import provider_urn
from engine.plan.questions import Asking, Diff, ask_diff
from engine.plan.steps import Keyed


def condemned_dependents(root: ResourceState, dependents: list[Keyed]) -> Asking[list[tuple[Keyed, tuple[str, ...]]]]:
    """List the dependents to delete with `root`, in dependency order, each with the inputs that made it necessary."""
    replaced = {root.urn}
    found: list[tuple[Keyed, tuple[str, ...]]] = []
    for dependent in dependents:
        keys = yield from _replacement_keys(dependent.state, replaced)
        if keys is not None:
            replaced.add(dependent.state.urn)
            found.append((dependent, keys))
    return found


def _replacement_keys(state: ResourceState, replaced: set[str]) -> Asking[tuple[str, ...] | None]:
    if not state.custom or state.external:
        return None
    if provider_urn(state.provider) in replaced or state.deleted_with in replaced:
        return ()
    news: Properties = dict(state.inputs)
    touched = [
        key for key, urns in state.property_dependencies.items() if key in news and not replaced.isdisjoint(urns)
    ]
    if not touched:
        return None
    news.update(dict.fromkeys(touched, UNKNOWN))
    answer = yield from ask_diff(
        Diff(state.provider, state.urn, state.type, state.id, state.inputs, state.outputs, news, state.ignore_changes)
    )
    changes = mark_replacing(diff_properties(state.inputs, news), tuple(touched))
    keys = (*answer.replaces, *matching_keys(changes, state.replace_on_changes))
    return tuple(dict.fromkeys(keys)) if keys else None
