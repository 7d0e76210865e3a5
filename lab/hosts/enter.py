"""Doing something in another network namespace, in a thread of its own: a socket stays where it was made."""

import asyncio
import ctypes
import os
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Final

from lab.hosts import network

_NET: Final = 0x40000000
"""CLONE_NEWNET, see setns(2)."""


def enter(namespace: str) -> None:
    """Move the calling thread, and no other, into a named network namespace."""
    descriptor = os.open(network.NAMED / namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, _NET):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), namespace)
    finally:
        os.close(descriptor)


@contextmanager
def serving(namespace: str, start: Callable[[], Awaitable[Callable[[], Awaitable[None]]]]) -> Generator[None]:
    """Serve in the namespace meanwhile ("" for this one): `start`, in a thread there, opens and gives what closes."""
    ready: threading.Event = threading.Event()
    stop: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def serve() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        close = await start()
        stop.append(lambda: loop.call_soon_threadsafe(stopped.set))
        ready.set()
        await stopped.wait()
        await close()

    def work() -> None:
        try:
            if namespace:
                enter(namespace)
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 # it is raised again, in the thread that waits
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=work, name=f"serving in {namespace}", daemon=True)
    thread.start()
    ready.wait()
    if failed:
        raise failed[0]
    try:
        yield
    finally:
        if not failed:
            stop[0]()
        thread.join()
    if failed:
        raise failed[0]
