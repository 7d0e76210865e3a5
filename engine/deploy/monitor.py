"""What the program talks to: `pulumirpc.ResourceMonitor` and `pulumirpc.Engine`, served over gRPC.

request ─> Goal ─> Deployment ─> state ─> response          Log ─> Diagnostic

When the deployment stops, requests are left open: the program is ended from outside, and has nothing more to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn, Protocol, TypeVar

import grpc
from google.protobuf import empty_pb2

from engine import COMPATIBLE_VERSION
from engine.deploy import assets, goals
from engine.deploy.deployment import Deployment
from engine.deploy.errors import DeploymentError
from engine.deploy.executor import StepFailedError, StoppedError
from engine.deploy.versions import in_range
from engine.deploy.wire import PROGRAM, WireError, decode, encode
from engine.errors import EngineError
from engine.host.protos import callback_pb2, engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc
from engine.model.events import Diagnostic, Event, Severity
from engine.model.state import ResourceState
from engine.model.values import UNKNOWN_STRING, Properties, contains_unknown, flatten_properties

T = TypeVar("T")


class Context(Protocol):
    """What is used of a call's grpc.aio.ServicerContext."""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call with an error."""
        ...


FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
)
_LEGACY_FEATURES = frozenset({"secrets", "resourceReferences", "deletedWith", "replaceWith"})


class Gate:
    """Where requests wait for the deployment to be ready."""

    def __init__(self) -> None:
        self._opened = asyncio.Event()
        self._deployment: Deployment | None = None
        self._failed = False

    def open(self, deployment: Deployment) -> None:
        """Let the requests through."""
        self._deployment = deployment
        if self._failed:
            deployment.note_failure()
        self._opened.set()

    async def deployment(self) -> Deployment:
        """Wait for the deployment."""
        while self._deployment is None:
            await self._opened.wait()
        return self._deployment

    def note_failure(self) -> None:
        """Remember that an error was logged, now or when there is a deployment to tell."""
        self._failed = True
        if self._deployment is not None:
            self._deployment.note_failure()


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Serves one program; `configuration` gives a package's configuration, `info` tells about the deployment."""

    def __init__(
        self,
        gate: Gate,
        place: goals.Place,
        configuration: Callable[[str], Properties],
        info: resource_pb2.DeploymentInfo,
        root: str,
    ) -> None:
        self._gate = gate
        self._place = place
        self._configuration = configuration
        self._info = info
        self._root = root
        self._defaults: dict[tuple[str, str], asyncio.Task[str]] = {}

    async def GetDeploymentInfo(self, request: empty_pb2.Empty, context: Context) -> resource_pb2.DeploymentInfo:  # noqa: N802 the protocol's name
        return self._info

    async def SupportsFeature(  # noqa: N802 the protocol's name
        self, request: resource_pb2.SupportsFeatureRequest, context: Context
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    async def RegisterResource(  # noqa: N802 the protocol's name
        self, request: resource_pb2.RegisterResourceRequest, context: Context
    ) -> resource_pb2.RegisterResourceResponse:
        state = await self._answer(context, self._register(request))
        return resource_pb2.RegisterResourceResponse(urn=state.urn, id=state.id, object=encode(state.outputs, PROGRAM))

    async def _register(self, request: resource_pb2.RegisterResourceRequest) -> ResourceState:
        if request.remote:
            raise DeploymentError(
                f"{request.type} is a component from a provider plugin, which this engine can't construct;"
                " the official pulumi CLI can"
            )
        provider = ""
        if goals.needs_provider(request.type, custom=request.custom):
            provider = request.provider or await self._default(goals.package_of_type(request.type), request.version)
        position = goals.source_position(request, self._root)
        deployment = await self._gate.deployment()
        goal = goals.goal_of(request, self._place, provider, position)
        if assets.unhashed(goal.properties):
            goal = replace(goal, properties=await asyncio.to_thread(assets.hashed, goal.properties, self._root))
        return await deployment.register(goal)

    async def RegisterResourceOutputs(  # noqa: N802 the protocol's name
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._answer(context, self._register_outputs(request))
        return empty_pb2.Empty()

    async def _register_outputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        deployment = await self._gate.deployment()
        await deployment.register_outputs(request.urn, flatten_properties(decode(request.outputs)))

    async def ReadResource(  # noqa: N802 the protocol's name
        self, request: resource_pb2.ReadResourceRequest, context: Context
    ) -> resource_pb2.ReadResourceResponse:
        state = await self._answer(context, self._read(request))
        return resource_pb2.ReadResourceResponse(urn=state.urn, id=state.id, properties=encode(state.outputs, PROGRAM))

    async def _read(self, request: resource_pb2.ReadResourceRequest) -> ResourceState:
        package = goals.package_of_type(request.type)
        provider = request.provider or await self._default(package, request.version)
        wanted = goals.read_state_of(request, self._place, provider, goals.source_position(request, self._root))
        if wanted.id == UNKNOWN_STRING:  # a preview: what it would read does not exist yet
            return wanted
        deployment = await self._gate.deployment()
        return await deployment.read(wanted)

    async def Invoke(  # noqa: N802 the protocol's name
        self, request: resource_pb2.ResourceInvokeRequest, context: Context
    ) -> resource_pb2.ResourceInvokeResponse:
        try:
            return await self._invoke(request)
        except (EngineError, WireError) as error:  # the program may know what to do about it
            await context.abort(grpc.StatusCode.UNKNOWN, f"invocation of {request.tok} returned an error: {error}")

    async def _invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:
        args = flatten_properties(decode(request.args))
        if any(contains_unknown(item) for item in args.values()):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        provider = request.provider or await self._default(goals.package_of_type(request.tok), request.version)
        deployment = await self._gate.deployment()
        client = await deployment.registry.get(provider)
        result, failures = await client.invoke(request.tok, args, preview=deployment.dry_run)
        response = resource_pb2.ResourceInvokeResponse(
            failures=[provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]
        )
        getattr(response, "return").CopyFrom(encode(result, PROGRAM))
        return response

    async def Call(self, request: resource_pb2.ResourceCallRequest, context: Context) -> NoReturn:  # noqa: N802 the protocol's name
        await self._refuse(context, f"calling the method {request.tok}")

    async def RegisterStackTransform(self, request: callback_pb2.Callback, context: Context) -> NoReturn:  # noqa: N802 the protocol's name
        await self._refuse(context, "a stack transform")

    async def RegisterStackInvokeTransform(self, request: callback_pb2.Callback, context: Context) -> NoReturn:  # noqa: N802 the protocol's name
        await self._refuse(context, "an invoke transform")

    async def RegisterResourceHook(  # noqa: N802 the protocol's name
        self, request: resource_pb2.RegisterResourceHookRequest, context: Context
    ) -> NoReturn:
        await self._refuse(context, f"the resource hook {request.name!r}")

    async def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest, context: Context) -> NoReturn:  # noqa: N802 the protocol's name
        await self._refuse(context, f"the parameterized package {request.name!r}")

    async def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: N802 the protocol's name
        return empty_pb2.Empty()

    async def _refuse(self, context: Context, what: str) -> NoReturn:
        message = f"the program asks for {what}, which this engine does not do; the official pulumi CLI does"
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, message)

    async def _default(self, package: str, version: str) -> str:
        """Give the reference of a package's default provider, which is registered when it is first needed."""
        task = self._defaults.get((package, version))
        if task is None:
            task = asyncio.create_task(self._register_default(package, version))
            self._defaults[package, version] = task
        return await asyncio.shield(task)

    async def _register_default(self, package: str, version: str) -> str:
        goal = goals.default_provider_goal(self._place, package, version, self._configuration(package))
        deployment = await self._gate.deployment()
        state = await deployment.register(goal)
        return f"{state.urn}::{state.id}"

    async def _answer(self, context: Context, work: Awaitable[T]) -> T:
        """Await the deployment's answer; if it stops instead, answer never."""
        try:
            return await work
        except (StepFailedError, StoppedError):
            await asyncio.Event().wait()
            raise
        except (EngineError, WireError) as error:
            detail = error.detail if isinstance(error, DeploymentError) else ""
            deployment = await self._gate.deployment()
            deployment.fail("", str(error), detail)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


