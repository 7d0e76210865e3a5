"""Linking an interface to a subnet: AUTO, DHCP, STATIC, LINK_UP (source: MAAS 3.5 forms/interface_link.py)."""

import ipaddress
from dataclasses import replace

from lab.maas import network
from lab.maas.api import subnets
from lab.maas.errors import BadRequestError, FormError
from lab.maas.models import Device, Interface, Link, LinkMode, Machine, Subnet
from lab.maas.status import Status
from lab.maas.wire import Data
from lab.maas.world import World

_MODES: dict[str, LinkMode] = {"auto": "auto", "dhcp": "dhcp", "static": "static", "link_up": "link_up"}


def linked(world: World, data: Data, node: Machine | Device, row: Interface) -> Interface:
    """Give the interface with the link that was asked for."""
    mode = _mode(data, node)
    subnet = _subnet(world, data, mode, row)
    if mode == "link_up" and row.links and not data.boolean("force"):
        raise FormError({"mode": ["Cannot set interface to LINK_UP; it has other links."]})
    kept = () if data.boolean("force") else tuple(each for each in row.links if each.mode != "link_up")
    ip = _static(world, data, subnet) if mode == "static" and subnet else None
    link = Link(world.next_id("link"), mode, subnet.id if subnet else None, ip)
    if mode == "auto" and isinstance(node, Machine) and node.status == Status.DEPLOYED and subnet:
        link = replace(link, ip_address=network.next_free(world, subnet))
    return replace(row, links=(*kept, link), vlan_id=subnet.vlan_id if subnet else row.vlan_id)


def _mode(data: Data, node: Machine | Device) -> LinkMode:
    wanted = data.text("mode").lower()
    allowed = ["static"] if isinstance(node, Device) else list(_MODES)
    if not wanted:
        raise FormError({"mode": ["This field is required."]})
    if wanted not in allowed:
        valid = ", ".join(f"'{each.upper()}'" for each in allowed)
        raise FormError({"mode": [f"'{data.text('mode')}' is not a valid mode.  It should be one of: {valid}."]})
    return _MODES[wanted]


def _subnet(world: World, data: Data, mode: LinkMode, row: Interface) -> Subnet | None:
    wanted = data.text("subnet")
    if not wanted:
        if mode in {"auto", "static"}:
            raise FormError({"subnet": ["This field is required."]})
        return None
    subnet = subnets.found(world, wanted)
    if mode == "dhcp" and any(each.mode == "dhcp" and each.subnet_id == subnet.id for each in row.links):
        raise FormError({"mode": ["Interface is already set to DHCP from this subnet."]})
    return subnet


def _static(world: World, data: Data, subnet: Subnet) -> str:
    wanted = data.text("ip_address")
    if not wanted:
        return network.next_free(world, subnet)
    try:
        inside = ipaddress.ip_address(wanted) in network.network_of(subnet)
    except ValueError as error:
        raise FormError({"ip_address": ["Enter a valid IPv4 or IPv6 address."]}) from error
    if not inside:
        said = f"IP address is not in the given subnet '{subnet.name} ({subnet.cidr})'."
        raise FormError({"ip_address": [said]})
    dynamic = network.range_holding(world, subnet.id, wanted, "dynamic")
    if dynamic:
        said = f"IP address is inside a dynamic range {dynamic.start_ip} to {dynamic.end_ip}."
        raise FormError({"ip_address": [said]})
    if network.number_of(wanted) in network.taken(world, subnet):
        raise FormError({"ip_address": ["IP address is already in use."]})
    return wanted


def unlinked(data: Data, row: Interface) -> Interface:
    """Give the interface without the link of the id that was sent."""
    wanted = data.mandatory("id")
    kept = tuple(each for each in row.links if str(each.id) != wanted)
    if len(kept) == len(row.links):
        raise BadRequestError(f"'{wanted}' is not a valid id.  It should be one of: {[each.id for each in row.links]}.")
    return replace(row, links=kept)
