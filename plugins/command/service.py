# ruff: noqa: N802 - the calls have the names that the protocol gives them
"""pulumirpc.ResourceProvider: requests to the pure core and to the actions, and back.

request ─> wire ─> checking · diffing · outputs (pure) ┐
                └> Running(actions) ───────────────────┴─> wire ─> answer, or an error whose text hides secrets

Source: pulumi/pulumi proto/pulumi/provider.proto. A failed create leaves no id, as with the official plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.command.actions import Run, new_id
from plugins.command.checking import Failure, check
from plugins.command.diffing import Changes, diff
from plugins.command.errors import CommandError
from plugins.command.hashing import SourceError, with_hashes
from plugins.command.masking import mask_of
from plugins.command.outputs import previewed, settled
from plugins.command.running import InterruptedActionError, Running
from plugins.command.schema import schema
from plugins.command.shapes import FUNCTIONS, RESOURCES, VERSION, Resource
from plugins.command.telling import EngineLog, ResourceTeller
from plugins.command.values import Properties, has_unknown
from plugins.command.wire import read_properties, write_properties

_FRAMEWORK = {"__pulumi-go-provider-version": "1.2.0"}
"""What the official plugin adds to the provider's own state; a state of either is the other's without a difference."""


class Context(Protocol):
    """What is used of grpc.aio.ServicerContext."""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call with an error."""
        ...


class CommandProvider(provider_pb2_grpc.ResourceProviderServicer):
    """The plugin's service. `connect_log` opens the log of an engine that attaches later."""

    def __init__(self, log: EngineLog, connect_log: Callable[[str], EngineLog] = EngineLog) -> None:
        self._log = log
        self._connect_log = connect_log
        self.running = Running()

    # --- the plugin itself

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema())

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        found = {**read_properties(request.news), **_FRAMEWORK}
        return provider_pb2.CheckResponse(inputs=_struct(found))

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        # there is nothing to configure, so nothing that could differ
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        before, self._log = self._log, self._connect_log(request.address)
        await before.close()
        return empty_pb2.Empty()

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        await self.running.cancel()
        return empty_pb2.Empty()

    # --- resources

    async def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        resource = await _resource(request.urn, context)
        inputs, failures = check(resource.inputs, read_properties(request.news))
        try:
            inputs = inputs if failures else with_hashes(inputs)
        except SourceError as error:
            failures.append(("source", str(error)))
        return provider_pb2.CheckResponse(inputs=_struct(inputs), failures=_failures(failures))

    async def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        resource = await _resource(request.urn, context)
        state, old, new = (read_properties(each) for each in (request.olds, request.old_inputs, request.news))
        # an engine of old sends no inputs: the state holds them all
        old = old or {name: item for name, item in state.items() if name in resource.inputs.properties}
        return _diff_response(diff(resource, old, new, state, list(request.ignoreChanges)))

    async def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        resource = await _resource(request.urn, context)
        inputs = read_properties(request.properties)
        if request.preview:
            # no id: the one that will be made cannot be told before
            return provider_pb2.CreateResponse(properties=_struct(previewed(resource, inputs)))
        run = self._run(resource, request.urn, inputs)
        found = await self._act(run, run.create(inputs), context)
        name = request.urn.rsplit("::", 1)[-1]
        state = settled(resource, inputs, {}, found)
        return provider_pb2.CreateResponse(id=new_id(resource, name), properties=_struct(state))

    async def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        resource = await _resource(request.urn, context)
        inputs, old = read_properties(request.news), read_properties(request.olds)
        inputs |= {name: old[name] for name in request.ignoreChanges if name in old}
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(previewed(resource, inputs, old)))
        run = self._run(resource, request.urn, inputs, old)
        found = await self._act(run, run.update(inputs, old), context)
        return provider_pb2.UpdateResponse(properties=_struct(settled(resource, inputs, old, found)))

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        resource = await _resource(request.urn, context)
        state = read_properties(request.properties)
        run = self._run(resource, request.urn, state)
        await self._act(run, run.delete(state), context)
        return empty_pb2.Empty()

    async def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        # what a command left behind cannot be read: it is what the state says
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        resource = FUNCTIONS.get(request.tok.removeprefix("command:"))
        if resource is None:
            known = ", ".join(f"command:{token}" for token in FUNCTIONS)
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no function {request.tok}; there is {known}")
        inputs, failures = check(resource.inputs, read_properties(request.args))
        if failures:
            return provider_pb2.InvokeResponse(failures=_failures(failures))
        if has_unknown(list(inputs.values())):
            return _invoke_response(previewed(resource, inputs))
        run = self._run(resource, "", inputs)
        found = await self._act(run, run.invoke(inputs), context)
        return _invoke_response(settled(resource, inputs, {}, found))

    # --- what this plugin does not do

    async def _unimplemented(self, request: object, context: Context) -> NoReturn:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "the command plugin has no such call")

    Handshake = Parameterize = GetMapping = GetMappings = Call = Construct = _unimplemented

    # --- between the two

    def _run(self, resource: Resource, urn: str, *properties: Properties) -> Run:
        mask = mask_of(*properties)
        return Run(resource, ResourceTeller(self._log, urn, mask), mask)

    async def _act(self, run: Run, action: Coroutine[Any, Any, Any], context: Context) -> Any:
        try:
            return await self._logged(action)
        except InterruptedActionError:
            await context.abort(grpc.StatusCode.CANCELLED, "interrupted: what was running has been ended")
        except (CommandError, SourceError) as error:
            await context.abort(grpc.StatusCode.UNKNOWN, run.mask(str(error)))

    async def _logged(self, action: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await self.running.run(action)
        finally:
            # the answer ends the resource's step: what was said before must not come after it
            await self._log.flush()


async def _resource(urn: str, context: Context) -> Resource:
    kind = urn.split("::")[2].rsplit("$", 1)[-1] if urn.count("::") >= 3 else urn
    resource = RESOURCES.get(kind.removeprefix("command:"))
    if resource is None:
        known = ", ".join(f"command:{token}" for token in RESOURCES)
        await context.abort(grpc.StatusCode.NOT_FOUND, f"no resource type {kind}; there are {known}")
    return resource


def _struct(properties: Properties) -> struct_pb2.Struct:
    return write_properties(properties, struct_pb2.Struct())


def _invoke_response(properties: Properties) -> provider_pb2.InvokeResponse:
    response = provider_pb2.InvokeResponse()
    # the field's name is a keyword of Python
    write_properties(properties, getattr(response, "return"))
    return response


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=place, reason=reason) for place, reason in failures]


def _diff_response(changes: Changes) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {
        path: provider_pb2.PropertyDiff(kind=kinds.Value(change.kind + ("_REPLACE" if change.replaces else "")))
        for path, change in changes.paths.items()
    }
    some = provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        diffs=changes.names,
        replaces=changes.replaces,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
