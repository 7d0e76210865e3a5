"""What several areas of handlers share: finding rows by the names clients use, checking names and MAC addresses."""

import re
from collections.abc import Sequence
from typing import Final

from lab.maas.errors import FormError
from lab.maas.models import Device, Domain, Machine, Pool, RackController, Zone
from lab.maas.wire import Data
from lab.maas.world import Table, World

_MAC: Final = re.compile(r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}")
_HOSTNAME: Final = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")


def mac_address(text: str, field: str = "mac_addresses") -> str:
    """Normalise a MAC address to lower case with colons, or 400."""
    mac = text.strip().lower().replace("-", ":")
    if not _MAC.fullmatch(mac):
        raise FormError({field: [f"One or more MAC addresses is invalid. ('{text}')"]})
    return mac


def owner_of_mac(world: World, mac: str) -> str | None:
    """Name the node that has the MAC address, in its database."""
    for node in (*world.machines, *world.devices):
        if any(each.mac_address == mac and each.type == "physical" for each in node.interfaces):
            return node.hostname
    return None


def free_hostname(world: World, wanted: str, system_id: str = "") -> str:
    """Check a hostname: 400 when it is malformed or another node's; without one, make one up."""
    if not wanted:
        return f"machine-{world.draw(6, 'abcdefghkmnpqrstuvwxyz')}"
    name = wanted.lower()
    if not _HOSTNAME.fullmatch(name):
        raise FormError({"hostname": [f"DNS name contains an empty label or an invalid character: '{wanted}'."]})
    for node in (*world.machines, *world.devices, *world.rackcontrollers):
        if node.hostname == name and node.system_id != system_id:
            raise FormError({"hostname": ["Node with this Hostname already exists."]})
    return name


def zone_of(world: World, data: Data, default: int = 1) -> int:
    return _named(world.zones, data, "zone", default)


def pool_of(world: World, data: Data, default: int = 0) -> int:
    return _named(world.pools, data, "pool", default)


def domain_of(world: World, data: Data, default: int = 0) -> int:
    return _named(world.domains, data, "domain", default)


def _named(table: Table[Zone] | Table[Pool] | Table[Domain], data: Data, field: str, default: int) -> int:
    wanted = data.text(field)
    if not wanted:
        return default
    for row in table:
        if wanted == row.name or wanted == str(row.id):
            return row.id
    raise FormError({field: ["Select a valid choice. That choice is not one of the available choices."]})


def find_node(world: World, system_id: str) -> Machine | Device | RackController | None:
    return world.machines.find(system_id) or world.devices.find(system_id) or world.rackcontrollers.find(system_id)


def unique_name(rows: Sequence[str], name: str, kind: str) -> str:
    """Check that a name is not taken, in Django's words."""
    if name in rows:
        raise FormError({"name": [f"{kind} with this Name already exists."]})
    return name
