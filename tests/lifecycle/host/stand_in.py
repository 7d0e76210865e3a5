"""An engine and a monitor that answer at once, so that the child processes have somebody real to talk to."""

# ruff: noqa: N802 - the names are the protocol's

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty

from engine.host.process import Stream
from engine.host.protos import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

Log = engine_pb2.LogRequest


class Heard(list[tuple[str, str]]):
    """Lines as `on_line` gave them: (stream, text)."""

    def take(self, stream: Stream, text: str) -> None:
        self.append((stream, text))


class StandIn(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self) -> None:
        self.address = ""
        self.logs: list[Log] = []
        self.registered: list[str] = []
        self.refused: set[str] = set()
        self._root = ""

    async def Log(self, request: Log, context: object) -> Empty:
        self.logs.append(request)
        return Empty()

    async def GetRootResource(self, request: object, context: object) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(
        self, request: engine_pb2.SetRootResourceRequest, context: object
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def SupportsFeature(self, request: object, context: object) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    async def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> resource_pb2.RegisterResourceResponse:
        if request.name in self.refused:
            await context.abort(grpc.StatusCode.UNKNOWN, f"{request.name} was refused")
        self.registered.append(request.name)
        urn = f"urn:pulumi:dev::shop::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id="id-1" if request.custom else "", object=request.object
        )

    async def RegisterResourceOutputs(self, request: object, context: object) -> Empty:
        return Empty()

    async def SignalAndWaitForShutdown(self, request: object, context: object) -> Empty:
        return Empty()


@asynccontextmanager
async def stand_in() -> AsyncGenerator[StandIn]:
    servant = StandIn()
    server = grpc.aio.server()
    engine_pb2_grpc.add_EngineServicer_to_server(servant, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(servant, server)
    servant.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield servant
    finally:
        await server.stop(None)


async def gone(pid: int, seconds: float = 2.0) -> bool:
    """Wait until a process that is no child of this one has ended (a zombie counts as ended)."""
    for _ in range(int(seconds / 0.02)):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        await asyncio.sleep(0.02)
    return False
