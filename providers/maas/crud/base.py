"""From Pulumi's five operations to four effects on one MAAS.

create / read / update / delete with property bags -> `make` / `look` / `alter` / `unmake` on the process's session ->
what was observed, back as outputs. State = what was given + what was observed (which wins) + names of given inputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pulumi.dynamic import ConfigureRequest, CreateResult, ReadResult, UpdateResult

from providers.common import fields
from providers.common.provider import DeclaredProvider, without_frames
from providers.common.raw import texts
from providers.maas import session
from providers.maas.errors import AnswerLost, MaasError
from providers.maas.session import Session

Props = Mapping[str, object]
T = TypeVar("T")

_TRIES = 3


@dataclass(frozen=True)
class Found:
    """An object in MAAS: its id for Pulumi, and the outputs that were observed."""

    id: str
    outs: Props


class MaasProvider(DeclaredProvider):
    """Base of all providers here; subclasses say what to do, with one session and plain property bags."""

    carried: ClassVar[tuple[str, ...]] = ("adopted", "previous")
    """Outputs that no later look can tell; they go on from state to state."""

    def make(self, maas: Session, props: Props) -> Found:
        """Adopt or create."""
        raise NotImplementedError

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        """Find by MAAS's own id or, for an import, by the natural key; None: gone."""
        raise NotImplementedError

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        """Change in place; return what is observed then."""
        raise NotImplementedError

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        """Delete, or put back what was found."""
        raise NotImplementedError

    def configure(self, req: ConfigureRequest) -> None:
        """Open the process's session."""
        session.configure(req)

    def create(self, props: dict[str, object]) -> CreateResult:
        """Adopt or create."""
        found = _told(lambda: self.make(session.current(), props))
        return CreateResult(found.id, self._state(props, {}, found.outs))

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Read outputs and inputs back; an empty id says that the object is gone."""
        found = _told(lambda: self.look(session.current(), id_, props))
        if found is None:
            return ReadResult("", {}, {})
        outs = self._state(props, props, found.outs)
        # An import brings the program's inputs, or none at all; a refresh brings the whole state.
        imported = fields.given(self.schema, props) or self.schema.names
        asked = texts(props, fields.MANAGED) if fields.MANAGED in props else imported
        managed = sorted(name for name in self.schema.names if name in asked and outs.get(name) is not None)
        outs[fields.MANAGED] = managed
        return ReadResult(found.id, outs, {name: outs[name] for name in managed})

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place."""
        observed = _told(lambda: self.alter(session.current(), _id, _olds, _news))
        return UpdateResult(self._state(_news, _olds, observed))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        """Delete, or put back what was found."""
        _told(lambda: self.unmake(session.current(), _id, _props))

    def _state(self, inputs: Props, before: Props, observed: Props) -> dict[str, object]:
        state = {name: before[name] for name in self.carried if name in before}
        names = fields.given(self.schema, inputs)
        state.update({name: inputs[name] for name in names})
        state.update(observed)
        return {**state, fields.MANAGED: list(names)}


def _told(effect: Callable[[], T]) -> T:
    return without_frames(MaasError, effect)


def changed(schema: fields.Schema, olds: Props, news: Props) -> frozenset[str]:
    """Names of the given inputs that differ from what is."""
    return frozenset(name for name in fields.diff(schema, olds, news).changed if news.get(name) is not None)


def sure(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create, and where the answer was lost look whether it was done before trying again."""
    for attempt in range(1, _TRIES + 1):
        try:
            return create()
        except AnswerLost:
            found = find()
            if found is not None:
                return found
            if attempt == _TRIES:
                raise
    raise AssertionError("the loop returns or raises")
