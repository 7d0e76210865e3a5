"""What a facade is, and how its methods read what a client sent (pure).

params (JSON, key names in any case, as Go reads them) ─> Fields ─> method(Call, Fields) ─> response (JSON)
                                                          └ JujuError: of the whole call, or of one item
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn, TypeAlias, cast

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.models import Json
from lab.juju.world import World

Login: TypeAlias = Literal["controller", "model"]


class Fields:
    """An object that a client sent. Missing and null are the same: the type's zero value, as in Go."""

    def __init__(self, raw: Mapping[str, object] | None = None) -> None:
        self.raw: Mapping[str, object] = raw or {}
        self._folded = {name.lower(): value for name, value in self.raw.items()}

    def value(self, name: str) -> object:
        """Give the raw value, None when it is not there."""
        return self._folded.get(name.lower())

    def has(self, name: str) -> bool:
        return self.value(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.value(name)
        if value is None:
            return default
        return value if isinstance(value, str) else _refuse(name, value, "a string")

    def flag(self, name: str) -> bool:
        value = self.value(name)
        return False if value is None else value if isinstance(value, bool) else _refuse(name, value, "true or false")

    def whole(self, name: str, default: int = 0) -> int:
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _refuse(name, value, "a number")
        return int(value)

    def texts(self, name: str) -> list[str]:
        return [str(each) for each in self.many(name)]

    def many(self, name: str) -> Sequence[object]:
        value = self.value(name)
        if value is None:
            return []
        return cast("Sequence[object]", value) if isinstance(value, list) else _refuse(name, value, "a list")

    def map(self, name: str) -> Mapping[str, object]:
        """Give an object whose keys are data (config, resources): they keep their case."""
        value = self.value(name)
        if value is None:
            return {}
        return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else _refuse(name, value, "an object")

    def fields(self, name: str) -> "Fields":
        return Fields(self.map(name))

    def each(self, name: str) -> "list[Fields]":
        """Give the objects of a list."""
        return [
            Fields(cast("Mapping[str, object]", one) if isinstance(one, Mapping) else {}) for one in self.many(name)
        ]

    def tags(self, name: str = "entities") -> list[str]:
        """Give the tags of Juju's `Entities`: {"entities": [{"tag": ...}]}."""
        return [one.text("tag") for one in self.each(name)]


def _refuse(name: str, value: object, allowed: str) -> NoReturn:
    raise JujuError(f"json: cannot unmarshal {type(value).__name__} into field {name}, which is {allowed}", BAD_REQUEST)


@dataclass(frozen=True, slots=True)
class Call:
    """One request within its transaction. `model` is the model's uuid, "" on a controller login; `now` in seconds.

    `version` is the facade's version that the client asked for, `id` the watcher's where there is one.
    """

    world: World
    now: float
    user: str
    model: str
    version: int
    id: str = ""
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the connection knows: "address" it came in at."""


Method: TypeAlias = Callable[[Call, Fields], Json]


@dataclass(frozen=True, slots=True)
class Facade:
    """A facade with the versions it is served in, on which logins, and its methods by name."""

    name: str
    versions: tuple[int, ...]
    logins: frozenset[Login]
    methods: Mapping[str, Method]


CONTROLLER: Final = frozenset[Login]({"controller"})
MODEL: Final = frozenset[Login]({"model"})
BOTH: Final = CONTROLLER | MODEL


def bulk(items: Sequence[object], one: Callable[[int], Json], results: str = "results") -> Json:
    """Answer a bulk call: each item its own result, or its own error as {"error": {...}}."""
    answers: list[Json] = []
    for index in range(len(items)):
        try:
            answers.append(one(index))
        except JujuError as error:
            answers.append({"error": error.shown()})
    return {results: answers}
