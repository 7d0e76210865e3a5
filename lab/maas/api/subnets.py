"""Subnets and IP ranges (source: MAAS 3.5 api/subnets.py, ip_ranges.py, models/iprange.py)."""

import ipaddress
from dataclasses import replace

from lab.maas import network
from lab.maas.errors import BadRequestError, ForbiddenError, FormError, not_found
from lab.maas.models import IpRange, Json, Subnet
from lab.maas.render import networks as show
from lab.maas.urls import Resource, crud, get
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World

_V6_LARGE = 256


def read_subnets(call: Call) -> list[Json]:
    """List subnets."""
    return [show.subnet(call.world, each) for each in call.world.subnets]


def create_subnet(call: Call) -> Json:
    """Create a subnet."""
    world, data = call.world, call.data
    cidr = _cidr(data.text("cidr"))
    number = world.next_id("subnet")
    row = Subnet(number, data.text("name") or cidr, cidr, _vlan(world, data, None))
    row = _filled(world, data, row)
    return show.subnet(world, world.subnets.put(number, row))


def _cidr(text: str) -> str:
    if not text:
        raise FormError({"cidr": ["This field is required."]})
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise FormError({"cidr": ["Required format: <network>/<prefixlen>."]}) from error


def _vlan(world: World, data: Data, known: int | None) -> int:
    wanted, vid = data.text("vlan"), data.integer("vid")
    fabric = data.text("fabric")
    if wanted:
        found = world.vlans.find(wanted)
        if found is None:
            raise FormError({"vlan": ["Select a valid choice. That choice is not one of the available choices."]})
        return found.id
    if not fabric and vid is None:
        return known if known is not None else next(iter(world.vlans)).id
    fabrics = {each.id: each.name for each in world.fabrics if fabric in {"", str(each.id), each.name}}
    for each in world.vlans:
        if each.fabric_id in fabrics and each.vid == (vid or 0):
            return each.id
    raise FormError({"vid": [f"No VLAN with vid {vid or 0} in fabric {fabric or 'fabric-0'}."]})


def _filled(world: World, data: Data, row: Subnet) -> Subnet:
    if "space" in data:
        raise FormError({"space": ["Spaces may no longer be set on subnets. Set the space on the underlying VLAN."]})
    row = replace(
        row,
        name=data.text("name", row.name) or row.cidr,
        cidr=_cidr(data.text("cidr", row.cidr)),
        vlan_id=_vlan(world, data, row.vlan_id),
        gateway_ip=(data.get("gateway_ip") or None) if "gateway_ip" in data else row.gateway_ip,
        dns_servers=tuple(data.words("dns_servers")) if "dns_servers" in data else row.dns_servers,
        rdns_mode=_rdns(data, row.rdns_mode),
        allow_dns=data.boolean("allow_dns", row.allow_dns),
        allow_proxy=data.boolean("allow_proxy", row.allow_proxy),
        managed=data.boolean("managed", row.managed),
        active_discovery=data.boolean("active_discovery", row.active_discovery),
        description=data.text("description", row.description),
    )
    _check(world, row)
    return row


def _rdns(data: Data, known: int) -> int:
    value = data.integer("rdns_mode")
    if value is not None and value not in {0, 1, 2}:
        raise FormError({"rdns_mode": [f"Select a valid choice. {value} is not one of the available choices."]})
    return known if value is None else value


def _check(world: World, row: Subnet) -> None:
    held = network.network_of(row)
    others = [each for each in world.subnets if each.id != row.id]
    if any(each.cidr == row.cidr for each in others):
        raise FormError({"cidr": ["Subnet with this Cidr already exists."]})
    if any(held.overlaps(network.network_of(each)) for each in others):
        raise FormError({"cidr": ["Subnet overlaps with existing subnet."]})
    for each in row.dns_servers:
        _address(each, "dns_servers", f"Invalid IP address: {each}")
    if row.gateway_ip is not None:
        gateway = _address(row.gateway_ip, "gateway_ip", "Enter a valid IPv4 or IPv6 address.")
        if gateway not in held:
            raise FormError({"gateway_ip": ["Gateway IP must be within CIDR range."]})
    for each in network.ranges_of(world, row.id):
        if ipaddress.ip_address(each.start_ip) not in held or ipaddress.ip_address(each.end_ip) not in held:
            raise FormError({"cidr": ["Subnet no longer contains its IP ranges."]})


