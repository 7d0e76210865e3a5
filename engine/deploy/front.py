"""The engine's front door: the gRPC server that the program and the plugins talk to.

    Front.start ─> served at once ─> program runs, its first requests wait ─> open(deployment) ─> they are answered

The door stands before the deployment is ready (the state may still be being decrypted), so the program can import and
compute in the meantime.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import grpc.aio

from engine.deploy.goals import Place
from engine.deploy.monitor import FEATURES, EngineService, Gate, Monitor
from engine.host.protos import engine_pb2_grpc, resource_pb2, resource_pb2_grpc
from engine.model.events import Event
from engine.model.values import Properties, Secret

DYNAMIC = "pulumi-python"
MESSAGE_LIMIT = 400 * 1024 * 1024
"""The largest message, in bytes; the SDK's own limit."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The stack's configuration as text by full key, and which keys are secret."""

    values: Mapping[str, str]
    secret: frozenset[str]

    def of_package(self, package: str) -> Properties:
        """Give a package's part of it; a dynamic provider is given all, under full keys."""
        return {
            key if package == DYNAMIC else key.split(":", 1)[1]: Secret(text) if key in self.secret else text
            for key, text in sorted(self.values.items())
            if package == DYNAMIC or key.split(":", 1)[0] == package
        }


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a deployment before it begins."""

    place: Place
    root: str
    configuration: Configuration
    dry_run: bool
    parallel: int

    def info(self) -> resource_pb2.DeploymentInfo:
        """Tell a program what it runs in."""
        return resource_pb2.DeploymentInfo(
            project=self.place.project,
            stack=self.place.stack,
            organization="organization",
            config=self.configuration.values,
            configSecretKeys=sorted(self.configuration.secret),
            dryRun=self.dry_run,
            parallel=self.parallel,
            supportedFeatures=FEATURES,
        )


class Front:
    """One server, for one operation."""

    def __init__(self, site: Site, address: str, emit: Callable[[Event], None]) -> None:
        self.site = site
        self.gate = Gate()
        self._server = grpc.aio.server(options=[("grpc.max_receive_message_length", MESSAGE_LIMIT)])
        self._server.add_insecure_port(address)
        monitor = Monitor(self.gate, site.place, site.configuration.of_package, site.info(), site.root)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(EngineService(emit, self.gate.note_failure), self._server)
        self._started = False

    async def start(self) -> None:
        """Begin to serve; a second call does nothing."""
        if not self._started:
            self._started = True
            await self._server.start()

    async def stop(self) -> None:
        """End all calls."""
        await self._server.stop(None)
        await asyncio.sleep(0)
