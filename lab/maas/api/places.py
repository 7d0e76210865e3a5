"""Zones, resource pools, domains (source: MAAS 3.5 api/zones.py, resourcepools.py, domains.py)."""

from dataclasses import replace

from lab.maas.errors import BadRequestError, FormError
from lab.maas.models import Domain, Json, Pool, Zone
from lab.maas.render import machines as show
from lab.maas.urls import Resource, crud, post
from lab.maas.wire import NO_CONTENT, Call, Reply


def _name(call: Call, taken: list[str], kind: str, known: str = "") -> str:
    name = call.data.text("name", known)
    if not name:
        raise FormError({"name": ["This field is required."]})
    if name in taken and name != known:
        raise FormError({"name": [f"{kind} with this Name already exists."]})
    return name


def read_zones(call: Call) -> list[Json]:
    """List zones."""
    return [show.zone(each) for each in call.world.zones]


def create_zone(call: Call) -> Json:
    """Create a zone."""
    name = _name(call, [each.name for each in call.world.zones], "Physical zone")
    number = call.world.next_id("zone")
    return show.zone(call.world.zones.put(number, Zone(number, name, call.data.text("description"))))


def _zone(call: Call) -> Zone:
    wanted = call.params["name"]
    found = next((each for each in call.world.zones if each.name == wanted), None)
    return found or call.world.zones.get("none")


def read_zone(call: Call) -> Json:
    """Get a zone."""
    return show.zone(_zone(call))


def update_zone(call: Call) -> Json:
    """Update a zone."""
    row = _zone(call)
    name = _name(call, [each.name for each in call.world.zones], "Physical zone", row.name)
    if row.name == "default" and name != row.name:
        raise FormError({"name": ["This zone is the default zone, it cannot be renamed."]})
    row = replace(row, name=name, description=call.data.text("description", row.description))
    return show.zone(call.world.zones.put(row.id, row))


def delete_zone(call: Call) -> Reply:
    """Delete a zone; its machines go to the default one."""
    row = _zone(call)
    if row.name == "default":
        raise BadRequestError("This zone is the default zone, it cannot be deleted.")
    for each in [node for node in call.world.machines if node.zone_id == row.id]:
        call.world.machines.put(each.system_id, replace(each, zone_id=1))
    for each in [node for node in call.world.devices if node.zone_id == row.id]:
        call.world.devices.put(each.system_id, replace(each, zone_id=1))
    call.world.zones.remove(row.id)
    return NO_CONTENT


def read_pools(call: Call) -> list[Json]:
    """List resource pools."""
    return [show.pool(each) for each in call.world.pools]


def create_pool(call: Call) -> Json:
    """Create a resource pool."""
    name = _name(call, [each.name for each in call.world.pools], "Resource pool")
    number = call.world.next_id("pool")
    return show.pool(call.world.pools.put(number, Pool(number, name, call.data.text("description"))))


def read_pool(call: Call) -> Json:
    """Get a resource pool."""
    return show.pool(call.world.pools.get(call.params["id"]))


def update_pool(call: Call) -> Json:
    """Update a resource pool."""
    row = call.world.pools.get(call.params["id"])
    name = _name(call, [each.name for each in call.world.pools], "Resource pool", row.name)
    row = replace(row, name=name, description=call.data.text("description", row.description))
    return show.pool(call.world.pools.put(row.id, row))


def delete_pool(call: Call) -> Reply:
    """Delete an empty resource pool."""
    row = call.world.pools.get(call.params["id"])
    if row.id == 0:
        raise BadRequestError("The default resource pool cannot be deleted.")
    if any(each.pool_id == row.id for each in call.world.machines):
        raise BadRequestError("Resource pool has machines assigned to it, can't be deleted.")
    call.world.pools.remove(row.id)
    return NO_CONTENT


def read_domains(call: Call) -> list[Json]:
    """List domains."""
    return [show.domain(call.world, each) for each in call.world.domains]


def create_domain(call: Call) -> Json:
    """Create a domain."""
    name = _name(call, [each.name for each in call.world.domains], "Domain")
    number = call.world.next_id("domain")
    authoritative = call.data.boolean("authoritative", True)
    row = Domain(number, name, authoritative, call.data.integer("ttl"))
    return show.domain(call.world, call.world.domains.put(number, row))


def read_domain(call: Call) -> Json:
    """Read a domain."""
    return show.domain(call.world, call.world.domains.get(call.params["id"]))


def update_domain(call: Call) -> Json:
    """Update a domain."""
    row = call.world.domains.get(call.params["id"])
    name = _name(call, [each.name for each in call.world.domains], "Domain", row.name)
    row = replace(
        row,
        name=name,
        authoritative=call.data.boolean("authoritative", row.authoritative),
        ttl=call.data.integer("ttl") if "ttl" in call.data else row.ttl,
    )
    return show.domain(call.world, call.world.domains.put(row.id, row))


def delete_domain(call: Call) -> Reply:
    """Delete a domain without names."""
    row = call.world.domains.get(call.params["id"])
    if row.is_default:
        raise BadRequestError("This domain is the default domain, it cannot be deleted.")
    nodes = [each.hostname for each in (*call.world.machines, *call.world.devices) if each.domain_id == row.id]
    if nodes or any(each.domain_id == row.id for each in call.world.dnsresources):
        raise BadRequestError("Cannot delete a domain that still has hosts or resource records.")
    call.world.domains.remove(row.id)
    return NO_CONTENT


def set_default(call: Call) -> Json:
    """Make a domain the default one."""
    chosen = call.world.domains.get(call.params["id"])
    for each in list(call.world.domains):
        call.world.domains.put(each.id, replace(each, is_default=each.id == chosen.id))
    return show.domain(call.world, call.world.domains.get(chosen.id))


RESOURCES = (
    Resource("Zones", "zones/", (crud("read", read_zones), crud("create", create_zone, admin=True))),
    Resource(
        "Zone",
        "zones/{name}/",
        (crud("read", read_zone), crud("update", update_zone, admin=True), crud("delete", delete_zone, admin=True)),
    ),
    Resource("ResourcePools", "resourcepools/", (crud("read", read_pools), crud("create", create_pool, admin=True))),
    Resource(
        "ResourcePool",
        "resourcepool/{id}/",
        (crud("read", read_pool), crud("update", update_pool, admin=True), crud("delete", delete_pool, admin=True)),
    ),
    Resource("Domains", "domains/", (crud("read", read_domains), crud("create", create_domain, admin=True))),
    Resource(
        "Domain",
        "domains/{id}/",
        (
            crud("read", read_domain),
            crud("update", update_domain, admin=True),
            crud("delete", delete_domain, admin=True),
            post("set_default", set_default, admin=True),
        ),
    ),
)
