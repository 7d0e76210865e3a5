"""One connection to MAAS per process: kept alive, bounded, timed, retried.

worker thread -> `Connection.send` -> the loop's thread (aiohttp, at most `CONCURRENCY` requests) -> `Answer`, or an
error of `errors` after what may be sent again was. Clock and sleep are arguments, so tests wait for nothing.
aiohttp is imported with the first call: programs and previews, which make none, start without it.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from providers.common.progress import say
from providers.maas.bones import Request
from providers.maas.errors import AnswerLost, Temporary, Unreached, from_answer
from providers.maas.retry import Policy, delay

if TYPE_CHECKING:
    import aiohttp

CONCURRENCY = 16
"""Requests at once: MAAS serves from a few worker processes, more would only queue there."""
TOTAL, CONNECT, READ = 150, 10, 120
"""Seconds for a whole call, its connection, and a silence. MAAS itself gives up on a database conflict after 90."""

Sleep = Callable[[float], Awaitable[None]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """A 2xx answer."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Intent:
    """Why a request is sent: `purpose` completes "MAAS refused to ..."; `repeatable`: sending twice does no harm."""

    purpose: str
    repeatable: bool
    secrets: tuple[str, ...] = ()


class Connection:
    """Sends requests from any thread; `close` ends the loop's thread. All methods may be called concurrently."""

    def __init__(self, policy: Policy | None = None, sleep: Sleep = asyncio.sleep) -> None:
        self._policy = policy or Policy()
        self._sleep = sleep
        self._met = False
        self._began = 0.0
        self._loop = asyncio.new_event_loop()
        self._session: aiohttp.ClientSession | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="maas-connection", daemon=True)
        self._thread.start()

    def send(self, request: Callable[[], Request], intent: Intent) -> Answer:
        """Send and wait; `request` builds it anew for every try, since a signature is good for one.

        Raises the errors of `errors`: Refused and its kinds at once, Temporary once trying again is over.
        """
        context = contextvars.copy_context()  # it tells whose progress a line is

        def tell(line: str) -> None:
            context.run(say, line)

        return asyncio.run_coroutine_threadsafe(self._tries(request, intent, tell), self._loop).result()

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _tries(self, request: Callable[[], Request], intent: Intent, tell: Tell) -> Answer:
        started = time.monotonic()
        self._began = self._began or started
        waited = 0.0
        for attempt in range(1, 1000):
            try:
                return await self._once(request(), intent)
            except Temporary as error:
                # until MAAS first answers all calls share one budget: what was refused to one is refused to all
                elapsed = max(time.monotonic() - (started if self._met else self._began), waited)
                pause = delay(self._policy, error, attempt, elapsed, repeatable=intent.repeatable, met=self._met)
                if pause is None:
                    raise
                tell(f"{error}; trying again in {pause:.1f} s")
            waited += pause
            await self._sleep(pause)
        raise AssertionError("the policy's budget ends every retry")

    async def _once(self, request: Request, intent: Intent) -> Answer:
        import aiohttp

        call = self._client().request(
            request.method, request.url, data=request.body, headers=request.headers, allow_redirects=False
        )
        try:
            async with call as response:
                self._met = True
                body = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _unreached(request, intent, error) from None
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise AnswerLost(f"MAAS's answer to the request to {intent.purpose} was lost: {reason}") from None
        if response.status // 100 != 2:
            text = body.decode("utf-8", "replace")
            raise from_answer(intent.purpose, response.status, response.headers, text, intent.secrets)
        return Answer(dict(response.headers), body)

    def _client(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONCURRENCY)
            timeout = aiohttp.ClientTimeout(total=TOTAL, sock_connect=CONNECT, sock_read=READ)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._session

    async def _end(self) -> None:
        if self._session is not None:
            await self._session.close()


def _unreached(request: Request, intent: Intent, error: Exception) -> Unreached:
    parts = urlsplit(request.url)
    reason = str(getattr(error, "strerror", None) or error)
    return Unreached(
        f"MAAS could not be reached to {intent.purpose}: {reason}; "
        f"maas:apiUrl names {parts.scheme}://{parts.netloc}, where a MAAS must answer"
    )
