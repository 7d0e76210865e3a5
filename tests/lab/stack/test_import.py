"""`import_` takes over what somebody made in MAAS: by the natural key and by MAAS's own id.

Everything is made by another admin first. Each stack imports all of it in one run, and the next preview has nothing
to say; a stack that wants something else imports and then updates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from lab.maas.testing import running_maas
from providers.common.raw import text
from tests.support.admin import Admin, another_admin
from tests.support.project import Project, make_project

KIT = "172.16.0.0/20"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b"
ROUTER = "50:c7:bf:00:00:01"

PROGRAM = f"""
import pulumi
from pulumi import ResourceOptions
from providers.maas import *

config = pulumi.Config()
note = config.require("note")
mac, address, system_id = config.require("mac"), config.require("address"), config.require("system_id")
power = dict(power_address=address, power_password=pulumi.Output.secret(open("amt").read()))

WANTED = dict(
    key=lambda **o: SshKey("key", key="{KEY} me@main", **o),
    settings=lambda **o: Configuration("settings", settings={{"kernel_opts": note}}, **o),
    zone=lambda **o: Zone("zone", name="east", description=note, **o),
    pool=lambda **o: ResourcePool("pool", name="rig", description=note, **o),
    tag=lambda **o: Tag("tag", name="compute", comment=note, **o),
    subnet=lambda **o: Subnet("subnet", cidr="10.9.0.0/24", name=note, **o),
    range=lambda **o: IpRange(
        "range", subnet="{KIT}", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255", comment=note, **o
    ),
    dhcp=lambda **o: VlanDhcp("dhcp", subnet="{KIT}", **o),
    selection=lambda **o: BootSelection("selection", release="jammy", **o),
    images=lambda **o: BootImages("images", releases=["jammy"], **o),
    machine=lambda **o: Machine("machine", hostname="web", mac_addresses=[mac], **power, **o),
    membership=lambda **o: TagMembership("membership", tag="compute", system_id=system_id, **o),
    bridge=lambda **o: Bridge("bridge", system_id=system_id, name="br-ex", **o),
    deployment=lambda **o: Deployment("deployment", system_id=system_id, distro_series="jammy", **o),
    device=lambda **o: Device("device", hostname="router", mac_addresses=["{ROUTER}"], **o),
    address=lambda **o: DnsRecord("address", fqdn="www.maas", type="A", data="172.16.0.7", **o),
    text=lambda **o: DnsRecord("text", fqdn="info.maas", type="TXT", data=note, **o),
)
for name, id in config.require_object("ids").items():
    WANTED[name](opts=ResourceOptions(import_=id))
"""

NOTED = {"settings", "zone", "pool", "tag", "subnet", "range", "text"}
"""What the config value `note` is a part of."""

HERE = {"fabric_id": 0, "vid": 0}


def make_everything(admin: Admin) -> tuple[dict[str, str], dict[str, str]]:
    """Make one object of each kind by hand; give their natural keys, and MAAS's ids."""
    mac, address = admin.maas.physical_macs()["server1"], admin.maas.amt_addresses()["server1"]
    key = admin.one("SSHKeys.create", key=f"{KEY} me@main")
    admin.call("MAAS.set_config", name="kernel_opts", value="hand")
    zone = admin.one("Zones.create", name="east", description="hand")
    pool = admin.one("ResourcePools.create", name="rig", description="hand")
    admin.call("Tags.create", name="compute", comment="hand")
    subnet = admin.one("Subnets.create", cidr="10.9.0.0/24", name="hand")
    leases = admin.one(
        "IPRanges.create", type="dynamic", comment="hand", start_ip="172.16.11.1", end_ip="172.16.14.255"
    )
    rack = admin.rows("RackControllers.read")[0]["system_id"]
    vlan = admin.one("Vlan.update", HERE, dhcp_on=True, primary_rack=rack)
    power = {"power_address": address, "power_pass": admin.maas.amt_password}
    machine = admin.one(
        "Machines.create",
        hostname="web",
        mac_addresses=mac,
        architecture="amd64/generic",
        power_type="amt",
        power_parameters=power,
        commission=True,
    )
    system_id = text(machine, "system_id")
    uri = {"system_id": system_id}
    nic = admin.rows("Interfaces.read", uri)[0]["id"]
    bridge = admin.one("Interfaces.create_bridge", uri, name="br-ex", bridge_type="ovs", parent=nic)
    admin.call("Tag.update_nodes", {"name": "compute"}, add=system_id)
    admin.call("Machine.deploy", uri, distro_series="jammy")
    device = admin.one("Devices.create", hostname="router", mac_addresses=ROUTER)
    name = admin.one("DNSResources.create", fqdn="www.maas", ip_addresses="172.16.0.7")
    record = admin.one("DNSResourceRecords.create", fqdn="info.maas", rrtype="TXT", rrdata="hand")
    selection = admin.rows("BootSourceSelections.read", {"boot_source_id": 1})[0]["id"]
    alike = {
        "tag": "compute",
        "settings": "kernel_opts",
        "images": "ubuntu images",
        "bridge": f"{system_id}/br-ex",
        "address": f"address:{name['id']}",
        "text": f"record:{record['id']}",
    }
    natural = {
        "key": KEY,
        "zone": "east",
        "pool": "rig",
        "subnet": "10.9.0.0/24",
        "range": "dynamic 172.16.11.1-172.16.14.255",
        "dhcp": KIT,
        "selection": "ubuntu/jammy",
        "machine": mac,
        "membership": "compute/web",
        "deployment": "web",
        "device": ROUTER,
    }
    numbers = {"key": key, "zone": zone, "pool": pool, "subnet": subnet, "range": leases, "dhcp": vlan}
    by_id = {
        **{kind: text(row, "id") for kind, row in numbers.items()},
        "selection": f"1/{selection}",
        "machine": system_id,
        "membership": f"compute/{system_id}",
        "deployment": system_id,
        "device": text(device, "system_id"),
    }
    return {**alike, **natural}, {**alike, **by_id, "bridge": f"{system_id}/{bridge['id']}"}


