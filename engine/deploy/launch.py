"""Adapters: the host's processes as the operation wants them.

PluginProcess ─> a gRPC channel ─> Plugin          ProgramProcess ─> Program
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import cast

import grpc.aio

from engine.deploy.operation import ProgramEnd
from engine.deploy.stub import ProviderStub
from engine.host.plugin import CHANNEL_OPTIONS, PluginProcess
from engine.host.program import ProgramProcess, RunInfo
from engine.host.protos import provider_pb2_grpc


class RunningPlugin:
    """A plugin process and the channel to it."""

    def __init__(self, process: PluginProcess) -> None:
        self._process = process
        self._channel = grpc.aio.insecure_channel(process.address, options=CHANNEL_OPTIONS)
        self._stub = cast("ProviderStub", provider_pb2_grpc.ResourceProviderStub(self._channel))

    @property
    def stub(self) -> ProviderStub:
        return self._stub

    async def stop(self) -> None:
        await self._channel.close()
        await self._process.stop(grace=1.0)


class ProgramRunner:
    """The program's process, which is starting already while the engine makes itself ready."""

    def __init__(self, starting: Awaitable[ProgramProcess], info: RunInfo) -> None:
        self._starting = starting
        self._info = info
        self._running: asyncio.Task[ProgramEnd] | None = None

    def begin(self, address: str) -> asyncio.Task[ProgramEnd]:
        """Let the program run, if it doesn't yet; its requests may have to wait for the deployment."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(address))
        return self._running

    async def run(self, address: str) -> ProgramEnd:
        return await self.begin(address)

    async def _run(self, address: str) -> ProgramEnd:
        program = await self._starting
        await program.run(replace(self._info, monitor=address, engine=address))
        outcome = await program.wait()
        if outcome.ok:
            return ProgramEnd()
        where = f" ({outcome.place})" if outcome.place and outcome.traceback else ""
        return ProgramEnd(f"{outcome.message}{where}", outcome.traceback)

    async def stop(self) -> None:
        await (await self._starting).stop(grace=1.0)
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
