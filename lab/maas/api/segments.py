"""Fabrics, VLANs, spaces, static routes (source: MAAS 3.5 api/fabrics.py, vlans.py, spaces.py, static_routes.py)."""

import ipaddress
from dataclasses import replace

from lab.maas import network
from lab.maas.errors import BadRequestError, FormError, not_found
from lab.maas.models import Fabric, Json, Space, StaticRoute, Vlan
from lab.maas.render import networks as show
from lab.maas.urls import Resource, crud
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World

DEFAULT_FABRIC = 0


def read_fabrics(call: Call) -> list[Json]:
    """List fabrics."""
    return [show.fabric(call.world, each) for each in call.world.fabrics]


def create_fabric(call: Call) -> Json:
    """Create a fabric, with its untagged VLAN."""
    world, data = call.world, call.data
    number = world.next_id("fabric")
    name = data.text("name") or f"fabric-{number}"
    _free_name(name, [each.name for each in world.fabrics], "Fabric")
    row = Fabric(number, name, data.text("description"), data.get("class_type"))
    world.fabrics.put(number, row)
    vlan_id = _vlan_id(world)
    world.vlans.put(vlan_id, Vlan(vlan_id, number, 0, "untagged"))
    return show.fabric(world, row)


def _vlan_id(world: World) -> int:
    return 5001 + world.next_id("vlan")


def _free_name(name: str, taken: list[str], kind: str) -> None:
    if name in taken:
        raise FormError({"name": [f"{kind} with this Name already exists."]})


def read_fabric(call: Call) -> Json:
    """Read a fabric."""
    return show.fabric(call.world, _fabric(call))


def _fabric(call: Call, hole: str = "id") -> Fabric:
    wanted = call.params[hole]
    found = call.world.fabrics.find(wanted) or next(
        (each for each in call.world.fabrics if each.name == wanted.removeprefix("name:")), None
    )
    if found is None:
        raise not_found("Fabric")
    return found


def update_fabric(call: Call) -> Json:
    """Update a fabric."""
    row = _fabric(call)
    name = call.data.text("name", row.name)
    _free_name(name, [each.name for each in call.world.fabrics if each.id != row.id], "Fabric")
    row = replace(
        row,
        name=name,
        description=call.data.text("description", row.description),
        class_type=call.data.get("class_type") or row.class_type,
    )
    return show.fabric(call.world, call.world.fabrics.put(row.id, row))


def delete_fabric(call: Call) -> Reply:
    """Delete a fabric and its VLANs."""
    row, world = _fabric(call), call.world
    if row.id == DEFAULT_FABRIC:
        raise BadRequestError("This fabric is the default fabric, it cannot be deleted.")
    vlans = [each for each in world.vlans if each.fabric_id == row.id]
    present = [each.cidr for vlan in vlans for each in network.subnets_of(world, vlan.id)]
    if present:
        raise BadRequestError(f"Can't delete fabric; the following subnets are still present: {', '.join(present)}")
    for vlan in vlans:
        world.vlans.remove(vlan.id)
    world.fabrics.remove(row.id)
    return NO_CONTENT


def read_vlans(call: Call) -> list[Json]:
    """List the VLANs of a fabric."""
    row = _fabric(call, "fabric_id")
    return [show.vlan(call.world, each) for each in call.world.vlans if each.fabric_id == row.id]


def create_vlan(call: Call) -> Json:
    """Create a VLAN."""
    fabric, data, world = _fabric(call, "fabric_id"), call.data, call.world
    vid = data.integer("vid")
    if vid is None:
        raise FormError({"vid": ["This field is required."]})
    blank = Vlan(_vlan_id(world), fabric.id, vid, data.text("name"))
    row = _filled(world, data, replace(blank, name=blank.name or str(vid)))
    return show.vlan(world, world.vlans.put(row.id, row))


def _filled(world: World, data: Data, row: Vlan) -> Vlan:
    vid = data.integer("vid")
    row = replace(
        row,
        vid=row.vid if vid is None else vid,
        name=data.text("name", row.name),
        mtu=data.integer("mtu") or row.mtu,
        description=data.text("description", row.description),
        fabric_id=_other_fabric(world, data, row.fabric_id),
        space_id=_space(world, data, row.space_id),
    )
    if not 0 <= row.vid <= 4094:
        raise FormError({"vid": ["VID must be between 0 and 4094."]})
    if not 552 <= row.mtu <= 65535:
        raise FormError({"mtu": ["MTU must be between 552 and 65535."]})
    if any(each.id != row.id and (each.fabric_id, each.vid) == (row.fabric_id, row.vid) for each in world.vlans):
        raise FormError({"__all__": ["A VLAN with the specified VID already exists in the destination fabric."]})
    return row


def _other_fabric(world: World, data: Data, known: int) -> int:
    wanted = data.text("fabric")
    if not wanted:
        return known
    found = next((each for each in world.fabrics if wanted in {str(each.id), each.name}), None)
    if found is None:
        raise FormError({"fabric": ["Select a valid choice. That choice is not one of the available choices."]})
    return found.id


