"""From Pulumi's five operations to four effects on one session, and what of them goes into state.

create / read / update / delete with property bags -> `make` / `look` / `alter` / `unmake` on the process's session ->
what was observed, back as outputs. State = what was given + what was observed (which wins) + names of given inputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from providers.common import fields
from providers.common.provider import DeclaredProvider, without_frames
from providers.common.raw import texts

Props = Mapping[str, object]
S = TypeVar("S")
T = TypeVar("T")

_TRIES = 3


@dataclass(frozen=True)
class Found:
    """An object on the other side: its id for Pulumi, and the outputs that were observed."""

    id: str
    outs: Props


class StateProvider(DeclaredProvider):
    """What a state is made of: given inputs, what was observed, and what only an earlier state knows."""

    carried: ClassVar[tuple[str, ...]] = ("adopted",)
    """Outputs that no later look can tell; they go on from state to state."""

    def state_of(self, inputs: Props, before: Props, observed: Props) -> dict[str, object]:
        """Put a state together; `before` is the one that it replaces."""
        state = {name: before[name] for name in self.carried if name in before}
        names = fields.given(self.schema, inputs)
        state.update({name: inputs[name] for name in names})
        state.update(observed)
        return {**state, fields.MANAGED: list(names)}

    def read_back(self, found: Found | None, props: Props) -> ReadResult:
        """Answer a read with outputs and inputs; an empty id says that the object is gone."""
        if found is None:
            return ReadResult("", {}, {})
        outs = self.state_of(props, props, found.outs)
        # An import brings the program's inputs, or none at all; a refresh brings the whole state.
        imported = fields.given(self.schema, props) or self.schema.names
        asked = texts(props, fields.MANAGED) if fields.MANAGED in props else imported
        managed = sorted(name for name in self.schema.names if name in asked and outs.get(name) is not None)
        outs[fields.MANAGED] = managed
        return ReadResult(found.id, outs, {name: outs[name] for name in managed})


class EffectProvider(StateProvider, Generic[S]):
    """A provider whose subclasses say what to do, with one session and plain property bags."""

    errors: ClassVar[type[Exception]]
    """What is told without its frames."""

    def session(self) -> S:
        """Give the process's session."""
        raise NotImplementedError

    def make(self, session: S, props: Props, /) -> Found:
        """Adopt or create."""
        raise NotImplementedError

    def look(self, session: S, id_: str, props: Props, /) -> Found | None:
        """Find by the other side's own id or, for an import, by the natural key; None: gone."""
        raise NotImplementedError

    def alter(self, session: S, id_: str, olds: Props, news: Props, /) -> Props:
        """Change in place; return what is observed then."""
        raise NotImplementedError

    def unmake(self, session: S, id_: str, props: Props, /) -> None:
        """Delete and wait until it is gone, or put back what was found."""
        raise NotImplementedError

    def create(self, props: dict[str, object]) -> CreateResult:
        """Adopt or create."""
        found = without_frames(self.errors, lambda: self.make(self.session(), props))
        return CreateResult(found.id, self.state_of(props, {}, found.outs))

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Read outputs and inputs back; an empty id says that the object is gone."""
        return self.read_back(without_frames(self.errors, lambda: self.look(self.session(), id_, props)), props)

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place."""
        observed = without_frames(self.errors, lambda: self.alter(self.session(), _id, _olds, _news))
        return UpdateResult(self.state_of(_news, _olds, observed))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        """Delete, or put back what was found."""
        without_frames(self.errors, lambda: self.unmake(self.session(), _id, _props))


def changed(schema: fields.Schema, olds: Props, news: Props) -> frozenset[str]:
    """Names of the given inputs that differ from what is."""
    return frozenset(name for name in fields.diff(schema, olds, news).changed if news.get(name) is not None)


def surely(lost: type[Exception], create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create, and where the answer was `lost` look whether it was done before trying again."""
    for attempt in range(1, _TRIES + 1):
        try:
            return create()
        except lost:
            found = find()
            if found is not None:
                return found
            if attempt == _TRIES:
                raise
    raise AssertionError("the loop returns or raises")
