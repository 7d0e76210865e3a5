"""A deployment without processes: closures are the providers, a coroutine is the program, the wires are the real ones.

Rig(base).up(program) ─> Operation ─ gRPC ─> program        every journal entry is kept, and every prefix of the
                             └─ stub ─> Maker (a world)      journal is folded and checked after every run
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Protocol, cast

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty
from grpc.aio import AioRpcError, Metadata

from engine.deploy.deployment import Limits
from engine.deploy.executor import Clock
from engine.deploy.goals import Place
from engine.deploy.ledger import forget
from engine.deploy.operation import Configuration, Operation, Outcome, ProgramEnd, Setup
from engine.deploy.wire import PROGRAM, Accepts, decode, encode
from engine.host.protos import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc
from engine.host.protos import provider_pb2 as pb
from engine.model.events import Diagnostic, Event, Severity
from engine.model.journal import Entry, fold
from engine.model.snapshot import Snapshot, integrity_errors
from engine.model.state import STACK_TYPE, Op, ResourceState
from engine.model.values import Properties, Value
from engine.plan.targets import Targets

PLAIN = Accepts(secrets=True)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLACE = Place("dev", "shop")
THING = "test:index:Thing"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


def urn_of(name: str, type_: str = THING) -> str:
    return PLACE.urn("", type_, name)


def refused(message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(), details=message)


def gone() -> AioRpcError:
    return refused("Socket closed", grpc.StatusCode.UNAVAILABLE)


Hook = Callable[[object], Awaitable[object]]


@dataclass
class Maker:
    """A plugin in this process. A resource is replaced where `size` changes; `hooks` stand in for whole calls."""

    calls: list[str] = field(default_factory=list[str])
    world: dict[str, Properties] = field(default_factory=dict[str, Properties])
    hooks: dict[str, Hook] = field(default_factory=dict[str, Hook])
    requests: list[object] = field(default_factory=list[object])
    configured: list[Properties] = field(default_factory=list[Properties])
    delete_first: bool = False
    secrets: bool = True
    previews: bool = False
    stops: int = 0
    _ids: count[int] = field(default_factory=lambda: count(1))

    @property
    def stub(self) -> Maker:
        return self

    async def stop(self) -> None:
        self.stops += 1

    async def _hooked(self, call: str, name: str, request: object) -> object | None:
        self.calls.append(f"{call} {name}")
        self.requests.append(request)
        hook = self.hooks.get(f"{call} {name}") or self.hooks.get(call)
        return await hook(request) if hook else None

    async def CheckConfig(self, request: pb.CheckRequest) -> pb.CheckResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("check-config", request.name, request)
        return answer if isinstance(answer, pb.CheckResponse) else pb.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: pb.DiffRequest) -> pb.DiffResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("diff-config", request.name, request)
        return answer if isinstance(answer, pb.DiffResponse) else pb.DiffResponse()

    async def Configure(self, request: pb.ConfigureRequest) -> pb.ConfigureResponse:  # noqa: N802 the protocol's name
        await self._hooked("configure", request.name, request)
        self.configured.append(decode(request.args))
        return pb.ConfigureResponse(acceptSecrets=self.secrets, supportsPreview=self.previews)

    async def Check(self, request: pb.CheckRequest) -> pb.CheckResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("check", request.name, request)
        return answer if isinstance(answer, pb.CheckResponse) else pb.CheckResponse(inputs=request.news)

    async def Diff(self, request: pb.DiffRequest) -> pb.DiffResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("diff", request.name, request)
        if isinstance(answer, pb.DiffResponse):
            return answer
        before, after = decode(request.old_inputs), decode(request.news)
        replaces = ["size"] if before.get("size") != after.get("size") else []
        changes = pb.DiffResponse.DIFF_SOME if before != after else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=changes, replaces=replaces, deleteBeforeReplace=self.delete_first)

    async def Create(self, request: pb.CreateRequest) -> pb.CreateResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("create", request.name, request)
        if isinstance(answer, pb.CreateResponse):
            return answer
        identity = f"{request.name}-{next(self._ids)}"
        outputs: Properties = {**decode(request.properties), "made": identity}
        self.world[identity] = outputs
        return pb.CreateResponse(id=identity, properties=encode(outputs, PLAIN))

    async def Read(self, request: pb.ReadRequest) -> pb.ReadResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("read", request.name, request)
        if isinstance(answer, pb.ReadResponse):
            return answer
        found = self.world.get(request.id)
        if found is None:
            return pb.ReadResponse()
        inputs = {key: item for key, item in found.items() if key != "made"}
        return pb.ReadResponse(id=request.id, properties=encode(found, PLAIN), inputs=encode(inputs, PLAIN))

    async def Update(self, request: pb.UpdateRequest) -> pb.UpdateResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("update", request.name, request)
        if isinstance(answer, pb.UpdateResponse):
            return answer
        outputs: Properties = {**decode(request.news), "made": request.id}
        if not request.preview:
            self.world[request.id] = outputs
        return pb.UpdateResponse(properties=encode(outputs, PLAIN))

    async def Delete(self, request: pb.DeleteRequest) -> Empty:  # noqa: N802 the protocol's name
        await self._hooked("delete", request.name, request)
        self.world.pop(request.id, None)
        return Empty()

    async def Invoke(self, request: pb.InvokeRequest) -> pb.InvokeResponse:  # noqa: N802 the protocol's name
        answer = await self._hooked("invoke", request.tok, request)
        return answer if isinstance(answer, pb.InvokeResponse) else pb.InvokeResponse()

    async def Cancel(self, request: Empty, timeout: float) -> Empty:  # noqa: N802 the protocol's name
        del request, timeout
        self.calls.append("cancel")
        return Empty()

    def effects(self) -> list[str]:
        return [call for call in self.calls if call.split()[0] in {"create", "update", "delete"}]


@dataclass(frozen=True)
class Made:
    """What the program gets back."""

    urn: str
    id: str
    outputs: Properties

    @property
    def ref(self) -> str:
        return f"{self.urn}::{self.id}"


class MonitorStub(Protocol):
    """The monitor's calls, with their types (the generated stub has none); the names are the protocol's."""

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> Awaitable[resource_pb2.RegisterResourceResponse]: ...
    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> Awaitable[Empty]: ...
    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> Awaitable[resource_pb2.ReadResourceResponse]: ...
    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> Awaitable[resource_pb2.ResourceInvokeResponse]: ...


class EngineStub(Protocol):
    """The engine's one call that is used here."""

    def Log(self, request: engine_pb2.LogRequest) -> Awaitable[Empty]: ...  # noqa: N802


