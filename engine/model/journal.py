"""The journal: what happened during a deployment, entry by entry, and how a snapshot is folded from it. Pure.

Every resource has a key: `b<n>` for the n-th resource of the base snapshot, `n<m>` for what this deployment put.
New resources stand first, in the order in which they were put (each needed resource was put before), then what is left
of the base, in its own order. A begin without an end is an operation whose outcome is unknown: it becomes a pending
operation of the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.model.snapshot import Snapshot
from engine.model.state import Operation, ResourceState
from engine.plan.graph import needs


@dataclass(frozen=True, slots=True)
class Begin:
    """An effect is about to be asked for; on disk before it is."""

    number: int
    operation: Operation


@dataclass(frozen=True, slots=True)
class End:
    """The effect's outcome is known, well or badly."""

    number: int


@dataclass(frozen=True, slots=True)
class Put:
    """A resource is now like this. A known key keeps its place, a new one goes last; `removes` leave the snapshot.

    `retires` stay, marked as to be deleted: what a replacement leaves behind. One entry tells it all, so no kill comes
    between a new resource and the mark on its predecessor.
    """

    key: str
    state: ResourceState
    removes: tuple[str, ...] = ()
    retires: tuple[str, ...] = ()
    ends: int | None = None
    """The number of the Begin whose outcome this is: outcome and end are one entry, so no kill comes between them."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A base resource was registered again and is exactly as it was: it moves among the new ones."""

    key: str


@dataclass(frozen=True, slots=True)
class Drop:
    """A resource is gone."""

    key: str
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """A pending operation of the base is settled: its resource was made, found or given up."""

    urn: str
    type: str


Entry: TypeAlias = Begin | End | Put | Keep | Drop | Settle


class Ledger:
    """A snapshot under change: apply entries, ask for the snapshot at any time."""

    def __init__(self, base: Snapshot) -> None:
        self._base = base
        self._old = {f"b{index}": state for index, state in enumerate(base.resources)}
        self._new: dict[str, ResourceState] = {}
        self._open: dict[int, Operation] = {}
        self._pending = list(base.pending)
        self._renamed: dict[str, str] = {}

    def apply(self, entry: Entry) -> None:
        """Take one entry into account.

        Raises
        ------
        KeyError: the entry speaks of a resource that isn't there; the journal belongs to another snapshot.

        """
        match entry:
            case Begin(number=number, operation=operation):
                self._open[number] = operation
            case End(number=number):
                self._close(number)
            case Put():
                self._put(entry)
            case Keep(key=key):
                self._new[key] = self._old.pop(key)
            case Drop(key=key, ends=ends):
                self._remove(key)
                self._close(ends)
            case Settle(urn=urn, type=type_):
                self._settle(urn, type_)

    def _settle(self, urn: str, type_: str) -> None:
        self._pending = [op for op in self._pending if (op.resource.urn, op.type) != (urn, type_)]

    def _put(self, entry: Put) -> None:
        for key in entry.removes:
            before = self.get(key).urn
            if before != entry.state.urn:
                self._renamed[before] = entry.state.urn
            self._remove(key)
        for key in entry.retires:
            self._set(key, replace(self.get(key), delete=True))
        self._set(entry.key, entry.state)
        if entry.ends in self._open and self._open[entry.ends].type == "creating":
            # in the same entry, so that no kill leaves the earlier attempt open beside what this one made of it
            self._settle(entry.state.urn, "creating")
        self._close(entry.ends)

    def _set(self, key: str, state: ResourceState) -> None:
        if key in self._old:
            self._old[key] = state
        else:
            self._new[key] = state

    def _close(self, number: int | None) -> None:
        if number is not None:
            self._open.pop(number, None)

    def _remove(self, key: str) -> None:
        if self._old.pop(key, None) is None:
            del self._new[key]

    def get(self, key: str) -> ResourceState:
        """Give the state under a key."""
        return self._new[key] if key in self._new else self._old[key]

    def entries(self) -> list[tuple[str, ResourceState]]:
        """List keys and states in the snapshot's order."""
        return [*self._new.items(), *self._old.items()]

    def left(self) -> list[tuple[str, ResourceState]]:
        """List what nobody has put or kept since the base."""
        return list(self._old.items())

    def snapshot(self) -> Snapshot:
        """Give the snapshot as it is now."""
        new, old = self._new.values(), self._old.values()
        if self._renamed:
            taken = {state.urn for state in new}
            dangling = {before: now for before, now in self._renamed.items() if before not in taken}
            new = [_follow(state, dangling) for state in new]
            old = [_follow(state, self._renamed) for state in old]
        pending = (*self._pending, *self._open.values())
        return replace(self._base, resources=tuple(in_order([*new, *old])), pending=pending)

    def pending(self, urn: str) -> list[Operation]:
        """List the operations of the base on this resource whose end is unknown."""
        return [operation for operation in self._pending if operation.resource.urn == urn]


def in_order(resources: list[ResourceState]) -> list[ResourceState]:
    """Move up what stands after a resource that needs it; all else stays in its order.

    Targets bring this about: what they leave alone is registered, what it needs by its old state need not be.
    """
    living = {state.urn: place for place, state in enumerate(resources) if not state.delete}
    before = [[living[urn] for urn in dict.fromkeys(needs(state)) if urn in living] for state in resources]
    if all(max(places, default=-1) < place for place, places in enumerate(before)):
        return resources
    order: dict[int, None] = {}
    for first in range(len(resources)):
        path = {first: None}
        while path:  # a loop and no recursion: chains can be long; a circle is cut where it closes
            place = next(reversed(path))
            missing = next((other for other in before[place] if other not in order and other not in path), None)
            if missing is None:
                order[place] = path.pop(place)
            else:
                path[missing] = None
    return [resources[place] for place in order]


def _follow(state: ResourceState, renamed: Mapping[str, str]) -> ResourceState:
    """Let a state's references follow the resources that an alias gave a new URN.

    What the deployment put itself speaks of today's URNs: an old one may be another resource's by now.
    """

    def now(urn: str) -> str:
        return renamed.get(urn, urn)

    urn, _, identity = state.provider.rpartition("::")
    return replace(
        state,
        parent=now(state.parent),
        provider=f"{now(urn)}::{identity}" if urn else "",
        dependencies=tuple(map(now, state.dependencies)),
        property_dependencies={key: tuple(map(now, urns)) for key, urns in state.property_dependencies.items()},
        deleted_with=now(state.deleted_with),
        replace_with=tuple(map(now, state.replace_with)),
    )


def fold(base: Snapshot, entries: Iterable[Entry]) -> Snapshot:
    """Give the snapshot that `entries` make of `base`."""
    ledger = Ledger(base)
    for entry in entries:
        ledger.apply(entry)
    return ledger.snapshot()
