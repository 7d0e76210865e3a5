"""A child process of the engine: its output as lines, its end, and how to end it.

argv, env ─> spawn (own session) ─> stdout, stderr ─> Lines ─> on_line(stream, text)
                                 └> exit ─> wait(): pipes drained, return code

Children lead a session of their own, so Ctrl-C at the terminal reaches only the engine, which decides;
`engine.host._leash` sees that they end with it. Nothing here needs gRPC: children start while the engine imports it.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

Stream = Literal["stdout", "stderr"]
OnLine = Callable[[Stream, str], None]

HERE = Path(__file__).resolve().parent

DRAIN_SECONDS = 1.0
"""How long output may still come after the exit: a grandchild can hold a pipe open for ever."""

_LONGEST_LINE = 1 << 20


class Lines:
    """Bytes in, whole lines out: UTF-8 with replacement, without line ends; a line of over 1 Mi characters is cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> list[str]:
        """Give the lines that `chunk` completes."""
        return self._split(self._decoder.decode(chunk))

    def close(self) -> list[str]:
        """Give what is left when the stream ends without a line end."""
        lines = self._split(self._decoder.decode(b"", final=True))
        if self._rest:
            lines.append(self._rest.removesuffix("\r"))
            self._rest = ""
        return lines

    def _split(self, text: str) -> list[str]:
        *lines, self._rest = (self._rest + text).split("\n")
        while len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]
        return [line.removesuffix("\r") for line in lines]


class ChildTransport(Protocol):
    """What a Child asks of asyncio's SubprocessTransport, or of its like for a process that asyncio did not spawn."""

    def get_pid(self) -> int: ...
    def get_returncode(self) -> int | None: ...
    def get_pipe_transport(self, fd: int) -> asyncio.BaseTransport | None: ...
    def close(self) -> None: ...


class ChildProtocol(asyncio.SubprocessProtocol):
    """Hears of output and of the end separately: asyncio's own `Process.wait` waits for whoever holds the pipes."""

    def __init__(self, on_line: OnLine) -> None:
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()
        self.fault: Exception | None = None
        self._on_line = on_line
        self._open: dict[int, tuple[Stream, Lines]] = {1: ("stdout", Lines()), 2: ("stderr", Lines())}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        stream, lines = self._open[fd]
        self._hand_on(stream, lines.feed(data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd not in self._open:
            return
        stream, lines = self._open.pop(fd)
        self._hand_on(stream, lines.close())
        if not self._open and not self.drained.done():
            self.drained.set_result(None)

    def process_exited(self) -> None:
        self.exited.set_result(None)

    def _hand_on(self, stream: Stream, lines: list[str]) -> None:
        for line in lines:
            try:
                self._on_line(stream, line)
            except Exception as error:  # noqa: BLE001 - the engine's own fault; wait() raises it, the loop would swallow it
                self.fault = self.fault or error


class Child:
    """One running child; made by `Child.spawn` and `engine.host.fork`."""

    def __init__(self, transport: ChildTransport, protocol: ChildProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self.pid = transport.get_pid()
        """The process id, which is its group's and session's too."""

    @classmethod
    async def spawn(
        cls,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: OnLine,
        stdin: bool = False,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start `argv` in a session of its own; `on_line` gets every line of its output. Raises OSError."""
        transport, protocol = await asyncio.get_running_loop().subprocess_exec(
            lambda: ChildProtocol(on_line),
            *argv,
            cwd=cwd,
            env=env,
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        return cls(transport, protocol)

    @property
    def alive(self) -> bool:
        """Tell whether it has not been seen to end."""
        return not self._protocol.exited.done()

    def send(self, data: bytes) -> None:
        """Write all of stdin and close it, without waiting; `wait` tells of a child that is gone already."""
        stdin = self._transport.get_pipe_transport(0)
        if not isinstance(stdin, asyncio.WriteTransport):
            raise TypeError("this child was spawned without stdin; spawn it with stdin=True")
        stdin.write(data)
        stdin.close()

    async def wait(self) -> int:
        """Wait for the end and for all output; the exit code, or the negative of the signal that killed it."""
        await asyncio.shield(self._protocol.exited)
        await asyncio.wait([self._protocol.drained], timeout=DRAIN_SECONDS)
        self._transport.close()
        if self._protocol.fault is not None:
            raise self._protocol.fault
        code = self._transport.get_returncode()
        assert code is not None, "process_exited came without a return code"  # noqa: S101 - asyncio's promise
        return code

    async def stop(self, grace: float) -> int:
        """Ask the whole group to end, kill it after `grace` seconds; the exit code as `wait` gives it."""
        if self.alive:
            self._signal(signal.SIGTERM)
            await asyncio.wait([self._protocol.exited], timeout=grace)
        self._signal(signal.SIGKILL)
        return await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


async def read_all(descriptor: int) -> bytes:
    """Read a pipe to its end, and close it whatever happens."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        return await reader.read()
    finally:
        transport.close()
