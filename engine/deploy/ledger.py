"""The deployment's memory: the snapshot under change, and its journal on disk.

entry ─> journal (durable) ─> Ledger (in memory) ─> snapshot

A preview has no journal; its ledger forgets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count

from engine.model.journal import Begin, Drop, End, Entry, Keep, Ledger, Put, Settle
from engine.model.snapshot import Snapshot
from engine.model.state import Op, Operation, ResourceState
from engine.plan.steps import Keyed

Write = Callable[[Entry], Awaitable[None]]
"""Writes one entry, returning when it is safe on disk."""

OPERATIONS = {
    Op.CREATE: "creating",
    Op.CREATE_REPLACEMENT: "creating",
    Op.UPDATE: "updating",
    Op.DELETE: "deleting",
    Op.DELETE_REPLACED: "deleting",
    Op.READ: "reading",
    Op.READ_REPLACEMENT: "reading",
}


async def forget(entry: Entry) -> None:
    """Write nothing: what a preview does."""
    del entry


class Book:
    """The ledger and its journal, with keys and numbers given out."""

    def __init__(self, base: Snapshot, write: Write = forget) -> None:
        self._ledger = Ledger(base)
        self._write = write
        self._numbers = count(1)
        self._keys = count(0)
        self._current: dict[str, str] = {}

    def snapshot(self) -> Snapshot:
        """Give the snapshot as it is now."""
        return self._ledger.snapshot()

    def entries(self) -> list[Keyed]:
        """List all resources with their keys, in the snapshot's order."""
        return [Keyed(key, state) for key, state in self._ledger.entries()]

    def left(self) -> list[Keyed]:
        """List what the program has not named (yet)."""
        return [Keyed(key, state) for key, state in self._ledger.left()]

    def key_of(self, urn: str) -> str:
        """Give the key under which this deployment put a resource; '' if it did not yet."""
        return self._current.get(urn, "")

    def new_key(self) -> str:
        """Give a key for a resource that is not in the snapshot yet."""
        return f"n{next(self._keys)}"

    async def begin(self, op: Op, state: ResourceState) -> int | None:
        """Write down what is about to be asked of a provider; None where the step asks for no effect."""
        kind = OPERATIONS.get(op)
        if kind is None:
            return None
        number = next(self._numbers)
        await self._record(Begin(number, Operation(state, kind)))
        return number

    async def end(self, number: int | None) -> None:
        """Write down that the outcome is known."""
        if number is not None:
            await self._record(End(number))

    async def put(
        self,
        key: str,
        state: ResourceState,
        removes: tuple[str, ...] = (),
        ends: int | None = None,
        *,
        retires: tuple[str, ...] = (),
    ) -> None:
        """Write down what a resource is now, what it takes the place of, and that the operation `ends` did it."""
        if not (state.delete or state.pending_replacement):
            self._current[state.urn] = key
        await self._record(Put(key, state, removes, retires, ends))

    async def keep(self, key: str) -> None:
        """Write down that a resource was registered again, unchanged."""
        self._current[self._ledger.get(key).urn] = key
        await self._record(Keep(key))

    async def drop(self, key: str, ends: int | None = None) -> None:
        """Write down that a resource is gone."""
        await self._record(Drop(key, ends))

    async def settle(self, urn: str, *, created: bool) -> None:
        """Write down that what an earlier deployment left pending is settled: the resource was looked after again.

        A pending create is settled by nothing less than a create: what it may have made is not in the snapshot.
        """
        for type_ in dict.fromkeys(operation.type for operation in self._ledger.pending(urn)):
            if created or type_ != "creating":
                await self._record(Settle(urn, type_))

    async def _record(self, entry: Entry) -> None:
        # Memory first: entries are applied in the order in which they were given, however long the disk takes.
        self._ledger.apply(entry)
        await self._write(entry)
