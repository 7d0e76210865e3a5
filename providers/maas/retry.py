"""Whether, and when, a failed call is sent again. Pure: attempt and elapsed time are arguments."""

from dataclasses import dataclass

from providers.maas.errors import AnswerLost, NotDone, Temporary, Unreached


@dataclass(frozen=True)
class Policy:
    """Seconds between tries grow from `first` by doubling up to `most`; no new try after `budget` seconds in all.

    `contact` is the budget for a MAAS that never answered: rather a wrong URL than one that is about to come back.
    """

    first: float = 0.5
    most: float = 10.0
    budget: float = 120.0
    contact: float = 5.0


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
    pause = max(min(policy.first * 2.0 ** min(attempt - 1, 32), policy.most), error.retry_after or 0.0)
    budget = policy.budget if met or not isinstance(error, Unreached) else min(policy.contact, policy.budget)
    return pause if elapsed + pause <= budget else None