def _space(world: World, data: Data, known: int | None) -> int | None:
    wanted = data.get("space")
    if wanted is None:
        return known
    if wanted in {"", show.UNDEFINED_SPACE}:
        return None
    found = next((each for each in world.spaces if wanted in {str(each.id), each.name}), None)
    if found is None:
        raise FormError({"space": ["Select a valid choice. That choice is not one of the available choices."]})
    return found.id


def _vlan(call: Call) -> Vlan:
    if "id" in call.params:
        return call.world.vlans.get(call.params["id"])
    fabric = _fabric(call, "fabric_id")
    for each in call.world.vlans:
        vid = 0 if call.params["vid"] == "untagged" else call.params["vid"]
        if each.fabric_id == fabric.id and str(each.vid) == str(vid):
            return each
    raise not_found("VLAN")


def read_vlan(call: Call) -> Json:
    """Read a VLAN."""
    return show.vlan(call.world, _vlan(call))


def update_vlan(call: Call) -> Json:
    """Update a VLAN: its DHCP, its rack controllers, its relay."""
    world, data, old = call.world, call.data, _vlan(call)
    row = _racks(world, data, _filled(world, data, old))
    row = _relay(world, data, row)
    dhcp = data.boolean("dhcp_on", row.dhcp_on)
    if dhcp and not old.dhcp_on:
        row = replace(row, relay_vlan_id=None)
    row = replace(row, dhcp_on=dhcp)
    _check_dhcp(world, row)
    return show.vlan(world, world.vlans.put(row.id, row))


def _racks(world: World, data: Data, row: Vlan) -> Vlan:
    primary = _rack(world, data, "primary_rack", row.primary_rack)
    secondary = _rack(world, data, "secondary_rack", row.secondary_rack)
    if primary is None and secondary is not None:
        # MAAS promotes the one that is left
        primary, secondary = secondary, None
    if primary is not None and primary == secondary:
        raise FormError({"__all__": ["The primary and secondary rack must be different."]})
    return replace(row, primary_rack=primary, secondary_rack=secondary)


def _rack(world: World, data: Data, name: str, known: str | None) -> str | None:
    wanted = data.get(name)
    if wanted is None:
        return known
    if not wanted:
        return None
    found = next((each for each in world.rackcontrollers if wanted in {each.system_id, each.hostname}), None)
    if found is None:
        raise FormError({name: ["Select a valid choice. That choice is not one of the available choices."]})
    return found.system_id


def _relay(world: World, data: Data, row: Vlan) -> Vlan:
    wanted = data.get("relay_vlan")
    if wanted is None:
        return row
    if not wanted:
        return replace(row, relay_vlan_id=None)
    found = world.vlans.find(wanted)
    if found is None or found.id == row.id:
        raise FormError({"relay_vlan": ["Select a valid choice. That choice is not one of the available choices."]})
    return replace(row, relay_vlan_id=found.id)


def _check_dhcp(world: World, row: Vlan) -> None:
    if not row.dhcp_on:
        return
    if row.relay_vlan_id is not None:
        raise FormError({"relay_vlan": ["relay_vlan cannot be set when dhcp is on."]})
    if row.primary_rack is None:
        raise FormError({"__all__": ["dhcp can only be turned on when a primary rack controller is set."]})
    subnets = network.subnets_of(world, row.id)
    if not any(network.ranges_of(world, each.id, "dynamic") for each in subnets):
        raise FormError({"dhcp_on": ["dhcp can only be turned on when a dynamic IP range is defined."]})


def delete_vlan(call: Call) -> Reply:
    """Delete a VLAN; its subnets and interfaces go to the fabric's default one."""
    world, row = call.world, _vlan(call)
    default = next(each for each in world.vlans if each.fabric_id == row.fabric_id)
    if default.id == row.id:
        raise BadRequestError("This VLAN is the default VLAN in the fabric, it cannot be deleted.")
    for subnet in network.subnets_of(world, row.id):
        world.subnets.put(subnet.id, replace(subnet, vlan_id=default.id))
    for machine in list(world.machines):
        if any(each.vlan_id == row.id for each in machine.interfaces):
            moved = tuple(
                replace(each, vlan_id=default.id) if each.vlan_id == row.id else each for each in machine.interfaces
            )
            world.machines.put(machine.system_id, replace(machine, interfaces=moved))
    world.vlans.remove(row.id)
    return NO_CONTENT


def read_spaces(call: Call) -> list[Json]:
    """List spaces."""
    return show.spaces(call.world)


def create_space(call: Call) -> Json:
    """Create a space."""
    number = call.world.next_id("space")
    name = call.data.text("name") or f"space-{number}"
    _free_name(name, [each.name for each in call.world.spaces], "Space")
    row = call.world.spaces.put(number, Space(number, name, call.data.text("description")))
    return show.space(call.world, row)


