"""Whether, and when, a failed call is sent again. Pure: attempt and elapsed time are arguments."""

from dataclasses import dataclass

from providers.maas.errors import AnswerLost, NotDone, Temporary


@dataclass(frozen=True)
class Policy:
    """Seconds between tries grow from `first` by doubling up to `most`; no new try after `budget` seconds in all."""

    first: float = 0.5
    most: float = 10.0
    budget: float = 120.0


def delay(policy: Policy, error: Temporary, attempt: int, elapsed: float, *, repeatable: bool) -> float | None:
    """Seconds to wait before try `attempt` + 1, or None: give up.

    `attempt` counts from 1, `elapsed` is seconds since the first try. A call that is not `repeatable` is never sent
    again when it may have been carried out; its caller looks instead. MAAS's own Retry-After is a lower bound.
    """
    if isinstance(error, AnswerLost) and not repeatable:
        return None
    if not isinstance(error, AnswerLost | NotDone):
        return None
    pause = max(min(policy.first * 2.0 ** min(attempt - 1, 32), policy.most), error.retry_after or 0.0)
    return pause if elapsed + pause <= policy.budget else None
