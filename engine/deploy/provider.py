"""A provider, as the engine sees it: questions and effects, over gRPC, every answer checked.

question or step ─> request ─> plugin process ─> response ─> checked answer

`Provider` is the interface; `PluginProvider` speaks `pulumirpc.ResourceProvider`; the built-in provider of package
`pulumi` stands beside it in `engine.deploy.builtin`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from grpc.aio import AioRpcError

from engine.deploy.errors import BadAnswerError, PartialFailureError, ProviderGoneError, from_rpc
from engine.deploy.stub import ProviderStub
from engine.deploy.wire import Accepts, WireError, decode, encode
from engine.host.protos import provider_pb2
from engine.model.state import ResourceState
from engine.model.urn import name_of
from engine.model.values import (
    UNKNOWN,
    Properties,
    Secret,
    Unknown,
    Value,
    contains_secret,
    contains_unknown,
    make_secret,
    strip_secrets,
)
from engine.plan.diffing import diff_properties
from engine.plan.questions import Check, Checked, CheckFailure, Diff, Diffed, Read, WasRead

_KINDS = {
    0: "add",
    1: "add-replace",
    2: "delete",
    3: "delete-replace",
    4: "update",
    5: "update-replace",
}

T = TypeVar("T")

GRACE_SECONDS = 5.0
"""What a provider has beyond a custom timeout, to say by itself why it gives up."""

QUESTION_SECONDS = 300.0
"""How long a provider may think about a check, a diff or its configuration."""


@dataclass(frozen=True, slots=True)
class Made:
    """What an effect left behind: the id, and the outputs."""

    id: str
    outputs: Properties


class Provider(Protocol):
    """What the engine asks of any provider."""

    @property
    def previews(self) -> bool:
        """Tell whether it can plan a create or an update without doing it."""
        ...

    async def check(self, question: Check) -> Checked:
        """Validate inputs."""
        ...

    async def diff(self, question: Diff) -> Diffed:
        """Compare."""
        ...

    async def read(self, question: Read, timeout: float = 0) -> WasRead:
        """Look at the real thing."""
        ...

    async def create(self, new: ResourceState, *, preview: bool) -> Made:
        """Make a resource."""
        ...

    async def update(self, old: ResourceState, new: ResourceState, ignore: tuple[str, ...], *, preview: bool) -> Made:
        """Change a resource."""
        ...

    async def delete(self, old: ResourceState) -> None:
        """Delete a resource."""
        ...

    async def invoke(self, token: str, args: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        """Call a function."""
        ...

    async def cancel(self) -> None:
        """Ask it to give up what it is doing."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


