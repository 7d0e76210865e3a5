"""Who needs whom in a snapshot. Pure.

A resource needs its parent, its provider, its dependencies, and what it is deleted with. Replacement order, deletion
order and target closures all follow from this one relation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.model.state import ResourceState


def provider_urn(reference: str) -> str:
    """Give the URN in a provider reference `<urn>::<id>`; empty for none."""
    return reference.rsplit("::", 1)[0] if reference else ""


def provider_id(reference: str) -> str:
    """Give the id in a provider reference `<urn>::<id>`; empty for none."""
    return reference.rsplit("::", 1)[1] if reference else ""


def needs(state: ResourceState) -> Iterator[str]:
    """Yield the URNs of what this resource needs; some may come twice."""
    if state.parent:
        yield state.parent
    if state.provider:
        yield provider_urn(state.provider)
    yield from state.dependencies
    for urns in state.property_dependencies.values():
        yield from urns
    if state.deleted_with:
        yield state.deleted_with


class Dependents:
    """The relation turned round: who needs this URN, directly or through others."""

    def __init__(self, states: Iterable[ResourceState]) -> None:
        self._order: list[ResourceState] = []
        self._direct: dict[str, list[ResourceState]] = {}
        for state in states:
            if state.delete:
                continue
            self._order.append(state)
            for urn in set(needs(state)):
                self._direct.setdefault(urn, []).append(state)

    def direct(self, urn: str) -> list[ResourceState]:
        """List who needs the URN directly, in the snapshot's order."""
        return self._direct.get(urn, [])

    def closure(self, urns: Iterable[str]) -> set[str]:
        """Give the URNs of all that need any of `urns`, those excluded unless they need each other."""
        found: set[str] = set()
        todo = list(urns)
        while todo:
            for state in self.direct(todo.pop()):
                if state.urn not in found:
                    found.add(state.urn)
                    todo.append(state.urn)
        return found

    def ordered(self, urn: str) -> list[ResourceState]:
        """List all that need the URN, each after what it needs itself."""
        inside = self.closure([urn])
        return [state for state in self._order if state.urn in inside]
