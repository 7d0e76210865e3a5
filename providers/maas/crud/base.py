"""The base of all providers of MAAS: the process's session, whose errors are told (see `providers.common.state`)."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from pulumi.dynamic import ConfigureRequest

from providers.common.state import EffectProvider, Found, Props, changed, surely
from providers.maas import session
from providers.maas.errors import AnswerLost, MaasError
from providers.maas.session import Session

__all__ = ["Found", "MaasProvider", "Props", "changed", "sure"]

T = TypeVar("T")


class MaasProvider(EffectProvider[Session]):
    """Base of all providers here; subclasses say what to do, with one session and plain property bags."""

    carried: ClassVar[tuple[str, ...]] = ("adopted", "previous")
    errors: ClassVar[type[Exception]] = MaasError

    def configure(self, req: ConfigureRequest) -> None:
        """Open the process's session."""
        session.configure(req)

    def session(self) -> Session:
        """Give the process's session."""
        return session.current()


def sure(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create, and where the answer was lost look whether it was done before trying again."""
    return surely(AnswerLost, create, find)
