"""Whether, and when, a failed call is sent again. Pure: attempt and elapsed time are arguments."""

from providers.common.retry import Policy, pause
from providers.maas.errors import AnswerLost, NotDone, Temporary, Unreached

__all__ = ["Policy", "delay"]


def delay(
    policy: Policy, error: Temporary, attempt: int, elapsed: float, *, repeatable: bool, met: bool = True
) -> float | None:
    """Seconds to wait before try `attempt` + 1, or None: give up.

    `attempt` counts from 1, `elapsed` is seconds since the first try; `met`: MAAS answered something before. A call
    that is not `repeatable` is never sent again when it may have been carried out; its caller looks instead. MAAS's own
    Retry-After is a lower bound.
    """
    if isinstance(error, AnswerLost) and not repeatable:
        return None
    if not isinstance(error, AnswerLost | NotDone):
        return None
    contact = isinstance(error, Unreached) and not met
    return pause(policy, attempt, elapsed, at_least=error.retry_after or 0.0, contact=contact)
