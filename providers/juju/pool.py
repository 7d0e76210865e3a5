"""All connections of the process to one controller: one per model, and one for the controller itself.

call of any thread -> the model's connection, opened and logged in at first need, once for all who wait for it -> the
version both sides speak -> answer, or an error of `errors` after what may be sent again was (a call, or the only item
of a bulk call). A connection that ended is opened anew by the next call. Sleep is an argument: tests wait for nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
import functools
import itertools
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from providers.common.progress import say
from providers.common.raw import Raw
from providers.common.retry import Policy, pause
from providers.juju.dialing import NoDial, Tls, dial, first_of, tls_for, unreachable
from providers.juju.endpoint import Endpoint
from providers.juju.errors import (
    AnswerLost,
    JujuError,
    LoginRefused,
    NotDone,
    NotFound,
    Temporary,
    Unreached,
    from_answer,
    of_only_item,
)
from providers.juju.login import ADMIN_VERSION, CLIENT_VERSION, Welcome, no_model, refusal, request, welcome
from providers.juju.wire import CLOSED, Ended, Line, Loop, Request

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

LOGINS = 4
"""Logins at once: more at a time run into the controller's own timeouts."""
LOGIN = 30.0
"""Seconds that a login may take."""


@dataclass(frozen=True)
class Intent:
    """Why a call is made: `purpose` completes "Juju refused to ..."; `repeatable`: sending twice does no harm.

    `patience`: the most seconds in which it is sent again, where they are fewer than the pool's policy has.
    """

    purpose: str
    repeatable: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    patience: float = math.inf


@dataclass(frozen=True)
class Held:
    """An open connection and what its login told."""

    line: Line
    welcome: Welcome


