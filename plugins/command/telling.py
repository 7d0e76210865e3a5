"""Words to the person: every line goes to the engine's log, with the URN of its resource, as it comes.

tell ─> queue (bounded: a slow engine slows the command down, nothing is lost) ─> Engine.Log, in order

Source: pulumi/pulumi proto/pulumi/engine.proto. An ephemeral line shows beside its resource while it is the latest.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from plugins.command.masking import Mask

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty

_WAITING = 1000


class Teller(Protocol):
    """What an action says while it runs."""

    async def status(self, text: str) -> None:
        """Say how it goes: one line, shown while it is the latest."""
        ...

    async def warn(self, text: str) -> None:
        """Say what the person should know, and keep it."""
        ...


class _LogStub(Protocol):
    def Log(self, request: engine_pb2.LogRequest) -> Awaitable[Empty]: ...  # noqa: N802 - the protocol's own name


class EngineLog:
    """The engine's log, at `address`; without one (a plugin that was started by hand) lines go to stderr."""

    def __init__(self, address: str | None) -> None:
        self._channel = grpc.aio.insecure_channel(address) if address else None
        self._queue: asyncio.Queue[engine_pb2.LogRequest] = asyncio.Queue(_WAITING)
        self._sender = asyncio.create_task(self._send_all())

    async def put(self, urn: str, text: str, *, warning: bool) -> None:
        """Queue one line."""
        severity = engine_pb2.WARNING if warning else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=text, urn=urn, ephemeral=not warning)
        await self._queue.put(request)

    async def flush(self) -> None:
        """Wait until what was queued is sent."""
        await self._queue.join()

    async def close(self) -> None:
        """Send nothing more."""
        self._sender.cancel()
        if self._channel:
            await self._channel.close()

    async def _send_all(self) -> None:
        stub = cast("_LogStub", engine_pb2_grpc.EngineStub(self._channel)) if self._channel else None
        while True:
            request = await self._queue.get()
            try:
                await self._send(stub, request)
            finally:
                self._queue.task_done()

    async def _send(self, stub: _LogStub | None, request: engine_pb2.LogRequest) -> None:
        try:
            if stub:
                await stub.Log(request)
                return
        except grpc.aio.AioRpcError:
            # an engine that is gone or does not listen: its person still sees the plugin's stderr
            pass
        sys.stderr.write(f"{request.message}\n")
        sys.stderr.flush()


@dataclass(frozen=True)
class ResourceTeller:
    """A Teller for one resource; secrets are cut out of what it says."""

    log: EngineLog
    urn: str
    mask: Mask

    async def status(self, text: str) -> None:
        """Say one line of progress or output."""
        await self.log.put(self.urn, self.mask(text), warning=False)

    async def warn(self, text: str) -> None:
        """Say a warning."""
        await self.log.put(self.urn, self.mask(text), warning=True)
