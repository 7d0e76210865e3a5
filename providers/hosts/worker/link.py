"""One SSH connection to one server.

Connection -> `open_link` (TCP or the proxy's channel -> key exchange -> host key -> login) -> Link -> `run`: a command
and its input in, status and output back (`command`).

Neither command nor environment is on a remote command line, where every user of the server, and sudo's log, could see
it: the remote `sh` reads it as one base64 line from its standard input, and evaluates it. What follows that line is the
command's own input.
"""

import socket
from collections.abc import Callable
from typing import BinaryIO

import gevent
from gevent.event import Event
from paramiko import AuthenticationException, Channel, PKey, SSHException, Transport

from providers.hosts.connection import Connection
from providers.hosts.errors import HostKeyError, LoginError
from providers.hosts.worker.command import LostError, carry_out
from providers.hosts.worker.keys import fingerprint, host_key_text, login_key
from providers.hosts.worker.output import Ran

CONNECT_TIMEOUT = 10.0
"""Seconds for each part of connecting: TCP, key exchange, login, a channel."""
HEARTBEAT = 5.0
"""Seconds between two questions whether the server is still there, while a command runs."""
HEARTBEAT_TIMEOUT = 15.0
"""Seconds that it has to answer: a server without power says nothing, and TCP would wait for a quarter of an hour."""


class NotYetError(Exception):
    """The server is not ready for logins; it may be booting."""


class Link:
    """An open connection. One command at a time per caller; several callers may share it."""

    def __init__(self, transport: Transport, host_key: str, below: "Link | None" = None) -> None:
        self.transport = transport
        self.host_key = host_key
        self.below = below

    @property
    def alive(self) -> bool:
        """Is it open, as far as is known, on every hop?"""
        return self.transport.is_active() and (self.below is None or self.below.alive)

    def answers(self, within: float = CONNECT_TIMEOUT) -> bool:
        """Ask the other side whether it is still there: one round trip. Closed if not."""
        if self.alive:
            try:
                with gevent.Timeout(within):
                    self.transport.global_request("keepalive@openssh.com", wait=True)
            except gevent.Timeout:
                self.close()
            return self.transport.is_active()
        return False

    def run(
        self,
        shell: str,
        script: str,
        stdin: bytes | BinaryIO = b"",
        timeout: float = 600,
        sink: BinaryIO | None = None,
    ) -> Ran:
        """Run `script` in the remote command `shell`, which ends in `sh -c READER`.

        Standard output goes to `sink`, if given. After `timeout` seconds the status is None. Raises LostError.
        """
        channel = self._channel()
        done = Event()
        gevent.spawn(self._beat, done)
        try:
            return carry_out(channel, shell, script, stdin, timeout, sink)
        except (OSError, EOFError, SSHException) as error:
            raise LostError(str(error) or type(error).__name__) from None
        finally:
            done.set()
            channel.close()

    def close(self) -> None:
        """Close this hop; the one below may serve others."""
        self.transport.close()

    def _beat(self, done: Event) -> None:
        while not done.wait(HEARTBEAT) and self.answers(HEARTBEAT_TIMEOUT):
            pass

    def _channel(self) -> Channel:
        try:
            return self.transport.open_session(timeout=CONNECT_TIMEOUT)
        except (OSError, EOFError, SSHException) as error:
            self.close()
            raise LostError(str(error) or type(error).__name__) from None


def open_link(connection: Connection, below: Link | None = None) -> Link:
    """Connect and log in, once.

    Raises OSError, EOFError, SSHException or NotYetError where a later try may succeed, HostKeyError and LoginError
    where it won't.
    """
    key = login_key(connection)
    transport = Transport(_socket(connection, below))
    try:
        transport.banner_timeout = transport.auth_timeout = CONNECT_TIMEOUT
        _prefer_known(transport, connection.host_key)
        transport.start_client(timeout=CONNECT_TIMEOUT)
        shown = host_key_text(transport.get_remote_server_key())
        check_host_key(connection, shown)
        _log_in(transport, connection, key)
    except BaseException:  # also when the greenlet is killed: the socket must not stay open
        transport.close()
        raise
    return Link(transport, shown, below)


def check_host_key(connection: Connection, shown: str) -> None:
    """Compare the key that the server shows with the one that is known, if one is."""
    known = " ".join(connection.host_key.split(" ")[:2])
    if known and known != shown:
        raise HostKeyError(
            f"{connection.name} ({connection.address}) shows the host key {fingerprint(shown)}, but the known one is "
            f"{fingerprint(known)}. Either it was installed anew, then its machine has changed and what is on it is "
            "made again; or another machine answers at its address, then nothing here may log in to it."
        )


def _socket(connection: Connection, below: Link | None) -> socket.socket | Channel:
    target = (connection.host, connection.port)
    if below is None:
        direct = socket.create_connection(target, timeout=CONNECT_TIMEOUT)
        direct.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each small answer waits 40 ms for an ACK
        return direct
    return below.transport.open_channel("direct-tcpip", target, ("127.0.0.1", 0), timeout=CONNECT_TIMEOUT)


def _prefer_known(transport: Transport, host_key: str) -> None:
    """Ask for a host key of the known kind: a server has several, and would show its favourite."""
    if host_key:
        kind = host_key.split(" ", maxsplit=1)[0]
        options = transport.get_security_options()
        named = ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)
        wanted = [name for name in named if name in options.key_types]
        options.key_types = [*wanted, *(other for other in options.key_types if other not in wanted)]


def _log_in(transport: Transport, connection: Connection, key: PKey | None) -> None:
    """Try what the connection gives: the key, then the password."""
    refused: list[str] = []
    if key is not None:
        if _accepted(transport, lambda: transport.auth_publickey(connection.user, key)):
            return
        refused.append(f"the key {key.get_name()} {key.fingerprint}")
    if connection.password:
        if _accepted(transport, lambda: transport.auth_password(connection.user, connection.password)):
            return
        refused.append("this password")
    raise LoginError(
        f"{connection.name} ({connection.address}) refuses the login of {connection.user} "
        f"with {' and with '.join(refused) or 'nothing to prove it'}. Put the public key into that user's "
        "authorized_keys, or give the connection another user, key or password."
    )


def _accepted(transport: Transport, prove: Callable[[], object]) -> bool:
    try:
        prove()
    except AuthenticationException as error:
        banner = (transport.get_banner() or b"").decode(errors="replace").strip()
        # pam_nologin: sshd closes the connection while the system boots, and a refused key does not look like that
        if not transport.is_active() or "booting up" in banner:
            raise NotYetError(banner or str(error)) from None
        return False
    return True
