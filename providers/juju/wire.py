"""One websocket to a controller: JSON requests by number, many at once.

websocket (`dialing`) -> `Line.ask(request)` from any task of the loop -> `Reply`, or `Ended` when the connection went
before the answer came. `Loop` is the one thread in which all lines of the process live.

Source: Juju 3.6 rpc/jsoncodec; its server drops a client that is silent for three minutes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from providers.common.raw import Raw, mapping, text, whole

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

T = TypeVar("T")

IN_FLIGHT = 8
"""Requests at once on one connection; more would only queue in the controller."""
CLOSED = "all connections were closed on this side"
ANSWER, PING = 150.0, 30.0
"""Seconds for an answer, and of silence before a ping, which has as long to be answered."""


@dataclass(frozen=True)
class Request:
    """A call of a facade's method."""

    facade: str
    version: int
    method: str
    params: Raw = field(default_factory=dict[str, object], repr=False)


@dataclass(frozen=True)
class Reply:
    """An answer: `response`, or Juju's error in `error`, with its code and info."""

    response: Raw = field(default_factory=dict[str, object], repr=False)
    error: str = ""
    code: str = ""
    info: Raw = field(default_factory=dict[str, object], repr=False)

    @property
    def failed(self) -> bool:
        return bool(self.error or self.code)


class Ended(Exception):  # noqa: N818 - it says what happened; the caller decides what it means
    """The connection ended before the answer came. `sent`: whether the request may have arrived."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class Loop:
    """A thread with an event loop, for callers in other threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="juju-connections", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the loop's thread and wait for the result; raises Ended when the loop is closed, or is meanwhile."""
        with self._lock:  # what comes in before `close` is cancelled by it, and nothing comes in after
            running = None if self._closing else asyncio.run_coroutine_threadsafe(work, self._loop)
        if running is None:
            work.close()
            raise Ended(CLOSED, sent=False)
        try:
            return running.result()
        except CancelledError:
            raise Ended(CLOSED, sent=True) from None

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Do the `last` thing, cancel what still runs then, and end the thread; once, all further calls do nothing."""
        with self._lock:
            first, self._closing = not self._closing, True
        if not first:
            last.close()
            return
        try:
            asyncio.run_coroutine_threadsafe(self._wind_up(last), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _wind_up(self, last: Coroutine[Any, Any, None]) -> None:
        try:
            await last
        finally:
            while others := asyncio.all_tasks() - {asyncio.current_task()}:  # one that ends may have begun another
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)


class Line:
    """An open connection. All methods belong to the loop's thread."""

    def __init__(self, socket: ClientConnection, *, answer: float = ANSWER, ping: float = PING) -> None:
        self._socket = socket
        self._answer = answer
        self._ping = ping
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Reply]] = {}
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._ended = ""
        self._heard = asyncio.get_running_loop().time()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep())]

    @property
    def ended(self) -> str:
        """Why it ended, "" while it is open."""
        return self._ended

    async def ask(self, request: Request, patience: float | None = None) -> Reply:
        """Send and wait for the answer, at most so many seconds, behind at most `IN_FLIGHT` others; raises Ended."""
        async with self._room:
            return await self._exchange(request, patience or self._answer)

    async def close(self) -> None:
        """Close it; what still waits for an answer gets Ended."""
        self._end("it was closed on this side")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    async def _exchange(self, request: Request, patience: float) -> Reply:
        from websockets.exceptions import ConnectionClosed

        if self._ended:
            raise Ended(self._ended, sent=False)
        number = next(self._numbers)
        future = self._pending[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(_written(number, request))
            return await asyncio.wait_for(future, patience)
        except ConnectionClosed as error:
            raise Ended(_closed(error), sent=True) from None
        except TimeoutError:
            raise Ended(f"no answer came within {patience:.0f} s", sent=True) from None
        finally:
            self._pending.pop(number, None)
            if future.done() and not future.cancelled():
                future.exception()  # it was seen, also when the send failed before anybody waited for it

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        clock = asyncio.get_running_loop().time
        try:
            while True:
                frame = await self._socket.recv()
                self._heard = clock()
                self._deliver(frame)
        except ConnectionClosed as error:
            self._end(_closed(error))
        except (ValueError, TypeError) as error:
            self._end(f"what it sent is not Juju's: {error}")
            await self._socket.close()

    def _deliver(self, frame: str | bytes) -> None:
        message: object = json.loads(frame)
        if not isinstance(message, dict):
            raise ValueError("a message is not a JSON object")  # noqa: TRY004 - one kind for all that is not Juju's
        number, reply = _read_reply(cast("Raw", message))
        future = self._pending.get(number)
        if future is not None and not future.done():
            future.set_result(reply)

    async def _keep(self) -> None:
        """Ping while nothing is heard, and give the connection up when that is not answered either."""
        clock = asyncio.get_running_loop().time
        while not self._ended:
            await asyncio.sleep(max(0.0, self._heard + self._ping - clock()))
            if clock() - self._heard < self._ping:
                continue
            try:
                await self._exchange(Request("Pinger", 1, "Ping"), self._ping)
            except Ended as error:
                self._end(f"it was silent: {error}")
                await self._socket.close()

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = reason
            for future in self._pending.values():
                if not future.done():
                    future.set_exception(Ended(reason, sent=True))


def _written(number: int, request: Request) -> str:
    message = {
        "request-id": number,
        "type": request.facade,
        "version": request.version,
        "request": request.method,
        "params": _plain(request.params),
    }
    return json.dumps(message)


def _plain(value: object) -> object:
    """Write whole numbers without a point: Pulumi's wire has only floats, and Juju's structures take no 3.0 for a 3."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    return value


def _read_reply(message: Raw) -> tuple[int, Reply]:
    number = whole(message, "request-id")
    error, code = text(message, "error"), text(message, "error-code")
    return number, Reply(mapping(message, "response"), error, code, mapping(message, "error-info"))


def _closed(error: Exception) -> str:
    reason = str(error)
    return f"the connection was closed ({reason})" if reason else "the connection was closed"
