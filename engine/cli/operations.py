"""preview, up, refresh, destroy: options in, exit code out.

    options ─> stack, secrets, config ─> preview ─> question ─> operation ─> state file, backup, history
                                            │                       │
                                            └──────── events ───────┴─> display

The program's process is started first of all, so that it imports its SDK while the engine imports gRPC.
"""

from __future__ import annotations

import asyncio
import importlib
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from engine.backend.journal import Journal
from engine.cli.children import Children
from engine.cli.context import StackContext, is_interactive, open_project, open_stack
from engine.cli.options import OperationOptions
from engine.cli.statework import StateWork
from engine.display import Color, Display, DisplayOptions, Redactor, confirm, make_display, render
from engine.errors import CancelledError, ConfirmationError, EngineError, ExpectationError, StackNotFoundError
from engine.host.program import RunInfo
from engine.model.events import Diagnostic, Event
from engine.model.snapshot import Snapshot
from engine.model.state import Op
from engine.model.values import secret_texts
from engine.plan.targets import Targets
from engine.workspace.config import StackConfig
from engine.workspace.configvalues import has_secret

if TYPE_CHECKING:
    from engine.deploy.front import Front
    from engine.deploy.launch import ProgramRunner
    from engine.deploy.operation import Outcome, Setup

QUIET = frozenset({Op.SAME, Op.READ, Op.REFRESH})
"""Steps that change nothing."""

PARALLEL = 1024
"""How many effects may be under way at once where nobody says otherwise: waiting costs nothing here."""

KINDS = {"up": "update", "preview": "update", "refresh": "refresh", "destroy": "destroy"}
QUESTIONS = {
    "up": "Do you want to perform this update?",
    "refresh": "Do you want to take this into the state?",
    "destroy": "Do you want to destroy these resources?",
}


def run(options: OperationOptions) -> int:
    """Carry out an operation and give the exit code.

    Raises
    ------
    EngineError: it can't be begun, or the person must be told something that no event said.

    """
    refuse_unsupported(options)
    context = open_or_make(options)
    if options.config:
        context.apply_config(options.config, path=options.config_path)
    code = asyncio.run(Command(context, options).run())
    if options.kind == "destroy" and options.remove and code == 0:
        from engine.cli.stackcmd import remove_stack

        remove_stack(context.workspace, context.ref)
    return code


def open_or_make(options: OperationOptions) -> StackContext:
    """Open the stack and select it; `up` makes one that is named and missing, if the person agrees or said --yes."""
    try:
        context = open_stack(options)
    except StackNotFoundError:
        if options.kind != "up" or not options.stack or not (options.yes or is_interactive(options)):
            raise
        workspace = open_project(options)
        question = f"There is no stack {options.stack!r} yet: make it?"
        if not options.yes and not confirm(sys.stdin, sys.stdout, question, lambda: "It begins without resources."):
            raise
        workspace.backend.create(workspace.ref(options.stack))
        context = open_stack(options)
    if options.stack:
        context.workspace.select(context.ref)
    return context


def refuse_unsupported(options: OperationOptions) -> None:
    """Say of an option that this engine doesn't have who does."""
    missing = {
        "--exclude": bool(options.exclude),
        "--exclude-protected": options.exclude_protected,
        "--run-program": options.run_program,
        "--continue-on-error": options.continue_on_error,
        "--import-pending-creates": bool(options.import_pending_creates),
        "`pulumi import`": options.imports is not None,
    }
    for name, given in missing.items():
        if given:
            raise EngineError(f"{name} is not something that this engine does; the official pulumi CLI does")


@dataclass(frozen=True, slots=True)
class Phase:
    """One run of the engine: a preview, or the real thing; its program runs already, and waits for the state."""

    dry_run: bool
    children: Children
    config: StackConfig
    front: Front
    program: ProgramRunner | None


