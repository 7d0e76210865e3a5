"""One command on an open channel: what it reads, what it prints, how it ends.

remote command, script, input -> `carry_out` -> Ran. The three streams move in greenlets of their own, none of which is
ever stopped from outside: one that is stopped while it writes a packet would leave half of it on a connection that
others use.
"""

import base64
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO, cast

import gevent
from paramiko import Channel

from providers.hosts.errors import HostError
from providers.hosts.worker.output import Ran, lines

READER = '''IFS= read -r _command && eval "$(printf %s "$_command" | base64 -d)"'''
"""What the remote `sh` is started with."""
QUIET = 2.0
"""Seconds of silence, once the command has ended, after which no more output is waited for: what it left running may
hold the streams open for ever."""
SPARE = 30.0
"""Seconds that the server has, beyond a command's own, to end it."""
_ENDED_BY_TIMEOUT = (124, 137)
"""Exit statuses of coreutils' `timeout` when it ended the command, or had to kill it."""
_CHUNK = 65_536


class LostError(Exception):
    """The connection broke; whether what ran is done is not known."""


def shell_of(user: str, login: str, limit: float) -> str:
    """Write the remote command that runs scripts as `user`, when logged in as `login`, for `limit` seconds."""
    sudo = "" if user == login else "sudo -H -n " if user == "root" else f"sudo -H -n -u {shlex.quote(user)} "
    return f"{sudo}{limited_shell(limit)} -c {shlex.quote(READER)}"


def limited_shell(limit: float, shell: str = "sh") -> str:
    """Write the name of a shell whose commands are ended on the server after `limit` seconds."""
    return f"timeout --kill-after=10 {max(1, round(limit))} {shell}"


def carry_out(
    channel: Channel, shell: str, script: str, stdin: bytes | BinaryIO, timeout: float, sink: BinaryIO | None
) -> Ran:
    """Run `script` in the remote command `shell`, and wait for its end; after `timeout` seconds its status is None.

    The server itself ends it then (`limited_shell`); where even that fails, it is left alone.
    """
    started = time.monotonic()
    channel.exec_command(shell)
    output = _Output(channel, sink)
    line = base64.b64encode(script.encode()) + b"\n"
    feeder = cast("gevent.Greenlet[..., None]", gevent.spawn(_feed, channel, line, stdin))
    if not channel.status_event.wait(timeout + SPARE):
        return output.ran(None)
    status = channel.recv_exit_status()
    output.settle()
    if feeder.ready():
        feeder.get()
    if status < 0:
        raise LostError("it ended before the command did")
    late = status in _ENDED_BY_TIMEOUT and time.monotonic() - started >= timeout
    return output.ran(None if late else status)


class _Output:
    """What a command prints, read while it runs."""

    def __init__(self, channel: Channel, sink: BinaryIO | None) -> None:
        self._keep = self._remember if sink is None else _writer(sink)
        self._stdout = bytearray()
        self._lines: list[tuple[str, str]] = []
        self._received = 0
        printed = self._counted(channel.recv)
        complaints = self._counted(channel.recv_stderr)
        self._readers: list[gevent.Greenlet[..., None]] = [
            gevent.spawn(self._collect, "stdout", map(self._keep, printed)),
            gevent.spawn(self._collect, "stderr", complaints),
        ]

    def settle(self) -> None:
        """Wait for the rest of the output, as long as some comes."""
        received = -1
        while received != self._received:
            received = self._received
            gevent.joinall(self._readers, timeout=QUIET)
        for reader in self._readers:
            if reader.ready():
                reader.get()

    def ran(self, status: int | None) -> Ran:
        """Sum up."""
        return Ran(status, bytes(self._stdout), tuple(self._lines))

    def _counted(self, receive: Callable[[int], bytes]) -> Iterator[bytes]:
        while chunk := receive(_CHUNK):
            self._received += len(chunk)
            yield chunk

    def _remember(self, chunk: bytes) -> bytes:
        self._stdout += chunk
        return chunk

    def _collect(self, stream: str, chunks: Iterable[bytes]) -> None:
        for line in lines(chunks):
            self._lines.append((stream, line))


def _writer(sink: BinaryIO) -> Callable[[bytes], bytes]:
    """Write chunks to a file here; none of them is a line to show."""

    def write(chunk: bytes) -> bytes:
        try:
            sink.write(chunk)
        except OSError as error:
            raise HostError(f"what the server sends can't be written here: {error}") from None
        return b""

    return write


def _feed(channel: Channel, script: bytes, stdin: bytes | BinaryIO) -> None:
    """Write the script and its input; a command that does not read to the end is in its right."""
    for chunk in chain((script,), _pieces(channel, stdin)):
        try:
            channel.sendall(chunk)
        except OSError:
            return  # closed by the other side: its exit status tells why
    channel.shutdown_write()


def _pieces(channel: Channel, stdin: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(stdin, bytes):
        yield stdin
        return
    try:
        while chunk := stdin.read(_CHUNK):
            yield chunk
    except OSError as error:
        channel.close()
        raise HostError(f"what is to be sent can't be read here: {error}") from None
