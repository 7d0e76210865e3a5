"""How the stage's resources hang together: who is whose child, who waits for whom, what stops a deployment.

The stage runs against the SDK's own mock monitor, which records registrations and makes up outputs as MAAS would.
What the resources then do in a MAAS is tested through an engine, against the lab.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

import stacks
from tests.support import declared

pytestmark = declared.QUIET

ROOT = Path(__file__).parents[3]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA cloud@main"


class FoundHardware(declared.World):
    """Outputs as after a good commissioning, all machines alike."""

    memory_mib = 32768

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name, state = super().new_resource(args)
        if args.typ.endswith("maas:Machine"):
            nic = {"name": "eth0", "type": "physical"}
            state |= {"system_id": state["hostname"], "status": "Ready", "memory_mib": self.memory_mib}
            state |= {"cpu_count": 2, "disks": [{}, {}], "interfaces": [nic, {"name": "br-ex", "type": "bridge"}]}
        if args.typ.endswith("maas:BootImages"):
            state |= {"images": [{"name": "ubuntu/jammy"}]}
        if args.typ.endswith("maas:Deployment"):
            state |= {"status": "Deployed", "ip_addresses": ["172.16.0.10"]}
        if args.typ.endswith("hosts:Release"):
            state |= {"release": "0123456789ab"}
        return name, state


def run(
    kit: Mapping[str, Any] | None,
    world: mocks.Mocks,
    tmp_path: Path,
    stages: str = '["baremetal"]',
    api_key: str = "a:b:c",
) -> declared.Recorder:
    """Declare a stack of the stage baremetal with this kit."""
    (tmp_path / "key").write_text(f"{api_key}\n")
    config = {"metal-to-cloud:baremetal": json.dumps(kit), "maas:apiUrl": "http://10.0.0.1/MAAS"}
    config |= {"metal-to-cloud:stages": stages, "maas:apiKeyFile": str(tmp_path / "key")}
    return declared.run(stacks.declare, world, config)


@pytest.fixture
def kit() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "Pulumi.baremetal.yaml").read_text())["config"]
    found: dict[str, Any] = config["metal-to-cloud:baremetal"]
    alone = {name: part for name, part in found.items() if name not in {"controller", "app"}}
    return alone | {"sshKeys": [{"key": KEY}], "power": {"type": "amt", "password": "hunter2"}}


@pytest.fixture
def whole_kit(kit: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Give the kit with MAAS's own server and the application."""
    (tmp_path / "ssh-key").write_text("a private key")
    config = yaml.safe_load((ROOT / "Pulumi.baremetal.yaml").read_text())["config"]["metal-to-cloud:baremetal"]
    way = {"privateKeyFile": str(tmp_path / "ssh-key")}
    return kit | {"controller": config["controller"] | way, "ssh": way, "app": config["app"]}


def test_maas_itself_comes_before_everything_that_speaks_to_it(whole_kit: dict[str, Any], tmp_path: Path) -> None:
    recorder = run(whole_kit, FoundHardware(), tmp_path)
    asked = [name for name, request in recorder.asked.items() if "/maas:" in request.type]
    assert asked
    assert not [name for name in asked if "controller-region" not in recorder.waits_for(name)]


def test_the_app_in_order(whole_kit: dict[str, Any], tmp_path: Path) -> None:
    recorder = run(whole_kit, FoundHardware(), tmp_path)
    kinds = recorder.kinds()
    servers = {name for name, kind in kinds.items() if kind == "AppServer"}
    assert servers == {"tasks-server2", "tasks-server3"}
    for name in servers:
        assert {kinds[other] for other in recorder.waits_for(name)} >= {"Deployment", "PostgresInstance", "Migration"}
        assert not servers & recorder.waits_for(name)
    (site,) = (name for name, kind in kinds.items() if kind == "NginxSite")
    assert servers <= recorder.waits_for(site)


def test_the_course_kit_in_order(kit: dict[str, Any], tmp_path: Path) -> None:
    recorder = run(kit, FoundHardware(), tmp_path)
    kinds = recorder.kinds()
    assert {name for name, kind in kinds.items() if kind == "Deployment"} == {
        f"rack-server{number}-deployment" for number in (1, 2, 3, 4)
    }
    before = {kinds[name] for name in recorder.waits_for("rack-server1-deployment")}
    assert before >= {"Machine", "Bridge", "TagMembership", "Tag", "BootImages", "BootSelection", "VlanDhcp", "IpRange"}
    assert before >= {"Subnet", "Configuration", "SshKey"}
    assert recorder.waits_for("maas-172.16.0.0-20-dhcp") >= {"maas-172.16.0.0-20-dynamic", "maas-172.16.0.0-20"}
    assert recorder.waits_for("maas-image-settings") >= {"maas-images-ubuntu-amd64", "maas-settings"}


def test_servers_do_not_wait_for_each_other(kit: dict[str, Any], tmp_path: Path) -> None:
    recorder = run(kit, FoundHardware(), tmp_path)
    assert not any("server2" in name for name in recorder.waits_for("rack-server1-deployment"))


def test_each_server_is_one_branch_of_the_tree(kit: dict[str, Any], tmp_path: Path) -> None:
    recorder = run(kit, FoundHardware(), tmp_path)
    branch = {name for name, request in recorder.asked.items() if request.parent.endswith("::rack-server1")}
    assert branch == {f"rack-server1-{end}" for end in ("machine", "tag-controller", "tag-juju", "br-ex", "deployment")}
    assert recorder.asked["rack-server1"].parent.endswith("::rack")


def test_less_hardware_than_expected_stops_before_the_deployment(kit: dict[str, Any], tmp_path: Path) -> None:
    world = FoundHardware()
    world.memory_mib = 12288
    with pytest.raises(
        pulumi.RunError, match=r"server\d has less hardware than its config expects: \d\d GiB of memory"
    ):
        run(kit, world, tmp_path)


def test_or_only_warns(kit: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = FoundHardware()
    world.memory_mib = 8192
    recorder = run(kit | {"onMismatch": "warn"}, world, tmp_path)
    assert "rack-server1-deployment" in recorder.asked
    assert "server1 has less hardware than its config expects: 12 GiB of memory, found 8" in caplog.text


def test_problems_of_kit_files_and_endpoint_are_told_together(kit: dict[str, Any], tmp_path: Path) -> None:
    spoiled = kit | {"sshKeys": [{"file": str(tmp_path / "gone.pub")}], "power": {"passwordFile": "gone"}}
    with pytest.raises(pulumi.RunError) as caught:
        run(spoiled, FoundHardware(), tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[0] == "The config of stack baremetal has 2 problems:"
    assert [line.split(" is ")[0] for line in lines[1:]] == [
        "  baremetal:sshKeys[0].file",
        "  baremetal:power.passwordFile",
    ]


def test_a_stack_without_a_kit_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match=r"baremetal is missing in Pulumi\.baremetal\.yaml; it must be a mapping"):
        run(None, FoundHardware(), tmp_path)


def test_a_malformed_key_is_told_and_not_shown(kit: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match="holds no MAAS API key") as caught:
        run(kit, FoundHardware(), tmp_path, api_key="hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("stages", ['["barmetal"]', "barmetal"])
def test_an_unknown_stage_is_told_with_the_known_ones(kit: dict[str, Any], tmp_path: Path, stages: str) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"stages\[0\] is 'barmetal', but must be baremetal or juju; did you mean"
    ):
        run(kit, FoundHardware(), tmp_path, stages)
