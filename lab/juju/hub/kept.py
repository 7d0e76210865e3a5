"""What is computed once per object: frozen data has no better name than itself."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
V = TypeVar("V")

_ROOM = 512


class Kept(Generic[T, V]):
    """A function that remembers what it made of each object, by the object's identity."""

    def __init__(self, make: Callable[[T], V]) -> None:
        self._make = make
        self._held: dict[int, tuple[T, V]] = {}

    def __call__(self, thing: T) -> V:
        held = self._held.get(id(thing))
        # the object is held with its value: while it lives, nothing else has its id
        if held is None or held[0] is not thing:
            if len(self._held) >= _ROOM:
                self._held.clear()
            held = self._held[id(thing)] = (thing, self._make(thing))
        return held[1]
