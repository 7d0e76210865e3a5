"""DNS names and records (source: MAAS 3.5 api/dnsresources.py, dnsresourcerecords.py)."""

import ipaddress
from dataclasses import replace

from lab.maas.api import ips
from lab.maas.errors import BadRequestError, FormError
from lab.maas.models import DnsData, DnsRecord, Domain, Json
from lab.maas.urls import API, Resource, crud
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World

RRTYPES = ("CNAME", "MX", "NS", "SRV", "SSHFP", "TXT")


def _data(world: World, row: DnsData) -> Json:
    name = world.dnsresources.get(row.dnsresource_id)
    return {
        "id": row.id,
        "fqdn": _fqdn(world, name),
        "ttl": row.ttl,
        "rrtype": row.rrtype,
        "rrdata": row.rrdata,
        "resource_uri": f"{API}dnsresourcerecords/{row.id}/",
    }


def _fqdn(world: World, row: DnsRecord) -> str:
    domain = world.domains.get(row.domain_id).name
    return domain if row.name == "@" else f"{row.name}.{domain}"


def _record(world: World, row: DnsRecord) -> Json:
    return {
        "id": row.id,
        "fqdn": _fqdn(world, row),
        "address_ttl": row.address_ttl,
        "ip_addresses": [{"ip": each, "alloc_type": 4, "interface_set": []} for each in row.ip_addresses],
        "resource_records": [_data(world, each) for each in world.dnsdata if each.dnsresource_id == row.id],
        "resource_uri": f"{API}dnsresources/{row.id}/",
    }


def _place(world: World, data: Data) -> tuple[str, Domain]:
    """Read fqdn, or name and domain: (name within the domain, domain)."""
    fqdn = data.text("fqdn")
    name, wanted = data.text("name"), data.text("domain")
    if fqdn:
        fitting = [each for each in world.domains if fqdn == each.name or fqdn.endswith(f".{each.name}")]
        domain = max(fitting, key=lambda each: len(each.name), default=None)
        name = fqdn.removesuffix(f".{domain.name}") if domain and fqdn != domain.name else "@"
    else:
        domain = next((each for each in world.domains if wanted in {each.name, str(each.id)}), None)
    if not name:
        raise FormError({"name": ["This field is required."]})
    if domain is None:
        raise FormError({"domain": ["This field is required." if not (wanted or fqdn) else "Unknown domain."]})
    return name, domain


def read_records(call: Call) -> list[Json]:
    """List DNS names; all=true shows those of nodes too."""
    data, world = call.data, call.world
    named = [each for each in world.dnsresources if _asked(world, each, data)]
    return [_record(world, each) for each in named]


def _asked(world: World, row: DnsRecord, data: Data) -> bool:
    wanted = data.text("fqdn")
    domain = world.domains.get(row.domain_id)
    kinds = {each.rrtype for each in world.dnsdata if each.dnsresource_id == row.id}
    return (
        wanted in {"", _fqdn(world, row)}
        and data.text("name") in {"", row.name}
        and data.text("domain") in {"", domain.name, str(domain.id)}
        and (not data.text("rrtype") or data.text("rrtype").upper() in kinds)
    )


def _addresses(call: Call) -> tuple[str, ...]:
    """Read the addresses of a name, which stay reserved for the caller even when the name goes."""
    words = call.data.words("ip_addresses")
    for each in words:
        try:
            ipaddress.ip_address(each)
        except ValueError as error:
            raise FormError({"ip_addresses": [f"{each!r} is not a valid IP address."]}) from error
    for each in words:
        ips.keep(call, each)
    return tuple(words)


def create_record(call: Call) -> Json:
    """Create a DNS name with addresses."""
    world, data = call.world, call.data
    name, domain = _place(world, data)
    addresses = _addresses(call)
    if any((each.name, each.domain_id) == (name, domain.id) for each in world.dnsresources):
        raise FormError({"__all__": ["Labels must be unique within their zone."]})
    number = world.next_id("dnsresource")
    row = DnsRecord(number, name, domain.id, addresses, data.integer("address_ttl"))
    return _record(world, world.dnsresources.put(number, row))


def read_record(call: Call) -> Json:
    """Read a DNS name."""
    return _record(call.world, call.world.dnsresources.get(call.params["id"]))