_UNDEFINED = {"-1", show.UNDEFINED_SPACE}


def _defined(call: Call, verb: str) -> None:
    if call.params["id"] in _UNDEFINED:
        raise BadRequestError(f"Space cannot be {verb}: {show.UNDEFINED_SPACE}")


def read_space(call: Call) -> Json:
    """Read a space; the undefined one by its name or number -1."""
    undefined = show.undefined_space(call.world) if call.params["id"] in _UNDEFINED else None
    return undefined or show.space(call.world, call.world.spaces.get(call.params["id"]))


def update_space(call: Call) -> Json:
    """Update a space."""
    _defined(call, "modified")
    row = call.world.spaces.get(call.params["id"])
    name = call.data.text("name", row.name)
    _free_name(name, [each.name for each in call.world.spaces if each.id != row.id], "Space")
    row = replace(row, name=name, description=call.data.text("description", row.description))
    return show.space(call.world, call.world.spaces.put(row.id, row))


def delete_space(call: Call) -> Reply:
    """Delete a space; its VLANs stay, in none."""
    _defined(call, "deleted")
    row = call.world.spaces.get(call.params["id"])
    for each in list(call.world.vlans):
        if each.space_id == row.id:
            call.world.vlans.put(each.id, replace(each, space_id=None))
    call.world.spaces.remove(row.id)
    return NO_CONTENT


def read_routes(call: Call) -> list[Json]:
    """List static routes."""
    return [show.static_route(call.world, each) for each in call.world.static_routes]


def create_route(call: Call) -> Json:
    """Create a static route."""
    number = call.world.next_id("staticroute")
    row = _route(call.world, call.data, StaticRoute(number, 0, 0, ""))
    return show.static_route(call.world, call.world.static_routes.put(number, row))


def _route(world: World, data: Data, row: StaticRoute) -> StaticRoute:
    row = replace(
        row,
        source_id=_subnet(world, data, "source", row.source_id),
        destination_id=_subnet(world, data, "destination", row.destination_id),
        gateway_ip=data.text("gateway_ip", row.gateway_ip),
        metric=row.metric if data.integer("metric") is None else data.integer("metric") or 0,
    )
    source = world.subnets.get(row.source_id)
    try:
        inside = ipaddress.ip_address(row.gateway_ip) in network.network_of(source)
    except ValueError as error:
        raise FormError({"gateway_ip": ["Enter a valid IPv4 or IPv6 address."]}) from error
    if not inside:
        raise FormError({"gateway_ip": ["Enter an IP address in the source subnet."]})
    return row


def _subnet(world: World, data: Data, name: str, known: int) -> int:
    wanted = data.text(name)
    if not wanted and known:
        return known
    found = next((each for each in world.subnets if wanted in {str(each.id), each.cidr, each.name}), None)
    if found is None:
        raise FormError({name: ["This field is required." if not wanted else "Unknown subnet."]})
    return found.id


def read_route(call: Call) -> Json:
    """Read a static route."""
    return show.static_route(call.world, call.world.static_routes.get(call.params["id"]))


def update_route(call: Call) -> Json:
    """Update a static route."""
    row = _route(call.world, call.data, call.world.static_routes.get(call.params["id"]))
    return show.static_route(call.world, call.world.static_routes.put(row.id, row))


def delete_route(call: Call) -> Reply:
    """Delete a static route."""
    call.world.static_routes.remove(call.world.static_routes.get(call.params["id"]).id)
    return NO_CONTENT


_VLAN = (crud("read", read_vlan), crud("update", update_vlan, admin=True), crud("delete", delete_vlan, admin=True))

RESOURCES = (
    Resource("Fabrics", "fabrics/", (crud("read", read_fabrics), crud("create", create_fabric, admin=True))),
    Resource(
        "Fabric",
        "fabrics/{id}/",
        (
            crud("read", read_fabric),
            crud("update", update_fabric, admin=True),
            crud("delete", delete_fabric, admin=True),
        ),
    ),
    Resource(
        "Vlans", "fabrics/{fabric_id}/vlans/", (crud("read", read_vlans), crud("create", create_vlan, admin=True))
    ),
    Resource("Vlan", "fabrics/{fabric_id}/vlans/{vid}/", _VLAN),
    Resource("Vlan", "vlans/{id}/", _VLAN, described=False),
    Resource("Spaces", "spaces/", (crud("read", read_spaces), crud("create", create_space, admin=True))),
    Resource(
        "Space",
        "spaces/{id}/",
        (crud("read", read_space), crud("update", update_space, admin=True), crud("delete", delete_space, admin=True)),
    ),
    Resource("StaticRoutes", "static-routes/", (crud("read", read_routes), crud("create", create_route, admin=True))),
    Resource(
        "StaticRoute",
        "static-routes/{id}/",
        (crud("read", read_route), crud("update", update_route, admin=True), crud("delete", delete_route, admin=True)),
    ),
)
