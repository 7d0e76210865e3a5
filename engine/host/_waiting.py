"""Waits for a program's outstanding outputs in linear time, in place of the SDK's `wait_for_rpcs`.

The SDK hands all N pending outputs to `asyncio.wait` each time one of them ends: N callbacks set and removed, N times
over (1,000 chained resources: 2 to 13 s, by the luck of set order). Here the set of outputs itself tells when a task
failed and when it ran empty:

    Output ─> SETTINGS.outputs.add ─> done callback ─> failed? wake · set empty? wake ─> settle() returns or raises

Installed in memory only, and only where the SDK's functions use exactly the names that this was written against (pulumi
3.272); any other SDK keeps its own way.
"""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Task = asyncio.Task[Any]
else:
    Task = asyncio.Task

# fmt: off
_KNOWN_WAIT = frozenset({
    "log", "debug", "_get_rpc_manager", "len", "rpcs", "asyncio", "sleep", "settings", "excessive_debug_output", "pop",
    "Exception", "unhandled_exception", "with_traceback", "exception_traceback", "SETTINGS", "lock", "outputs", "list",
    "clear", "wait", "FIRST_COMPLETED", "add",
})
# fmt: on
_KNOWN_TRACK = frozenset({"SETTINGS", "lock", "outputs", "add", "_data", "add_done_callback"})
_KNOWN_UNTRACK = frozenset({"SETTINGS", "lock", "outputs", "discard", "_data"})


class Outstanding(set[Task]):
    """The SDK's set of running outputs: successes leave it, failures stay in it, and `settle` waits for either end."""

    def __init__(self) -> None:
        super().__init__()
        self._failed: list[Task] = []
        self._wake: asyncio.Future[None] | None = None

    def add(self, element: Task) -> None:
        super().add(element)
        element.add_done_callback(self._ended)

    def remove(self, element: Task) -> None:
        super().remove(element)
        self._tell_if_empty()

    def discard(self, element: object) -> None:
        super().discard(element)
        self._tell_if_empty()

    async def settle(self) -> None:
        """Return when no output is left; raise what the first failed one raised, as soon as it failed."""
        while True:
            while self._failed:
                task = self._failed.pop(0)
                # an output that a derived one has taken over is that one's to report
                if task in self:
                    await task
            if not self:
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    def _ended(self, task: Task) -> None:
        if task.cancelled() or task.exception() is not None:
            self._failed.append(task)
            self._tell()

    def _tell_if_empty(self) -> None:
        if not self:
            self._tell()

    def _tell(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def install() -> bool:
    """Replace the SDK's way of waiting, after its Settings were configured; False where its shape is another."""
    from pulumi import Output
    from pulumi.runtime import settings, stack

    # looked up by name: an SDK of another shape may not have them
    shape = [
        (getattr(stack, "wait_for_rpcs", None), _KNOWN_WAIT),
        (getattr(Output, "_track", None), _KNOWN_TRACK),
        (getattr(Output, "_untrack", None), _KNOWN_UNTRACK),
    ]
    # Any: the descriptors of Settings are beyond a type checker
    ambient: Any = settings.SETTINGS
    if ambient.outputs or not all(_names(function) == known for function, known in shape):
        return False
    outstanding = ambient.outputs = Outstanding()
    manager = ambient.rpc_manager

    async def wait_for_rpcs(await_all_outstanding_tasks: bool = True) -> None:
        while True:
            await _settle_rpcs(manager)
            if await_all_outstanding_tasks:
                await outstanding.settle()
            if not manager.rpcs:
                return

    stack.wait_for_rpcs = wait_for_rpcs
    return True


async def _settle_rpcs(manager: Any) -> None:
    """Await every call to the monitor; raise what failed, with the first failure's own traceback."""
    while manager.rpcs:
        await asyncio.sleep(0)
        try:
            await manager.rpcs.pop()
        except Exception as error:
            first = manager.unhandled_exception
            if first is None or first is error:
                raise
            raise error from first.with_traceback(manager.exception_traceback)
    if manager.unhandled_exception is not None:
        raise manager.unhandled_exception.with_traceback(manager.exception_traceback)


def _names(function: object) -> frozenset[str] | None:
    code = getattr(function, "__code__", None)
    return frozenset(code.co_names) if isinstance(code, types.CodeType) else None
