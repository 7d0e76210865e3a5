"""A preview that changes nothing, against the program alone with a monitor that answers at once, turn by turn.

The program alone is run by the SDK as it comes (`plain_program.py`). This engine's own runner makes the program itself
faster; what the preview takes beyond that is told, too, without a limit.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import grpc.aio
from google.protobuf import empty_pb2

from benchmarks.figures import Figure, run_quietly, seconds
from engine.cli.context import open_stack
from engine.cli.options import Options
from engine.deploy.monitor import FEATURES
from engine.host.program import ProgramProcess, RunInfo
from engine.host.protos import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc
from lab.maas.testing import running_maas
from tests.support.project import PULUMI, Project, make_kit

RUNS = 5
LIMIT = 1.5


class InstantMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Answers every registration at once with what was asked for."""

    async def GetDeploymentInfo(self, request: empty_pb2.Empty, context: object):  # noqa: N802 the protocol's name
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    async def RegisterResource(self, request: resource_pb2.RegisterResourceRequest, context: object):  # noqa: N802 the protocol's name
        urn = f"urn:pulumi:baremetal::metal-to-cloud::{request.type}::{request.name}"
        identity = request.name if request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=request.object)

    async def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest, context: object):  # noqa: N802 the protocol's name
        return empty_pb2.Empty()

    async def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: object):  # noqa: N802 the protocol's name
        return empty_pb2.Empty()


class InstantEngine(engine_pb2_grpc.EngineServicer):
    """Takes messages and remembers the root."""

    root = ""

    async def Log(self, request: engine_pb2.LogRequest, context: object):  # noqa: N802 the protocol's name
        return empty_pb2.Empty()

    async def GetRootResource(self, request: engine_pb2.GetRootResourceRequest, context: object):  # noqa: N802 the protocol's name
        return engine_pb2.GetRootResourceResponse(urn=self.root)

    async def SetRootResource(self, request: engine_pb2.SetRootResourceRequest, context: object):  # noqa: N802 the protocol's name
        self.root = request.urn
        return engine_pb2.SetRootResourceResponse()


def run() -> Iterator[Figure]:
    """Time all, A B C A B C, and give the median of the ratios."""
    with tempfile.TemporaryDirectory() as folder, running_maas() as maas:
        kit = make_kit(Path(folder) / "kit", maas.url, maas.api_key, maas.amt_password)
        kit.up().ok()
        command = [str(PULUMI), "preview", "-s", "baremetal", "--expect-no-changes"]
        turns: list[tuple[float, float, float]] = []
        for _ in range(RUNS + 1):
            plain = asyncio.run(alone(kit, run_plainly))
            own = asyncio.run(alone(kit, run_by_the_engines_runner))
            preview = seconds(lambda: run_quietly(command, kit.environment, str(kit.folder)))
            turns.append((plain, own, preview))
    plains, owns, previews = zip(*turns[1:], strict=True)  # the first turn warms the caches
    yield Figure("the program alone, by the SDK, median", statistics.median(plains), "s")
    yield Figure("the program alone, by the engine's runner, median", statistics.median(owns), "s")
    yield Figure("pulumi preview, no change, median", statistics.median(previews), "s")
    yield Figure("preview / program by the SDK, median of the turns", ratio(previews, plains), "x", LIMIT)
    yield Figure("preview / program by the engine's runner, likewise", ratio(previews, owns), "x")


def ratio(whole: tuple[float, ...], part: tuple[float, ...]) -> float:
    """Give the median of the ratios turn by turn."""
    return statistics.median(one / other for one, other in zip(whole, part, strict=True))


async def alone(kit: Project, work: Callable[[Project, RunInfo], Awaitable[None]]) -> float:
    """Time the program from the start of its process to its end, as a preview."""
    server = grpc.aio.server()
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(InstantMonitor(), server)
    engine_pb2_grpc.add_EngineServicer_to_server(InstantEngine(), server)
    info = run_info(kit, f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    await server.start()
    loop = asyncio.get_running_loop()
    start = loop.time()
    await work(kit, info)
    took = loop.time() - start
    await server.stop(None)
    return took


async def run_plainly(kit: Project, info: RunInfo) -> None:
    """Run the program by the SDK as it comes."""
    given = {"address": info.monitor, "project": info.project, "stack": info.stack, "root": str(kit.folder)}
    script = Path(__file__).with_name("plain_program.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=kit.environment
    )
    out, err = await process.communicate(json.dumps({**given, "config": dict(info.config)}).encode())
    if process.returncode != 0:
        raise RuntimeError(f"the program failed: {out.decode()}\n{err.decode()}")


async def run_by_the_engines_runner(kit: Project, info: RunInfo) -> None:
    """Run the program as the engine does."""
    lines: list[str] = []
    program = await ProgramProcess.start(
        Path(sys.executable), kit.folder, on_line=lambda _, text: lines.append(text), env=kit.environment
    )
    await program.run(info)
    outcome = await program.wait()
    if not outcome.ok:
        raise RuntimeError(f"the program failed: {outcome.message}\n{outcome.traceback}\n{lines}")


def run_info(kit: Project, address: str) -> RunInfo:
    """Give the program what `pulumi preview` gives it."""
    context = open_stack(Options(cwd=kit.folder, stack=kit.stack), kit.environment)
    config = context.config()
    return RunInfo(
        monitor=address,
        engine=address,
        project=context.project.name,
        stack=kit.stack,
        organization="organization",
        root=kit.folder,
        program=kit.folder,
        directory=kit.folder,
        config=config.values,
        secret_keys=tuple(config.secret_keys),
        dry_run=True,
        parallel=1024,
    )
