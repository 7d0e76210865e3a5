"""Addresses: which subnet an address is in, which addresses are taken, which is the next free one (pure)."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from lab.maas.errors import ApiError
from lab.maas.models import Interface, IpRange, Link, Machine, Subnet, Vlan
from lab.maas.world import World

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(subnet: Subnet) -> Network:
    return ipaddress.ip_network(subnet.cidr)


def number_of(ip: str) -> int:
    return int(ipaddress.ip_address(ip))


def subnet_with(world: World, ip: str) -> Subnet | None:
    """Give the narrowest subnet that holds the address."""
    address = ipaddress.ip_address(ip)
    found = [subnet for subnet in world.subnets if address in network_of(subnet)]
    return max(found, key=lambda subnet: network_of(subnet).prefixlen, default=None)


def subnets_of(world: World, vlan_id: int | None) -> list[Subnet]:
    return [subnet for subnet in world.subnets if subnet.vlan_id == vlan_id]


def ranges_of(world: World, subnet_id: int, kind: str = "") -> list[IpRange]:
    return [each for each in world.ipranges if each.subnet_id == subnet_id and kind in {"", each.type}]


def range_holding(world: World, subnet_id: int, ip: str, kind: str = "") -> IpRange | None:
    number = number_of(ip)
    for each in ranges_of(world, subnet_id, kind):
        if number_of(each.start_ip) <= number <= number_of(each.end_ip):
            return each
    return None


def links(world: World) -> Iterator[tuple[str, Interface, Link]]:
    """Every link of every node: (system id, interface, link)."""
    for node in (*world.machines, *world.devices):
        for interface in node.interfaces:
            for link in interface.links:
                yield node.system_id, interface, link
    for rack in world.rackcontrollers:
        for link in rack.interface.links:
            yield rack.system_id, rack.interface, link


def taken(world: World, subnet: Subnet) -> set[int]:
    """Give the single addresses of the subnet that are in use: by links, reservations, the gateway, its DNS servers."""
    network = network_of(subnet)
    used = {link.ip_address for _, _, link in links(world) if link.ip_address and link.subnet_id == subnet.id}
    used |= {each.ip for each in world.reserved if each.subnet_id == subnet.id}
    used |= {each for each in (subnet.gateway_ip, *subnet.dns_servers) if each}
    return {number_of(each) for each in used if ipaddress.ip_address(each) in network}


def next_free(world: World, subnet: Subnet) -> str:
    """Give the lowest address that MAAS may hand out, or 503 as at StaticIPAddressExhaustion.

    Addresses that its network discovery has seen to answer come last (source: MAAS 3.5 get_next_ip_for_allocation).
    """
    used = taken(world, subnet)
    found = _lowest(world, subnet, used | _seen(world, subnet)) or _lowest(world, subnet, used)
    if found is None:
        raise ApiError(f"No more IPs available in subnet: {subnet.cidr}.", status=503)
    return found


def _seen(world: World, subnet: Subnet) -> set[int]:
    """Give what answers on the wire, where there is one, and is no node of MAAS: the router."""
    router = world.meta.host.router
    return {number_of(router)} if world.hosted and ipaddress.ip_address(router) in network_of(subnet) else set()


def _lowest(world: World, subnet: Subnet, used: set[int]) -> str | None:
    network = network_of(subnet)
    candidates = _reserved_only(world, subnet) if not subnet.managed else [(1, network.num_addresses - 2)]
    blocked = sorted((number_of(r.start_ip), number_of(r.end_ip)) for r in ranges_of(world, subnet.id)) if (
        subnet.managed
    ) else []  # fmt: skip
    base = int(network.network_address)
    for low, high in candidates:
        found = _first_gap(base + low, base + high, used, blocked)
        if found is not None:
            return str(ipaddress.ip_address(found))
    return None


def _reserved_only(world: World, subnet: Subnet) -> list[tuple[int, int]]:
    """In an unmanaged subnet MAAS hands out what a person reserved for it, and nothing else."""
    base = int(network_of(subnet).network_address)
    return [
        (number_of(each.start_ip) - base, number_of(each.end_ip) - base)
        for each in ranges_of(world, subnet.id, "reserved")
    ]


def _first_gap(low: int, high: int, used: set[int], blocked: list[tuple[int, int]]) -> int | None:
    number = low
    while number <= high:
        jump = next((end + 1 for start, end in blocked if start <= number <= end), None)
        if jump is None and number not in used:
            return number
        number = jump or number + 1
    return None


def with_addresses(world: World, machine: Machine) -> Machine:
    """Give the machine with an address on each AUTO link, which MAAS claims, and each DHCP link, which it leases."""
    for interface in machine.interfaces:
        for link in interface.links:
            renewed = _claimed(world, interface, link)
            if renewed != link:
                machine = _with_link(machine, interface.id, renewed)
                # the next claim must see this one
                world.machines.put(machine.system_id, machine)
    return machine


def _with_link(machine: Machine, interface_id: int, link: Link) -> Machine:
    interface = next(each for each in machine.interfaces if each.id == interface_id)
    links = tuple(link if each.id == link.id else each for each in interface.links)
    return with_interface(machine, replace(interface, links=links))


def _claimed(world: World, interface: Interface, link: Link) -> Link:
    if link.mode == "dhcp" and not link.ip_address:
        return _leased(world, interface, link)
    if link.mode != "auto" or link.ip_address or link.subnet_id is None:
        return link
    return replace(link, ip_address=next_free(world, world.subnets.get(link.subnet_id)))


def _leased(world: World, interface: Interface, link: Link) -> Link:
    """Give the link with the lowest free address of a dynamic range of its network; as it is where there is none."""
    subnet = world.subnets.find(link.subnet_id)
    used = {number_of(each.ip_address) for _, _, each in links(world) if each.ip_address}
    for each in [subnet] if subnet else subnets_of(world, interface.vlan_id):
        for dynamic in ranges_of(world, each.id, "dynamic"):
            found = _first_gap(number_of(dynamic.start_ip), number_of(dynamic.end_ip), used, [])
            if found is not None:
                return replace(link, ip_address=str(ipaddress.ip_address(found)))
    return link


def without_addresses(machine: Machine) -> Machine:
    """Give the machine with its AUTO and DHCP addresses given back and its acquired interfaces gone."""
    gone = {each.id for each in machine.interfaces if each.acquired}
    kept = tuple(_released(each) for each in _restored(machine) if each.id not in gone)
    return replace(machine, interfaces=kept)


def without_auto_addresses(machine: Machine) -> Machine:
    """Give the machine with its AUTO and DHCP addresses given back, every interface kept."""
    return replace(machine, interfaces=tuple(_released(each) for each in machine.interfaces))


def _restored(machine: Machine) -> tuple[Interface, ...]:
    """Give the links that acquired bridges took from their parents back to these."""
    inherited = {
        bridge.parents[0]: bridge.links for bridge in machine.interfaces if bridge.acquired and bridge.type == "bridge"
    }
    return tuple(
        replace(each, links=inherited[each.id]) if not each.links and each.id in inherited else each
        for each in machine.interfaces
    )


def _released(interface: Interface) -> Interface:
    freed = tuple(replace(each, ip_address=None) if each.mode in {"auto", "dhcp"} else each for each in interface.links)
    return replace(interface, links=freed)


def above(interfaces: tuple[Interface, ...], number: int) -> set[int]:
    """Give the ids of an interface and of all that lie on it: bridges, bonds, VLANs, and theirs."""
    found = {number}
    while True:
        more = {each.id for each in interfaces if found & set(each.parents)} - found
        if not more:
            return found
        found |= more


def without_interface(machine: Machine, gone: Interface) -> Machine:
    """Give the machine without an interface; a bridge's or bond's links go back to its first parent."""
    kept = tuple(
        replace(each, links=gone.links) if gone.parents[:1] == (each.id,) and not each.links else each
        for each in machine.interfaces
        if each.id != gone.id
    )
    return replace(machine, interfaces=kept)


def with_interface(machine: Machine, interface: Interface) -> Machine:
    """Give the machine with this interface put in, or added when its id is new."""
    if any(each.id == interface.id for each in machine.interfaces):
        kept = tuple(interface if each.id == interface.id else each for each in machine.interfaces)
        return replace(machine, interfaces=kept)
    return replace(machine, interfaces=(*machine.interfaces, interface))


def addresses(machine: Machine) -> list[str]:
    return [link.ip_address for each in machine.interfaces for link in each.links if link.ip_address]


def boot_interface(machine: Machine) -> Interface | None:
    return next((each for each in machine.interfaces if each.id == machine.boot_interface_id), None)


def serves_dhcp(world: World, vlan: Vlan | None) -> bool:
    """Whether a machine on this VLAN gets an answer to its PXE request: DHCP on it, or relayed to one with DHCP."""
    if vlan is None:
        return False
    relay = world.vlans.find(vlan.relay_vlan_id) if vlan.relay_vlan_id is not None else None
    return vlan.dhcp_on or (relay is not None and relay.dhcp_on)
