"""A deployment: goals come in, plans are made and carried out, what nobody asked for any more is deleted.

          goals ─> plan_goal ─> steps ─> Executor ─> Book (journal, snapshot)
                      │ questions                        │
                      └────────> Registry (providers) <──┘

One deployment lives in one event loop. Its sources are the program (through `engine.deploy.monitor`), nobody (destroy)
or reality (refresh). It never prints: it emits events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import TypeVar

from engine.deploy.errors import DeploymentError
from engine.deploy.executor import Executor, StepFailedError, StoppedError
from engine.deploy.ledger import Book
from engine.deploy.registry import Registry
from engine.model.events import Diagnostic, Event, OutputsRegistered, Severity, StepEvent
from engine.model.snapshot import Snapshot
from engine.model.state import PROVIDER_PREFIX, STACK_TYPE, Goal, Op, ResourceState
from engine.model.values import Properties
from engine.plan.deletes import Deletion, plan_deletes, plan_refreshes, without
from engine.plan.graph import Dependents, needs, provider_id, provider_urn
from engine.plan.questions import Answer, Asking, Check, Diff, Question
from engine.plan.register import plan_goal, wanted_state
from engine.plan.steps import Keyed, Plan, Step
from engine.plan.targets import Targets

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the person limited the operation to."""

    targets: Targets = field(default_factory=Targets)
    replaces: Targets = field(default_factory=Targets)
    dependents: bool = False
    """With targets: take along what depends on them."""


