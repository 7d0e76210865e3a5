"""More threads for the process that serves dynamic providers.

`python -m pulumi.dynamic` serves from four threads (SDK 3.272, dynamic/__main__.py), so four blocking creates hold
up all others, although a wait costs nothing but its thread. `widen` finds the executor that runs the calling thread,
by the worker function at the bottom of its stack, and raises the executor's limit; Python's ThreadPoolExecutor starts
threads on demand up to that limit, one per submitted call; so calls that queued up before are given their threads by
as many empty calls behind them. The names it relies on (`_worker`, `executor_reference`, `_max_workers`,
`_work_queue`, all of concurrent.futures.thread) are looked up, never assumed: in another Python the pool stays as it
is, and only speed is lost.
"""

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import cast

WORKERS = 1024
"""Threads at most: a thousand machines may wait at once."""


def widen(workers: int = WORKERS) -> bool:
    """Raise the limit of the executor that runs this thread; True when one was found and is now wide."""
    executor = _own_executor()
    limit: object = getattr(executor, "_max_workers", None)
    if executor is None or not isinstance(limit, int):
        return False
    if limit < workers:
        setattr(executor, "_max_workers", workers)  # noqa: B010 - a private name, set on purpose: see above
        for _ in range(_queued(executor)):
            executor.submit(int)
    return True


def _queued(executor: ThreadPoolExecutor) -> int:
    queue: object = getattr(executor, "_work_queue", None)
    return queue.qsize() if isinstance(queue, SimpleQueue) else 0


def _own_executor() -> ThreadPoolExecutor | None:
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name == "_worker":
            reference: object = frame.f_locals.get("executor_reference")
            found = cast("Callable[[], object]", reference)() if callable(reference) else None
            return found if isinstance(found, ThreadPoolExecutor) else None
        frame = frame.f_back
    return None
