"""One operation from beginning to end: preview, update, refresh or destroy.

    Setup ─> servers (monitor, engine) ─> [refresh] ─> program | nobody ─> deletions ─> Outcome

The caller supplies the snapshot, the journal, and ways to start the program and the plugins; this module starts no
process and opens no file of its own. Stopping has two stages: the first lets what is under way come to its end, the
second gives up at once, and leaves to the journal what was begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.deploy.builtin import BuiltinProvider
from engine.deploy.deployment import Deployment, Limits
from engine.deploy.executor import Clock, Executor
from engine.deploy.front import Configuration, Front, Site
from engine.deploy.goals import Place
from engine.deploy.ledger import Book, Write, forget
from engine.deploy.registry import Launch, Registry, Sources, package_of, version_of
from engine.model.events import Diagnostic, Event, Interrupted, Prelude, Severity, Summary
from engine.model.snapshot import Snapshot
from engine.model.state import PROVIDER_PREFIX, Op, ResourceState
from engine.model.values import Properties


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """How the program ended; `message` is empty where all is well."""

    message: str = ""
    detail: str = ""


class Program(Protocol):
    """The program's process, started already and waiting to be told what to do."""

    async def run(self, address: str) -> ProgramEnd:
        """Run the program against the monitor and engine at this address, to its end."""
        ...

    async def stop(self) -> None:
        """End it, if it still runs."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """All that an operation needs."""

    kind: str
    """update, refresh or destroy."""
    dry_run: bool
    place: Place
    root: str
    configuration: Configuration
    shown_configuration: Mapping[str, str]
    snapshot: Snapshot
    emit: Callable[[Event], None]
    clock: Clock
    address: str
    """Where to serve the monitor and the engine: host:port, the port free or reserved with SO_REUSEPORT."""
    launch: Launch
    outputs_of: Callable[[str], Properties]
    """Another stack's outputs, by its name."""
    front: Front | None = None
    """A front that serves at the address already; None: the operation makes one."""
    program: Program | None = None
    write: Write = forget
    limits: Limits = field(default_factory=Limits)
    refresh: bool = False
    parallel: int = 1024

    def site(self) -> Site:
        """Give what the front needs to know."""
        return Site(self.place, self.root, self.configuration, self.dry_run, self.parallel)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    succeeded: bool
    snapshot: Snapshot
    changes: Mapping[Op, int]
    interrupted: bool = False


class Operation:
    """A running operation, and the handle by which a signal stops it."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._book = Book(setup.snapshot, setup.write)
        self._interrupts = 0
        self._abandoned = asyncio.Event()
        self._deployment: Deployment | None = None
        self._registry: Registry | None = None
        self._background: set[asyncio.Task[None]] = set()

    def interrupt(self) -> None:
        """Stop: at the first call gently, at the second at once."""
        self._interrupts += 1
        self._setup.emit(Interrupted(second=self._interrupts > 1))
        if self._deployment is not None:
            self._deployment.stop()
        if self._registry is not None and self._interrupts == 1:
            task = asyncio.create_task(self._registry.cancel())
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        if self._interrupts > 1:
            self._abandoned.set()

    async def run(self) -> Outcome:
        """Carry the operation out."""
        setup = self._setup
        start = setup.clock.seconds()
        shown = setup.shown_configuration
        setup.emit(Prelude(setup.place.stack, setup.place.project, setup.kind, setup.dry_run, shown))
        front = setup.front or Front(setup.site(), setup.address, setup.emit)
        self._registry = registry = self._make_registry()
        self._deployment = deployment = self._make_deployment(registry)
        await front.start()
        try:
            await self._unless_abandoned(self._stages(deployment, registry, front))
        finally:
            await registry.stop()
            await front.stop()
        failed, changes = deployment.executor.failed, dict(deployment.executor.changes)
        snapshot = self._book.snapshot()
        succeeded = not failed and self._interrupts == 0
        seconds = setup.clock.seconds() - start
        setup.emit(Summary(setup.dry_run, setup.kind, succeeded, changes, seconds, len(snapshot.resources)))
        return Outcome(succeeded, snapshot, changes, self._interrupts > 0)

    def _make_registry(self) -> Registry:
        setup = self._setup
        sources = Sources(self._provider_state, setup.configuration.of_package)
        builtin = BuiltinProvider(setup.outputs_of)
        return Registry(setup.launch, builtin, sources)

    def _provider_state(self, reference: str) -> ResourceState | None:
        return self._deployment.provider_state(reference) if self._deployment else None

    def _make_deployment(self, registry: Registry) -> Deployment:
        setup = self._setup
        executor = Executor(
            book=self._book,
            registry=registry,
            emit=setup.emit,
            clock=setup.clock,
            dry_run=setup.dry_run,
            parallel=setup.parallel,
        )
        executor.count_refreshes = setup.kind == "refresh"
        return Deployment(self._book, registry, executor, setup.emit, setup.limits)

    def _prefetch(self, registry: Registry) -> None:
        """Start the plugins that the snapshot's resources will need, while the program starts."""
        for state in self._setup.snapshot.resources:
            if state.type.startswith(PROVIDER_PREFIX) and not state.delete:
                registry.prefetch(package_of(state.type), version_of(state.inputs))

    async def _unless_abandoned(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        abandoned = asyncio.create_task(self._abandoned.wait())
        await asyncio.wait({task, abandoned}, return_when=asyncio.FIRST_COMPLETED)
        abandoned.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if self._deployment is not None:
                await self._deployment.abandon()
            return
        await task

    async def _stages(self, deployment: Deployment, registry: Registry, front: Front) -> None:
        setup = self._setup
        self._prefetch(registry)
        self._warn_of_pending()
        try:
            if setup.refresh or setup.kind == "refresh":
                await deployment.refresh()
            front.gate.open(deployment)
            if setup.program is not None and not deployment.executor.stopping:
                await self._run_program(setup.program, deployment)
            if setup.kind != "refresh" and not deployment.executor.stopping:
                await deployment.delete_unclaimed(everything=setup.kind == "destroy")
            if setup.kind == "update" and not deployment.executor.failed and not deployment.executor.stopping:
                await deployment.finish_outputs()
        finally:
            if setup.program is not None:
                await setup.program.stop()

    async def _run_program(self, program: Program, deployment: Deployment) -> None:
        running = asyncio.create_task(program.run(self._setup.address))
        stopped = asyncio.create_task(deployment.stopped.wait())
        try:
            await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await deployment.idle()
            if running.done() and not deployment.executor.stopping:
                end = running.result()
                if end.message:
                    deployment.fail("", end.message, end.detail)
        finally:
            stopped.cancel()
            running.cancel()
            await asyncio.gather(running, stopped, return_exceptions=True)

    def _warn_of_pending(self) -> None:
        for operation in self._setup.snapshot.pending:
            message = (
                f"an earlier deployment was {operation.type} this resource when it was ended; what came of it is not"
                " known, and is looked at when the resource comes up again"
            )
            self._setup.emit(Diagnostic(Severity.WARNING, message, operation.resource.urn))
