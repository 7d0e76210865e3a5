"""`ipaddresses/`: single addresses that a user reserves (source: MAAS 3.5 api/ip_addresses.py)."""

import ipaddress
from datetime import UTC, datetime

from lab.maas import network
from lab.maas.api import subnets
from lab.maas.errors import ApiError, BadRequestError, FormError, not_found
from lab.maas.models import Json, ReservedAddress, Subnet
from lab.maas.render import networks
from lab.maas.urls import API, Resource, crud, post
from lab.maas.wire import NO_CONTENT, Call, Reply


def _show(call: Call, row: ReservedAddress) -> Json:
    return {
        "ip": row.ip,
        "alloc_type": 4,
        "alloc_type_name": "User reserved",
        "created": datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "subnet": networks.subnet(call.world, call.world.subnets.get(row.subnet_id)),
        "interface_set": [],
        "owner": {"username": row.username},
        "resource_uri": f"{API}ipaddresses/",
    }


def read(call: Call) -> list[Json]:
    """List the addresses that the caller reserved; all=true those of everybody."""
    everybody = call.data.boolean("all")
    wanted = call.data.text("ip")
    rows = [each for each in call.world.reserved if everybody or each.username == call.user.username]
    return [_show(call, each) for each in rows if wanted in {"", each.ip}]


def reserve(call: Call) -> Json:
    """Reserve an address: the one asked for, or the next free one of a subnet."""
    world, data = call.world, call.data
    wanted, where = data.text("ip") or data.text("ip_address"), data.text("subnet")
    if not wanted and not where:
        raise BadRequestError("Either ip or subnet must be given to reserve an address.")
    subnet = subnets.found(world, where) if where else _around(call, wanted)
    ip = wanted or network.next_free(world, subnet)
    if wanted:
        _check(call, subnet, wanted)
    number = world.next_id("reserved")
    row = ReservedAddress(number, ip, subnet.id, call.user.username, data.text("hostname"), call.now)
    return _show(call, world.reserved.put(number, row))


def _around(call: Call, ip: str) -> Subnet:
    try:
        ipaddress.ip_address(ip)
    except ValueError as error:
        raise FormError({"ip": ["Enter a valid IPv4 or IPv6 address."]}) from error
    subnet = network.subnet_with(call.world, ip)
    if subnet is None:
        raise BadRequestError(f"No known subnet for IP {ip}.")
    return subnet


def _check(call: Call, subnet: Subnet, ip: str) -> None:
    if network.number_of(ip) in network.taken(call.world, subnet):
        raise ApiError(f"The IP address {ip} is already in use.", status=404)
    dynamic = network.range_holding(call.world, subnet.id, ip, "dynamic")
    if dynamic:
        said = f"IP address {ip} is inside a dynamic range {dynamic.start_ip} to {dynamic.end_ip}."
        raise ApiError(said, status=503)


def release(call: Call) -> Reply:
    """Release an address that the caller reserved."""
    ip = call.data.mandatory("ip")
    found = next((each for each in call.world.reserved if each.ip == ip), None)
    if found is None or (found.username != call.user.username and not call.user.is_superuser):
        raise not_found("StaticIPAddress")
    call.world.reserved.remove(found.id)
    return NO_CONTENT


RESOURCES = (
    Resource("IPAddresses", "ipaddresses/", (crud("read", read), post("reserve", reserve), post("release", release))),
)
