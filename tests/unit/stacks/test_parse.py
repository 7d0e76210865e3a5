"""Every mistake in a kit is refused with its path, the value and what is allowed; all at once; no secret shown."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.config import ConfigError, parse_baremetal
from tests.unit.stacks.kit import KIT, spoiled

ROOT = Path(__file__).parents[3]


def problems(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse_baremetal(raw)
    assert str(caught.value).splitlines() == [problem.text for problem in caught.value.problems]
    return {problem.path: problem.text for problem in caught.value.problems}


def test_a_valid_kit_is_taken_as_it_is() -> None:
    settings = parse_baremetal(KIT)
    assert [server.name for server in settings.servers] == ["server1", "server2", "server3"]
    assert settings.devices[0].mac == "52:54:00:16:00:fe"
    assert settings.tags[0].servers is None
    assert settings.deploy["server2"].released


def test_an_empty_kit_is_valid() -> None:
    assert parse_baremetal({}).servers == ()


@pytest.mark.parametrize("stack", ["baremetal", "dev"])
def test_the_committed_stacks_are_valid(stack: str) -> None:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    assert parse_baremetal(config["metal-to-cloud:baremetal"]).servers


@pytest.mark.parametrize("stack", ["baremetal", "dev"])
def test_the_committed_stacks_describe_the_labs_rack(stack: str) -> None:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    rack = yaml.safe_load((ROOT / "lab/racks/course.yaml").read_text())["machines"]
    machines = {machine["name"]: machine for machine in rack}
    for server in parse_baremetal(config["metal-to-cloud:baremetal"]).servers:
        machine = machines[server.name]
        assert [server.mac] == machine["macs"]
        assert str(server.power.address) == machine["amt_address"]
        assert (server.expect.memory_gb or 0) <= machine["memory"]
        assert (server.expect.disks or 0) <= len(machine["disks"])


SHAPE: list[tuple[str, object, str]] = [
    ("servers.2.mac", "52:54:zz", "servers[2].mac is '52:54:zz', but must be a MAC address"),
    ("servers.2.mac", 5254, "servers[2].mac is 5254, but must be a MAC address"),
    ("servers.0.name", "Server 1", "servers[0].name is 'Server 1', but must be a host name"),
    ("servers.0.power.address", "10.0.0.999", "servers[0].power.address is '10.0.0.999', but must be an IP address"),
    ("servers.0.power.type", "atm", "servers[0].power.type is 'atm', but must be amt, ipmi"),
    ("servers.0.expect", {"disks": -1}, "servers[0].expect.disks is -1, but must be at least 0."),
    ("servers.0.expect", {"memoryGb": "12"}, "servers[0].expect.memoryGb is '12', but must be a whole number."),
    ("servers.0.architecture", "amd64", "servers[0].architecture is 'amd64', but must be an architecture with"),
    ("servers", None, "servers is null, but must be a list; [] is an empty one."),
    ("subnets.0.cidr", "10.0.0.1/24", "subnets[0].cidr is '10.0.0.1/24', but must be a network in CIDR form"),
    ("subnets.0.dhcp", "yes", "subnets[0].dhcp is 'yes', but must be true or false."),
    ("subnets.0.ranges.0.type", "static", "subnets[0].ranges[0].type is 'static', but must be dynamic or reserved."),
    ("tags.0.name", "com pute", "tags[0].name is 'com pute', but must be a tag name: letters, digits, '_' and '-'"),
    ("tags.0.servers", "server1", "tags[0].servers is 'server1', but must be 'all' or a list of server names."),
    ("bridges.0.name", "a-bridge-too-long", "bridges[0].name is 'a-bridge-too-long', but must be an interface name"),
    ("images.0.release", 22.04, "images[0].release is 22.04, but must be text; a number or date needs quotes."),
    ("images.0.release", "22.04", "images[0].release is '22.04', but must be a release's code name such as jammy"),
    ("images.0.arches", [], "images[0].arches is an empty list, but must be a list with at least one entry."),
    ("deploy.server1.distro", "", "deploy.server1.distro is '', but must be a release such as jammy"),
    ("deploy.server1.lock", 1, "deploy.server1.lock is 1, but must be true or false."),
    ("deploy.Server_1", {}, "deploy.Server_1 is 'Server_1', but must be a host name"),
    ("deadlines", {"deploy": 0}, "deadlines.deploy is 0, but must be at least 1."),
    ("settings.upstream_dns", ["10.0.0.53"], "settings.upstream_dns is a list, but must be text, a whole number"),
    ("settings.Upstream-DNS", "x", "settings.Upstream-DNS is 'Upstream-DNS', but must be a MAAS setting such as"),
    ("onMismatch", "ignore", "onMismatch is 'ignore', but must be fail or warn."),
    ("sshKeys.1", {"key": "AAAA"}, "sshKeys[1].key has a value that is not shown, but must be the public half"),
    ("servrs", [], "servrs is not a known key; allowed are settings, "),
    ("servers.0.MAC", "x", "servers[0].MAC is not a known key; allowed are name, mac, "),
    ("servers.0.expect", {"memory_gb": 1}, "servers[0].expect.memory_gb is not a known key; allowed are memoryGb, "),
    ("servers.0", {"name": "server1"}, "servers[0].mac is missing; it must be a MAC address"),
    ("dnsRecords.0", {"data": "x"}, "dnsRecords[0].name is missing; it must be a DNS name such as db.maas"),
    ("images.0", {"os": "ubuntu"}, "images[0].release is missing; it must be a release's code name such as jammy"),
    ("subnets.0.ranges.0", {"type": "dynamic", "start": "10.0.0.100"}, "subnets[0].ranges[0].end is missing; it must"),
]


@pytest.mark.parametrize(("path", "value", "text"), SHAPE)
def test_what_has_the_wrong_shape_is_refused(path: str, value: object, text: str) -> None:
    found = problems(spoiled(path, value))
    assert any(said.startswith(f"baremetal:{text}") for said in found.values()), found


RELATIONS: list[tuple[str, object, str]] = [
    ("servers.1.name", "server1", "servers[1].name is 'server1', as baremetal:servers[0].name is already, but a host"),
    ("devices.0.name", "server1", "devices[0].name is 'server1', as baremetal:servers[0].name is already"),
    ("servers.1.mac", "52:54:00:16:00:01", "servers[1].mac is '52:54:00:16:00:01', as baremetal:servers[0].mac is"),
    ("devices.0.mac", "52:54:00:16:00:01", "devices[0].mac is '52:54:00:16:00:01', as baremetal:servers[0].mac is"),
    ("servers.1.power.address", "10.0.0.11", "servers[1].power.address is '10.0.0.11', as baremetal:servers[0].power"),
    ("servers.1.power", {}, "servers[1].power.address is missing; power type amt needs an IP address."),
    ("power", {"type": "amt"}, "servers[0].power.password is missing; power type amt needs password or passwordFile"),
    ("tags.1.name", "compute", "tags[1].name is 'compute', as baremetal:tags[0].name is already"),
    ("images.1.release", "jammy", "images[1].release is 'ubuntu/jammy', as baremetal:images[0].release is already"),
    ("tags.0.servers", ["server1", "server1"], "tags[0].servers[1] is 'server1', as baremetal:tags[0].servers[0] is"),
    (
        "tags.0.servers",
        ["server9"],
        "tags[0].servers[0] names the server 'server9', but must name a server of this kit",
    ),
    ("bridges.0.servers", ["x"], "bridges[0].servers[0] names the server 'x', but must name a server of this kit"),
    ("deploy.server9", {}, "deploy.server9 names the server 'server9', but must name a server of this kit (server1, "),
    ("servers.0.zone", "lefd", "servers[0].zone names the zone 'lefd', but must name a zone of this kit (default or l"),
    ("servers.1.pool", "staff", "servers[1].pool names the pool 'staff', but must name a pool of this kit"),
    ("deploy.server1.distro", "nobel", "deploy.server1.distro is 'nobel', but must be a release listed under images ("),
    ("deploy.server1.distro", "centos/jammy", "deploy.server1.distro is 'centos/jammy', but must be a release listed"),
    ("deploy.server3", {"distro": "jammy"}, "deploy.server3.distro is 'jammy', whose image is listed for amd64, but s"),
    ("deploy.server3", {}, "deploy.server3.distro is 'jammy', whose image is listed for amd64, but server3 is arm64"),
    ("settings.default_distro_series", "bionic", "settings.default_distro_series is 'bionic', but must be a release"),
    ("subnets.0.gateway", "10.0.1.1", "subnets[0].gateway is 10.0.1.1, but must be an address of 10.0.0.0/24."),
    ("subnets.0.gateway", "10.0.0.150", "subnets[0].gateway is 10.0.0.150, but must be outside the dynamic range"),
    ("subnets.0.dns.0", "10.0.0.150", "subnets[0].dns[0] is 10.0.0.150, but must be outside the dynamic range"),
    ("subnets.0.ranges.0.end", "10.0.2.1", "subnets[0].ranges[0].end is 10.0.2.1, but must be an address of 10.0.0.0/"),
    ("subnets.0.ranges.1.end", "10.0.0.255", "subnets[0].ranges[1].end is 10.0.0.255, but must be neither the network"),
    ("subnets.0.ranges.0.end", "10.0.0.99", "subnets[0].ranges[0].end is 10.0.0.99, but must be 10.0.0.100 (its start"),
    ("subnets.0.ranges.0.end", "10.0.0.200", "subnets[0].ranges[1] is 10.0.0.200-10.0.0.210, but must not overlap"),
    ("subnets.0.ranges.0.type", "reserved", "subnets[0].dhcp is true, but must be false unless the subnet has a range"),
    ("subnets.1", {"cidr": "10.0.0.0/16"}, "subnets[1].cidr is 10.0.0.0/16, but must not overlap 10.0.0.0/24"),
    ("servers.0.power.address", "10.0.0.100", "servers[0].power.address is 10.0.0.100, but must be outside the dynam"),
    ("devices.0.address", "10.0.0.199", "devices[0].address is 10.0.0.199, but must be outside the dynamic range"),
    ("dnsRecords.0.data", "10.0.0.150", "dnsRecords[0].data is 10.0.0.150, but must be outside the dynamic range"),
    ("dnsRecords.0.data", "10.0.0.9 db", "dnsRecords[0].data is '10.0.0.9 db', but must be IP addresses with spaces"),
    ("sshKeys.0", {}, "sshKeys[0] must have either key (the text) or file (its path), and not both."),
    ("deploy.server1", {"userData": "a", "userDataFile": "b"}, "deploy.server1.userDataFile stands beside userData"),
]


@pytest.mark.parametrize(("path", "value", "text"), RELATIONS)
def test_what_does_not_fit_together_is_refused(path: str, value: object, text: str) -> None:
    found = problems(spoiled(path, value))
    assert any(said.startswith(f"baremetal:{text}") for said in found.values()), found


def test_all_problems_are_told_at_once_and_each_once() -> None:
    raw = deepcopy(KIT)
    raw["servers"][0]["mac"] = "nonsense"
    raw["tags"][0]["servers"] = ["server9"]
    raw["subnets"][0]["gateway"] = "10.9.9.9"
    assert set(problems(raw)) == {
        "baremetal:servers[0].mac",
        "baremetal:tags[0].servers[0]",
        "baremetal:subnets[0].gateway",
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("servers", 3),
        ("images", "jammy"),
        ("zones", None),
        ("servers.0", {"name": "server1", "mac": "x"}),
        ("images.0", {"release": "jammy", "arches": 3}),
    ],
)
def test_a_broken_list_does_not_make_every_mention_of_its_entries_wrong(path: str, value: object) -> None:
    assert len(problems(spoiled(path, value))) == 1


def test_a_near_miss_is_named() -> None:
    assert problems(spoiled("bridgs", []))["baremetal:bridgs"].endswith("did you mean 'bridges'?")
    assert problems(spoiled("deploy.srver2", {}))["baremetal:deploy.srver2"].endswith("did you mean 'server2'?")
    assert problems(spoiled("deploy.server9", {}))["baremetal:deploy.server9"].endswith("server3)."), "all are as near"


def test_a_hypervisor_serves_many_machines_from_one_address() -> None:
    raw = deepcopy(KIT)
    for server in raw["servers"]:
        server["power"] = {"type": "virsh", "address": "10.0.0.2"}
    assert len(parse_baremetal(raw).servers) == 3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("power", "hunter2"),
        ("power.password", ["hunter2"]),
        ("power.password", 2),
        ("power.pasword", "hunter2"),
        ("servers.0.power", "hunter2"),
        ("servers.0.power.parameters", {"power_pass": ["hunter2"]}),
        ("servers.0.power.parameters", "hunter2"),
        ("sshKeys.0", "hunter2"),
        ("sshKeys.0.key", "hunter2"),
        ("deploy.server1.userData", ["hunter2"]),
        ("deploy.server9", {"userData": "hunter2", "userDataFile": "x"}),
        ("servers.0.mac", "hunter2" * 30),
    ],
)
def test_no_secret_is_shown(path: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_baremetal(spoiled(path, value))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_settings_do_not_show_their_secrets() -> None:
    assert "hunter2" not in repr(parse_baremetal(KIT))
