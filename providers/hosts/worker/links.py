"""All connections of the worker: one per server and login, opened at need, reused, reopened.

Connection -> `Links.use` -> the server's queue, then an open Link. Waiting for a server that boots ends `patience`
seconds after the call came in, with what the last try said.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager

import gevent
from gevent.lock import BoundedSemaphore
from paramiko import SSHException

from providers.hosts.connection import Connection
from providers.hosts.errors import UnreachableError
from providers.hosts.worker.command import LostError
from providers.hosts.worker.link import Link, NotYetError, check_host_key, open_link

Say = Callable[[str], None]
PAUSE = 2.0
"""Seconds between two tries to connect."""
TELL_EVERY = 10.0
"""Seconds between two lines about a server that is waited for."""


class Links:
    """The connections, and one queue per server: what is done on a server is done in the order it was asked for."""

    def __init__(
        self,
        connect: Callable[[Connection, Link | None], Link] = open_link,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = gevent.sleep,
    ) -> None:
        self._connect = connect
        self._now = now
        self._pause = pause
        self._open: dict[str, Link] = {}
        self._queues: dict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(1))
        self._openers: dict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(1))

    @contextmanager
    def use(self, connection: Connection, say: Say) -> Generator[Link]:
        """Wait for the server's queue, and for the server; hold the queue."""
        deadline = self._now() + connection.patience
        with self._queues[_place(connection)]:
            yield self._link(connection, say, deadline)

    def again(self, connection: Connection, say: Say) -> Link:
        """Open the connection again for somebody who holds the queue, and has lost it."""
        return self._link(connection, say, self._now() + connection.patience)

    def _link(self, connection: Connection, say: Say, deadline: float) -> Link:
        login = _login(connection)
        with self._openers[login]:
            found = self._open.get(login)
            if found is not None and _comparable(connection, found) and found.answers():
                check_host_key(connection, found.host_key)
                return found
            self._open[login] = self._patiently(connection, say, deadline)
            return self._open[login]

    def _below(self, connection: Connection, say: Say, deadline: float) -> Link | None:
        if connection.proxy is None:
            return None
        try:
            return self._link(connection.proxy, say, deadline)
        except UnreachableError as error:
            raise UnreachableError(
                f"{connection.name} is reached through {connection.proxy.name}, but {error}"
            ) from None

    def _patiently(self, connection: Connection, say: Say, deadline: float) -> Link:
        started = told = self._now()
        while True:
            try:
                return self._connect(connection, self._below(connection, say, deadline))
            except (OSError, EOFError, SSHException, NotYetError, LostError) as error:
                reason = _said(error)
            now = self._now()
            if now + PAUSE > deadline:
                raise UnreachableError(_unreachable(connection, now - started, reason))
            if now - told >= TELL_EVERY:
                told = now
                left = f"{deadline - now:.0f} s left"
                say(f"{connection.name}: waiting for SSH at {connection.address}, {left} ({reason})")
            self._pause(PAUSE)


def _comparable(connection: Connection, link: Link) -> bool:
    """Say whether the open connection showed a host key of the kind that is known; a server has one of each kind."""
    return not connection.host_key or connection.host_key.split(" ")[0] == link.host_key.split(" ")[0]


def _unreachable(connection: Connection, waited: float, reason: str) -> str:
    after = f" within {waited:.0f} seconds" if waited >= 1 else ""
    return f"{connection.name} does not answer over SSH at {connection.address}{after}; the last try said: {reason}"


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _place(connection: Connection) -> str:
    """Name the server that a connection leads to, whoever logs in."""
    before = _place(connection.proxy) if connection.proxy else ""
    return f"{before}>{connection.host}:{connection.port}"


def _login(connection: Connection) -> str:
    """Name the login, so that two keys never share a connection; a digest, since keys are secrets."""
    before = _login(connection.proxy) if connection.proxy else ""
    proof = repr((connection.private_key, connection.passphrase, connection.password))
    digest = hashlib.sha256(proof.encode()).hexdigest()
    return f"{before}>{connection.user}@{connection.host}:{connection.port}#{digest}"