class EngineService(engine_pb2_grpc.EngineServicer):
    """Takes messages from the program and the plugins, and remembers the root resource."""

    _SEVERITIES = (Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR)

    def __init__(self, emit: Callable[[Event], None], on_error: Callable[[], None]) -> None:
        self._emit = emit
        self._on_error = on_error
        self._root = ""

    async def Log(self, request: engine_pb2.LogRequest, context: Context) -> empty_pb2.Empty:  # noqa: N802 the protocol's name
        severity = self._SEVERITIES[min(int(request.severity), 3)]
        message = request.message.rstrip("\n")
        self._emit(Diagnostic(severity, message, request.urn, request.ephemeral, request.streamId))
        if severity is Severity.ERROR:
            self._on_error()
        return empty_pb2.Empty()

    async def GetRootResource(  # noqa: N802 the protocol's name
        self, request: engine_pb2.GetRootResourceRequest, context: Context
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(  # noqa: N802 the protocol's name
        self, request: engine_pb2.SetRootResourceRequest, context: Context
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def StartDebugging(self, request: engine_pb2.StartDebuggingRequest, context: Context) -> empty_pb2.Empty:  # noqa: N802 the protocol's name
        return empty_pb2.Empty()

    async def RequirePulumiVersion(  # noqa: N802 the protocol's name
        self, request: engine_pb2.RequirePulumiVersionRequest, context: Context
    ) -> engine_pb2.RequirePulumiVersionResponse:
        wanted = request.pulumi_version_range
        if not in_range(COMPATIBLE_VERSION, wanted):
            message = f"the program requires Pulumi {wanted}; this engine stands for {COMPATIBLE_VERSION}"
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)
        return engine_pb2.RequirePulumiVersionResponse()