def update_record(call: Call) -> Json:
    """Update a DNS name."""
    row, data, world = call.world.dnsresources.get(call.params["id"]), call.data, call.world
    name, domain_id = row.name, row.domain_id
    if "fqdn" in data or "name" in data:
        name, domain = _place(world, data)
        domain_id = domain.id
    row = replace(
        row,
        name=name,
        domain_id=domain_id,
        ip_addresses=_addresses(call) if "ip_addresses" in data else row.ip_addresses,
        address_ttl=data.integer("address_ttl") if "address_ttl" in data else row.address_ttl,
    )
    return _record(world, world.dnsresources.put(row.id, row))


def delete_record(call: Call) -> Reply:
    """Delete a DNS name and its records."""
    row = call.world.dnsresources.get(call.params["id"])
    for each in [data for data in call.world.dnsdata if data.dnsresource_id == row.id]:
        call.world.dnsdata.remove(each.id)
    call.world.dnsresources.remove(row.id)
    return NO_CONTENT


def read_all_data(call: Call) -> list[Json]:
    """List resource records."""
    world, kind = call.world, call.data.text("rrtype").upper()
    rows = [each for each in world.dnsdata if kind in {"", each.rrtype}]
    return [
        _data(world, each) for each in rows if _asked(world, world.dnsresources.get(each.dnsresource_id), call.data)
    ]


def create_data(call: Call) -> Json:
    """Create a resource record, and its name where there is none yet."""
    world, data = call.world, call.data
    kind = data.mandatory("rrtype").upper()
    rrdata = data.text("rrdata")
    if not rrdata:
        raise BadRequestError("rrdata must be provided.")
    if kind not in RRTYPES:
        raise FormError({"rrtype": [f"{kind} is not one of {' '.join(RRTYPES)}."]})
    name, domain = _place(world, data)
    found = next((each for each in world.dnsresources if (each.name, each.domain_id) == (name, domain.id)), None)
    if found is None:
        number = world.next_id("dnsresource")
        found = world.dnsresources.put(number, DnsRecord(number, name, domain.id))
    if kind == "CNAME" and found.ip_addresses:
        raise FormError({"__all__": ["CNAME records for a name cannot coexist with non-CNAME records."]})
    number = world.next_id("dnsdata")
    return _data(world, world.dnsdata.put(number, DnsData(number, found.id, kind, rrdata, data.integer("ttl"))))


def read_data(call: Call) -> Json:
    """Read a resource record."""
    return _data(call.world, call.world.dnsdata.get(call.params["id"]))


def update_data(call: Call) -> Json:
    """Update a resource record."""
    row, data = call.world.dnsdata.get(call.params["id"]), call.data
    row = replace(
        row,
        rrtype=data.text("rrtype", row.rrtype).upper(),
        rrdata=data.text("rrdata", row.rrdata),
        ttl=data.integer("ttl") if "ttl" in data else row.ttl,
    )
    return _data(call.world, call.world.dnsdata.put(row.id, row))


def delete_data(call: Call) -> Reply:
    """Delete a resource record; a name with nothing left goes too."""
    world = call.world
    row = world.dnsdata.get(call.params["id"])
    world.dnsdata.remove(row.id)
    name = world.dnsresources.get(row.dnsresource_id)
    if not name.ip_addresses and not any(each.dnsresource_id == name.id for each in world.dnsdata):
        world.dnsresources.remove(name.id)
    return NO_CONTENT


RESOURCES = (
    Resource("DNSResources", "dnsresources/", (crud("read", read_records), crud("create", create_record, admin=True))),
    Resource(
        "DNSResource",
        "dnsresources/{id}/",
        (
            crud("read", read_record),
            crud("update", update_record, admin=True),
            crud("delete", delete_record, admin=True),
        ),
    ),
    Resource(
        "DNSResourceRecords",
        "dnsresourcerecords/",
        (crud("read", read_all_data), crud("create", create_data, admin=True)),
    ),
    Resource(
        "DNSResourceRecord",
        "dnsresourcerecords/{id}/",
        (crud("read", read_data), crud("update", update_data, admin=True), crud("delete", delete_data, admin=True)),
    ),
)
