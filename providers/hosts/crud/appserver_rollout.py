"""One at a time: the servers of a cluster are updated in their order, and none after one that failed.

Updates arrive from many threads, in any order -> they gather for a moment -> `next_up` chooses -> one runs. The
engine creates and updates everything at once that it can; that a cluster never has two servers down is decided here.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from providers.hosts.errors import HostError

GATHER = 0.5
"""Seconds without a new arrival after which the order is decided: the engine asks for all at the same moment."""


@dataclass(frozen=True, order=True)
class Turn:
    """A server that waits: its place in the cluster, then its arrival, decide."""

    place: int
    arrival: int
    server: str


class NotTouchedError(HostError):
    """A server that was left alone because one before it failed."""


def next_up(waiting: Iterable[Turn]) -> Turn:
    """Choose the first of those that wait."""
    return min(waiting)


class Rollout:
    """The updates of one cluster in one run. Safe for many threads."""

    def __init__(self, cluster: str, now: Callable[[], float] = time.monotonic, gather: float = GATHER) -> None:
        self._cluster = cluster
        self._now = now
        self._gather = gather
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []
        self._arrivals = 0
        self._last = 0.0
        self._busy = False
        self._failed = ""

    @contextmanager
    def turn(self, place: int, server: str) -> Generator[None]:
        """Wait for this server's turn and hold it; raises NotTouchedError once another one failed."""
        self._enter(place, server)
        try:
            yield
        except BaseException:
            self._leave(failed=server)
            raise
        self._leave()

    def _enter(self, place: int, server: str) -> None:
        with self._changed:
            own = Turn(place, self._arrivals, server)
            self._arrivals += 1
            self._last = self._now()
            self._waiting.append(own)
            while not self._failed and (rest := self._wait(own)) != 0:
                self._changed.wait(rest)
            self._waiting.remove(own)
            if self._failed:
                raise NotTouchedError(
                    f"{server} was not touched: the servers of {self._cluster} are updated one after another, and"
                    f" {self._failed} failed"
                )
            self._busy = True

    def _wait(self, own: Turn) -> float | None:
        """Say how long to wait: 0 when it is this one's turn, None until another one leaves."""
        if self._busy:
            return None
        left = self._last + self._gather - self._now()
        if left > 0:
            return left
        return 0 if next_up(self._waiting) == own else None

    def _leave(self, failed: str = "") -> None:
        with self._changed:
            self._busy = False
            self._failed = self._failed or failed
            self._changed.notify_all()


_lock = threading.Lock()
_rollouts: dict[str, Rollout] = {}


def of(cluster: str) -> Rollout:
    """Give the process's rollout of a cluster: a provider process lives for one run."""
    with _lock:
        return _rollouts.setdefault(cluster, Rollout(cluster))


def forget() -> None:
    """Begin another run in the same process."""
    with _lock:
        _rollouts.clear()
