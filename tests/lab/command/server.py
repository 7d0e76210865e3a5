"""An SSH server in the test's process, a Teller that remembers, and the plugin as a process under a small engine.

The server runs commands with /bin/sh, takes the variables that `accepts` names, hands signals on, and serves files from
the real file system. Its faults are data: how many connections it drops, whether it knows the user.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

from plugins.command import local
from plugins.command.values import Properties, Secret, Value


def new_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")  # pyright: ignore[reportUnknownMemberType] # untyped options


LOGIN = new_key()
LOCKED = LOGIN.export_private_key("openssh", passphrase="open sesame").decode()
STRANGER = new_key()
PASSWORD = "correct horse"


@dataclass
class Teller:
    """Remembers what was said."""

    lines: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])

    async def status(self, text: str) -> None:
        self.lines.append(text)

    async def warn(self, text: str) -> None:
        self.warnings.append(text)


class Hours:
    """A clock that a test's sleeps move on, a thousand times as fast as they say."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses = 0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses += 1
        await asyncio.sleep(0)


@dataclass
class Host:
    """What a test says about the server, and where it is."""

    accepts: frozenset[str] = frozenset()
    drops: int = 0
    nologin: int = 0
    forwards: bool = True
    posix: bool = True
    port: int = 0
    key: asyncssh.SSHKey = field(default_factory=new_key)
    commands: list[str] = field(default_factory=list[str])
    links: list[asyncssh.SSHServerConnection] = field(default_factory=list[asyncssh.SSHServerConnection])

    def hang_up(self) -> None:
        """Cut every connection."""
        for link in self.links:
            link.abort()

    @property
    def public_key(self) -> str:
        return self.key.export_public_key().decode().strip()

    def connection(self, **more: Value) -> Properties:
        """Give a connection with which the login succeeds."""
        given: Properties = {
            "host": "127.0.0.1",
            "port": float(self.port),
            "user": "ubuntu",
            "perDialTimeout": 5.0,
            "privateKey": Secret(LOGIN.export_private_key().decode()),
        }
        return {"connection": Secret({name: item for name, item in {**given, **more}.items() if item is not None})}


class Server(asyncssh.SSHServer):
    def __init__(self, host: Host) -> None:
        self._host = host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        if self._host.drops:
            self._host.drops -= 1
            conn.abort()
        self._host.links.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        if self._host.nologin:
            self._host.nologin -= 1
            return False
        return key == LOGIN.convert_to_public()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        if not self._host.forwards:
            # what OpenSSH answers under AllowTcpForwarding no
            raise asyncssh.ChannelOpenError(1, "open failed")
        return True


@asynccontextmanager
async def serving(host: Host) -> AsyncGenerator[Host]:
    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await _run(host, process)

    listener = await asyncssh.listen(
        "127.0.0.1",
        host.port,
        server_factory=lambda: Server(host),
        server_host_keys=[host.key],
        process_factory=handle,
        sftp_factory=True,
        encoding=None,
        config=None,
    )
    host.port = listener.get_port()
    try:
        yield host
    finally:
        listener.close()
        await listener.wait_closed()


async def _run(host: Host, process: asyncssh.SSHServerProcess[bytes]) -> None:
    command = process.command or ""
    host.commands.append(command)
    if not host.posix and command == "env":
        process.stderr.write(b"Unknown command\n")
        process.exit(1)
        return
    given = {key: item for key, item in process.env.items() if key in host.accepts}
    child = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={"PATH": os.environ["PATH"], **given},
        start_new_session=True,
    )
    feeding = asyncio.create_task(_feed(process, child))
    try:
        await asyncio.gather(_pass(child.stdout, process.stdout), _pass(child.stderr, process.stderr))
        code = await child.wait()
    finally:
        feeding.cancel()
        if child.returncode is None:
            await asyncio.shield(local.end_group(child))
        local.close(child)
    if code < 0:
        process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
    else:
        process.exit(code)


async def _pass(source: asyncio.StreamReader | None, target: asyncssh.SSHWriter[bytes]) -> None:
    while source is not None and (data := await source.read(1 << 16)):
        target.write(data)


async def _feed(process: asyncssh.SSHServerProcess[bytes], child: Process) -> None:
    """Hand stdin and signals on; a closed connection ends the child, as sshd's SIGHUP would."""
    assert child.stdin is not None
    while True:
        try:
            data = await process.stdin.read(1 << 16)
        except asyncssh.SignalReceived as received:
            os.killpg(child.pid, signal.Signals[f"SIG{received.signal}"])
            continue
        except asyncssh.Error:
            return
        if data:
            child.stdin.write(data)
            continue
        child.stdin.close()
        # from here on nothing but signals can come, which a stream at its end tells of only when asked
        await asyncio.sleep(0.02)
