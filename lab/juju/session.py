"""One connection of the controller: requests in, replies out, each in a transaction of its own.

message ─> Request ─> faults ─> facade, version, method ─> Method within `Service.transaction` ─> reply
                                     │                           ├ JujuError: an error of the whole call
                                     └ not logged in: Admin only └ NotYetError: asked again after the next commit,
                                                                   while other requests of the connection go on
Words and codes: juju/juju apiserver/{root,admin,restrict_*}.go, rpc/rpcreflect.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from lab.juju import faults, four, versions
from lab.juju.errors import MODEL_NOT_FOUND, NOT_IMPLEMENTED, NOT_SUPPORTED, TRY_AGAIN, JujuError, KeptError
from lab.juju.facades import FACADES, admin
from lab.juju.models import Fault, Json
from lab.juju.rpc import Call, Facade, Fields, Method
from lab.juju.service import Served, Service
from lab.juju.watch import FACT, NotYetError, Watchers
from lab.juju.world import World

REMEMBERED: Final = 100_000
"""So many served calls are remembered at most."""
FOREVER: Final = 3600.0
"""Seconds that a login that never ends is let wait: longer than any client does."""

_log = logging.getLogger("lab")
_BY_NAME: Final = {facade.name: facade for facade in FACADES}


class DroppedError(Exception):
    """The connection is cut instead of answering."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks. `id` is the watcher's; `version` 0 is a client's that names none."""

    number: int
    facade: str
    version: int
    id: str
    method: str
    params: Mapping[str, object]


def parse(text: str) -> Request:
    """Read a message (juju/juju rpc/jsoncodec); DroppedError for what is none: Juju cuts such a connection."""
    try:
        raw: object = json.loads(text)
    except ValueError as error:
        raise DroppedError("the message is no JSON") from error
    if not isinstance(raw, dict):
        raise DroppedError("the message is no object")
    fields = Fields(cast("Mapping[str, object]", raw))
    try:
        return Request(
            fields.whole("request-id"),
            fields.text("type"),
            fields.whole("version"),
            fields.text("id"),
            fields.text("request"),
            fields.map("params"),
        )
    except JujuError as error:
        raise DroppedError(error.message) from error


class Signal:
    """Tells all who wait that the world has changed; lives in one loop, pulsed from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The event of the next change from now."""
        return self._next

    def pulse(self) -> None:
        # who commits just when the server ends finds its loop closed
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._pulse)

    def _pulse(self) -> None:
        past, self._next = self._next, asyncio.Event()
        past.set()


