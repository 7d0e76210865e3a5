"""The controller as one object: changes in transactions, each with all that follows from it.

    change ─> advance to now ─> the caller's changes ─> advance ─> commit ─> store ─> subscribers
                                     └ raise ─> rollback

Thread-safe by one lock. Subscribers (provisioner, watchers) are called after the commit by the thread that made it,
outside of the lock and before `transaction` ends: with a source that is instant, all has happened when a call is
answered.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from lab.juju.life.advance import advance, next_due
from lab.juju.life.index import Index
from lab.juju.pace import Scale
from lab.juju.provision import MachineSource
from lab.juju.world import World
from lab.maas.world import Change


class Store(Protocol):
    """Where committed changes go before a call is answered."""

    def append(self, changes: list[Change]) -> None:
        """Write the rows that one transaction touched."""

    def close(self) -> None:
        """Write no more."""


@dataclass(frozen=True, slots=True)
class Served:
    """A call that was served, for call budgets; `model` is "" on a controller login."""

    model: str
    facade: str
    version: int
    method: str


class Service:
    """One controller: its world, its clock (seconds since the epoch), where its machines come from, its store.

    `scale` gives how long a real duration (s) takes at the lab's pace. `served` and `logins` (user, model) are the
    server's to fill. `generation` grows with every commit that touched rows.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float],
        source: MachineSource,
        *,
        scale: Scale,
        store: Store | None = None,
    ) -> None:
        self.world = world
        self.source = source
        self.generation = 0
        self.served: list[Served] = []
        self.logins: list[tuple[str, str]] = []
        self._clock = clock
        self._scale = scale
        self._store = store
        self._lock = threading.RLock()
        self._depth = 0
        self._index = Index(world)
        self._subscribers: dict[int, Callable[[], None]] = {}
        self._subscribed = 0

    def now(self) -> float:
        return self._clock()

    @contextmanager
    def transaction(self) -> Generator[World]:
        """Let the caller change the world; what follows happens too. All is undone when the caller raises.

        One within another one is a part of it.
        """
        with self._lock:
            if self._depth:
                yield self.world
                return
            self._depth += 1
            try:
                changed = yield from self._changing()
            finally:
                self._depth -= 1
        if changed:
            self._tell()

    def _changing(self) -> Generator[World, None, bool]:
        try:
            advance(self.world, self.now(), self._scale, self._index)
            yield self.world
            advance(self.world, self.now(), self._scale, self._index)
        except BaseException:
            touched = self._index.sync(self.world)
            self.world.rollback()
            self._index.restore(self.world, touched)
            raise
        changes = self.world.commit()
        if changes:
            self.generation += 1
            if self._store:
                self._store.append(changes)
        return bool(changes)

    def _tell(self) -> None:
        for callback in list(self._subscribers.values()):
            callback()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called after each commit that changed something, from any thread; how to end that."""
        with self._lock:
            self._subscribed += 1
            number = self._subscribed
            self._subscribers = {**self._subscribers, number: callback}
        return lambda: self._unsubscribe(number)

    def _unsubscribe(self, number: int) -> None:
        with self._lock:
            self._subscribers = {each: held for each, held in self._subscribers.items() if each != number}

    def next_due(self) -> float | None:
        """When something happens next by itself (seconds of the clock); None when nothing is under way."""
        with self._lock:
            return next_due(self.world, self._index)

    def close(self) -> None:
        """End the store; the world stays readable."""
        with self._lock:
            if self._store:
                self._store.close()
                self._store = None