class Deployment:
    """The state of one operation on one stack. Also the planner's `View` of it."""

    def __init__(
        self, book: Book, registry: Registry, executor: Executor, emit: Callable[[Event], None], limits: Limits
    ) -> None:
        self.book = book
        self.registry = registry
        self.executor = executor
        self.emit = emit
        self.limits = limits
        self.stopped = asyncio.Event()
        self._news: dict[str, ResourceState] = {}
        self._claimed: set[str] = set()
        self._aliased: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._stack: ResourceState | None = None
        self._condemned: dict[str, tuple[str, ...]] = {}
        self._replaced: set[str] = set()
        self._busy: set[asyncio.Task[object]] = set()
        self._take_stock()

    def _take_stock(self) -> None:
        """Look at the snapshot as it is now: at the start, and again after a refresh."""
        entries = self.book.entries()
        self._olds = {keyed.state.urn: keyed for keyed in entries if not keyed.state.delete}
        self._dependents = Dependents(keyed.state for keyed in entries)
        if self.limits.dependents and self.limits.targets.given:
            chosen = [urn for urn in self._olds if self.limits.targets.match(urn)]
            extra = frozenset(self._dependents.closure(chosen))
            self.limits = replace(self.limits, targets=replace(self.limits.targets, extra=extra))

    # -- the planner's view -----------------------------------------------------------------------------------------

    @property
    def dry_run(self) -> bool:
        return self.executor.dry_run

    def old(self, goal: Goal) -> Keyed | None:
        return next((self._olds[urn] for urn in (goal.urn, *goal.aliases) if urn in self._olds), None)

    def dependents(self, urn: str) -> list[Keyed]:
        return [self._olds[state.urn] for state in self._dependents.ordered(urn) if not self._taken(state.urn)]

    def _taken(self, urn: str) -> bool:
        return urn in self._claimed or urn in self._aliased

    def condemned(self, urn: str) -> tuple[str, ...] | None:
        return self._condemned.get(urn)

    def targeted(self, urn: str) -> bool:
        return not self.limits.targets.given or self.limits.targets.match(urn)

    def replace_asked(self, urn: str) -> bool:
        return self.limits.replaces.match(urn)

    def replaced(self, urn: str) -> bool:
        return urn in self._replaced

    def registered(self, urn: str) -> ResourceState | None:
        return self._news.get(urn)

    def former(self, urn: str) -> ResourceState | None:
        found = self._olds.get(urn)
        return found.state if found else None

    def provider_state(self, reference: str) -> ResourceState | None:
        """Give a provider resource: the very one of the reference, be it a replaced one; else its namesake of today."""
        urn = provider_urn(reference)
        named = [keyed.state for keyed in self.book.entries() if keyed.state.urn == urn]
        if urn in self._news:
            named.insert(0, self._news[urn])
        same = (state for state in named if state.id == provider_id(reference))
        return next(same, named[0] if named else None)

    # -- what the program asks for ----------------------------------------------------------------------------------

    async def register(self, goal: Goal) -> ResourceState:
        """Bring a resource to its goal and give its state.

        Raises
        ------
        StepFailedError, StoppedError: it did not get there; the person has been told why.

        """
        self._claim(goal.urn, goal.type)
        self._claim_alias(goal)
        return await self._tracked(self._register(goal))

    async def _register(self, goal: Goal) -> ResourceState:
        plan = await self._plan(goal)
        for warning in plan.warnings:
            self.emit(Diagnostic(Severity.WARNING, warning, goal.urn))
        self._condemned.update(plan.dependents_condemned)
        self._mind_the_skipped(plan, goal)
        state: ResourceState | None = None
        for step in plan.steps:
            if step.op is Op.CREATE_REPLACEMENT:
                self._replaced.add(step.urn)
            state = await self.executor.run(step)
        if state is None:
            raise StepFailedError(f"{goal.urn} was planned without a step")
        self._news[goal.urn] = state
        return state

    async def _plan(self, goal: Goal) -> Plan:
        if self.executor.stopping:
            raise StoppedError("the deployment is stopping")
        try:
            plan = await self.answer(plan_goal(goal, self))
        except DeploymentError as error:
            self.fail(goal.urn, error.message, error.detail)
            raise StepFailedError(error.message) from None
        for message in plan.errors:
            self.fail(goal.urn, message)
        if plan.errors:
            raise StepFailedError(plan.errors[0])
        return plan

    def _claim(self, urn: str, type_: str) -> None:
        if urn in self._claimed:
            message = f"two resources of type {type_} have the same name, which makes their URN {urn} the same"
            self.fail(urn, f"{message}; give one of them another name")
            raise StepFailedError(message)
        if urn in self._aliased:
            message = f"{self._aliased[urn]} has the alias {urn} and took over what bore that name"
            self.fail(urn, f"{message}; take the alias away, or give this resource another name")
            raise StepFailedError(message)
        self._claimed.add(urn)

    def _claim_alias(self, goal: Goal) -> None:
        """Let a goal take over what the snapshot holds under an older name; nobody else may have that name now."""
        old = self.old(goal)
        if old is None or old.state.urn == goal.urn:
            return
        alias = old.state.urn
        other = alias if alias in self._claimed else self._aliased.get(alias)
        if other is not None:
            message = f"{goal.urn} has the alias {alias}, and that resource is taken already, by {other}"
            self.fail(goal.urn, f"{message}; take the alias out of one of them")
            raise StepFailedError(message)
        self._aliased[alias] = goal.urn

    def _mind_the_skipped(self, plan: Plan, goal: Goal) -> None:
        """Refuse what needs a resource that the targets left out, and that is therefore not there."""
        last = plan.steps[-1]
        if last.skipped:
            self._skipped |= {goal.urn} if last.old is None else set()
            return
        missing = next((urn for urn in needs(last.new or wanted_state(goal)) if urn in self._skipped), None)
        if missing is not None:
            message = f"it needs {missing}, which does not exist yet and is not among the targets; target it, too"
            self.fail(goal.urn, message)
            raise StepFailedError(message)

    async def read(self, wanted: ResourceState) -> ResourceState:
        """Read a resource that this stack does not own, as the program asked, and give its state."""
        self._claim(wanted.urn, wanted.type)
        old = self._olds.get(wanted.urn)
        stranger = old is not None and not old.state.external and old.state.id != wanted.id
        if stranger and old is not None and old.state.protect:
            message = f"it is protected and can't give way to the resource {wanted.id!r}, which the program reads"
            self.fail(wanted.urn, message)
            raise StepFailedError(message)
        op = Op.READ_REPLACEMENT if stranger else Op.READ
        step = Step(op, wanted.urn, wanted.type, old, wanted, pending_delete=stranger)
        state = await self._tracked(self.executor.run(step))
        self._news[wanted.urn] = state
        return state

    async def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Record a component's outputs; the stack's are what other stacks read, and lose none before all went well."""
        state = self._news.get(urn)
        if state is None:
            raise StepFailedError(f"outputs were registered for {urn}, which was not registered itself")
        finished = replace(state, outputs=outputs)
        old = self.former(urn)
        if state.type == STACK_TYPE:
            self._stack = finished
            await self._record_outputs(replace(state, outputs={**(old.outputs if old else {}), **outputs}))
        else:
            await self._record_outputs(finished)
        op = Op.CREATE if old is None else Op.SAME if old.outputs == outputs else Op.UPDATE
        event = StepEvent(op, urn, state.type, old, finished)
        self.emit(OutputsRegistered(event, self.executor.clock.seconds()))

    async def finish_outputs(self) -> None:
        """Let the stack's outputs be exactly the program's, as nothing went wrong on the way."""
        if self._stack is not None:
            await self._record_outputs(self._stack)

    async def _record_outputs(self, state: ResourceState) -> None:
        if state != self._news[state.urn]:
            self._news[state.urn] = state
            if key := self.book.key_of(state.urn):
                await self.book.put(key, state)

    # -- what the deployment does by itself -------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Look at every resource and take its present state into the snapshot."""
        steps = plan_refreshes(self.book.entries(), self.limits.targets)
        found = await asyncio.gather(*(self._attempt(step) for step in steps))
        gone = {step.urn for step, state in zip(steps, found, strict=True) if state is not None and not state.id}
        await self._take_out(gone)
        self._take_stock()

    async def _take_out(self, gone: set[str]) -> None:
        """Let resources leave the snapshot, and before that what the others say of them: each entry leaves it sound."""
        entries = self.book.entries()
        for keyed in entries:
            pruned = without(keyed.state, gone)
            if pruned != keyed.state:
                await self.book.put(keyed.key, pruned)
        for keyed in reversed(entries):
            if keyed.state.urn in gone and not keyed.state.delete:
                await self.book.drop(keyed.key)

    async def delete_unclaimed(self, *, everything: bool = False) -> None:
        """Delete what the program no longer names, or all; each resource after everything that needs it."""
        for pattern in self.limits.targets.unmatched([*self._olds, *self._claimed]):
            self.fail("", f"--target {pattern!r} names no resource, neither of the stack nor of the program")
        if self.executor.stopping:
            return
        deletion = plan_deletes(self.book.entries() if everything else self.book.left(), self.limits.targets)
        for urn, message in deletion.errors:
            self.fail(urn, message)
        if not deletion.errors:
            await self._delete_in_order(deletion)

    async def _delete_in_order(self, deletion: Deletion) -> None:
        done = {step.old.key: asyncio.Event() for step in deletion.steps if step.old}

        async def delete(step: Step) -> None:
            key = step.old.key if step.old else ""
            for other in deletion.after.get(key, ()):
                await done[other].wait()
            if await self._attempt(step) is not None:
                done[key].set()

        work = asyncio.gather(*(delete(step) for step in deletion.steps))
        stop = asyncio.create_task(self.stopped.wait())
        try:
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            await self.idle()
            if work.done():
                work.result()
        finally:
            stop.cancel()
            work.cancel()
            await asyncio.gather(stop, work, return_exceptions=True)

    async def _attempt(self, step: Step) -> ResourceState | None:
        """Run a step that nobody waits for; a failure has been reported and stops the rest."""
        try:
            return await self._tracked(self.executor.run(step))
        except (StepFailedError, StoppedError):
            self.stopped.set()
            return None

    # -- stopping ---------------------------------------------------------------------------------------------------

    def fail(self, urn: str, message: str, detail: str = "") -> None:
        """Report a failure and begin nothing new."""
        self.executor.failed = True
        self.emit(Diagnostic(Severity.ERROR, message, urn, detail=detail))
        self.stop()

    def note_failure(self) -> None:
        """Remember that an error was logged: the deployment goes on, and does not succeed."""
        self.executor.failed = True

    def stop(self) -> None:
        """Begin nothing new; what is under way goes on."""
        self.executor.stopping = True
        self.stopped.set()

    async def abandon(self) -> None:
        """Give up what is under way: what was begun stays pending in the journal."""
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is under way any more."""
        while self._busy:
            await asyncio.wait(self._busy)

    async def _tracked(self, work: Coroutine[object, object, T]) -> T:
        """Run work that an interruption waits for, whoever else has lost interest in it."""
        task = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        try:
            return await asyncio.shield(task)
        except StepFailedError:
            self.stopped.set()
            raise

    async def answer(self, asking: Asking[T]) -> T:
        """Answer a planner's questions until it has its result."""
        try:
            question = next(asking)
            while True:
                question = asking.send(await self._ask(question))
        except StopIteration as end:
            return end.value

    async def _ask(self, question: Question) -> Answer:
        if isinstance(question, Check):
            if question.type.startswith(PROVIDER_PREFIX):
                return await self.registry.check(question)
            return await (await self.registry.get(question.provider)).check(question)
        if isinstance(question, Diff):
            if question.type.startswith(PROVIDER_PREFIX):
                return await self.registry.diff(question)
            return await (await self.registry.get(question.provider)).diff(question)
        return await (await self.registry.get(question.provider)).read(question)

    def snapshot(self) -> Snapshot:
        """Give the snapshot as it is now."""
        return self.book.snapshot()
