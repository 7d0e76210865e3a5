"""`python -m plugins.command [ENGINE_ADDRESS]`: print the port on the first line, serve until SIGTERM or SIGINT.

argv ─> gRPC server on 127.0.0.1 ─> CommandProvider;   a signal ─> running commands end, here and there ─> exit 0
"""

from __future__ import annotations

import asyncio
import signal
import sys

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.command.service import CommandProvider
from plugins.command.telling import EngineLog

_OPTIONS = [
    ("grpc.max_receive_message_length", 400 << 20),
    ("grpc.max_send_message_length", 400 << 20),
    ("grpc.max_metadata_size", 1 << 20),
]
"""Bytes: what Pulumi's own plugins take; errors with output of commands travel as metadata."""


async def serve(engine: str | None) -> None:
    """Serve until a signal comes."""
    log = EngineLog(engine)
    provider = CommandProvider(log)
    server = grpc.aio.server(options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await _signal()
    await provider.running.cancel()
    await server.stop(1)
    await log.close()


async def _signal() -> None:
    came = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, came.set)
    await came.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else None))