class Pool:
    """Calls from any thread; `close` ends all connections. A model is named by its UUID, "" is the controller."""

    def __init__(
        self,
        endpoint: Endpoint,
        policy: Policy | None = None,
        sleep: Sleep = asyncio.sleep,
        line: Callable[..., Line] = Line,
    ) -> None:
        self.endpoint = endpoint
        self.tls: Tls = tls_for(endpoint)
        self._policy = policy or Policy()
        self._sleep = sleep
        self._line = line
        self._loop = Loop()
        self._addresses = endpoint.addresses
        self._client = endpoint.version or CLIENT_VERSION
        self._met = False
        self._began = 0.0
        self._held: dict[str, Held] = {}
        self._opening: dict[str, asyncio.Task[Held]] = {}
        self._closing = False
        self._logins = asyncio.Semaphore(LOGINS)

    def call(self, model: str, facade: str, method: str, params: Raw, intent: Intent) -> Raw:
        """Call and wait. Raises the errors of `errors`: Refused and its kinds at once, Temporary in the end."""
        return self._run(intent, lambda: self._once(model, facade, method, params, intent))

    def welcome(self, model: str, purpose: str = "ask its version") -> Welcome:
        """Give what the login told, logging in when nobody did yet."""
        intent = Intent(purpose, repeatable=True)
        return self._run(intent, lambda: self._opened(model, purpose)).welcome

    def close(self) -> None:
        """End all connections and their thread."""
        self._loop.close(self._end())

    def _run(self, intent: Intent, once: Callable[[], Awaitable[T]]) -> T:
        context = contextvars.copy_context()  # it tells whose progress a line is

        def tell(line: str) -> None:
            context.run(say, line)

        try:
            return self._loop.run(self._tries(once, intent, tell))
        except Ended as error:
            if error.sent:
                raise _lost(intent, error) from None
            raise _closed(intent.purpose) from None

    async def _tries(self, once: Callable[[], Awaitable[T]], intent: Intent, tell: Callable[[str], None]) -> T:
        started, waited = time.monotonic(), 0.0
        self._began = self._began or started
        for attempt in itertools.count(1):
            try:
                return await once()
            except Temporary as error:
                # until Juju first answers all calls share one budget: what was refused to one is refused to all
                elapsed = max(time.monotonic() - (started if self._met else self._began), waited)
                wait = self._again(error, attempt, elapsed, intent)
                if wait is None:
                    raise
                tell(f"{error}; trying again in {wait:.1f} s")
            waited += wait
            await self._sleep(wait)
        raise AssertionError("the policy's budget ends every retry")

    def _again(self, error: Temporary, attempt: int, elapsed: float, intent: Intent) -> float | None:
        if isinstance(error, AnswerLost) and not intent.repeatable:
            return None
        policy = replace(self._policy, budget=min(self._policy.budget, intent.patience))
        return pause(policy, attempt, elapsed, contact=isinstance(error, Unreached) and not self._met)

    async def _once(self, model: str, facade: str, method: str, params: Raw, intent: Intent) -> Raw:
        held = await self._opened(model, intent.purpose)
        version = held.welcome.version_of(facade)
        try:
            reply = await held.line.ask(Request(facade, version, method, params))
        except Ended as error:
            raise _lost(intent, error) from None
        if reply.failed:
            raise from_answer(intent.purpose, reply.error, reply.code, reply.info, intent.secrets)
        failed = of_only_item(intent.purpose, reply.response, intent.secrets)
        if isinstance(failed, Temporary):
            raise failed
        return reply.response

    async def _opened(self, model: str, purpose: str) -> Held:
        if self._closing:
            raise _closed(purpose)
        held = self._held.get(model)
        if held is not None and not held.line.ended:
            return held
        if model not in self._opening:
            self._opening[model] = asyncio.create_task(self._open(model))
            self._opening[model].add_done_callback(functools.partial(self._settled, model))
        try:
            return await asyncio.shield(self._opening[model])
        except NoDial as error:
            raise unreachable(purpose, self.endpoint, error.failures) from None
        except JujuError as error:
            raise copy.copy(error) from None  # one for each that waited: they add their own frames to it

    def _settled(self, model: str, opening: asyncio.Task[Held]) -> None:
        del self._opening[model]
        if not opening.cancelled() and opening.exception() is None:
            self._held[model] = opening.result()

    async def _open(self, model: str) -> Held:
        ended = self._held.pop(model, None)
        if ended is not None:
            await ended.line.close()
        try:
            async with self._logins:
                return await self._suited(model)
        except (LoginRefused, NotFound):
            if not model:
                raise
        # Juju may say the same of a wrong password and of a model that is gone; only to a user of it is that believed
        await self._opened("", "log in")
        raise no_model(self.endpoint, model)

    async def _suited(self, model: str) -> Held:
        """Log in; once more where the controller refuses clients of our version, as Juju 2.9 does."""
        held = await self._log_in(model)
        if held.welcome.speaks_like(self._client):
            return held
        await held.line.close()
        self._client = held.welcome.version
        return await self._log_in(model)

    async def _log_in(self, model: str) -> Held:
        path = f"/model/{model}/api" if model else "/api"
        address, socket = await first_of(self._addresses, lambda address: dial(address, path, self.tls, self._client))
        self._addresses = (address, *(other for other in self._addresses if other != address))
        line = self._line(socket)
        try:
            held = Held(line, await self._welcomed(line, address, model))
        except BaseException:
            await line.close()
            raise
        self._met = True
        return held

    async def _welcomed(self, line: Line, address: str, model: str) -> Welcome:
        login = Request("Admin", ADMIN_VERSION, "Login", request(self.endpoint, self._client))
        try:
            reply = await line.ask(login, LOGIN)
        except Ended as error:
            raise NotDone(f"The controller at {address} did not answer the login: {error}") from None
        if reply.failed:
            raise refusal(self.endpoint, address, model, reply.error, reply.code, reply.info)
        return welcome(address, reply.response)

    async def _end(self) -> None:
        self._closing = True
        openings = tuple(self._opening.values())
        for opening in openings:
            opening.cancel()
        await asyncio.gather(*openings, return_exceptions=True)
        for held in tuple(self._held.values()):
            await held.line.close()


def _closed(purpose: str) -> JujuError:
    return JujuError(f"Juju can't be asked any more to {purpose}: {CLOSED}")


def _lost(intent: Intent, error: Ended) -> Temporary:
    if error.sent:
        return AnswerLost(f"Juju's answer to the request to {intent.purpose} was lost: {error}")
    return NotDone(f"Juju's connection ended before the request to {intent.purpose}: {error}")
