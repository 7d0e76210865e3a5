"""An SSH connection to a server that may still boot, through a bastion host if need be.

Connection ─> keys (checked before anything is dialled) ─> dial ─ fails ─> patience ─> dial again, told to the person
                                                             └─> asyncssh connection, closed at the end of the block

Secrets stand in no message here: an error names host, step and reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncssh

from plugins.command.errors import CommandError, HostGoneError
from plugins.command.patience import GiveUp, Policy, Trouble, next_step, policy_of
from plugins.command.settings import Connection, Endpoint
from plugins.command.telling import Teller

_HANDSHAKE_SECONDS: Final = 60.0
_CLOSE_SECONDS: Final = 5.0
_PROHIBITED: Final = 1
"""RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED."""
_ALIVE_SECONDS: Final = 30


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait: seconds now, and a pause."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL: Final = Clock()


@dataclass(frozen=True)
class Credentials:
    """What logs in to one endpoint: a key that was read, an agent that was found, a server key to expect."""

    key: asyncssh.SSHKey | None
    agent: str | None
    host_key: asyncssh.SSHKey | None


@asynccontextmanager
async def connected(
    connection: Connection, teller: Teller, *, farewell: bool = False, clock: Clock = REAL
) -> AsyncGenerator[asyncssh.SSHClientConnection]:
    """Connect, and close at the end; `farewell` is for deletes, which look for a server only shortly.

    Raises
    ------
    HostGoneError: the server, or the bastion host, did not answer.
    CommandError: a key cannot be read, a login was refused, or the server is not the one that hostKey names.

    """
    opened: list[asyncssh.SSHClientConnection] = []
    try:
        for endpoint, what in ((connection.proxy, "proxy "), (connection.server, "")):
            if endpoint is not None:
                dialer = Dialer(endpoint, what, opened[-1] if opened else None)
                opened.append(await dialer.persist(policy_of(endpoint.error_limit, farewell=farewell), teller, clock))
        yield opened[-1]
    finally:
        for link in reversed(opened):
            await _close(link)


async def _close(link: asyncssh.SSHClientConnection) -> None:
    link.close()
    try:
        await asyncio.wait_for(link.wait_closed(), _CLOSE_SECONDS)
    except (TimeoutError, OSError, asyncssh.Error):
        link.abort()


@dataclass
class Dialer:
    """Dials one endpoint, through `tunnel` where there is one; `what` stands before its name in messages."""

    endpoint: Endpoint
    what: str
    tunnel: asyncssh.SSHClientConnection | None

    def __str__(self) -> str:
        return f"{self.what}{self.endpoint}"

    async def persist(self, policy: Policy, teller: Teller, clock: Clock) -> asyncssh.SSHClientConnection:
        credentials = await self._credentials()
        began = clock.now()
        refused_since: float | None = None
        failures = 0
        while True:
            try:
                return await self._dial(credentials)
            except (OSError, asyncssh.Error) as error:
                trouble, reason = self.judge(error, credentials)
            failures += 1
            now = clock.now()
            refused_since = (refused_since or now) if trouble is Trouble.REFUSED_LOGIN else None
            step = next_step(policy, trouble, failures, now - began, now - (refused_since or now))
            if isinstance(step, GiveUp):
                raise self._error(trouble, f"{self}: {reason}{step.tried}")
            await teller.status(f"{self}: {reason}; trying {step.left}")
            await clock.sleep(step.seconds)

    @staticmethod
    def _error(trouble: Trouble, text: str) -> CommandError:
        return HostGoneError(text) if trouble is Trouble.UNREACHABLE else CommandError(text)

    async def _credentials(self) -> Credentials:
        # deriving a key from a passphrase is meant to be slow: not on the loop
        key = await asyncio.to_thread(self._private_key)
        agent = self.endpoint.agent_socket
        if agent is not None:
            await self._try_agent(agent)
        return Credentials(key, agent or os.environ.get("SSH_AUTH_SOCK"), self._host_key())

    def _private_key(self) -> asyncssh.SSHKey | None:
        text, password = self.endpoint.private_key, self.endpoint.private_key_password
        if text is None:
            return None
        try:
            return asyncssh.import_private_key(text, password)
        except asyncssh.KeyEncryptionError as error:
            raise CommandError(f"{self}: privateKeyPassword does not open privateKey") from error
        except asyncssh.KeyImportError as error:
            if "assphrase" in str(error):
                why = "does not open it" if password is not None else "is needed to open it"
                raise CommandError(f"{self}: privateKey is encrypted, and privateKeyPassword {why}") from error
            raise CommandError(f"{self}: privateKey is no private key in OpenSSH, PEM or PKCS#8 format") from error

    def _host_key(self) -> asyncssh.SSHKey | None:
        if self.endpoint.host_key is None:
            return None
        try:
            return asyncssh.import_public_key(self.endpoint.host_key)
        except asyncssh.KeyImportError as error:
            raise CommandError(
                f"{self}: hostKey is {self.endpoint.host_key[:40]!r}, which is no public key like 'ssh-ed25519 AAAA…'"
            ) from error

    async def _try_agent(self, path: str) -> None:
        try:
            async with asyncssh.connect_agent(path):
                pass
        except OSError as error:
            raise CommandError(f"{self}: no SSH agent at agentSocketPath {path}: {_spelled(error)}") from error

    async def _dial(self, credentials: Credentials) -> asyncssh.SSHClientConnection:
        async with _agent_keys(credentials.agent) as from_agent:
            keys = [*([credentials.key] if credentials.key else []), *from_agent]
            return await self._connect(credentials, keys)

    async def _connect(
        self, credentials: Credentials, keys: list[asyncssh.SSHKey | asyncssh.SSHKeyPair]
    ) -> asyncssh.SSHClientConnection:
        sock = await _tcp(self.endpoint) if self.tunnel is None else None
        # trusted server keys, trusted authorities, revoked keys
        known: tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]] | None = (
            ([credentials.host_key], [], []) if credentials.host_key else None
        )
        try:
            return await asyncssh.connect(
                self.endpoint.host,
                self.endpoint.port,
                sock=sock,
                tunnel=self.tunnel,
                # nothing of this machine's own SSH settings: the program alone says how to connect
                config=None,
                username=self.endpoint.user,
                password=self.endpoint.password,
                # an empty list would mean this user's own keys
                client_keys=keys or None,
                agent_path=None,
                known_hosts=known,
                connect_timeout=_HANDSHAKE_SECONDS,
                login_timeout=_HANDSHAKE_SECONDS,
                keepalive_interval=_ALIVE_SECONDS,
            )
        except BaseException:
            if sock is not None:
                sock.close()
            raise

    def judge(self, error: Exception, credentials: Credentials) -> tuple[Trouble, str]:
        """Tell what kind of trouble an error is, and say it in words."""
        match error:
            case asyncssh.PermissionDenied():
                return Trouble.REFUSED_LOGIN, f"the login was refused; tried {_tried(self.endpoint, credentials)}"
            case asyncssh.HostKeyNotVerifiable() | asyncssh.KeyExchangeFailed() if credentials.host_key:
                wanted = credentials.host_key.get_fingerprint()
                return Trouble.FINAL, f"the server does not show the key of hostKey ({wanted}), but another one"
            case asyncssh.DisconnectError() if "authentication fail" in error.reason.lower():
                # OpenSSH hangs up after MaxAuthTries keys, which an agent easily offers
                return Trouble.REFUSED_LOGIN, f"{_plain(error.reason)}; tried {_tried(self.endpoint, credentials)}"
            case asyncssh.KeyExchangeFailed() | asyncssh.ProtocolNotSupported() | asyncssh.IllegalUserName():
                return Trouble.FINAL, f"the server and this client share no way to talk: {error.reason}"
            case asyncssh.ChannelOpenError() if error.code == _PROHIBITED:
                return Trouble.FINAL, "the proxy does not forward connections"
            case TimeoutError():
                return Trouble.UNREACHABLE, "no answer in time"
            case asyncssh.DisconnectError() | asyncssh.ChannelOpenError():
                return Trouble.UNREACHABLE, _plain(error.reason)
            case _:
                return Trouble.UNREACHABLE, _spelled(error)


@asynccontextmanager
async def _agent_keys(path: str | None) -> AsyncGenerator[list[asyncssh.SSHKeyPair]]:
    """Give the keys of an agent, which sign as long as the block lasts; none where no agent answers."""
    async with AsyncExitStack() as stack:
        keys: list[asyncssh.SSHKeyPair] = []
        if path:
            # SSH_AUTH_SOCK outlives its agent now and then; one that was asked for by name has been tried before
            with contextlib.suppress(OSError, ValueError):
                agent = await stack.enter_async_context(asyncssh.connect_agent(path))
                keys = [*await agent.get_keys()]
        yield keys


def _spelled(error: Exception) -> str:
    # asyncio's own words for a refused connection are the function's name and the address once more
    number = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
    return _plain(os.strerror(number) if number else getattr(error, "strerror", None) or str(error))


def _plain(reason: str) -> str:
    return reason[:1].lower() + reason[1:] if reason else "the connection was closed"


def _tried(endpoint: Endpoint, credentials: Credentials) -> str:
    ways = [f"privateKey ({credentials.key.get_fingerprint()})"] if credentials.key else []
    ways += ["password"] if endpoint.password is not None else []
    ways += [f"the agent at {credentials.agent}"] if credentials.agent else []
    return ", ".join(ways) or "nothing, for connection has neither privateKey nor password, and no agent was found"


async def _tcp(endpoint: Endpoint) -> socket.socket:
    """Open a TCP connection within perDialTimeout, which leaves the handshake its own time: booting servers are slow.

    Raises
    ------
    OSError: nobody answers; a TimeoutError is one too.

    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(endpoint.dial_seconds):
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        last: OSError | None = None
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, address)
            except BaseException as error:
                sock.close()
                if not isinstance(error, OSError):
                    raise
                last = error
            else:
                return sock
    raise last or OSError(f"no address of {endpoint.host}")
