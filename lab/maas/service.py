"""The emulator as one object: requests in, replies out, one transaction each.

    request ─> advance to now ─> call faults ─> route ─> authorise ─> handler ─> commit ─> store ─> driver ─> reply
                                                             └ ApiError ─> rollback ─> reply

Thread-safe by one lock: the HTTP server's loop, a test and the control socket may all call.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from lab.maas import accounts, faults, life, pace
from lab.maas.api import RESOURCES
from lab.maas.describe import describe, fingerprint
from lab.maas.driver import HardwareDriver, MemoryDriver, resume, tell
from lab.maas.errors import ApiError, ForbiddenError, UnauthorizedError
from lab.maas.models import Fault, Sight, User
from lab.maas.urls import API, Action, Router
from lab.maas.wire import Call, Data, Reply, Request, form_of, reply
from lab.maas.world import Change, World

REMEMBERED = 100_000
"""So many served calls are remembered at most."""
LOGIN = "/MAAS/accounts/authenticate/"


class Store(Protocol):
    """Where committed changes go before a call is answered."""

    def append(self, changes: list[Change]) -> None:
        """Write the rows that one transaction touched."""

    def close(self) -> None:
        """Write no more."""


@dataclass(frozen=True, slots=True)
class Served:
    """A call that was served, for call budgets; `status` is 0 where the connection was dropped."""

    method: str
    path: str
    op: str
    status: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply and what becomes of it on the wire: waits `delay` seconds, or is lost when `dropped`."""

    reply: Reply
    dropped: bool = False
    delay: float = 0.0


class Service:
    """One MAAS: its world, its clock (a callable giving seconds since the epoch), its store, its hardware."""

    def __init__(
        self, world: World, clock: Callable[[], float], store: Store | None = None, driver: HardwareDriver | None = None
    ) -> None:
        self.world = world
        self.served: list[Served] = []
        self._clock = clock
        self._store = store
        self._driver = driver or MemoryDriver()
        self._lock = threading.RLock()
        self._router = Router(RESOURCES)
        self._hash = fingerprint(RESOURCES)

    def now(self) -> float:
        return pace.time_in(self.world.pace, self._clock())

    @contextmanager
    def transaction(self) -> Generator[World]:
        """Advance the world to now, let the caller change it, commit; everything is undone when the caller raises."""
        with self._lock:
            try:
                life.advance(self.world, self.now())
                yield self.world
            except BaseException:
                self.world.rollback()
                raise
            self._commit()

    def _commit(self) -> None:
        orders = tell(self.world)
        changes = self.world.commit()
        if changes and self._store:
            self._store.append(changes)
        for order in orders:
            order(self._driver)

    def host(self, driver: HardwareDriver) -> None:
        """Let a driver run the rack's machines from now on: those that ought to run boot from their disks."""
        with self._lock:
            self._driver = driver
            self.world.hosted = driver.hosted
            # before time moves on: what was under way must not end as if there were no hosts
            life.forget_sights(self.world)
            orders = resume(self.world)
            self._commit()
            for order in orders:
                order(driver)

    def saw(self, machine: str, sight: Sight) -> None:
        """Take in what the driver saw of a machine of the rack; called from any thread."""
        with self.transaction() as world:
            life.saw(world, machine, sight, self.now())

    def close(self) -> None:
        """End the store; the world stays readable."""
        if self._store:
            self._store.close()
            self._store = None

    def set_pace(self, mode: str, factor: float = 1.0, phases: dict[str, float] | None = None) -> None:
        """Change how fast things go from now on; what is under way keeps its end."""
        with self.transaction() as world:
            world.meta = replace(world.meta, pace=pace.switch(world.pace, self._clock(), mode, factor, phases))

    def advance(self, seconds: float) -> None:
        """Put the world's clock forward and let happen what happens meanwhile."""
        with self.transaction() as world:
            world.meta = replace(world.meta, pace=pace.forward(world.pace, seconds))
            life.advance(world, self.now())

    def handle(self, request: Request) -> Outcome:
        """Serve one request."""
        pairs, op = form_of(request)
        with self._lock:
            with self.transaction() as world:
                struck = faults.strikes_call(world, request.method, request.path, op or "")
            outcome = self._serve(request, Data(pairs), op, struck)
            dropped = 0 if outcome.dropped else outcome.reply.status
            if len(self.served) >= REMEMBERED:
                del self.served[: REMEMBERED // 2]
            self.served.append(Served(request.method, request.path, op or "", dropped))
        headers = {"X-MAAS-API-Hash": self._hash, **outcome.reply.headers}
        return replace(outcome, reply=replace(outcome.reply, headers=headers))

    def _serve(self, request: Request, data: Data, op: str | None, struck: list[Fault]) -> Outcome:
        kinds = {fault.kind: fault for fault in struck}
        delay = kinds["slow"].seconds if "slow" in kinds else 0.0
        if "drop-before" in kinds:
            return Outcome(Reply(), dropped=True, delay=delay)
        if "status" in kinds:
            return Outcome(_faulty(kinds["status"]), delay=delay)
        answer = self._answer(request, data, op)
        return Outcome(answer, dropped="drop-after" in kinds, delay=delay)

    def _answer(self, request: Request, data: Data, op: str | None) -> Reply:
        try:
            with self.transaction() as world:
                try:
                    return self._dispatch(world, request, data, op)
                except ApiError as error:
                    if not error.keeps:
                        raise
                    return _error(error)
        except ApiError as error:
            return _error(error)

    def _dispatch(self, world: World, request: Request, data: Data, op: str | None) -> Reply:
        if request.path == LOGIN:
            return reply(_login(Call(world, self.now(), None, {}, data, request)))
        if request.path == API + "describe/" and request.method == "GET":
            return reply(describe(RESOURCES, request.origin))
        resource, holes, suffix = self._router.find(request.path)
        caller = accounts.caller_of(world, request.authorization)
        if caller is None and not any(each.anon for each in resource.actions):
            raise UnauthorizedError("Forbidden")
        action = resource.action(request.method, suffix or op)
        _authorise(action, caller)
        return reply(action.run(Call(world, self.now(), caller, holes, data, request)), action.status)


def _authorise(action: Action, caller: User | None) -> None:
    if caller is None and not action.anon:
        raise UnauthorizedError("Forbidden")
    if action.admin and not (caller and caller.is_superuser):
        raise ForbiddenError("User is not allowed access to this API.")


def _login(call: Call) -> object:
    """Trade a name and a password for an API key (source: MAAS 3.5 /MAAS/accounts/authenticate/)."""
    if call.request.method != "POST":
        raise ApiError(status=405)
    user = call.world.users.find(call.data.text("username"))
    if user is None or not accounts.password_fits(user, call.data.text("password")):
        raise ForbiddenError("")
    consumer = call.data.text("consumer", "API")
    known = (each for each in call.world.tokens if each.username == user.username and each.name == consumer)
    token = next(known, None) or accounts.new_token(call.world, user.username, consumer)
    return {
        "consumer_key": token.consumer_key,
        "token_key": token.key,
        "token_secret": token.secret,
        "name": token.name,
    }


def _error(error: ApiError) -> Reply:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Reply(error.status, error.body.encode(), error.content_type, headers)


def _faulty(fault: Fault) -> Reply:
    return _error(ApiError(fault.text, status=fault.status, retry_after=fault.retry_after))
