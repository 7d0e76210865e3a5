"""Carrying out one step: begin on disk, effect, outcome on disk, events on the way.

Step ─> journal begin ─> provider ─> checked outputs ─> journal end ─> events

The executor knows nothing of programs or plans; it is given steps and providers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from engine.deploy.errors import DeploymentError, PartialFailureError, ProviderGoneError
from engine.deploy.ledger import Book
from engine.deploy.provider import Made, Provider
from engine.deploy.registry import Registry
from engine.errors import EngineError
from engine.model.events import Diagnostic, Event, Severity, StepFailed, StepFinished, StepStarted
from engine.model.state import PROVIDER_PREFIX, Op, ResourceState
from engine.model.urn import name_of
from engine.model.values import Properties, mark_secrets
from engine.plan.questions import Read, WasRead
from engine.plan.register import outputs_changed, preview_outputs
from engine.plan.steps import Step

T = TypeVar("T")

DELETING = frozenset({Op.DELETE, Op.DELETE_REPLACED, Op.DISCARD, Op.DISCARD_REPLACED, Op.REMOVE_PENDING_REPLACE})
CREATING = frozenset({Op.CREATE, Op.CREATE_REPLACEMENT})
READING = frozenset({Op.READ, Op.READ_REPLACEMENT})
IMPORTING = frozenset({Op.IMPORT, Op.IMPORT_REPLACEMENT})


class StepFailedError(DeploymentError):
    """A step failed and has been reported; nothing that needs it can go on."""


class StoppedError(DeploymentError):
    """The deployment is stopping: this step was not begun."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the executor gets its times: seconds that only grow, and the date."""

    seconds: Callable[[], float]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Executor:
    """Runs steps, at most `parallel` effects at a time."""

    def __init__(
        self,
        *,
        book: Book,
        registry: Registry,
        emit: Callable[[Event], None],
        clock: Clock,
        dry_run: bool,
        parallel: int,
    ) -> None:
        self.book = book
        self.registry = registry
        self.emit = emit
        self.clock = clock
        self.dry_run = dry_run
        self.stopping = False
        self.failed = False
        self.changes: dict[Op, int] = {}
        self.count_refreshes = False
        self._slots = asyncio.Semaphore(parallel)

    async def run(self, step: Step) -> ResourceState:
        """Carry out a step and give the resource as it is afterwards.

        Raises
        ------
        StepFailedError: it failed; the person has been told.
        StoppedError: the deployment is stopping, the step was not begun.

        """
        shown = not is_default_provider(step)
        if self.stopping:
            raise StoppedError("the deployment is stopping")
        if shown:
            self.emit(StepStarted(step.event(), self.clock.seconds()))
        try:
            async with self._slot(step):
                state = await self._apply(step)
            if not step.skipped:
                await self.book.settle(step.urn, created=step.op in CREATING | IMPORTING)
        except StoppedError:
            raise
        except EngineError as error:
            self._report(step, error)
            raise StepFailedError(str(error)) from None
        if shown:
            result = self._result(step, state)
            self._count(step, result)
            self.emit(StepFinished(step.event(state), self.clock.seconds(), result))
        return state

    @asynccontextmanager
    async def _slot(self, step: Step):
        """Wait for a place among the effects that may run at once; steps without an effect need none."""
        if step.op is Op.SAME or step.type.startswith(PROVIDER_PREFIX):
            yield
            return
        async with self._slots:
            if self.stopping:
                raise StoppedError("the deployment is stopping")
            yield

    def _count(self, step: Step, result: Op | None) -> None:
        if step.op is Op.REFRESH:
            counted = result if self.count_refreshes else None
        elif step.op is Op.CREATE_REPLACEMENT:
            counted = Op.REPLACE
        else:
            counted = step.op if step.event().logical else None
        if counted is not None:
            self.changes[counted] = self.changes.get(counted, 0) + 1

    def _result(self, step: Step, state: ResourceState) -> Op | None:
        if step.op is not Op.REFRESH or step.old is None:
            return None
        if not state.id and step.old.state.id:
            return Op.DELETE
        return Op.UPDATE if outputs_changed(step.old.state, state) else Op.SAME

    def _report(self, step: Step, error: EngineError) -> None:
        self.failed = True
        self.stopping = True
        detail = error.detail if isinstance(error, DeploymentError) else ""
        self.emit(Diagnostic(Severity.ERROR, str(error), step.urn, detail=detail))
        self.emit(StepFailed(step.event(), self.clock.seconds()))

    async def _apply(self, step: Step) -> ResourceState:
        if step.op is Op.SAME:
            return await self._same(step)
        if step.op in DELETING:
            return await self._delete(step)
        if step.op is Op.REFRESH:
            return await self._refresh(step)
        if step.op in IMPORTING:
            return await self._import(step)
        if step.op in READING:
            return await self._read(step)
        if step.op in CREATING:
            return await self._create(step)
        return await self._update(step)

    # -- steps without an effect ------------------------------------------------------------------------------------

    async def _same(self, step: Step) -> ResourceState:
        state = _new(step)
        if step.old is None:  # outside the targets, and not there: nothing is recorded
            return state
        if step.type.startswith(PROVIDER_PREFIX):
            await self.registry.load(state)
        if state == step.old.state:
            await self.book.keep(step.old.key)
        else:
            await self.book.put(self.book.new_key(), state, (step.old.key,))
        return state

    async def _import(self, step: Step) -> ResourceState:
        now = self.clock.now()
        state = replace(_new(step), created=now, modified=now)
        retires = (step.old.key,) if step.old is not None and step.pending_delete else ()
        await self.book.put(self.book.new_key(), state, retires=retires)
        return state

    # -- steps with an effect ---------------------------------------------------------------------------------------

    async def _create(self, step: Step) -> ResourceState:
        new = _new(step)
        number = await self._begin(step, new)
        made, problem = await self._outcome(number, self._make(new))
        state = self._finished(new, made, problem, created=self.clock.now())
        await self._replace_entry(step, state, number)
        if problem is not None:
            raise problem
        return state

    async def _make(self, new: ResourceState) -> Made:
        if not new.custom:
            return Made("", {})
        if new.type.startswith(PROVIDER_PREFIX):
            return Made(await self.registry.create(new), provider_outputs(new))
        provider = await self.registry.get(new.provider)
        return self._previewed(await provider.create(new, preview=self.dry_run), new, None, provider)

    async def _update(self, step: Step) -> ResourceState:
        new, old = _new(step), _old(step)
        number = await self._begin(step, new)
        made, problem = await self._outcome(number, self._change(step, old, new))
        state = self._finished(new, made, problem, created=old.created)
        await self._replace_entry(step, state, number)
        if problem is not None:
            raise problem
        return state

    async def _change(self, step: Step, old: ResourceState, new: ResourceState) -> Made:
        if not new.custom:
            return Made("", old.outputs)
        if new.type.startswith(PROVIDER_PREFIX):
            await self.registry.load(new)
            return Made(old.id, provider_outputs(new))
        provider = await self.registry.get(new.provider)
        made = await provider.update(old, new, step.ignore_changes, preview=self.dry_run)
        return self._previewed(made, new, old, provider)

    async def _delete(self, step: Step) -> ResourceState:
        old = _old(step)
        key = step.old.key if step.old else ""
        number = await self._begin(step, old)
        await self._known(number, self._remove(step, old))
        if step.delete_first:
            await self.book.put(key, replace(old, pending_replacement=True), ends=number)
        else:
            await self.book.drop(key, number)
        return old

    async def _remove(self, step: Step, old: ResourceState) -> None:
        untouched = not old.custom or old.external or old.retain_on_delete or old.pending_replacement
        if self.dry_run or untouched or step.skipped:
            return
        if old.type.startswith(PROVIDER_PREFIX):
            await self.registry.unload(old)
            return
        provider = await self.registry.get(old.provider)
        await provider.delete(old)

    async def _read(self, step: Step) -> ResourceState:
        new = _new(step)
        number = await self._begin(step, new)
        found = await self._known(number, self._look(new))
        outputs = mark_secrets(found.outputs, new.additional_secret_outputs)
        state = replace(new, id=found.id, outputs=outputs)
        await self._replace_entry(step, state, number)
        return state

    async def _look(self, new: ResourceState) -> WasRead:
        provider = await self.registry.get(new.provider)
        found = await provider.read(Read(new.provider, new.urn, new.type, new.id, new.inputs, {}))
        if not found.id:
            raise DeploymentError(f"there is no {new.type} with the id {new.id!r} to read")
        return found

    async def _refresh(self, step: Step) -> ResourceState:
        old = _old(step)
        key = step.old.key if step.old else ""
        provider = await self.registry.get(old.provider)
        found = await provider.read(Read(old.provider, old.urn, old.type, old.id, old.inputs, old.outputs))
        if not found.id:  # it leaves the snapshot when all have been looked at, together with what refers to it
            return replace(old, id="", outputs={})
        outputs = mark_secrets(found.outputs, old.additional_secret_outputs)
        inputs = old.inputs if found.inputs is None else found.inputs
        state = replace(old, id=found.id, inputs=inputs, outputs=outputs)
        if not outputs_changed(old, state):
            return old
        state = replace(state, modified=self.clock.now())
        await self.book.put(key, state)
        return state

    # -- shared parts -----------------------------------------------------------------------------------------------

    async def _begin(self, step: Step, state: ResourceState) -> int | None:
        """Journal the effect before it is asked for, where there is one."""
        if self.dry_run or not state.custom or state.type.startswith(PROVIDER_PREFIX):
            return None
        return await self.book.begin(step.op, state)

    async def _known(self, number: int | None, effect: Awaitable[T]) -> T:
        """Await an effect; a failure whose outcome is known closes its begin, one that isn't leaves it pending."""
        try:
            return await effect
        except ProviderGoneError:
            raise
        except DeploymentError:
            await self.book.end(number)
            raise

    async def _outcome(self, number: int | None, effect: Awaitable[Made]) -> tuple[Made, PartialFailureError | None]:
        """Await a create or update; a partial failure still made something that has to be recorded."""
        try:
            return await effect, None
        except PartialFailureError as error:
            return Made(error.id, error.outputs), error
        except ProviderGoneError:
            raise
        except DeploymentError:
            await self.book.end(number)
            raise

    def _previewed(self, made: Made, new: ResourceState, old: ResourceState | None, provider: Provider) -> Made:
        """Fill in what a preview can't know."""
        if not self.dry_run or provider.previews:
            return made
        return Made(made.id, preview_outputs(made.outputs, old.outputs if old else None))

    def _finished(
        self, new: ResourceState, made: Made, problem: PartialFailureError | None, *, created: datetime | None
    ) -> ResourceState:
        now = self.clock.now()
        return replace(
            new,
            id=made.id,
            outputs=mark_secrets(made.outputs, new.additional_secret_outputs),
            created=created or now,
            modified=now,
            init_errors=problem.reasons if problem else (),
        )

    async def _replace_entry(self, step: Step, state: ResourceState, number: int | None) -> None:
        """Put a resource in its predecessor's stead; or before it, where that is only to be deleted in the end."""
        key = step.old.key or self.book.key_of(step.urn) if step.old is not None else ""
        keys = (key,) if key else ()
        removes, retires = ((), keys) if step.pending_delete else (keys, ())
        await self.book.put(self.book.new_key(), state, removes, number, retires=retires)


def provider_outputs(new: ResourceState) -> Properties:
    """Give a provider resource's outputs: its configuration."""
    return {key: item for key, item in new.inputs.items() if key != "__internal"}


def is_default_provider(step: Step) -> bool:
    """Tell whether a step is about a provider that the engine made by itself; people are not shown those."""
    return step.type.startswith(PROVIDER_PREFIX) and name_of(step.urn).startswith("default")


def _new(step: Step) -> ResourceState:
    if step.new is None:
        raise DeploymentError(f"{step.op} of {step.urn} was planned without a new state")
    return step.new


def _old(step: Step) -> ResourceState:
    if step.old is None:
        raise DeploymentError(f"{step.op} of {step.urn} was planned without an old state")
    return step.old.state
