"""The typed classes in Pulumi's own runtime with mocks: what is registered and what is secret; what is pickled."""

import base64
import inspect
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import cast

import pulumi
import pytest
from pulumi.dynamic import dynamic
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime.settings import reset_options

from providers.hosts import Check, crud
from providers.hosts.crud.base import HostProvider
from tests.support.example_resource import Example

Bag = dict[str, object]


class Recorder(pulumi_mocks.Mocks):
    """Keeps what was registered."""

    def __init__(self) -> None:
        self.seen: dict[str, Bag] = {}

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str, Bag]:
        self.seen[args.name] = {**cast("Bag", args.inputs), "$type": args.typ}
        return f"{args.name}-id", {"host_key": "ssh-ed25519 AAAA", "drift": [], **cast("Bag", args.inputs)}

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[Bag, None]:
        raise AssertionError(f"no function is called here, but {args.token} was")


def run() -> tuple[Recorder, dict[str, tuple[object, bool]]]:
    recorder = Recorder()
    pulumi_mocks.set_mocks(recorder, preview=False)
    results: dict[str, tuple[object, bool]] = {}
    proxy = {"name": "gate", "host": "10.0.0.1", "private_key": "key of the gate"}
    way: Mapping[str, object] = {"name": "server2", "host": "172.16.0.12", "password": "sesame", "proxy": proxy}

    def keep(name: str, output: pulumi.Output[object]) -> pulumi.Output[object]:
        async def both() -> object:
            results[name] = (await output.future(), await output.is_secret())
            return results[name]

        return pulumi.Output.from_input(both())

    @pulumi.runtime.test  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    def body() -> object:
        example = Example("example", way, "abc/1", "content")
        check = Check("check", connection=way, machine="abc/1", description="it answers", command="true")
        outputs: dict[str, object] = {
            "content": example.content,
            "host_key": check.host_key,
            "drift": check.drift,
            "connection": check.connection,
        }
        return pulumi.Output.all(
            *(keep(name, cast("pulumi.Output[object]", output)) for name, output in outputs.items())
        )

    try:
        body()
    finally:
        reset_options()  # what later tests say goes to standard error again, not to these mocks
    return recorder, results


def test_what_is_registered_and_what_is_secret():
    recorder, results = run()
    assert recorder.seen["check"]["$type"] == "pulumi-python:dynamic/hosts:Check"
    assert {"drift", "host_key", "managed_inputs", "answer"}.isdisjoint(recorder.seen["check"])
    assert results["host_key"] == ("ssh-ed25519 AAAA", False)
    assert results["drift"] == ([], False)
    assert results["content"][1] is True
    assert results["connection"][1] is True


def provider_classes() -> list[type[HostProvider]]:
    modules = [import_module(f"{crud.__name__}.{found.name}") for found in pkgutil.iter_modules(crud.__path__)]
    found = {item for module in modules for _, item in inspect.getmembers(module, inspect.isclass)}
    concrete = [item for item in found if issubclass(item, HostProvider) and item is not HostProvider]
    return sorted(concrete, key=lambda item: item.__name__)


@pytest.mark.parametrize("provider", provider_classes())
def test_the_pickle_is_a_reference(provider: type[HostProvider]):
    text = dynamic.serialize_provider(provider())  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    pickled = base64.b64decode(text)
    assert len(pickled) < 140
    assert provider.__module__.encode() in pickled
    assert not vars(provider())


@pytest.mark.parametrize("provider", provider_classes())
def test_every_resource_knows_its_server_and_its_drift(provider: type[HostProvider]):
    assert {"connection", "machine", "drift"} <= set(provider.schema.names)
