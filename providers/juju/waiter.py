"""Waits on a model: one FullStatus poll serves all of them (`providers.common.waiter`), judged by each for itself."""

from collections.abc import Callable
from typing import TypeAlias

from providers.common import waiter
from providers.common.waiter import Verdict, elapsed
from providers.juju.errors import JujuError, Temporary, WaitFailed
from providers.juju.status import Status

__all__ = ["Judge", "Say", "Verdict", "Waiter", "elapsed", "new_waiter"]

Judge: TypeAlias = Callable[[Status], Verdict]
Say: TypeAlias = Callable[[str], None]
Waiter: TypeAlias = waiter.Waiter[Status]

_ERRORS = waiter.Errors("Juju", known=JujuError, temporary=Temporary, failed=WaitFailed)


def new_waiter(poll: Callable[[], Status], now: Callable[[], float]) -> Waiter:
    """Make the waiter of one model; `poll` asks for its whole status."""

    def all_at_once(_about: list[str]) -> Status:
        return poll()

    return waiter.Waiter(all_at_once, _ERRORS, now)
