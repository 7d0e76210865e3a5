"""The dynamic plugin as a fork of the program: both need the SDK, and importing it once spares a quarter of a second.

Fork.offer ─> order, pipes ─> ProgramProcess.start ─> program imports the SDK ─> `_birth` ─> plugin, the engine's child
     └─> claim: pid on the pipe `birth` ─> Child      (no pid: not forked; the caller spawns)

The program may end before the plugin, so the plugin becomes the engine's own child: the engine is a subreaper, which
inherits what its descendants leave behind (Linux: PR_SET_CHILD_SUBREAPER). Thus its end is seen, its exit code known,
and no zombie stays. Needs Linux 5.3 (pidfd); elsewhere nothing is offered.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
from collections.abc import Mapping

from engine.host.process import Child, ChildProtocol, OnLine, read_all

_PR_SET_CHILD_SUBREAPER = 36
_UNKNOWN = 255


class Fork:
    """One offer to a program to give birth to the plugin; `claim` it exactly once."""

    def __init__(self, address: str, variables: Mapping[str, str]) -> None:
        pipes = {name: os.pipe() for name in ("out", "err", "birth")}
        self._ours = {name: read for name, (read, _) in pipes.items()}
        theirs = {name: write for name, (_, write) in pipes.items()}
        self.passed = tuple(theirs.values())
        """Descriptors that the program must inherit."""
        self.order = json.dumps({**theirs, "address": address, "variables": dict(variables)})
        """The program's argument."""

    @classmethod
    def offer(cls, address: str, variables: Mapping[str, str]) -> Fork | None:
        """Make an offer where the system can do it. `variables` are the plugin's beyond the program's, none secret."""
        return cls(address, variables) if _inherits_orphans() else None

    def pass_on(self) -> None:
        """Close what the program has inherited, or never will."""
        for descriptor in self.passed:
            os.close(descriptor)

    async def claim(self, on_line: OnLine, seconds: float) -> Child | None:
        """Give the plugin's process; None where it was not forked, or not within `seconds`."""
        out, err, birth = (self._ours[name] for name in ("out", "err", "birth"))
        try:
            pid = await _read_pid(birth, seconds)
        except BaseException:
            _close(out, err)
            raise
        if pid is None:
            _close(out, err)
            return None
        return await _adopt(pid, out, err, on_line)


def _inherits_orphans() -> bool:
    """Become a subreaper; False where the kernel has no such thing, or cannot tell of a process's end."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


async def _read_pid(birth: int, seconds: float) -> int | None:
    reading = asyncio.create_task(read_all(birth))
    try:
        await asyncio.wait([reading], timeout=seconds)
        said = reading.result() if reading.done() else b""
    finally:
        # its end closed, a plugin that comes too late ends at once
        reading.cancel()
    return int(said) if said.endswith(b"\n") else None


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


async def _adopt(pid: int, out: int, err: int, on_line: OnLine) -> Child:
    protocol = ChildProtocol(on_line)
    transport = _Transport(pid, protocol)
    child = Child(transport, protocol)
    try:
        await transport.connect(out, err)
    except BaseException:
        await child.stop(0)
        raise
    return child


class _Transport:
    """What asyncio's SubprocessTransport is to a spawned process: its pid, its pipes, its end."""

    def __init__(self, pid: int, protocol: ChildProtocol) -> None:
        self._pid = pid
        self._protocol = protocol
        self._code: int | None = None
        self._pipes: list[asyncio.ReadTransport] = []
        self._pidfd = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pidfd, self._collect)

    async def connect(self, out: int, err: int) -> None:
        """Hand on what comes from the pipes."""
        for number, descriptor in ((1, out), (2, err)):
            pipe = os.fdopen(descriptor, "rb", buffering=0)
            end = _PipeEnd(number, self._protocol)
            transport, _ = await self._loop.connect_read_pipe(lambda end=end: end, pipe)
            self._pipes.append(transport)

    def _collect(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        try:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except ChildProcessError:
            # the kernel collects for those whose parent ignores SIGCHLD; asyncio says 255 then, too
            self._code = _UNKNOWN
        self._protocol.process_exited()

    def get_pid(self) -> int:
        return self._pid

    def get_returncode(self) -> int | None:
        return self._code

    def get_pipe_transport(self, fd: int) -> None:
        """Tell that there is no stdin to write to."""
        del fd

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()


class _PipeEnd(asyncio.Protocol):
    """Brings a pipe's data to where asyncio brings a spawned process's."""

    def __init__(self, number: int, protocol: ChildProtocol) -> None:
        self._number = number
        self._protocol = protocol

    def data_received(self, data: bytes) -> None:
        self._protocol.pipe_data_received(self._number, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.pipe_connection_lost(self._number, exc)