class PluginProvider:
    """A provider in a plugin process, configured once."""

    def __init__(self, stub: ProviderStub, name: str) -> None:
        self._stub = stub
        self._name = name
        self._accepts = Accepts()
        self._supports_preview = False
        self._configured = False

    @property
    def previews(self) -> bool:
        return self._supports_preview and self._configured

    async def configure(self, config: Properties, package: str, reference: tuple[str, str]) -> None:
        """Hand over the configuration; with unknown parts in it the provider stays unconfigured (a preview's case)."""
        if any(contains_unknown(item) for item in config.values()):
            return
        urn, identity = reference
        request = provider_pb2.ConfigureRequest(
            variables=_variables(config, package),
            args=encode(config, Accepts(secrets=True, resources=True)),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            id=identity,
            urn=urn,
            name=name_of(urn),
            type=f"pulumi:providers:{package}",
        )
        answer = await self._question(self._stub.Configure(request))
        self._accepts = Accepts(
            secrets=answer.acceptSecrets, resources=answer.acceptResources, outputs=answer.acceptOutputs
        )
        self._supports_preview = answer.supportsPreview
        self._configured = True

    async def check(self, question: Check) -> Checked:
        if not self._configured:
            return Checked(question.news)
        request = provider_pb2.CheckRequest(
            urn=question.urn,
            olds=self._encode(question.olds or {}) if question.olds is not None else None,
            news=self._encode(question.news),
            name=name_of(question.urn),
            type=question.type,
        )
        answer = await self._question(self._stub.Check(request))
        failures = tuple(CheckFailure(failure.property, failure.reason) for failure in answer.failures)
        inputs = self._inherit_secrets(self._decode(answer.inputs, question.urn, "Check"), question.news)
        return Checked(inputs, failures)

    async def diff(self, question: Diff) -> Diffed:
        if not self._configured:
            return Diffed(changes=bool(diff_properties(question.old_inputs, question.news)))
        request = provider_pb2.DiffRequest(
            id=question.id,
            urn=question.urn,
            olds=self._encode(question.old_outputs),
            news=self._encode(question.news),
            ignoreChanges=question.ignore_changes,
            old_inputs=self._encode(question.old_inputs),
            name=name_of(question.urn),
            type=question.type,
        )
        return self._diffed(await self._question(self._stub.Diff(request)), question.urn)

    def _diffed(self, answer: provider_pb2.DiffResponse, urn: str) -> Diffed:
        changes = {0: None, 1: False, 2: True}.get(int(answer.changes))
        if changes is False and answer.replaces:
            keys = ", ".join(answer.replaces)
            raise BadAnswerError(
                f"the provider {self._name} says of {urn} that nothing changed, and that {keys} replace it"
            )
        detailed = tuple(
            (path, _KINDS.get(int(diff.kind), "update"), diff.inputDiff) for path, diff in answer.detailedDiff.items()
        )
        return Diffed(
            changes=True if answer.replaces else changes,
            replaces=tuple(answer.replaces),
            stables=tuple(answer.stables),
            delete_before_replace=answer.deleteBeforeReplace,
            detailed=detailed if answer.hasDetailedDiff else (),
        )

    async def read(self, question: Read, timeout: float = 0) -> WasRead:
        if not self._configured:  # a preview's case: who is to be asked is not known before the operation itself
            return WasRead(question.id, question.inputs, dict.fromkeys(question.outputs or question.inputs, UNKNOWN))
        request = provider_pb2.ReadRequest(
            id=question.id,
            urn=question.urn,
            properties=self._encode(question.outputs),
            inputs=self._encode(question.inputs),
            name=name_of(question.urn),
            type=question.type,
            timeout=timeout,
        )
        answer = await self._call(self._stub.Read(request))
        outputs = self._inherit_secrets(self._decode(answer.properties, question.urn, "Read"), question.inputs)
        inputs = None
        if answer.HasField("inputs") and answer.inputs.fields:
            inputs = self._inherit_secrets(self._decode(answer.inputs, question.urn, "Read"), question.inputs)
        return WasRead(answer.id, inputs, self._known(outputs, question.urn, "Read"))

    async def create(self, new: ResourceState, *, preview: bool) -> Made:
        if preview and not self.previews:
            return Made("", new.inputs if self._configured else {})
        request = provider_pb2.CreateRequest(
            urn=new.urn,
            properties=self._encode(new.inputs),
            timeout=new.custom_timeouts.create if new.custom_timeouts else 0.0,
            preview=preview,
            name=name_of(new.urn),
            type=new.type,
        )
        answer = await self._call(self._stub.Create(request), request.timeout)
        if not preview and not answer.id:
            raise BadAnswerError(
                f"the provider {self._name} made {new.urn} and gave it no id; without one it can't be managed"
            )
        try:
            outputs = self._inherit_secrets(self._decode(answer.properties, new.urn, "Create"), new.inputs)
            return Made(answer.id, outputs if preview else self._known(outputs, new.urn, "Create"))
        except BadAnswerError as error:  # it exists all the same, and must not get lost
            raise PartialFailureError(answer.id, {}, {}, (error.message,)) from None

    async def update(self, old: ResourceState, new: ResourceState, ignore: tuple[str, ...], *, preview: bool) -> Made:
        if preview and not self.previews:
            return Made(old.id, new.inputs if self._configured else {})
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=new.urn,
            olds=self._encode(old.outputs),
            news=self._encode(new.inputs),
            timeout=new.custom_timeouts.update if new.custom_timeouts else 0.0,
            ignoreChanges=ignore,
            preview=preview,
            old_inputs=self._encode(old.inputs),
            name=name_of(new.urn),
            type=new.type,
        )
        answer = await self._call(self._stub.Update(request), request.timeout)
        outputs = self._inherit_secrets(self._decode(answer.properties, new.urn, "Update"), new.inputs)
        return Made(old.id, outputs if preview else self._known(outputs, new.urn, "Update"))

    async def delete(self, old: ResourceState) -> None:
        request = provider_pb2.DeleteRequest(
            id=old.id,
            urn=old.urn,
            properties=self._encode(old.outputs),
            timeout=old.custom_timeouts.delete if old.custom_timeouts else 0.0,
            old_inputs=self._encode(old.inputs),
            name=name_of(old.urn),
            type=old.type,
        )
        await self._call(self._stub.Delete(request), request.timeout)

    async def invoke(self, token: str, args: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        request = provider_pb2.InvokeRequest(tok=token, args=self._encode(args), preview=preview)
        answer = await self._call(self._stub.Invoke(request))
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return self._decode(getattr(answer, "return"), token, "Invoke"), failures

    async def check_config(self, question: Check) -> Checked:
        """Validate the provider's own configuration; a provider that has no opinion accepts it."""
        request = provider_pb2.CheckRequest(
            urn=question.urn,
            olds=encode(question.olds or {}, Accepts(secrets=True)),
            news=encode(question.news, Accepts(secrets=True)),
            name=name_of(question.urn),
            type=question.type,
        )
        answer = await self._optional(self._stub.CheckConfig(request))
        if answer is None:
            return Checked(question.news)
        failures = tuple(CheckFailure(failure.property, failure.reason) for failure in answer.failures)
        return Checked(self._decode(answer.inputs, question.urn, "CheckConfig"), failures)

    async def diff_config(self, question: Diff) -> Diffed:
        """Compare configurations; a provider that has no opinion is simply configured anew."""
        request = provider_pb2.DiffRequest(
            id=question.id,
            urn=question.urn,
            olds=encode(question.old_outputs, Accepts(secrets=True)),
            news=encode(question.news, Accepts(secrets=True)),
            old_inputs=encode(question.old_inputs, Accepts(secrets=True)),
            name=name_of(question.urn),
            type=question.type,
        )
        answer = await self._optional(self._stub.DiffConfig(request))
        return Diffed(changes=None) if answer is None else self._diffed(answer, question.urn)

    async def cancel(self) -> None:
        await self._optional(self._stub.Cancel(empty_pb2.Empty(), timeout=5))

    async def stop(self) -> None:
        """Nothing of its own to end: the process belongs to the registry."""

    async def _call(self, call: Awaitable[T], seconds: float = 0) -> T:
        """Await an effect; `seconds` is its custom timeout, 0 for none."""
        limit = seconds + GRACE_SECONDS if seconds else None
        return await self._within(call, limit, f"the {seconds:g} s that customTimeouts allow")

    async def _question(self, call: Awaitable[T]) -> T:
        """Await an answer that takes no waiting for the world: a provider that is silent for so long hangs."""
        return await self._within(call, QUESTION_SECONDS, f"{QUESTION_SECONDS:g} s")

    async def _within(self, call: Awaitable[T], limit: float | None, allowed: str) -> T:
        try:
            async with asyncio.timeout(limit):
                return await call
        except AioRpcError as error:
            raise from_rpc(error, self._name) from None
        except TimeoutError:
            raise ProviderGoneError(f"the provider {self._name} did not answer within {allowed}") from None

    async def _optional(self, call: Awaitable[T]) -> T | None:
        """Make a call that a provider may not have."""
        try:
            return await call
        except AioRpcError as error:
            if error.code() in {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.DEADLINE_EXCEEDED}:
                return None
            raise from_rpc(error, self._name) from None

    def _encode(self, properties: Properties) -> Struct:
        return encode(properties, self._accepts)

    def _decode(self, struct: Struct, about: str, call: str) -> Properties:
        """Read what the provider answered; what makes no sense is the provider's fault."""
        try:
            return decode(struct)
        except WireError as error:
            message = f"the provider {self._name} answered {call} of {about} with something that is no property value"
            raise BadAnswerError(f"{message}: {error}") from None

    def _inherit_secrets(self, outputs: Properties, inputs: Properties) -> Properties:
        """Mark what a provider without secrets gave back where the inputs were secret."""
        return outputs if self._accepts.secrets else inherit_secrets(outputs, inputs)

    def _known(self, outputs: Properties, urn: str, call: str) -> Properties:
        for key, item in outputs.items():
            if contains_unknown(item):
                raise BadAnswerError(
                    f"the provider {self._name} answered {call} of {urn} with an unknown value for {key!r};"
                    " only a preview may do that"
                )
        return outputs


def inherit_secrets(outputs: Properties, inputs: Mapping[str, Value]) -> Properties:
    """Mark each output secret whose input of the same place is."""
    return {key: _inherit(item, inputs[key]) if key in inputs else item for key, item in outputs.items()}


def _inherit(output: Value, given: Value) -> Value:
    match given, output:
        case Secret(), Unknown():
            return make_secret(output)
        case Secret(), _:
            return make_secret(output)
        case dict(), dict():
            return inherit_secrets(output, given)
        case list(), list() if len(given) == len(output):
            return [_inherit(item, other) for item, other in zip(output, given, strict=True)]
        case _ if contains_secret(given):  # which part of the output it became cannot be told
            return make_secret(output)
        case _:
            return output


def _variables(config: Properties, package: str) -> dict[str, str]:
    """Give the configuration in the older form, too: flat strings under `<package>:config:<key>`."""
    flat = {key: strip_secrets(item) for key, item in config.items()}
    return {
        f"{package}:config:{key}": item if isinstance(item, str) else json.dumps(item) for key, item in flat.items()
    }