@dataclass
class Session:
    """A connection to the controller ("" as model) or to a model; knows who logged in, and what it watches."""

    service: Service
    signal: Signal
    model: str
    user: str = ""
    client: str = ""
    watchers: Watchers = field(default_factory=Watchers)

    async def answer(self, text: str) -> str:
        """Serve one message; DroppedError when the connection is to be cut."""
        request = parse(text)
        struck = self._struck(request)
        # an error has an empty response beside it: Go writes the empty struct, and libjuju counts on it
        reply: Json = {"request-id": request.number, "response": {}}
        try:
            await _suffer(struck)
            reply["response"] = await self._respond(request)
        except JujuError as error:
            reply |= {"error": error.message, "error-code": error.code}
            if error.info is not None:
                reply["error-info"] = dict(error.info)
        except DroppedError:
            raise
        except Exception as error:  # noqa: BLE001 # a defect of the lab: the client must see it, not wait for ever
            _log.exception("%s.%s failed", request.facade, request.method)
            reply |= {"error": f"panic: {type(error).__name__}: {error}", "error-code": ""}
        if "drop-after" in struck:
            raise DroppedError("a fault cut the connection after the call")
        return json.dumps(reply)

    async def _respond(self, request: Request) -> Json:
        self._served(request)
        while True:
            changed = self.signal.next
            response = self._tried(request)
            if response is not None:
                if request.method == "Stop":
                    # a Next that waits for that watcher ends now
                    self.signal.pulse()
                return response
            await changed.wait()

    def _struck(self, request: Request) -> dict[str, Fault]:
        if len(self.service.world.faults) == 0:
            return {}
        with self.service.transaction() as world:
            struck = faults.strikes_call(world, self.model, request.facade, request.method)
            return {fault.kind: fault for fault in struck}

    def _tried(self, request: Request) -> Json | None:
        """Give the response, None when there is nothing to tell yet."""
        with self.service.transaction() as world:
            kept = self._answered(world, request)
        if isinstance(kept, KeptError):
            raise kept
        return kept

    def _answered(self, world: World, request: Request) -> Json | KeptError | None:
        facts = {FACT: self.watchers}
        call = Call(world, self.service.now(), self.user, self.model, request.version, request.id, facts)
        if request.facade == "Admin":
            return self._admin(call, request)
        method = self._method(call, request)
        try:
            return self._run(call, request, method)
        except NotYetError:
            return None
        except KeptError as error:
            return error

    def _run(self, call: Call, request: Request, method: Method) -> Json:
        dialect = versions.dialect(call.world.meta.version, request.facade, request.version)
        if dialect is None:
            return method(call, Fields(request.params))
        return dialect.spoken(method(call, Fields(dialect.heard(dict(request.params)))))

    def _served(self, request: Request) -> None:
        served = self.service.served
        if request.facade == "Admin":
            return
        if len(served) >= REMEMBERED:
            del served[: REMEMBERED // 2]
        served.append(Served(self.model, request.facade, request.version, request.method))

    def _admin(self, call: Call, request: Request) -> Json:
        if request.version != 3:
            # the code stands in the words too: Juju makes this answer of an error that already shows its own
            message = f"this version of Juju does not support login from old clients ({NOT_SUPPORTED})"
            raise JujuError(message, NOT_SUPPORTED)
        if request.method == "RedirectInfo":
            return admin.redirect_info(call, Fields(request.params))
        if request.method != "Login":
            raise _no_method(request)
        if self.user:
            raise JujuError("already logged in")
        fields = Fields(request.params)
        self.user, result = admin.login(call, fields, offered(call.world.meta.version, self.model))
        self.client = fields.text("client-version")
        self.service.logins.append((self.user, self.model))
        return result

    def _method(self, call: Call, request: Request) -> Method:
        version = call.world.meta.version
        if not self.user:
            raise _no_facade(request)
        if call.model and call.model not in call.world.models:
            raise JujuError(f'model "{call.model}" not found', MODEL_NOT_FOUND)
        versions.check_client(version, self.client, request.facade, request.method)
        facade = _BY_NAME.get(request.facade)
        if facade is None:
            raise _no_facade(request)
        self._check_login(version, facade)
        if request.version not in versions.advertised(version, facade):
            raise _no_facade(request)
        method = facade.methods.get(request.method)
        if method is None or not versions.has_method(version, facade.name, request.version, request.method):
            raise _no_method(request)
        return four.METHODS.get((facade.name, request.method), method) if versions.major(version) >= 4 else method

    def _check_login(self, version: str, facade: Facade) -> None:
        kind = "model" if self.model else "controller"
        if kind not in versions.logins(version, facade):
            raise JujuError(f'facade "{facade.name}" not supported for {kind} API connection', NOT_SUPPORTED)


async def _suffer(struck: Mapping[str, Fault]) -> None:
    """Let happen what faults do to a call; returns where it is served all the same."""
    if "slow" in struck:
        await asyncio.sleep(struck["slow"].seconds)
    if "drop" in struck:
        raise DroppedError("a fault cut the connection")
    if "login" in struck:
        await asyncio.sleep(FOREVER)
    if "call" in struck:
        raise JujuError(struck["call"].text, struck["call"].code)
    if "try-again" in struck:
        raise JujuError(struck["try-again"].text or "try again", TRY_AGAIN)


def offered(version: str, model: str) -> Mapping[str, Sequence[int]]:
    """Give what a login lists: the facades that such a connection can call, with their versions."""
    kind = "model" if model else "controller"
    listed = {
        each.name: versions.advertised(version, each) for each in FACADES if kind in versions.logins(version, each)
    }
    return {"Admin": (3,), **{name: numbers for name, numbers in listed.items() if numbers}}


def _no_facade(request: Request) -> JujuError:
    if request.version:
        return JujuError(f'unknown version ({request.version}) of interface "{request.facade}"', NOT_IMPLEMENTED)
    return JujuError(f'unknown object type "{request.facade}"', NOT_IMPLEMENTED)


def _no_method(request: Request) -> JujuError:
    name = f"{request.facade}({request.version})" if request.version else request.facade
    return JujuError(f"no such request - method {name}.{request.method} is not implemented", NOT_IMPLEMENTED)
