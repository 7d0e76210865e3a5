"""How a NginxBalancer's resources hang together, against the SDK's own mock monitor."""

import asyncio
import gc
import logging
from typing import Any, cast

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from components.balancer import NginxBalancer, NginxBalancerArgs, TlsArgs
from components.servers import ServerAccess

# The SDK's mock monitor opens an event loop in each of its threads and closes none; `run` collects them at once.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

SERVER = ServerAccess(
    name="server4",
    connection={"name": "server4", "host": "172.16.0.14", "private_key_file": "key"},
    machine="m4",
    address="172.16.0.14",
    memory_mib=4096,
)
UPSTREAMS = [{"name": "server2", "address": "172.16.0.12", "port": 8080}]


class Servers(mocks.Mocks):
    """Outputs as the providers would give them."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, {**cast("dict[str, Any]", args.inputs), "host_key": "ssh-ed25519 AAAA"}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


class Recorder(mocks.MockMonitor):
    """Remembers each registration by resource name."""

    def __init__(self, world: mocks.Mocks) -> None:
        super().__init__(world)
        self.asked: dict[str, resource_pb2.RegisterResourceRequest] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        self.asked[request.name] = request
        return cast("Any", super()).RegisterResource(request)

    def given(self, name: str) -> dict[str, Any]:
        return json_format.MessageToDict(self.asked[name].object)


def declared(**given: Any) -> tuple[Recorder, dict[str, Any]]:
    """Declare a balancer; what was registered, and its outputs."""
    outputs: dict[str, Any] = {}
    recorder = Recorder(Servers())

    def declare() -> None:
        made = NginxBalancer("balancer", NginxBalancerArgs(server=SERVER, upstreams=UPSTREAMS, **given))
        pulumi.Output.all(url=made.url, address=made.address, port=made.port).apply(outputs.update)

    async def program() -> None:
        runtime = cast("Any", SETTINGS)
        runtime.rpc_manager.clear()
        runtime.outputs.clear()
        mocks.set_mocks(Servers(), "metal-to-cloud", "baremetal", logger=logging.getLogger("told"), monitor=recorder)

        async def stack() -> None:
            declare()

        await run_pulumi_func(stack)

    try:
        asyncio.run(program())
    finally:
        gc.collect()
    return recorder, outputs


def test_a_site_and_the_check_that_it_answers() -> None:
    recorder, outputs = declared(weights={"server2": 3})
    assert {"balancer", "balancer-site", "balancer-answers"} <= recorder.asked.keys()
    assert recorder.given("balancer-site")["upstreams"] == [{**UPSTREAMS[0], "weight": 3, "down": False}]
    after = {urn.rpartition("::")[2] for urn in recorder.asked["balancer-answers"].dependencies}
    assert "balancer-site" in after
    assert outputs == {"url": "http://172.16.0.14/", "address": "172.16.0.14", "port": 80}


def test_the_key_of_a_certificate_stays_a_secret() -> None:
    recorder, outputs = declared(tls=TlsArgs(certificate="crt", private_key="sesame"), verify=False)
    assert "balancer-answers" not in recorder.asked
    assert recorder.given("balancer-site")["certificate"] == "crt"
    key = recorder.given("balancer-site")["private_key"]
    assert (key["4dabf18193072939515e22adb298388d"], key["value"]) == ("1b47061264138c4ac30d75fd1eb44270", "sesame")
    assert "private_key" in recorder.asked["balancer-site"].additionalSecretOutputs
    assert (outputs["url"], outputs["port"]) == ("https://172.16.0.14/", 443)
