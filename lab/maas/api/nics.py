"""Interfaces' form fields: names, parents, VLANs, bridges, bonds (source: MAAS 3.5 forms/interface.py).

Linux knows names of up to 15 characters; MAAS takes longer ones, and the machine fails later.
"""

import re

from lab.maas import hardware
from lab.maas.errors import FormError
from lab.maas.models import Device, Interface, Json, Machine, Vlan
from lab.maas.wire import Data
from lab.maas.world import World

BRIDGE_TYPES = ("standard", "ovs")
BOND_MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")
_MAX_NAME = 255
_NAME = re.compile(r"[\w\-_.:]+")


def check_name(node: Machine | Device, name: str) -> str:
    if len(name) > _MAX_NAME:
        said = f"Ensure this value has at most {_MAX_NAME} characters (it has {len(name)})."
        raise FormError({"name": [said]})
    if not _NAME.fullmatch(name):
        raise FormError({"name": ["Enter a valid value."]})
    if any(each.name == name for each in node.interfaces):
        raise FormError({"name": [f"Node {node.hostname} already has an interface named '{name}'."]})
    return name


def parents_of(node: Machine | Device, data: Data, field: str) -> list[Interface]:
    """Read `parent` or `parents`: ids or names of the node's own interfaces."""
    found: list[Interface] = []
    for wanted in [*data.items(field), *(data.items("parent") if field == "parents" else data.items("parents"))]:
        row = next((each for each in node.interfaces if wanted in {str(each.id), each.name}), None)
        if row is None:
            said = f"Select a valid choice. {wanted} is not one of the available choices."
            raise FormError({field: [said]})
        found.append(row)
    return found


def vlan_of(world: World, data: Data, field: str, known: int | None) -> Vlan | None:
    wanted = data.get(field)
    if wanted is None:
        return world.vlans.find(known) if known is not None else None
    if not wanted:
        return None
    found = world.vlans.find(wanted)
    if found is None:
        raise FormError({field: ["Select a valid choice. That choice is not one of the available choices."]})
    return found


def physical_vlan(world: World, data: Data) -> int | None:
    if "vlan" not in data:
        return hardware.default_vlan_id(world)
    vlan = vlan_of(world, data, "vlan", None)
    return vlan.id if vlan else None


def tags_of(data: Data) -> tuple[str, ...]:
    return tuple(data.items("tags"))


def bridge_params(data: Data, known: Json) -> Json:
    """Read a bridge's parameters over those it has."""
    kind = data.text("bridge_type", str(known.get("bridge_type", "standard")))
    if kind not in BRIDGE_TYPES:
        valid = ", ".join(f"'{each}'" for each in BRIDGE_TYPES)
        raise FormError({"bridge_type": [f"'{kind}' is not a valid bridge_type.  It should be one of: {valid}."]})
    delay = data.integer("bridge_fd")
    params: Json = {
        **known,
        "bridge_type": kind,
        "bridge_stp": data.boolean("bridge_stp", bool(known.get("bridge_stp", False))),
        "bridge_fd": known.get("bridge_fd", 15) if delay is None else delay,
    }
    if "accept_ra" in data:
        params["accept-ra"] = data.boolean("accept_ra")
    return params


def bond_params(data: Data) -> Json:
    mode = data.text("bond_mode", "balance-rr")
    if mode not in BOND_MODES:
        valid = ", ".join(f"'{each}'" for each in BOND_MODES)
        raise FormError({"bond_mode": [f"'{mode}' is not a valid bond_mode.  It should be one of: {valid}."]})
    return {
        "bond_mode": mode,
        "bond_miimon": data.integer("bond_miimon") or 100,
        "bond_downdelay": data.integer("bond_downdelay") or 0,
        "bond_updelay": data.integer("bond_updelay") or 0,
        "bond_lacp_rate": data.text("bond_lacp_rate", "fast"),
        "bond_xmit_hash_policy": data.text("bond_xmit_hash_policy", "layer2"),
        "bond_num_grat_arp": data.integer("bond_num_grat_arp") or 1,
    }