@dataclass(frozen=True)
class Made:
    """The MAAS, the project, and how each resource's object may be named."""

    admin: Admin
    project: Project
    natural: dict[str, str]
    by_id: dict[str, str]

    def stack(self, name: str, ids: dict[str, str], note: str = "hand") -> Project:
        """Make one more stack of the project, that imports these."""
        project, maas = replace(self.project, stack=name), self.admin.maas
        if name != self.project.stack:
            project.pulumi("stack", "init", name).ok()
        project.configure_maas(maas.url, maas.api_key)
        (project.folder / "amt").write_text(maas.amt_password)
        mac, address = maas.physical_macs()["server1"], maas.amt_addresses()["server1"]
        named = {"mac": mac, "address": address, "system_id": self.by_id["machine"]}
        project.configure({**named, "note": note, "ids": ids})
        return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with running_maas() as maas, another_admin(maas) as admin:
        natural, by_id = make_everything(admin)
        yield Made(admin, make_project(tmp_path_factory.mktemp("import") / "trial", PROGRAM), natural, by_id)


def states(project: Project) -> dict[str, dict[str, object]]:
    found = {str(resource["urn"]).rpartition("::")[2]: resource for resource in project.resources()}
    return {name: state for name, state in found.items() if not name.startswith(("trial", "default"))}


@pytest.mark.parametrize("way", ["natural", "by_id"])
def test_everything_is_taken_over_as_it_is(made: Made, way: str):
    ids = made.natural if way == "natural" else made.by_id
    project = made.stack(way.replace("_", "-"), ids)
    planned = project.planned()
    assert {name: ops for name, ops in planned.items() if name in ids} == {name: {"import"} for name in ids}
    calls = len(made.admin.maas.calls)
    project.up().ok()
    assert all(call.method == "GET" for call in made.admin.maas.calls[calls:]), "an import changes nothing in MAAS"
    found = states(project)
    assert {name: state["id"] for name, state in found.items()} == {
        **made.by_id,
        "settings": "configuration",
        "images": "ubuntu images",
    }
    project.pulumi("preview", "-s", project.stack, "--expect-no-changes").ok()
    project.pulumi("preview", "-s", project.stack, "--refresh", "--expect-no-changes").ok()


@pytest.mark.parametrize("name", ["zone", "machine", "address"])
def test_a_wrong_id_is_one_sentence_and_nothing_is_recorded(made: Made, name: str):
    project = made.stack(f"wrong-{name}", {name: "no-such-thing"})
    failed = project.up()
    assert failed.code == 1
    assert "nothing to import" in failed.text
    assert "'no-such-thing'" in failed.text
    assert f"({name})" in failed.text
    assert "Traceback" not in failed.text
    assert states(project) == {}


def test_what_differs_is_imported_and_then_updated(made: Made):
    ids = {name: id_ for name, id_ in made.natural.items() if name in NOTED}
    project = made.stack("differing", ids, note="wanted")
    planned = project.planned()
    assert {name: ops for name, ops in planned.items() if name in ids} == {name: {"import", "update"} for name in ids}
    project.up().ok()
    assert made.admin.row("Zones.read", "name", "east")["description"] == "wanted"
    assert made.admin.call("MAAS.get_config", name="kernel_opts") == "wanted"
    assert set(states(project)) == NOTED
    project.pulumi("preview", "-s", project.stack, "--refresh", "--expect-no-changes").ok()
