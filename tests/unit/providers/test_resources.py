"""The typed classes in Pulumi's own runtime with mocks: what is registered, what is secret, what types come back."""

from collections.abc import Callable, Mapping
from typing import cast

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime.settings import reset_options

from providers import maas

Bag = dict[str, object]


class Recorder(pulumi_mocks.Mocks):
    """Answers with the inputs and some outputs; keeps what was registered."""

    def __init__(self) -> None:
        self.seen: dict[str, Bag] = {}

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str, Bag]:
        inputs = dict(cast("Bag", args.inputs))
        self.seen[args.name] = {**inputs, "$type": args.typ}
        answers: Bag = {
            "system_id": "abc",
            "cpu_count": 2.0,
            "memory_mib": 16384.0,
            "disks": [{"name": "sda", "size": 5e11, "model": "", "serial": "s"}],
            "interfaces": [{"name": "enp1s0", "ip_addresses": ["172.16.0.9"]}],
            "test_results": {"cpu": "Passed"},
            "previous": {"kernel_opts": ""},
            "images": [{"name": "ubuntu/jammy"}],
        }
        return f"{args.name}-id", {**answers, **inputs}

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[Bag, None]:
        raise AssertionError(f"no function is called here, but {args.token} was")


def run(program: Callable[[], Mapping[str, pulumi.Output[object]]]) -> tuple[Recorder, dict[str, tuple[object, bool]]]:
    """Run a program; (registered resources, outputs as (value, is secret))."""
    recorder = Recorder()
    pulumi_mocks.set_mocks(recorder, preview=False)
    results: dict[str, tuple[object, bool]] = {}

    @pulumi.runtime.test  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
    def body() -> object:
        def keep(name: str, output: pulumi.Output[object]) -> pulumi.Output[object]:
            async def both() -> object:
                results[name] = (await output.future(), await output.is_secret())
                return results[name]

            return pulumi.Output.from_input(both())

        return pulumi.Output.all(*(keep(name, output) for name, output in program().items()))

    try:
        body()
    finally:
        reset_options()  # what later tests say goes to standard error again, not to these mocks
    return recorder, results


def test_a_machine_hides_its_password_and_types_its_outputs() -> None:
    def program() -> Mapping[str, pulumi.Output[object]]:
        made = maas.Machine(
            "server1",
            hostname="server1",
            mac_addresses=["52:54:00:16:00:01"],
            power_address="172.16.15.1",
            power_password="sesame",
        )
        return {
            "cpu": made.cpu_count,
            "memory": made.memory_mib,
            "disks": made.disks,
            "tests": made.test_results,
            "password": made.power_password,
            "system_id": made.system_id,
        }

    recorder, results = run(program)
    assert recorder.seen["server1"]["$type"] == "pulumi-python:dynamic/maas:Machine"
    assert recorder.seen["server1"]["power_type"] == "amt"
    assert "managed_inputs" not in recorder.seen["server1"]
    assert results["password"] == ("sesame", True)
    assert results["cpu"] == (2, False)
    assert results["disks"] == ([{"name": "sda", "size": 5e11, "model": "", "serial": "s"}], False)
    assert results["tests"] == ({"cpu": "Passed"}, False)
    assert results["system_id"] == ("abc", False)


def test_a_deployment_carries_its_claim() -> None:
    def program() -> Mapping[str, pulumi.Output[object]]:
        made = maas.Deployment("web", system_id="abc", distro_series="jammy", user_data="secret")
        return {"claim": made.claim, "user_data": made.user_data, "system_id": made.system_id}

    recorder, results = run(program)
    assert results["claim"] == ("project/stack/web", False)
    assert results["user_data"] == ("secret", True)
    assert recorder.seen["web"]["$type"] == "pulumi-python:dynamic/maas:Deployment"


def one_of_each() -> list[pulumi.CustomResource]:
    """One of each class, with the arguments that it needs at least."""
    return [
        maas.BootImages("images", releases=["jammy"]),
        maas.BootSelection("selection", release="jammy"),
        maas.Bridge("bridge", system_id="abc", name="br-ex"),
        maas.Configuration("settings", settings={"kernel_opts": "net.ifnames=0", "enable_http_proxy": False}),
        maas.Deployment("deployment", system_id="abc"),
        maas.Device("router", hostname="router", mac_addresses=["52:54:00:16:00:fe"]),
        maas.DnsRecord("record", fqdn="www.maas", type="A", data="172.16.0.9"),
        maas.IpRange("range", subnet="172.16.0.0/20", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255"),
        maas.Machine("machine", hostname="server1", mac_addresses=["52:54:00:16:00:01"]),
        maas.ResourcePool("pool", name="pool"),
        maas.SshKey("key", key="ssh-ed25519 AAAA me"),
        maas.Subnet("subnet", cidr="172.16.0.0/20"),
        maas.Safeguard("safeguard", system_ids=["abc"]),
        maas.Tag("tag", name="compute"),
        maas.TagMembership("member", tag="compute", system_id="abc"),
        maas.VlanDhcp("dhcp", subnet="172.16.0.0/20"),
        maas.Zone("zone", name="rack1"),
    ]


def test_every_class_registers_under_its_own_type() -> None:
    recorder, results = run(lambda: {type(one).__name__: one.urn for one in one_of_each()})
    assert set(results) == set(maas.__all__)
    assert {str(seen["$type"]) for seen in recorder.seen.values()} == {
        f"pulumi-python:dynamic/maas:{name}" for name in maas.__all__
    }


@pytest.mark.parametrize("name", maas.__all__)
def test_every_output_that_is_declared_is_registered(name: str) -> None:
    """A declared output that the bag does not hold would raise AttributeError in a program."""
    resource = cast("type[pulumi.CustomResource]", getattr(maas, name))
    missing: list[str] = []

    def program() -> Mapping[str, pulumi.Output[object]]:
        made = next(one for one in one_of_each() if type(one) is resource)
        missing.extend(each for each in resource.__annotations__ if not hasattr(made, each))
        return {"urn": made.urn}

    run(program)
    assert missing == []
