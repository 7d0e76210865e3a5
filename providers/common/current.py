"""One session per process with whatever endpoint holds now.

`follow(find)` (any provider, any thread) -> `get()` for every operation: finds the endpoint, and opens a session with
it at the first one; another endpoint replaces the open session, which those who are using it may use to their end.
Pickled providers have no attributes, so this is where what they share lives.
"""

import atexit
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What a session has to know: how it ends."""

    def close(self) -> None:
        """End all connections."""
        ...


E = TypeVar("E")
S = TypeVar("S", bound=Closable)


class Current(Generic[E, S]):
    """The process's session; `unset` makes the error of who asks for it before any endpoint is known."""

    def __init__(self, unset: Callable[[], Exception]) -> None:
        self._unset = unset
        self._lock = threading.Lock()
        self._find: Callable[[], E] | None = None
        self._open: tuple[E, S] | None = None
        self._left: list[S] = []

    def follow(self, find: Callable[[], E]) -> None:
        """Take the endpoint from here on from `find`, which is asked at every operation."""
        with self._lock:
            self._find = find

    def get(self, connect: Callable[[E], S]) -> S:
        """Give the session with the endpoint that holds now; raises what `unset` makes before `follow`."""
        find = self._find
        if find is None:
            raise self._unset()
        return self._with(find(), connect)

    def release(self) -> None:
        """Close the session, if one is open, and those before it, and forget the endpoint."""
        with self._lock:
            self._find = None
            ending = (*self._left, *(() if self._open is None else self._open[1:]))
            self._left, self._open = [], None
        for session in ending:
            session.close()

    def _with(self, endpoint: E, connect: Callable[[E], S]) -> S:
        with self._lock:
            if self._open is None:
                atexit.register(self.release)
            elif self._open[0] == endpoint:
                return self._open[1]
            session = connect(endpoint)
            if self._open is not None:
                self._left.append(self._open[1])
            self._open = endpoint, session
            return session
