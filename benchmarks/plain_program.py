"""Runs a Pulumi program by the SDK alone, as any language host does: nothing of the engine's runner, no shortcuts.

usage: plain_program.py < one JSON object: address, project, stack, config, root

Debug log lines are dropped here, in favour of the program: sending them would make it slower.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
import pulumi.runtime
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


def main() -> None:
    """Read what to run, and run it."""
    info: dict[str, Any] = json.load(sys.stdin)
    os.chdir(info["root"])
    sys.path.insert(0, info["root"])
    engine: Any = engine_pb2_grpc.EngineStub(grpc.insecure_channel(info["address"]))
    send = engine.Log

    def log(request: engine_pb2.LogRequest) -> Any:
        return None if request.severity == engine_pb2.DEBUG else send(request)

    engine.Log = log
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=info["address"],
            engine=engine,
            project=info["project"],
            stack=info["stack"],
            parallel=64,
            dry_run=True,
            organization="organization",
        )
    )
    pulumi.runtime.set_all_config(info["config"], [])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=64))
    loop.run_until_complete(pulumi.runtime.run_in_stack(program))


def program() -> None:
    """Run the project's program."""
    runpy.run_path("__main__.py", run_name="__main__")


if __name__ == "__main__":
    main()
