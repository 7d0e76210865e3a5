"""What holds for every test."""

import asyncio
import gc
import logging
import signal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.course import course_network

# how long drawing an example takes says something about the machine, and nothing about the code
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

# a shell that starts this in the background has it ignored, and every process that a test starts would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_kept: set[asyncio.AbstractEventLoop] = set()


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
    _kept.add(loop)


@pytest.fixture(autouse=True)
def the_courses_network_is_ours(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep tests that use the course's addresses from meeting each other."""
    if request.node.get_closest_marker("course_network") is None:
        yield
        return
    with course_network():
        yield


@pytest.fixture(autouse=True, scope="module")
def what_a_module_leaves_is_collected_with_it() -> Iterator[None]:
    """Collect at a module's end: a transport of a process that was killed must not be blamed on a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def pytest_sessionstart() -> None:
    """Hold every loop that Pulumi's SDK opens: one in each thread of its pools, which later tests use again."""
    new = asyncio.new_event_loop

    def held() -> asyncio.AbstractEventLoop:
        loop = new()
        _kept.add(loop)
        return loop

    asyncio.new_event_loop = held


def pytest_sessionfinish() -> None:
    """Close what was held; what a program under test was meant to fail with has been told by its test."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    for loop in _kept:
        if not loop.is_running() and not loop.is_closed():
            loop.close()
    asyncio.set_event_loop(None)
