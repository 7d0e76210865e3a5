"""The shell: one TLS port for the API's websockets and for what is uploaded beside them.

/api, /model/UUID/api  ─> websocket ─> one task per message ─> session.Session ─> reply, in the order they are ready
/model/UUID/charms, /model/UUID/applications/APP/resources/NAME ─> uploads (HTTP, basic authentication)
commits of the service, from any thread ─> Signal ─> watchers that wait

Paths and limits: juju/juju apiserver/{apiserver,root}.go.
"""

import asyncio
import contextlib
import socket
import weakref
from asyncio.trsock import TransportSocket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeAlias

from aiohttp import WSCloseCode, WSMsgType, web

from lab.juju import tls, uploads
from lab.juju.service import Service
from lab.juju.session import DroppedError, Session, Signal

MAX_MESSAGE: Final = 64 * 1024 * 1024
"""Bytes of a message, and of an upload, at most."""
SILENCE: Final = 180.0
"""Seconds after which a client that sends nothing, not even Pinger.Ping, is cut off (maxClientPingInterval)."""

FAREWELL: Final = 2.0
"""Seconds that a client has to answer when the connection is closed."""

_SERVICE: Final = web.AppKey("service", Service)
_SIGNAL: Final = web.AppKey("signal", Signal)
_TURNS: Final = 5
"""Turns of the loop in which it hears of a connection's end, and closes it; one more than it takes."""

_SOCKETS: Final = web.AppKey("sockets", weakref.WeakSet[web.WebSocketResponse])
_LINKS: Final = web.AppKey("links", list[TransportSocket])
"""Clients' connections: TLS waits half a minute for a client's farewell, and aiohttp does not wait for that."""


Closer: TypeAlias = Callable[[], Awaitable[None]]


async def start(service: Service, host: str, port: int) -> Closer:
    """Serve the controller's API, with its certificate, on host:port; gives what ends it."""
    signal = Signal()
    app = _application(service, signal)
    links = app[_LINKS]
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls.context(service.world.meta)).start()
    unsubscribe = service.subscribe(signal.pulse)

    async def close() -> None:
        unsubscribe()
        await runner.cleanup()
        await _forsake(links)

    return close


async def _forsake(links: Iterable[TransportSocket]) -> None:
    """Let go of connections that wait for their clients' own farewell, while there is a loop to do it in."""
    for each in links:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _application(service: Service, signal: Signal) -> web.Application:
    app = web.Application(client_max_size=MAX_MESSAGE)
    app[_SERVICE], app[_SIGNAL], app[_SOCKETS] = service, signal, weakref.WeakSet[web.WebSocketResponse]()
    app[_LINKS] = list[TransportSocket]()
    app.router.add_get("/", _talk)
    app.router.add_get("/api", _talk)
    app.router.add_get("/model/{model}/api", _talk)
    uploads.add_routes(app.router, service)
    app.on_shutdown.append(_hang_up)
    return app


async def _hang_up(app: web.Application) -> None:
    await asyncio.gather(*(each.close(code=WSCloseCode.GOING_AWAY) for each in list(app[_SOCKETS])))


async def _talk(request: web.Request) -> web.WebSocketResponse:
    talk = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False, timeout=FAREWELL)
    _remember(request)
    await talk.prepare(request)
    request.app[_SOCKETS].add(talk)
    session = Session(request.app[_SERVICE], request.app[_SIGNAL], request.match_info.get("model", ""))
    tasks: set[asyncio.Task[None]] = set()
    try:
        await _listen(talk, session, tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await talk.close()
    return talk


def _remember(request: web.Request) -> None:
    links = request.app[_LINKS]
    links[:] = [each for each in links if each.fileno() != -1]
    if request.transport is not None:
        links.append(request.transport.get_extra_info("socket"))


async def _listen(talk: web.WebSocketResponse, session: Session, tasks: set[asyncio.Task[None]]) -> None:
    """Give each message a task of its own, so that a Next that waits holds up nobody."""
    while (text := await _next(talk)) is not None:
        task = asyncio.create_task(_reply(talk, session, text))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _next(talk: web.WebSocketResponse) -> str | None:
    """Give the next message; None when the client hung up, or was silent for too long."""
    try:
        message = await talk.receive(timeout=SILENCE)
    except TimeoutError:
        return None
    return str(message.data) if message.type is WSMsgType.TEXT else None


async def _reply(talk: web.WebSocketResponse, session: Session, text: str) -> None:
    try:
        reply = await session.answer(text)
    except DroppedError:
        _cut(talk)
        return
    # who hung up meanwhile needs no answer
    with contextlib.suppress(ConnectionResetError):
        await talk.send_str(reply)


def _cut(talk: web.WebSocketResponse) -> None:
    transport = talk.get_extra_info("socket")
    if transport is not None:
        with contextlib.suppress(OSError):
            transport.shutdown(socket.SHUT_RDWR)
