"""What holds for every test."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_event_loop_is_left_open() -> Iterator[None]:
    """Close the loop that a test leaves set in its thread: libmaas and the SDK ask for one, and close none.

    Otherwise it is collected in the middle of some later test, which is then blamed for it.
    """
    yield
    # the policy is on its way out of Python, the loops that libmaas leaves in 3.11 to 3.13 are not
    policy: Any = asyncio.get_event_loop_policy()  # pyright: ignore[reportDeprecated]
    local: Any = getattr(policy, "_local", None)
    loop: asyncio.AbstractEventLoop | None = getattr(local, "_loop", None)
    if loop is not None and not loop.is_running() and not loop.is_closed():
        loop.close()
        asyncio.set_event_loop(None)
