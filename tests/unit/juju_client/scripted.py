"""A controller that misbehaves to order: what the lab's can't do, or not on command.

`Scripted.answers[facade, method]` is a value, or a function of the parameters; `DROP` closes the connection instead of
answering, `SILENCE` says nothing, `Refusal` is an error. Answers are given as they come, several at a time.
"""

import asyncio
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from providers.juju.dialing import CERTIFIED
from providers.juju.endpoint import Endpoint
from providers.juju.facades import SPOKEN
from tests.support.certificates import certificate_text, key_text, new_key

DROP: Final = object()
SILENCE: Final = object()
PASSWORD: Final = "correct horse battery"
FACADES: Final = [{"name": name, "versions": list(versions)} for name, versions in SPOKEN.items()]


@dataclass(frozen=True)
class Refusal:
    """Juju's error of a whole call."""

    error: str
    code: str = ""
    info: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as one PEM file; `certificate` is its own authority."""

    certificate: str
    file: Path


@cache
def identity(host: str = CERTIFIED) -> Identity:
    """Make a certificate that signs itself, once per name and process."""
    key = new_key()
    certificate = certificate_text(key, host)
    file = Path(tempfile.mkdtemp()) / "server.pem"
    file.write_text(key_text(key) + certificate)
    return Identity(certificate, file)


@dataclass
class Scripted:
    """What the server is told to do, and what it saw. `calls`: "Facade.Method" in order, logins and pings apart."""

    port: int = 0
    version: str = "3.6.14"
    answers: dict[tuple[str, str], object] = field(default_factory=dict[tuple[str, str], object])
    calls: list[str] = field(default_factory=list[str])
    logins: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(path, client version) of each login that was let in."""
    pings: int = 0
    pinged: threading.Event = field(default_factory=threading.Event)
    open: set[ServerConnection] = field(default_factory=set[ServerConnection])
    most_in_flight: int = 0
    in_flight: int = 0
    certificate: str = ""
    close: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def endpoint(self, password: str = PASSWORD, **other: Any) -> Endpoint:
        given: dict[str, Any] = {"addresses": (self.address,), "ca_cert": self.certificate, **other}
        return Endpoint(username="admin", password=password, **given)

    def login(self, params: Mapping[str, object]) -> object:
        if params["credentials"] != PASSWORD:
            return Refusal("invalid entity name or password", "unauthorized access")
        user = {"identity": "user-admin", "controller-access": "superuser"}
        return {
            "server-version": self.version,
            "controller-tag": "controller-1",
            "user-info": user,
            "facades": FACADES,
            "servers": None,
        }

    async def serve_one(self, socket: ServerConnection) -> None:
        self.open.add(socket)
        tasks: set[asyncio.Task[None]] = set()
        with suppress(ConnectionClosed):
            async for frame in socket:
                task = asyncio.create_task(self._answer(socket, json.loads(frame)))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        self.open.discard(socket)
        for task in tasks:
            task.cancel()

    async def _answer(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = self._chosen(socket, message)
            if asyncio.iscoroutine(answer):
                answer = await answer
        finally:
            self.in_flight -= 1
        with suppress(ConnectionClosed):
            await self._send(socket, message["request-id"], answer)

    async def _send(self, socket: ServerConnection, number: int, answer: object) -> None:
        if answer is SILENCE:
            return
        if answer is DROP:
            socket.transport.abort()
            return
        if isinstance(answer, str):
            await socket.send(answer)
            return
        reply: dict[str, object] = {"request-id": number, "response": answer}
        if isinstance(answer, Refusal):
            reply = {"request-id": number, "error": answer.error, "error-code": answer.code}
            reply["error-info"] = dict(answer.info)
        await socket.send(json.dumps(reply))

    def _chosen(self, socket: ServerConnection, message: dict[str, Any]) -> object:
        key = (message["type"], message["request"])
        scripted: Any = self.answers.get(key)
        answer: Any = scripted(message["params"]) if callable(scripted) else scripted
        if key == ("Pinger", "Ping"):
            self.pings += 1
            self.pinged.set()
        elif key != ("Admin", "Login"):
            self.calls.append(".".join(key))
        else:
            answer = answer or self.login(message["params"])
            if not isinstance(answer, Refusal):
                assert socket.request is not None
                self.logins.append((socket.request.path, message["params"]["client-version"]))
        nothing: dict[str, object] = {}
        return nothing if answer is None else answer


@contextmanager
def scripted(host: str = CERTIFIED) -> Generator[Scripted]:
    """Serve on a free port of 127.0.0.1 until left."""
    script = Scripted(certificate=identity(host).certificate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Server:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(identity(host).file)
        return await serve(script.serve_one, "127.0.0.1", 0, ssl=tls, ping_interval=None)

    async def stop() -> None:
        server.close(close_connections=True)
        await server.wait_closed()

    async def cut() -> None:
        for socket in tuple(script.open):
            socket.transport.abort()
            await socket.wait_closed()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    server: Server = run(start())
    script.port = next(iter(server.sockets)).getsockname()[1]
    script.close = lambda: run(cut())
    try:
        yield script
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
