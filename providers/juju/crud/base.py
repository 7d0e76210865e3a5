"""From Pulumi's five operations to four effects on one controller.

create / read / update / delete with property bags -> `make` / `look` / `alter` / `unmake` on the process's session ->
what was observed, back as outputs. State = what was given + what was observed (which wins) + names of given inputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pulumi.dynamic import ConfigureRequest, CreateResult, ReadResult, UpdateResult

from providers.common import cleaning, fields
from providers.common.fields import Field
from providers.common.provider import DeclaredProvider, without_frames
from providers.common.raw import texts
from providers.juju import session
from providers.juju.errors import AnswerLost, JujuError
from providers.juju.session import Session

Props = Mapping[str, object]
T = TypeVar("T")

_TRIES = 3


@dataclass(frozen=True)
class Found:
    """An object in Juju: its id for Pulumi, and the outputs that were observed."""

    id: str
    outs: Props


def model_field() -> Field:
    """Make the input `model` of everything that is in a model: the model's UUID, output `uuid` of a Model."""
    uuid = cleaning.matching(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a model's UUID, which the output `uuid` of a Model is"
    )
    return Field("model", clean=uuid, required=True, replaces=True)


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


class JujuProvider(StateProvider):
    """Base of all providers here; subclasses say what to do, with one session and plain property bags."""

    def make(self, juju: Session, props: Props) -> Found:
        """Adopt or create."""
        raise NotImplementedError

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        """Find by Juju's own id or, for an import, by the natural key; None: gone."""
        raise NotImplementedError

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        """Change in place; return what is observed then."""
        raise NotImplementedError

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Delete and wait until it is gone, or put back what was found."""
        raise NotImplementedError

    def configure(self, req: ConfigureRequest) -> None:
        """Take the process's controller from the stack's config."""
        session.configure(req)

    def create(self, props: dict[str, object]) -> CreateResult:
        """Adopt or create."""
        found = _told(lambda: self.make(session.current(), props))
        return CreateResult(found.id, self.state_of(props, {}, found.outs))

    def read(self, id_: str, props: dict[str, object]) -> ReadResult:
        """Read outputs and inputs back; an empty id says that the object is gone."""
        return self.read_back(_told(lambda: self.look(session.current(), id_, props)), props)

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Change in place."""
        observed = _told(lambda: self.alter(session.current(), _id, _olds, _news))
        return UpdateResult(self.state_of(_news, _olds, observed))

    def delete(self, _id: str, _props: dict[str, object]) -> None:
        """Delete, or put back what was found."""
        _told(lambda: self.unmake(session.current(), _id, _props))


def _told(effect: Callable[[], T]) -> T:
    return without_frames(JujuError, effect)


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
