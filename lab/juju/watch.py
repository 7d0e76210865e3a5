"""Watchers: how a client learns of changes without asking again and again.

Watch*-method ─ register ─> Watchers (one per connection) ─ id ─> client
Next(id) ─> look(world): what is new ─> answer
                 └ nothing: NotYetError; the session asks again after the next commit, other requests go on meanwhile
Stop(id) ─> a Next that waits ends with "watcher was stopped"
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from lab.juju.errors import NOT_FOUND, STOPPED, JujuError
from lab.juju.models import Json
from lab.juju.rpc import Call, Fields, Method
from lab.juju.world import World

FACT: Final = "watchers"
"""Where a call's facts hold the connection's `Watchers`."""


class NotYetError(Exception):
    """There is nothing to tell yet: ask again when the world has changed."""


class Watcher(Protocol):
    """What remembers what a client was told."""

    def look(self, world: World, now: float) -> Json | None:
        """Give what is new since the last look, in the shape of the facade's Next; None for nothing."""


class Watchers:
    """The watchers of one connection, by id."""

    def __init__(self) -> None:
        self._running: dict[str, Watcher] = {}
        self._made = 0

    def add(self, watcher: Watcher) -> str:
        self._made += 1
        self._running[str(self._made)] = watcher
        return str(self._made)

    def get(self, number: str) -> Watcher:
        """Give a watcher; JujuError "stopped" for one that was stopped, "not found" for one that never was."""
        watcher = self._running.get(number)
        if watcher is not None:
            return watcher
        if number.isdecimal() and 1 <= int(number) <= self._made:
            raise JujuError("watcher was stopped", STOPPED)
        raise JujuError("unknown watcher id", NOT_FOUND)

    def stop(self, number: str) -> None:
        self.get(number)
        del self._running[number]


Read: TypeAlias = Callable[[World, float], Mapping[str, object]]
"""Reads, at a time, what a `Told` watches: text -> anything that differs when the text is worth telling again."""


class Told:
    """A watcher of one list of texts: each look gives those that are new or differ (Juju's StringsWatcher)."""

    def __init__(self, read: Read, known: Mapping[str, object]) -> None:
        self._read = read
        self._known = known

    def look(self, world: World, now: float) -> Json | None:
        """Give {"changes": [...]} (StringsWatchResult)."""
        seen = self._read(world, now)
        changes = [text for text, state in seen.items() if text not in self._known or self._known[text] != state]
        changes += [text for text in self._known if text not in seen]
        self._known = seen
        return {"changes": changes} if changes else None


def register(call: Call, watcher: Watcher) -> str:
    """Keep a watcher for the caller's connection; its id."""
    return _of(call).add(watcher)


def watch_strings(call: Call, read: Read) -> Json:
    """Answer a Watch* method with a StringsWatchResult: what is there now, and the id of a watcher of the rest."""
    known = read(call.world, call.now)
    return {"watcher-id": register(call, Told(read, known)), "changes": list(known)}


def _next(call: Call, _fields: Fields) -> Json:
    told = _of(call).get(call.id).look(call.world, call.now)
    if told is None:
        raise NotYetError
    return told


def _stop(call: Call, _fields: Fields) -> Json:
    _of(call).stop(call.id)
    return {}


METHODS: Final[Mapping[str, Method]] = {"Next": _next, "Stop": _stop}
"""The methods of every watcher facade."""


def _of(call: Call) -> Watchers:
    watchers = call.facts.get(FACT)
    if not isinstance(watchers, Watchers):
        raise JujuError("this connection keeps no watchers")
    return watchers
