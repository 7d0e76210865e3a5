"""The base of all providers of Juju: the process's session, whose errors are told (see `providers.common.state`)."""

from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, TypeVar

from pulumi.dynamic import ConfigureRequest

from providers.common import cleaning
from providers.common.fields import Field
from providers.common.state import EffectProvider, Found, Props, StateProvider, changed, surely
from providers.juju import session
from providers.juju.errors import AnswerLost, JujuError, NotFound
from providers.juju.session import Session

__all__ = ["Found", "JujuProvider", "Props", "StateProvider", "changed", "model_field", "sure", "surely_removed"]

T = TypeVar("T")


def model_field() -> Field:
    """Make the input `model` of everything that is in a model: the model's UUID, output `uuid` of a Model."""
    uuid = cleaning.matching(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a model's UUID, which the output `uuid` of a Model is"
    )
    return Field("model", clean=uuid, required=True, replaces=True)


class JujuProvider(EffectProvider[Session]):
    """Base of all providers here; subclasses say what to do, with one session and plain property bags."""

    errors: ClassVar[type[Exception]] = JujuError

    def configure(self, req: ConfigureRequest) -> None:
        """Take the process's controller from the stack's config."""
        session.configure(req)

    def session(self) -> Session:
        """Give the process's session."""
        return session.current()


def sure(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create, and where the answer was lost look whether it was done before trying again."""
    return surely(AnswerLost, create, find)


def surely_removed(remove: Callable[[], object], stands: Callable[[], bool]) -> None:
    """Remove; where the answer was lost, again only what `stands` as before. Who was faster is no error."""

    def done() -> bool:
        remove()
        return True

    with suppress(NotFound):
        sure(done, lambda: None if stands() else True)
