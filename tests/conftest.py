"""What holds for every test."""

import asyncio
from typing import Any

import pytest

_kept: list[asyncio.AbstractEventLoop] = []


def _current() -> asyncio.AbstractEventLoop | None:
    """Give the loop that is set in this thread, without making one."""
    # the policy is on its way out of Python, what libmaas and the SDK expect in 3.11 to 3.13 is not
    policy: Any = asyncio.get_event_loop_policy()  # pyright: ignore[reportDeprecated]
    return getattr(getattr(policy, "_local", None), "_loop", None)


@pytest.fixture(autouse=True)
def an_event_loop_is_set() -> None:
    """Set a loop in the thread, as libmaas and the SDK expect, and hold on to it.

    Neither closes a loop. One that nobody holds is collected in the middle of some later test, which is blamed for it.
    """
    loop = _current()
    if loop is None or loop.is_closed():
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    _kept.append(loop)


def pytest_sessionfinish() -> None:
    """Close what was held."""
    for loop in _kept:
        if not loop.is_running() and not loop.is_closed():
            loop.close()
    asyncio.set_event_loop(None)