class Api:
    """What a scripted program can do; every method is one request of the protocol."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.monitor = cast("MonitorStub", resource_pb2_grpc.ResourceMonitorStub(channel))
        self.engine = cast("EngineStub", engine_pb2_grpc.EngineStub(channel))
        self.stack = ""

    async def register(
        self, name: str, inputs: Properties | None = None, type_: str = THING, **options: object
    ) -> Made:
        fields: dict[str, object] = {"custom": True, "parent": self.stack, **options}
        request = resource_pb2.RegisterResourceRequest(type=type_, name=name, object=encode(inputs or {}, PROGRAM))
        for key, item in fields.items():
            _set(request, key, item)
        answer = await self.monitor.RegisterResource(request)
        return Made(answer.urn, answer.id, decode(answer.object))

    async def component(self, name: str, outputs: Properties | None = None, **options: object) -> Made:
        made = await self.register(name, {}, "shop:index:Group", custom=False, **options)
        if outputs is not None:
            await self.outputs(made.urn, outputs)
        return made

    async def outputs(self, urn: str, outputs: Properties) -> None:
        request = resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=encode(outputs, PROGRAM))
        await self.monitor.RegisterResourceOutputs(request)

    async def read(self, name: str, identity: str, inputs: Properties | None = None, type_: str = THING) -> Made:
        request = resource_pb2.ReadResourceRequest(
            id=identity, type=type_, name=name, parent=self.stack, properties=encode(inputs or {}, PROGRAM)
        )
        answer = await self.monitor.ReadResource(request)
        return Made(answer.urn, answer.id, decode(answer.properties))

    async def invoke(self, token: str, args: Properties) -> resource_pb2.ResourceInvokeResponse:
        return await self.monitor.Invoke(
            resource_pb2.ResourceInvokeRequest(tok=token, args=encode(args, PROGRAM), acceptResources=True)
        )

    async def log(self, severity: int, message: str) -> None:
        await self.engine.Log(engine_pb2.LogRequest(severity=severity, message=message))  # pyright: ignore[reportArgumentType] # enum


def _set(request: resource_pb2.RegisterResourceRequest, key: str, item: object) -> None:
    if key == "propertyDependencies" and isinstance(item, Mapping):
        for name, urns in cast("Mapping[str, list[str]]", item).items():
            request.propertyDependencies[name].urns.extend(urns)
    elif isinstance(item, list | tuple):
        getattr(request, key).extend(item)
    elif key == "deleteBeforeReplace":
        request.deleteBeforeReplace, request.deleteBeforeReplaceDefined = bool(item), True
    else:
        setattr(request, key, item)


Script = Callable[[Api], Awaitable[Mapping[str, Value] | None]]


@dataclass
class Scripted:
    """A program in this process: registers the stack, runs the script, registers what it gives as stack outputs."""

    script: Script
    stopped: int = 0

    async def run(self, address: str) -> ProgramEnd:
        async with grpc.aio.insecure_channel(address) as channel:
            api = Api(channel)
            try:
                made = await api.register("shop-dev", {}, STACK_TYPE, custom=False)
                api.stack = made.urn
                outputs = await self.script(api)
                await api.outputs(made.urn, dict(outputs or {}))
            except BrokenProgramError as error:
                return ProgramEnd(str(error), "its traceback")
            except AioRpcError as error:
                return ProgramEnd(f"the monitor refused: {error.details()}")
        return ProgramEnd()

    async def stop(self) -> None:
        self.stopped += 1


class BrokenProgramError(Exception):
    """The scripted program raises."""


@dataclass
class Ran:
    """One run and all that it left."""

    outcome: Outcome
    events: list[Event]
    entries: list[Entry]

    @property
    def ok(self) -> bool:
        return self.outcome.succeeded

    @property
    def changes(self) -> dict[str, int]:
        return {str(op): number for op, number in self.outcome.changes.items() if op is not Op.SAME}

    def errors(self) -> list[str]:
        return [e.message for e in self.events if isinstance(e, Diagnostic) and e.severity is Severity.ERROR]

    def warnings(self) -> list[str]:
        return [e.message for e in self.events if isinstance(e, Diagnostic) and e.severity is Severity.WARNING]


@dataclass
class Rig:
    """A stack over several runs: each begins with the snapshot that the last one left."""

    maker: Maker = field(default_factory=Maker)
    snapshot: Snapshot = field(default_factory=Snapshot)
    config: dict[str, str] = field(default_factory=dict[str, str])
    secret: frozenset[str] = frozenset()
    stacks: dict[str, Properties] = field(default_factory=dict[str, Properties])
    plugins: list[tuple[str, Maker]] = field(default_factory=list[tuple[str, Maker]])
    spawn: Callable[[str], Maker] | None = None
    operation: Operation | None = None
    write: Callable[[Entry], Awaitable[None]] | None = None

    def up(self, script: Script, **changes: object) -> Ran:
        return self._run(script, "update", **changes)

    def preview(self, script: Script, **changes: object) -> Ran:
        return self._run(script, "update", dry_run=True, **changes)

    def refresh(self, **changes: object) -> Ran:
        return self._run(None, "refresh", **changes)

    def destroy(self, **changes: object) -> Ran:
        return self._run(None, "destroy", **changes)

    def _run(self, script: Script | None, kind: str, **changes: object) -> Ran:
        events: list[Event] = []
        entries: list[Entry] = []

        async def write(entry: Entry) -> None:
            entries.append(entry)
            if self.write is not None:
                await self.write(entry)

        setup = Setup(
            kind=kind,
            dry_run=False,
            place=PLACE,
            root="/project",
            configuration=Configuration(self.config, self.secret),
            shown_configuration={},
            snapshot=self.snapshot,
            emit=events.append,
            clock=Clock(lambda: 0.0, lambda: NOW),
            address="",
            launch=self._launch,
            outputs_of=lambda name: self.stacks[name],
            program=Scripted(script) if script else None,
            write=forget if changes.get("dry_run") else write,
        )
        named = {key: Targets(tuple(cast("list[str]", changes.pop(key, [])))) for key in ("target", "replace")}
        limits = Limits(named["target"], named["replace"], bool(changes.pop("dependents", False)))
        outcome = asyncio.run(go_with(replace(setup, limits=limits, **changes), self))
        self._check_journal(outcome, entries, dry_run=bool(changes.get("dry_run")))
        if not changes.get("dry_run"):
            self.snapshot = outcome.snapshot
        return Ran(outcome, events, entries)

    async def _launch(self, package: str, version: str) -> Maker:
        del version
        maker = self.spawn(package) if self.spawn else self.maker
        self.plugins.append((package, maker))
        return maker

    def _check_journal(self, outcome: Outcome, entries: list[Entry], *, dry_run: bool) -> None:
        if dry_run:
            assert entries == []
            return
        for length in range(len(entries) + 1):
            found = fold(self.snapshot, entries[:length])
            assert integrity_errors(found.resources) == [], f"after {length} entries of {entries}"
        assert fold(self.snapshot, entries) == outcome.snapshot

    def state(self, name: str, type_: str = THING) -> ResourceState:
        found = [s for s in self.snapshot.resources if s.urn.endswith(f"{type_}::{name}") and not s.delete]
        assert len(found) == 1, f"{name} is {len(found)} times in {self.names()}"
        return found[0]

    def names(self) -> list[str]:
        """List the snapshot's things, in its order; '-' marks what is to be deleted, '?' what was deleted first."""
        return [
            ("-" if s.delete else "?" if s.pending_replacement else "") + s.urn.rsplit("::", 1)[1]
            for s in self.snapshot.resources
            if s.type != STACK_TYPE and not s.type.startswith("pulumi:providers:")
        ]

    def pending(self) -> list[tuple[str, str]]:
        return [(op.type, op.resource.urn.rsplit("::", 1)[1]) for op in self.snapshot.pending]


async def go_with(setup: Setup, rig: Rig) -> Outcome:
    """Serve at a port that is ours from the start to the end."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
        rig.operation = Operation(replace(setup, address=address))
        async with asyncio.timeout(10):
            return await rig.operation.run()


def things(*names: str, **options: object) -> Script:
    """Write a program that registers things one after another."""

    async def script(api: Api) -> None:
        for name in names:
            await api.register(name, {"n": 1}, THING, **options)

    return script
