"""Reads that many ask for at once, answered by one list call.

`get(kind, fetch)` -> the shared list of this kind, fetched at most once per `MAX_AGE` seconds and never served to a
caller who could know that it is outdated: `wrote(kind, about)` after an own write makes lists begun before it stale
for those who ask about that object, or about all. Clock injected.

So what another person does is seen at most `MAX_AGE` seconds late, and what this process does at once.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar, cast

T = TypeVar("T")

MAX_AGE = 5.0
"""Seconds that a list may be shared after its fetch began."""


@dataclass(frozen=True)
class _Fetch:
    """`hasty`: one that fails sooner than those who join it would have it, see `renew`."""

    begun: float
    number: int
    result: Future[object]
    hasty: bool


class Snapshots:
    """Shared lists by kind; safe for many threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic, max_age: float = MAX_AGE) -> None:
        self._now = now
        self._max_age = max_age
        self._lock = threading.Lock()
        self._count = 0
        self._fetches: dict[tuple[str, str], _Fetch] = {}
        self._writes: dict[tuple[str, str | None], int] = {}
        self._last_write: dict[str, int] = {}

    def get(self, kind: str, fetch: Callable[[], T], about: str | None = None, variant: str = "") -> T:
        """Return the list of this kind, good enough to read the object `about` (None: all objects) from.

        `variant` tells apart lists of one kind that are fetched with different parameters.
        """
        shared, mine = self._joined(kind, about, variant, hasty=True)
        if shared.hasty and not mine and shared.result.exception() is not None:
            shared, mine = self._joined(kind, about, variant, hasty=False)
        if mine:
            self._settle((kind, variant), shared, fetch)
        return cast("T", shared.result.result())

    def renew(self, kind: str, fetch: Callable[[], T]) -> T:
        """Fetch the list of this kind, however young the shared one is, and share what came.

        Its errors are its own: who joins it is perhaps more patient, and fetches then anew.
        """
        with self._lock:
            mine = self._begin(kind, "", hasty=True)
        self._settle((kind, ""), mine, fetch)
        return cast("T", mine.result.result())

    def wrote(self, kind: str, about: str | None = None) -> None:
        """Note an own write to one object, or (None) to what may be any."""
        with self._lock:
            self._count += 1
            self._writes[kind, about] = self._count
            self._last_write[kind] = self._count

    def kinds(self) -> tuple[str, ...]:
        """Name the kinds that were asked for so far."""
        with self._lock:
            return tuple(dict.fromkeys(kind for kind, _ in self._fetches))

    def _joined(self, kind: str, about: str | None, variant: str, *, hasty: bool) -> tuple[_Fetch, bool]:
        """Give a fetch that is good enough, or a new one, which is then the caller's to settle (True)."""
        with self._lock:
            found = self._usable(kind, about, variant)
            if found is not None and (hasty or not found.hasty):
                return found, False
            return self._begin(kind, variant), True

    def _usable(self, kind: str, about: str | None, variant: str) -> _Fetch | None:
        found = self._fetches.get((kind, variant))
        if found is None or self._now() - found.begun > self._max_age:
            return None
        if about is None:
            newest = self._last_write.get(kind, 0)
        else:
            newest = max(self._writes.get((kind, about), 0), self._writes.get((kind, None), 0))
        return found if found.number > newest else None

    def _begin(self, kind: str, variant: str, *, hasty: bool = False) -> _Fetch:
        self._count += 1
        begun = _Fetch(self._now(), self._count, Future(), hasty)
        self._fetches[kind, variant] = begun
        return begun

    def _settle(self, key: tuple[str, str], mine: _Fetch, fetch: Callable[[], T]) -> None:
        try:
            mine.result.set_result(fetch())
        except BaseException as error:  # noqa: BLE001 - whoever waits for this fetch must get its error, whatever it is
            mine.result.set_exception(error)
            with self._lock:
                if self._fetches.get(key) is mine:
                    del self._fetches[key]
