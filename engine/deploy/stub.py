"""The calls of `pulumirpc.ResourceProvider` that the engine makes, with their types (the generated stub has none)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from google.protobuf.empty_pb2 import Empty

from engine.host.protos import provider_pb2 as pb


class ProviderStub(Protocol):
    """A connection to a plugin; each call may raise grpc.aio.AioRpcError."""

    # The names are the protocol's.
    def CheckConfig(self, request: pb.CheckRequest) -> Awaitable[pb.CheckResponse]: ...  # noqa: N802
    def DiffConfig(self, request: pb.DiffRequest) -> Awaitable[pb.DiffResponse]: ...  # noqa: N802
    def Configure(self, request: pb.ConfigureRequest) -> Awaitable[pb.ConfigureResponse]: ...  # noqa: N802
    def Check(self, request: pb.CheckRequest) -> Awaitable[pb.CheckResponse]: ...  # noqa: N802
    def Diff(self, request: pb.DiffRequest) -> Awaitable[pb.DiffResponse]: ...  # noqa: N802
    def Create(self, request: pb.CreateRequest) -> Awaitable[pb.CreateResponse]: ...  # noqa: N802
    def Read(self, request: pb.ReadRequest) -> Awaitable[pb.ReadResponse]: ...  # noqa: N802
    def Update(self, request: pb.UpdateRequest) -> Awaitable[pb.UpdateResponse]: ...  # noqa: N802
    def Delete(self, request: pb.DeleteRequest) -> Awaitable[Empty]: ...  # noqa: N802
    def Invoke(self, request: pb.InvokeRequest) -> Awaitable[pb.InvokeResponse]: ...  # noqa: N802
    def Cancel(self, request: Empty, timeout: float) -> Awaitable[Empty]: ...  # noqa: N802
