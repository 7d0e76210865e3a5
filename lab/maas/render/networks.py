"""Fabrics, VLANs, subnets, ranges, interfaces as MAAS shows them (source: MAAS 3.5 api/)."""

from collections.abc import Sequence

from lab.maas.models import Fabric, Interface, IpRange, Json, Link, Space, StaticRoute, Subnet, Vlan
from lab.maas.urls import API
from lab.maas.world import World

_DEFAULT_MTU = 1500

UNDEFINED_SPACE = "undefined"
_NO_SPACE = Space(-1, UNDEFINED_SPACE)


def vlan(world: World, row: Vlan) -> Json:
    space = world.spaces.find(row.space_id)
    return {
        "id": row.id,
        "vid": row.vid,
        "name": row.name,
        "mtu": row.mtu,
        "dhcp_on": row.dhcp_on,
        "external_dhcp": None,
        "relay_vlan": row.relay_vlan_id,
        "primary_rack": row.primary_rack,
        "secondary_rack": row.secondary_rack,
        "fabric": world.fabrics.get(row.fabric_id).name,
        "fabric_id": row.fabric_id,
        "space": space.name if space else UNDEFINED_SPACE,
        "resource_uri": f"{API}vlans/{row.id}/",
    }


def fabric(world: World, row: Fabric) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "class_type": row.class_type,
        "vlans": [vlan(world, each) for each in world.vlans if each.fabric_id == row.id],
        "resource_uri": f"{API}fabrics/{row.id}/",
    }


def subnet(world: World, row: Subnet) -> Json:
    on = world.vlans.get(row.vlan_id)
    space = world.spaces.find(on.space_id)
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "cidr": row.cidr,
        "vlan": vlan(world, on),
        "space": space.name if space else UNDEFINED_SPACE,
        "gateway_ip": row.gateway_ip,
        "dns_servers": list(row.dns_servers),
        "rdns_mode": row.rdns_mode,
        "allow_dns": row.allow_dns,
        "allow_proxy": row.allow_proxy,
        "managed": row.managed,
        "active_discovery": row.active_discovery,
        "disabled_boot_architectures": list(row.disabled_boot_architectures),
        "resource_uri": f"{API}subnets/{row.id}/",
    }


def iprange(world: World, row: IpRange) -> Json:
    user = world.users.find(row.username)
    return {
        "id": row.id,
        "type": row.type,
        "start_ip": row.start_ip,
        "end_ip": row.end_ip,
        "comment": row.comment,
        "user": {"username": user.username, "email": user.email, "is_superuser": user.is_superuser} if user else None,
        "subnet": subnet(world, world.subnets.get(row.subnet_id)),
        "resource_uri": f"{API}ipranges/{row.id}/",
    }


def spaces(world: World) -> list[Json]:
    """Show all spaces; VLANs without one are in an "undefined" one, which is shown while there are such."""
    undefined = undefined_space(world)
    return [*(space(world, each) for each in world.spaces), *([undefined] if undefined else [])]


def undefined_space(world: World) -> Json | None:
    """Show the VLANs without a space as one; None when all have one."""
    return space(world, _NO_SPACE) if any(each.space_id is None for each in world.vlans) else None


def space(world: World, row: Space) -> Json:
    within = None if row is _NO_SPACE else row.id
    vlans = [each for each in world.vlans if each.space_id == within]
    on = {each.id for each in vlans}
    return {
        "id": row.id,
        "name": row.name,
        "vlans": [vlan(world, each) for each in vlans],
        "subnets": [subnet(world, each) for each in world.subnets if each.vlan_id in on],
        "resource_uri": f"{API}spaces/{row.name if row is _NO_SPACE else row.id}/",
    }


def static_route(world: World, row: StaticRoute) -> Json:
    return {
        "id": row.id,
        "source": subnet(world, world.subnets.get(row.source_id)),
        "destination": subnet(world, world.subnets.get(row.destination_id)),
        "gateway_ip": row.gateway_ip,
        "metric": row.metric,
        "resource_uri": f"{API}static-routes/{row.id}/",
    }


def link(world: World, row: Link) -> Json:
    shown: Json = {"id": row.id, "mode": row.mode}
    if row.ip_address:
        shown["ip_address"] = row.ip_address
    if row.subnet_id is not None:
        shown["subnet"] = subnet(world, world.subnets.get(row.subnet_id))
    return shown


def effective_mtu(world: World, row: Interface, siblings: Sequence[Interface]) -> int:
    """Give the MTU that an interface gets: its own or its VLAN's, but never less than what lies on it needs."""
    on = world.vlans.find(row.vlan_id)
    own = row.mtu or (on.mtu if on else _DEFAULT_MTU)
    return max([own, *(effective_mtu(world, each, siblings) for each in siblings if row.id in each.parents)])


def interface(world: World, system_id: str, row: Interface, siblings: Sequence[Interface]) -> Json:
    names = {each.id: each.name for each in siblings}
    on = world.vlans.find(row.vlan_id)
    return {
        "system_id": system_id,
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "vlan": vlan(world, on) if on else None,
        "mac_address": row.mac_address,
        "parents": [names[each] for each in row.parents if each in names],
        "children": [each.name for each in siblings if row.id in each.parents],
        "tags": list(row.tags),
        "enabled": row.enabled,
        "links": [link(world, each) for each in row.links],
        "params": {**row.params, **({"mtu": row.mtu} if row.mtu else {})},
        "discovered": [] if row.type == "physical" else None,
        "effective_mtu": effective_mtu(world, row, siblings),
        "vendor": row.vendor,
        "product": row.product,
        "firmware_version": None,
        "link_connected": True,
        "interface_speed": row.speed,
        "link_speed": row.speed,
        "numa_node": 0 if row.type == "physical" else None,
        "sriov_max_vf": 0,
        "resource_uri": f"{API}nodes/{system_id}/interfaces/{row.id}/",
    }
