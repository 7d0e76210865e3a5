"""When a failed call is sent again. Pure: attempt and elapsed time are arguments."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Seconds between tries grow from `first` by doubling up to `most`; no new try after `budget` seconds in all.

    `contact` is the budget for a service that never answered: rather a wrong address than one that is about to come
    back.
    """

    first: float = 0.5
    most: float = 10.0
    budget: float = 120.0
    contact: float = 5.0


def pause(
    policy: Policy, attempt: int, elapsed: float, *, at_least: float = 0.0, contact: bool = False
) -> float | None:
    """Seconds to wait before try `attempt` + 1, or None: give up.

    `attempt` counts from 1, `elapsed` is seconds since the first try; `at_least`: what the service itself asked for.
    `contact`: the service was not reached, and never answered before.
    """
    wait = max(min(policy.first * 2.0 ** min(attempt - 1, 32), policy.most), at_least)
    budget = min(policy.contact, policy.budget) if contact else policy.budget
    return wait if elapsed + wait <= budget else None
