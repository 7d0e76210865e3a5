"""How long a server is dialled. Pure: seconds are arguments, nothing sleeps here.

policy + failures so far ─> next_step ─> Wait(seconds) | GiveUp(why)

The official plugin gives up after `dialErrorLimit` failures, which at its default means 11 s for a host that refuses,
less than any server needs to boot. Here the default means: go on for ten minutes. A limit other than the default is
obeyed; -1 goes on for ever. A login that is refused may still succeed while a server boots (accounts and keys come
late, and /run/nologin refuses everybody until the boot is over), so it gets 20 s, no more: wrong keys are common.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

BOOT_SECONDS: Final = 600.0
LOGIN_SECONDS: Final = 20.0
FAREWELL_SECONDS: Final = 30.0
"""How long a delete looks for a host before it takes it for gone."""

_FIRST, _FACTOR, _LONGEST = 0.1, 1.5, 5.0
"""Pauses between dials in seconds: as the official plugin makes them."""


class Trouble(Enum):
    """Why a dial failed, as far as patience is concerned."""

    UNREACHABLE = "unreachable"
    REFUSED_LOGIN = "refused login"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit of failures (None: by time, -1: none) and a limit of seconds, which holds where there is none."""

    error_limit: int | None
    seconds: float = BOOT_SECONDS
    login_seconds: float = LOGIN_SECONDS


def policy_of(error_limit: int | None, *, farewell: bool) -> Policy:
    """Make the policy of a dial; a delete never waits without end for a server that may be gone."""
    if farewell:
        return Policy(None if error_limit == -1 else error_limit, FAREWELL_SECONDS)
    return Policy(error_limit)


@dataclass(frozen=True, slots=True)
class Wait:
    """Dial again after so many seconds; `left` is how many failures or seconds are left, in words."""

    seconds: float
    left: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Dial no more; `tried` says in words what was tried."""

    tried: str


def next_step(policy: Policy, trouble: Trouble, failures: int, elapsed: float, refused: float) -> Wait | GiveUp:
    """Decide what comes after the `failures`th failed dial (from 1).

    `elapsed` are the seconds since the first dial, `refused` those since the first of the logins refused in a row.
    """
    if trouble is Trouble.FINAL:
        return GiveUp("")
    if policy.error_limit is not None:
        return _by_count(policy.error_limit, failures)
    bound, since = (policy.login_seconds, refused) if trouble is Trouble.REFUSED_LOGIN else (policy.seconds, elapsed)
    left = bound - since
    if left <= 0:
        return GiveUp(f" ({failures} dials in {elapsed:.0f} s)")
    return Wait(min(_pause(failures), left), f"for {spoken(left)} more")


def _by_count(limit: int, failures: int) -> Wait | GiveUp:
    if limit < 0:
        return Wait(_pause(failures), "without end, as dialErrorLimit is -1")
    if failures > limit:
        return GiveUp(f" ({failures} dials; dialErrorLimit is {limit})")
    return Wait(_pause(failures), f"{limit + 1 - failures} more times")


def _pause(failures: int) -> float:
    # the exponent is bounded because 1.5 ** 2000 is no float
    return min(_FIRST * _FACTOR ** min(failures - 1, 20), _LONGEST)


def spoken(seconds: float) -> str:
    """Say a duration: 45 s, 9 min 40 s."""
    whole = max(round(seconds), 0)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
