"""The actions that are under way, so that an interruption can end them all.

run(action) ─> its result;   cancel() ─> every action ends its processes ─> Interrupted for whoever waits
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class InterruptedActionError(Exception):
    """The action was ended because the person asked for it."""


class Running:
    """Holds the tasks of actions; once cancelled, it takes no more."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cancelled = False

    async def run(self, action: Coroutine[Any, Any, T]) -> T:
        """Run an action to its end.

        Raises
        ------
        InterruptedActionError: `cancel` was called meanwhile, or before.

        """
        if self._cancelled:
            action.close()
            raise InterruptedActionError
        task = asyncio.create_task(action)
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            # else the caller went away, which has ended the action, too
            if self._cancelled:
                raise InterruptedActionError from None
            raise
        finally:
            self._tasks.discard(task)

    async def cancel(self) -> None:
        """End everything that is under way, and wait for its end."""
        self._cancelled = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