class Command:
    """One command on one stack."""

    def __init__(self, context: StackContext, options: OperationOptions) -> None:
        self.context = context
        self.options = options
        self.interactive = is_interactive(options)
        self.redactor = Redactor()
        self.work = StateWork(context)

    async def run(self) -> int:
        """Preview, ask, do."""
        options = self.options
        if options.kind == "preview" or options.preview_only:
            return self._verdict(await self._preview())
        self._need_an_answer()
        with self.context.locked():
            if not options.skip_preview and not options.json and not await self._agreed():
                return 1
            return await self._perform()

    def _need_an_answer(self) -> None:
        options = self.options
        if not (options.yes or options.skip_preview or options.preview_only or self.interactive):
            raise ConfirmationError(
                f"`pulumi {options.kind}` asks before it changes anything, and there is nobody to ask: add --yes"
            )

    async def _preview(self, events: list[Event] | None = None) -> Outcome:
        async with self._phase(dry_run=True) as phase:
            return await self._show(phase, await self._load(), None, events)

    def _state(self) -> Snapshot:
        only_looking = self.options.kind == "preview" or self.options.preview_only
        snapshot = self.work.load(keep=not only_looking)
        self._check_targets(snapshot)
        if self.options.clear_pending_creates:
            kept = tuple(operation for operation in snapshot.pending if operation.type != "creating")
            snapshot = replace(snapshot, pending=kept)
        return snapshot

    def _check_targets(self, snapshot: Snapshot) -> None:
        """Refuse targets that name nothing, where no program can still make what they name."""
        options = self.options
        urns = [state.urn for state in snapshot.resources]
        hopeless = [("--replace", pattern) for pattern in Targets(options.replace).unmatched(urns)]
        if options.kind in {"refresh", "destroy"}:
            hopeless += [("--target", pattern) for pattern in Targets(options.targets).unmatched(urns)]
        for option, pattern in hopeless:
            raise EngineError(f"{option} {pattern!r} names no resource of stack {self.context.name!r}")

    async def _agreed(self) -> bool:
        """Show what would be done and ask whether to; a preview that fails is an answer, too."""
        options = self.options
        events: list[Event] = []
        outcome = await self._preview(events)
        if not outcome.succeeded:
            return False
        if options.yes:
            return True
        details = partial(render, events, replace(self._display_options(), diff=True))
        if not confirm(sys.stdin, sys.stdout, QUESTIONS[options.kind], details):
            raise CancelledError("nothing was changed")
        return True

    async def _perform(self) -> int:
        started = time.time()
        async with self._phase(dry_run=False) as phase:
            snapshot = await self._load()
            journal = self.work.begin()
            outcome = await self._show(phase, snapshot, journal)
            self.work.finish(outcome.snapshot, journal, succeeded=outcome.succeeded)
        kind = KINDS[self.options.kind]
        self.work.record(kind, outcome.changes, self.options.message, started, succeeded=outcome.succeeded)
        return self._verdict(outcome)

    def _verdict(self, outcome: Outcome) -> int:
        if outcome.interrupted:
            raise CancelledError("interrupted; what was under way is recorded, and `pulumi up` goes on from there")
        if not outcome.succeeded:
            return 1
        changed = {op: number for op, number in outcome.changes.items() if op not in QUIET}
        if self.options.expect_no_changes and changed:
            listed = ", ".join(f"{number} to {op}" for op, number in changed.items())
            raise ExpectationError(f"no changes were expected, and there are: {listed}")
        return 0

    # -- one phase --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _phase(self, *, dry_run: bool) -> AsyncGenerator[Phase]:
        """Start what takes longest, each beside the others: the children, the key of the secrets, gRPC."""
        children = Children(self.context.project, self.context.name)
        try:
            if KINDS[self.options.kind] == "update":
                children.start_program()
            children.prefetch(self.work.packages())
            await asyncio.sleep(0)  # here the processes begin
            self.context.crypter  # noqa: B018 made here, once, before threads use it
            self._deriving = asyncio.create_task(asyncio.to_thread(self.context.warm))
            await asyncio.to_thread(importlib.import_module, "engine.deploy.launch")
            if any(map(has_secret, self.context.stack_file.config.values())):
                await self._deriving
            phase = self._open(children, dry_run=dry_run)
            await phase.front.start()
            if phase.program is not None:
                phase.program.begin(children.address)
            yield phase
        finally:
            await children.stop()

    def _open(self, children: Children, *, dry_run: bool) -> Phase:
        from engine.deploy.front import Configuration, Front, Site
        from engine.deploy.goals import Place
        from engine.deploy.launch import ProgramRunner

        config, project = self.context.config(), self.context.project
        configuration = Configuration(config.values, frozenset(config.secret_keys))
        site = Site(Place(self.context.name, project.name), str(project.root), configuration, dry_run, self.parallel)
        program = ProgramRunner(children.program, self._run_info(config, dry_run)) if children.program else None
        return Phase(dry_run, children, config, Front(site, children.address, children.emit), program)

    async def _load(self) -> Snapshot:
        """Read the state as soon as its secrets can be opened."""
        await self._deriving
        return self._state()

    async def _show(
        self, phase: Phase, snapshot: Snapshot, journal: Journal | None, events: list[Event] | None = None
    ) -> Outcome:
        """Run the engine once with a display attached; `events` receives what was shown."""
        self._hide_secrets(phase.config, snapshot)
        display = make_display(self._display_options(), sys.stdout)
        try:
            phase.children.listen(partial(_tell, display, events))
            return await self._operate(phase, snapshot, journal)
        finally:
            display.close()

    def _hide_secrets(self, config: StackConfig, snapshot: Snapshot) -> None:
        for key in config.secret_keys:
            self.redactor.add(config.values[key])
        for state in snapshot.resources:
            for text in secret_texts({**state.inputs, **state.outputs}):
                self.redactor.add(text)

    def _display_options(self) -> DisplayOptions:
        options = self.options
        return DisplayOptions(
            color=cast("Color", options.color),
            interactive=False if options.non_interactive else None,
            diff=options.diff,
            json=options.json,
            suppress_outputs=options.suppress_outputs,
            debug=options.debug,
            redactor=self.redactor,
        )

    async def _operate(self, phase: Phase, snapshot: Snapshot, journal: Journal | None) -> Outcome:
        from engine.deploy.operation import Operation

        operation = Operation(self._setup(phase, snapshot, journal))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, operation.interrupt)
        try:
            return await operation.run()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _setup(self, phase: Phase, snapshot: Snapshot, journal: Journal | None) -> Setup:
        from engine.deploy.deployment import Limits
        from engine.deploy.executor import Clock
        from engine.deploy.launch import RunningPlugin
        from engine.deploy.ledger import forget
        from engine.deploy.operation import Setup

        async def launch(package: str, version: str) -> RunningPlugin:
            return RunningPlugin(await phase.children.plugin(package, version))

        options, config, site = self.options, phase.config, phase.front.site
        return Setup(
            kind=KINDS[options.kind],
            dry_run=phase.dry_run,
            place=site.place,
            root=site.root,
            configuration=site.configuration,
            shown_configuration=config.shown(),
            snapshot=snapshot,
            emit=phase.children.emit,
            clock=Clock(time.monotonic),
            address=phase.children.address,
            launch=launch,
            outputs_of=self.work.outputs_of,
            front=phase.front,
            program=phase.program,
            write=journal.write if journal else forget,
            limits=Limits(Targets(options.targets), Targets(options.replace), options.target_dependents),
            refresh=options.refresh or self.context.project.refresh_always,
            parallel=self.parallel,
        )

    @property
    def parallel(self) -> int:
        """How many effects may be under way at once."""
        return self.options.parallel or PARALLEL

    def _run_info(self, config: StackConfig, dry_run: bool) -> RunInfo:
        project = self.context.project
        return RunInfo(
            monitor="",
            engine="",
            project=project.name,
            stack=self.context.name,
            organization="organization",
            root=project.root,
            program=project.program_dir,
            directory=project.program_dir if project.program_dir.is_dir() else project.root,
            config=config.values,
            secret_keys=tuple(sorted(config.secret_keys)),
            dry_run=dry_run,
            parallel=self.parallel,
            debug=self.options.debug,
        )


def _tell(display: Display, events: list[Event] | None, event: Event) -> None:
    if events is not None and not (isinstance(event, Diagnostic) and event.ephemeral):
        events.append(event)
    display.handle(event)