def _address(text: str, field: str, said: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise FormError({field: [said]}) from error


def found(world: World, wanted: str) -> Subnet:
    """Find a subnet by id, CIDR or name, with or without their prefixes (cidr:, name:)."""
    plain = wanted.rpartition("cidr:")[2].rpartition("name:")[2]
    for each in world.subnets:
        if plain in {str(each.id), each.cidr, each.name}:
            return each
    raise not_found("Subnet")


def _subnet(call: Call) -> Subnet:
    return found(call.world, call.params["id"])


def read_subnet(call: Call) -> Json:
    """Get a subnet."""
    return show.subnet(call.world, _subnet(call))


def update_subnet(call: Call) -> Json:
    """Update a subnet; what is not sent stays."""
    row = _filled(call.world, call.data, _subnet(call))
    return show.subnet(call.world, call.world.subnets.put(row.id, row))


def delete_subnet(call: Call) -> Reply:
    """Delete a subnet and its ranges."""
    world, row = call.world, _subnet(call)
    dynamic = network.ranges_of(world, row.id, "dynamic")
    if world.vlans.get(row.vlan_id).dhcp_on and dynamic:
        raise BadRequestError("Cannot delete a subnet that is actively servicing a dynamic IP range.")
    for each in network.ranges_of(world, row.id):
        world.ipranges.remove(each.id)
    for machine in list(world.machines):
        kept = tuple(
            replace(nic, links=tuple(each for each in nic.links if each.subnet_id != row.id))
            for nic in machine.interfaces
        )
        if kept != machine.interfaces:
            world.machines.put(machine.system_id, replace(machine, interfaces=kept))
    world.subnets.remove(row.id)
    return NO_CONTENT


def _blocks(world: World, row: Subnet) -> list[tuple[int, int, str]]:
    """Give the reserved stretches of a subnet in order: (start, end, purpose)."""
    blocks = [
        (network.number_of(each.start_ip), network.number_of(each.end_ip), each.type)
        for each in network.ranges_of(world, row.id)
    ]
    blocks += [(each, each, "assigned-ip") for each in network.taken(world, row)]
    return sorted(blocks)


def _block(start: int, end: int, purpose: str) -> Json:
    shown: Json = {
        "start": str(ipaddress.ip_address(start)),
        "end": str(ipaddress.ip_address(end)),
        "num_addresses": end - start + 1,
    }
    return {**shown, "purpose": [purpose]} if purpose else shown


def reserved_ip_ranges(call: Call) -> list[Json]:
    """List reserved IP ranges."""
    return [_block(*each) for each in _blocks(call.world, _subnet(call))]


def unreserved_ip_ranges(call: Call) -> list[Json]:
    """List unreserved IP ranges."""
    return [_block(start, end, "") for start, end in _gaps(call.world, _subnet(call))]


def _gaps(world: World, row: Subnet) -> list[tuple[int, int]]:
    held = network.network_of(row)
    position, last = int(held.network_address) + 1, int(held.broadcast_address) - 1
    gaps: list[tuple[int, int]] = []
    for start, end, _ in _blocks(world, row):
        if start > position:
            gaps.append((position, start - 1))
        position = max(position, end + 1)
    return [*gaps, (position, last)] if position <= last else gaps


def statistics(call: Call) -> Json:
    """Get subnet statistics."""
    row = _subnet(call)
    gaps = _gaps(call.world, row)
    free = sum(end - start + 1 for start, end in gaps)
    total = network.network_of(row).num_addresses - 2
    used = (total - free) / total if total else 0.0
    return {
        "num_available": free,
        "largest_available": max((end - start + 1 for start, end in gaps), default=0),
        "num_unavailable": total - free,
        "total_addresses": total,
        "usage": used,
        "usage_string": f"{used * 100:.0f}%",
        "available_string": f"{(1 - used) * 100:.0f}%",
        "first_address": str(network.network_of(row).network_address + 1),
        "last_address": str(network.network_of(row).broadcast_address - 1),
        "ip_version": network.network_of(row).version,
    }


def ip_addresses(call: Call) -> list[Json]:
    """List the addresses of nodes in a subnet."""
    row = _subnet(call)
    return [
        {"ip": link.ip_address, "alloc_type": 0 if link.mode == "auto" else 1, "node_summary": {"system_id": node}}
        for node, _, link in network.links(call.world)
        if link.subnet_id == row.id and link.ip_address
    ]


def read_ranges(call: Call) -> list[Json]:
    """List IP ranges."""
    return [show.iprange(call.world, each) for each in call.world.ipranges]


def create_range(call: Call) -> Json:
    """Create an IP range."""
    data, world = call.data, call.world
    kind = data.text("type")
    missing = {name: ["This field is required."] for name in ("type", "start_ip", "end_ip") if not data.text(name)}
    if missing:
        raise FormError(missing)
    if kind not in {"dynamic", "reserved"}:
        raise FormError({"type": [f"Select a valid choice. {kind} is not one of the available choices."]})
    if kind == "dynamic" and not call.user.is_superuser:
        raise ForbiddenError("Unable to create dynamic IP range. You don't have sufficient privileges.")
    number = world.next_id("iprange")
    blank = IpRange(number, "dynamic" if kind == "dynamic" else "reserved", "", "", 0, call.user.username)
    row = _ranged(world, data, blank)
    return show.iprange(world, world.ipranges.put(number, row))


def _ranged(world: World, data: Data, row: IpRange) -> IpRange:
    start_ip, end_ip = data.text("start_ip", row.start_ip), data.text("end_ip", row.end_ip)
    start = _address(start_ip, "start_ip", "Enter a valid IPv4 or IPv6 address.")
    end = _address(end_ip, "end_ip", "Enter a valid IPv4 or IPv6 address.")
    subnet = _subnet_of_range(world, data, row, str(start))
    held = network.network_of(subnet)
    if start not in held or end not in held:
        raise FormError({"__all__": [f"IP addresses must be within subnet: {subnet.cidr}."]})
    if int(end) < int(start):
        raise FormError({"end_ip": ["End IP address must not be less than Start IP address."]})
    _check_ends(held, int(start), int(end))
    row = replace(
        row,
        start_ip=str(start),
        end_ip=str(end),
        subnet_id=subnet.id,
        comment=data.text("comment", row.comment),
    )
    _check_conflicts(world, subnet, row)
    return row


def _subnet_of_range(world: World, data: Data, row: IpRange, start: str) -> Subnet:
    wanted = data.text("subnet")
    subnet = found(world, wanted) if wanted else world.subnets.find(row.subnet_id) or network.subnet_with(world, start)
    if subnet is None:
        said = "Unable to identify subnet for IP range. Specify subnet manually."
        raise FormError({"subnet": [said]})
    return subnet


def _check_ends(held: network.Network, start: int, end: int) -> None:
    if held.version == 4:
        if end == int(held.broadcast_address):
            raise FormError({"end_ip": ["Broadcast address cannot be included in IP range."]})
        if start == int(held.network_address):
            raise FormError({"start_ip": ["Reserved network address cannot be included in IP range."]})
    elif end - start + 1 < _V6_LARGE:
        raise FormError({"__all__": ["IPv6 dynamic range must be at least 256 addresses in size."]})


def _check_conflicts(world: World, subnet: Subnet, row: IpRange) -> None:
    start, end = network.number_of(row.start_ip), network.number_of(row.end_ip)
    kind = "dynamic" if row.type == "dynamic" else "reserved"
    for each in network.ranges_of(world, subnet.id):
        apart = network.number_of(each.end_ip) < start or network.number_of(each.start_ip) > end
        # reserved ranges may not overlap dynamic ones, nor each other
        if each.id != row.id and not apart:
            raise FormError({"__all__": [f"Requested {kind} range conflicts with an existing range."]})
    if row.type == "dynamic" and any(start <= each <= end for each in network.taken(world, subnet)):
        said = f"Requested {kind} range conflicts with an existing IP address or range."
        raise FormError({"__all__": [said]})


def _range(call: Call) -> IpRange:
    row = call.world.ipranges.get(call.params["id"])
    if row.username != call.user.username and not call.user.is_superuser:
        raise ForbiddenError("")
    return row


def read_range(call: Call) -> Json:
    """Read an IP range."""
    return show.iprange(call.world, call.world.ipranges.get(call.params["id"]))


def update_range(call: Call) -> Json:
    """Update an IP range."""
    row = _ranged(call.world, call.data, _range(call))
    return show.iprange(call.world, call.world.ipranges.put(row.id, row))


def delete_range(call: Call) -> Reply:
    """Delete an IP range."""
    call.world.ipranges.remove(_range(call).id)
    return NO_CONTENT


RESOURCES = (
    Resource("Subnets", "subnets/", (crud("read", read_subnets), crud("create", create_subnet, admin=True))),
    Resource(
        "Subnet",
        "subnets/{id}/",
        (
            crud("read", read_subnet),
            crud("update", update_subnet, admin=True),
            crud("delete", delete_subnet, admin=True),
            get("reserved_ip_ranges", reserved_ip_ranges),
            get("unreserved_ip_ranges", unreserved_ip_ranges),
            get("statistics", statistics),
            get("ip_addresses", ip_addresses),
        ),
        # a CIDR has a slash of its own
        {"id": r"[^/]+(?:/\d{1,3})?"},
    ),
    Resource("IPRanges", "ipranges/", (crud("read", read_ranges), crud("create", create_range))),
    Resource(
        "IPRange",
        "ipranges/{id}/",
        (crud("read", read_range), crud("update", update_range), crud("delete", delete_range)),
    ),
)
