"""A bare client of Juju's API: sends what it is told, gives back what comes."""

import asyncio
import json
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect

from lab.juju.testing import PASSWORD, RunningJuju

Answer = dict[str, Any]


class RefusedError(Exception):
    """The whole call was refused: Juju's words, its code, its info."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(answer["error"])
        self.message = str(answer["error"])
        self.code = str(answer.get("error-code", ""))
        self.info = answer.get("error-info")


class Line(Protocol):
    """A websocket."""

    def send(self, text: str, /) -> None: ...
    def recv(self, timeout: float | None = None) -> str | bytes: ...


class Plain:
    """A websocket of this thread alone.

    Two threads on one TLS connection, as websockets.sync has them, can lose what they read (CPython gh-127257).
    """

    def __init__(self, runner: asyncio.Runner, connection: ClientConnection) -> None:
        self._runner = runner
        self._connection = connection

    def send(self, text: str) -> None:
        self._runner.run(self._connection.send(text))

    def recv(self, timeout: float | None = None) -> str | bytes:
        return self._runner.run(asyncio.wait_for(self._connection.recv(), timeout))


@contextmanager
def plain(url: str, context: ssl.SSLContext, name: str | None = "juju-apiserver") -> Generator[Plain]:
    """Connect; `name` is the one that the server's certificate must have, None for the URL's."""

    async def dial() -> ClientConnection:
        return await connect(url, ssl=context, server_hostname=name, max_size=2**26, proxy=None, ping_interval=None)

    with asyncio.Runner() as runner:
        connection = runner.run(dial())
        try:
            yield Plain(runner, connection)
        finally:
            runner.run(connection.close())


class Wire:
    """One connection; answers may come in any order."""

    def __init__(self, socket: Line) -> None:
        self.socket = socket
        self._sent = 0
        self._came: dict[int, Answer] = {}

    def send(self, facade: str, version: int, method: str, params: object = None, **more: object) -> int:
        """Ask, and don't wait; the request's number."""
        self._sent += 1
        asked = {"request-id": self._sent, "type": facade, "version": version, "request": method, **more}
        self.socket.send(json.dumps(asked if params is None else {**asked, "params": params}))
        return self._sent

    def receive(self, number: int, seconds: float = 20) -> Answer:
        """Give the answer to a request as it is on the wire."""
        while number not in self._came:
            answer = json.loads(self.socket.recv(timeout=seconds))
            self._came[answer["request-id"]] = answer
        return self._came.pop(number)

    def call(self, facade: str, version: int, method: str, params: object = None, **more: object) -> Answer:
        """Give the response; RefusedError for an error of the whole call."""
        answer = self.receive(self.send(facade, version, method, params, **more))
        if "error" in answer:
            raise RefusedError(answer)
        response: Answer = answer["response"]
        return response

    def one(self, facade: str, version: int, method: str, params: object, results: str = "results") -> Answer:
        """Give the one result of a bulk call; RefusedError for its error."""
        (result,) = self.call(facade, version, method, params)[results]
        if result.get("error"):
            raise RefusedError({"error": result["error"]["message"], "error-code": result["error"]["code"]})
        return dict(result)

    def login(self, user: str = "admin", password: str = PASSWORD, client: str = "3.6.14") -> Answer:
        asked = {"auth-tag": f"user-{user}", "credentials": password, "client-version": client}
        return self.call("Admin", 3, "Login", asked)


def trust(juju: RunningJuju) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=juju.ca_cert)


@contextmanager
def dialled(juju: RunningJuju, model: str = "") -> Generator[Wire]:
    """Connect to the controller, or a model, without logging in."""
    path = f"/model/{model}/api" if model else "/api"
    url = f"wss://{juju.addresses[0]}{path}"
    with plain(url, trust(juju)) as socket:
        yield Wire(socket)


@contextmanager
def logged_in(juju: RunningJuju, model: str = "", **given: str) -> Generator[Wire]:
    """Connect and log in, as admin unless told otherwise."""
    with dialled(juju, model) as wire:
        wire.login(**{"password": juju.password, **given})
        yield wire


def new_model(juju: RunningJuju, name: str = "work") -> str:
    """Make a model of admin's; its uuid."""
    with logged_in(juju) as wire:
        cloud = next(iter(wire.call("Cloud", 7, "Clouds")["clouds"]))
        asked: Answer = {"name": name, "owner-tag": "user-admin", "cloud-tag": cloud, "config": {}}
        uuid: str = wire.call("ModelManager", 10, "CreateModel", asked)["uuid"]
        return uuid


def deploy(wire: Wire, charm: str, name: str = "", /, **more: object) -> Answer:
    """Deploy a charm of Charmhub; DeployFromRepository's result. RefusedError with its first error."""
    asked = {"CharmName": charm, "ApplicationName": name or charm, **more}
    (result,) = wire.call("Application", 20, "DeployFromRepository", {"Args": [asked]})["Results"]
    if result["Errors"]:
        first = result["Errors"][0]
        raise RefusedError({"error": first["message"], "error-code": first["code"]})
    return dict(result)


def status(wire: Wire, *patterns: str, storage: bool = False) -> Answer:
    return wire.call("Client", 8, "FullStatus", {"patterns": list(patterns), "include-storage": storage})
