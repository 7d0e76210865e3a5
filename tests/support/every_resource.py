"""One program with every resource of providers.maas in three acts, and what each act comes to for each resource.

act 1 makes, act 2 changes in place, then hands spoil each object behind the program's back, act 3 asks for what MAAS
can only replace. A `Row` of `ROWS` says which operations these are, and what an admin then sees in MAAS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from providers.common.raw import mapping, mappings, text
from tests.support.admin import Admin

KIT = "172.16.0.0/20"
KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b me@main",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk5zqpJqPqQyD9o5iLrW7nXl0yWwq5cN2H0eJ0m0aB me@main",
)

PROGRAM = f"""
import pulumi
from pulumi import ResourceOptions
from providers.maas import *

config = pulumi.Config()
act = config.require_int("act")
macs, addresses = config.require_object("macs"), config.require_object("addresses")


def at(*values):
    return values[min(act, len(values)) - 1]


def machine(name, server, **more):
    power = dict(power_address=addresses[server], power_password=pulumi.Output.secret(open("amt").read()))
    return Machine(name, mac_addresses=[macs[server]], opts=ResourceOptions(depends_on=[dhcp]), **power, **more)


SshKey("key", key=at("{KEYS[0]}", "{KEYS[0]} too", "{KEYS[1]}"))
more = {{"kernel_opts": "splash", "upstream_dns": "9.9.9.9", "http_proxy": None}}
Configuration("settings", settings=at({{"kernel_opts": "quiet"}}, more))
zone = Zone("zone", name=at("east", "west"), description=at("old", "new"))
ResourcePool("pool", name=at("kit", "rig"), description=at("old", "new"))
Tag("role", name=at("controller", "juju"), comment=at("old", "new"))
label = Tag("label", name="compute", comment=at("old", "new"))
storage = at("10.9.0", "10.9.0", "10.10.0")
Subnet("subnet", cidr=f"{{storage}}.0/24", name=at("storage", "ceph"), dns_servers=[at("10.9.0.2", "10.9.0.3")])
IpRange(
    "range",
    subnet="{KIT}",
    type=at("reserved", "reserved", "dynamic"),
    start_ip="172.16.1.1",
    end_ip=at("172.16.1.9", "172.16.1.19"),
    comment=at("old", "new"),
)
leases = IpRange("leases", subnet="{KIT}", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255")
dhcp = VlanDhcp("dhcp", subnet="{KIT}", opts=ResourceOptions(depends_on=[leases]))
VlanDhcp("relay", fabric=at("attic", "attic", "cellar"), vid=0, dhcp_on=False, relay_vlan=at(None, dhcp.vlan_id))
selection = BootSelection("selection", release=at("focal", "focal", "noble"), arches=at(["amd64"], ["amd64", "arm64"]))
wanted = ResourceOptions(depends_on=[selection])
images = BootImages("images", releases=at(["jammy"], ["jammy", "focal"], ["jammy"]), opts=wanted)
web = machine("web", "server1", hostname="web")
bench = machine("bench", "server2", hostname=at("bench", "workbench"), zone=zone.name)
machine("spare", at("server4", "server4", "server5"), hostname="spare")
TagMembership("membership", tag=label.name, system_id=at(bench, bench, web).system_id)
kind = at("ovs", "ovs", "standard")
Bridge("bridge", system_id=bench.system_id, name=at("br-ex", "br-int"), mtu=at(1500, 9000), bridge_type=kind)
Deployment(
    "deployment",
    system_id=web.system_id,
    distro_series="jammy",
    locked=at(False, True),
    user_data=at("#cloud-config", "#cloud-config", "#cloud-config\\npackages: [nginx]"),
    opts=ResourceOptions(depends_on=[images]),
)
mac = at("50:c7:bf:00:00:01", "50:c7:bf:00:00:01", "50:c7:bf:00:00:02")
Device("device", hostname=at("router", "gateway"), mac_addresses=[mac], ip_address=at("172.16.0.8", "172.16.0.9"))
DnsRecord("address", fqdn=at("www.maas", "www.maas", "web.maas"), type="A", data=at("172.16.0.7", "172.16.0.6"))
DnsRecord("text", fqdn="info.maas", type=at("TXT", "TXT", "CNAME"), data=at("old", "new", "www.maas"), ttl=at(60, 90))
"""

Hand = Callable[[Admin], object]


@dataclass(frozen=True)
class Look:
    """What an admin reads in MAAS: for each row of a list, the values at these paths."""

    target: str
    paths: tuple[str, ...]
    params: Mapping[str, object] = field(default_factory=dict[str, object])

    def __call__(self, admin: Admin) -> list[list[object]]:
        return [[dig(row, path.split(".")) for path in self.paths] for row in admin.rows(self.target, self.params)]


def dig(value: object, path: Sequence[str]) -> object:
    """Follow a path through objects, and through every entry of a list."""
    if isinstance(value, list):
        return [dig(item, path) for item in cast("list[object]", value)]
    if not path or not isinstance(value, Mapping):
        return value
    return dig(cast("Mapping[str, object]", value).get(path[0]), path[1:])


def settings(admin: Admin) -> list[list[object]]:
    return [[admin.call("MAAS.get_config", name=name) or "" for name in ("kernel_opts", "upstream_dns")]]


def bridges(admin: Admin) -> list[list[object]]:
    nics = [nic for row in admin.rows("Machines.read") for nic in mappings(row, "interface_set")]
    found = [nic for nic in nics if nic["type"] == "bridge"]
    return [[nic["name"], nic["effective_mtu"], mapping(nic, "params")["bridge_type"]] for nic in found]


def relayed(admin: Admin) -> list[list[object]]:
    rows = [(text(row, "name"), mappings(row, "vlans")[0]) for row in admin.rows("Fabrics.read")]
    return [[name for name, vlan in rows if vlan["relay_vlan"] is not None]]


def keys(admin: Admin) -> list[list[object]]:
    """See the keys without their comments, which make no difference."""
    return [[text(row, "key").removesuffix(" too")] for row in admin.rows("SSHKeys.read")]


def look(target: str, *paths: str, **params: object) -> Look:
    return Look(target, paths, params)


@dataclass(frozen=True)
class Row:
    """One resource: the operations of acts 2 and 3 ("": none), what MAAS then holds, and how hands spoil it."""

    second: str
    third: str
    look: Callable[[Admin], list[list[object]]]
    shows: tuple[Sequence[object], ...]
    hand: Hand
    drift: str = "update"


def by_hand(*what: str) -> Hand:
    return lambda admin: admin.maas.hand(*what)


def call(target: str, path: str, value: object, key: str, **data: object) -> Hand:
    """Change through the API the row whose `path` holds `value`; `key` is what its URI calls it by."""
    listing = f"{target.partition('.')[0]}s.read"
    return lambda admin: admin.call(target, {key: admin.row(listing, path, value)[key]}, **data)


def fewer_arches(admin: Admin) -> object:
    row = admin.row("BootSourceSelections.read", "release", "focal", {"boot_source_id": 1})
    uri = {"boot_source_id": 1, "id": row["id"]}
    return admin.call(
        "BootSourceSelection.update", uri, os="ubuntu", release="focal", arches=["amd64"], subarches=["*"], labels=["*"]
    )


def unrelayed(admin: Admin) -> object:
    fabric = admin.row("Fabrics.read", "name", "attic")
    return admin.call("Vlan.update", {"fabric_id": fabric["id"], "vid": 0}, relay_vlan="")


ARM = ["amd64", "arm64"]
MAC = "f4:4d:30:60:11:0{}".format
LOCK = ("locked", "status_name", "distro_series")

ROWS: dict[str, Row] = {
    "key": Row(
        *("", "replace", keys),
        ([KEYS[0]], [KEYS[0]], [KEYS[1]]),
        by_hand("key-delete"),
        drift="create",
    ),
    "settings": Row(
        *("update", "", settings),
        (["quiet", ""], ["splash", "9.9.9.9"], ["splash", "9.9.9.9"]),
        by_hand("set-config", "kernel_opts", "nosplash"),
    ),
    "zone": Row(
        *("update", "", look("Zones.read", "name", "description")),
        (["east", "old"], ["west", "new"], ["west", "new"]),
        call("Zone.update", "name", "west", "name", description="spoilt"),
    ),
    "pool": Row(
        *("update", "", look("ResourcePools.read", "name", "description")),
        (["kit", "old"], ["rig", "new"], ["rig", "new"]),
        call("ResourcePool.update", "name", "rig", "id", name="spoilt"),
    ),
    "role": Row(
        *("update", "", look("Tags.read", "name", "comment")),
        (["controller", "old"], ["juju", "new"], ["juju", "new"]),
        by_hand("tag-delete", "juju"),
        drift="create",
    ),
    "label": Row(
        *("update", "", look("Tags.read", "name", "comment")),
        (["compute", "old"], ["compute", "new"], ["compute", "new"]),
        call("Tag.update", "name", "compute", "name", comment="spoilt"),
    ),
    "subnet": Row(
        *("update", "replace", look("Subnets.read", "cidr", "name", "dns_servers")),
        (
            ["10.9.0.0/24", "storage", ["10.9.0.2"]],
            ["10.9.0.0/24", "ceph", ["10.9.0.3"]],
            ["10.10.0.0/24", "ceph", ["10.9.0.3"]],
        ),
        by_hand("subnet-dns", "10.9.0.0/24", "1.1.1.1"),
    ),
    "range": Row(
        *("update", "replace", look("IPRanges.read", "type", "end_ip", "comment")),
        (["reserved", "172.16.1.9", "old"], ["reserved", "172.16.1.19", "new"], ["dynamic", "172.16.1.19", "new"]),
        call("IPRange.update", "start_ip", "172.16.1.1", "id", end_ip="172.16.1.29"),
    ),
    "leases": Row(
        *("", "", look("IPRanges.read", "start_ip", "end_ip")),
        (["172.16.11.1", "172.16.14.255"],) * 3,
        call("IPRange.update", "start_ip", "172.16.11.1", "id", comment="not asked for", end_ip="172.16.14.200"),
    ),
    "dhcp": Row(
        *("", "", look("Fabrics.read", "name", "vlans.dhcp_on")),
        (["fabric-0", [True]],) * 3,
        by_hand("dhcp-off", "untagged"),
    ),
    "relay": Row(
        *("update", "replace", relayed),
        ([], ["attic"], ["cellar"]),
        unrelayed,
    ),
    "selection": Row(
        *("update", "replace", look("BootSourceSelections.read", "release", "arches", boot_source_id=1)),
        (["focal", ["amd64"]], ["focal", ARM], ["noble", ARM]),
        fewer_arches,
    ),
    "images": Row(
        *("update", "update", look("BootResources.read", "name")),
        (["ubuntu/jammy"],) * 3,
        call("BootResource.delete", "name", "ubuntu/jammy", "id"),
    ),
    "web": Row(
        *("", "", look("Machines.read", "hostname", "boot_interface.mac_address")),
        (["web", MAC(1)],) * 3,
        by_hand("rename", "web", "spoilt"),
    ),
    "bench": Row(
        *("update", "", look("Machines.read", "hostname", "zone.name")),
        (["bench", "east"], ["workbench", "west"], ["workbench", "west"]),
        by_hand("rename", "workbench", "spoilt-bench"),
    ),
    "spare": Row(
        *("", "replace", look("Machines.read", "hostname", "boot_interface.mac_address", "status_name")),
        (["spare", MAC(4), "Ready"], ["spare", MAC(4), "Ready"], ["spare", MAC(5), "Ready"]),
        by_hand("delete", "spare"),
        drift="create",
    ),
    "membership": Row(
        # its machine is updated in act 2, so a preview can't know yet that the id stays
        *("update", "replace", look("Machines.read", "boot_interface.mac_address", "tag_names")),
        ([MAC(2), ["compute"]], [MAC(2), ["compute"]], [MAC(1), ["compute"]]),
        by_hand("retag", MAC(2), "-compute"),
        drift="create",
    ),
    "bridge": Row(
        *("update", "replace", bridges),
        (["br-ex", 1500, "ovs"], ["br-int", 9000, "ovs"], ["br-int", 9000, "standard"]),
        by_hand("bridge-delete", MAC(2)),
        drift="create",
    ),
    "deployment": Row(
        *("update", "replace", look("Machines.read", "boot_interface.mac_address", *LOCK)),
        (
            [MAC(1), False, "Deployed", "jammy"],
            [MAC(1), True, "Deployed", "jammy"],
            [MAC(1), True, "Deployed", "jammy"],
        ),
        by_hand("power-off", MAC(1)),
    ),
    "device": Row(
        *("update", "replace", look("Devices.read", "hostname", "interface_set.mac_address", "ip_addresses")),
        (
            ["router", ["50:c7:bf:00:00:01"], ["172.16.0.8"]],
            ["gateway", ["50:c7:bf:00:00:01"], ["172.16.0.9"]],
            ["gateway", ["50:c7:bf:00:00:02"], ["172.16.0.9"]],
        ),
        call("Device.update", "hostname", "gateway", "system_id", hostname="spoilt-device"),
    ),
    "address": Row(
        *("update", "replace", look("DNSResources.read", "fqdn", "ip_addresses.ip")),
        (["www.maas", ["172.16.0.7"]], ["www.maas", ["172.16.0.6"]], ["web.maas", ["172.16.0.6"]]),
        call("DNSResource.update", "fqdn", "www.maas", "id", ip_addresses="172.16.0.77"),
    ),
    "text": Row(
        *("update", "replace", look("DNSResourceRecords.read", "fqdn", "rrtype", "rrdata", "ttl")),
        (
            ["info.maas", "TXT", "old", 60],
            ["info.maas", "TXT", "new", 90],
            ["info.maas", "CNAME", "www.maas", 90],
        ),
        call("DNSResourceRecord.delete", "rrtype", "TXT", "id"),
        drift="create",
    ),
}
