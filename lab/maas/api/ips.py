"""`ipaddresses/`: single addresses that a user reserves (source: MAAS 3.5 api/ip_addresses.py)."""

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime

from lab.maas import network
from lab.maas.api import subnets
from lab.maas.errors import ApiError, BadRequestError, ForbiddenError, FormError, NotFoundError
from lab.maas.models import Json, ReservedAddress, Subnet
from lab.maas.render import networks
from lab.maas.urls import API, Resource, crud, post
from lab.maas.wire import NO_CONTENT, Call, Reply
from lab.maas.world import World


def _show(call: Call, row: ReservedAddress) -> Json:
    return {
        "ip": row.ip,
        "alloc_type": 4,
        "alloc_type_name": "User reserved",
        "created": datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "subnet": None if row.subnet_id is None else networks.subnet(call.world, call.world.subnets.get(row.subnet_id)),
        "interface_set": [],
        "owner": {"username": row.username},
        "resource_uri": f"{API}ipaddresses/",
    }


def read(call: Call) -> list[Json]:
    """List the addresses that the caller reserved; all=true those of everybody, owner=NAME another one's."""
    data, me = call.data, call.user
    everybody, owner, wanted = data.boolean("all"), data.text("owner"), data.text("ip")
    if wanted:
        _valid(wanted, BadRequestError("Parameter 'ip' must contain an IP address."))
    if everybody and not me.is_superuser:
        raise ForbiddenError("Listing all IP addresses requires admin privileges.")
    if owner and not me.is_superuser:
        raise ForbiddenError("Listing another user's IP addresses requires admin privileges.")
    whose = owner or ("" if everybody else me.username)
    return [_show(call, row) for row in call.world.reserved if whose in {"", row.username} and wanted in {"", row.ip}]


def _valid(ip: str, error: ApiError) -> None:
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        raise error from None


def reserve(call: Call) -> Json:
    """Reserve an address: the one asked for, or the next free one of a subnet."""
    world, data = call.world, call.data
    wanted, where = data.text("ip") or data.text("ip_address"), data.text("subnet")
    if not wanted and not where:
        raise BadRequestError("Must supply either the 'subnet' or the 'ip' parameter.")
    subnet = _around(call, wanted) if wanted else subnets.found(world, where)
    if wanted:
        _check(call, subnet, wanted)
    return _show(call, _put(call, wanted or network.next_free(world, subnet), subnet.id, data.text("hostname")))


def _put(call: Call, ip: str, subnet_id: int | None, hostname: str = "") -> ReservedAddress:
    number = call.world.next_id("reserved")
    row = ReservedAddress(number, ip, subnet_id, call.user.username, hostname, call.now)
    return call.world.reserved.put(number, row)


def keep(call: Call, ip: str) -> None:
    """Reserve an address for the caller unless MAAS knows it already, as it does with those of DNS names."""
    known = {link.ip_address for _, _, link in network.links(call.world)} | {each.ip for each in call.world.reserved}
    if ip not in known:
        subnet = network.subnet_with(call.world, ip)
        _put(call, ip, subnet.id if subnet else None)


def _around(call: Call, ip: str) -> Subnet:
    _valid(ip, FormError({"ip_address": ["Enter a valid IPv4 or IPv6 address."]}))
    subnet = network.subnet_with(call.world, ip)
    if subnet is None:
        raise BadRequestError(f"No known subnet for IP address: {ip}.")
    return subnet


def _check(call: Call, subnet: Subnet, ip: str) -> None:
    if network.range_holding(call.world, subnet.id, ip, "dynamic"):
        raise ForbiddenError(
            f"IP address {ip} belongs to an existing dynamic range. To reserve this IP address, a MAC address is "
            "required. (Create a device instead.)"
        )
    if network.number_of(ip) in network.taken(call.world, subnet):
        raise NotFoundError(f"The IP address {ip} is already in use.")


def release(call: Call) -> Reply:
    """Release an address that the caller reserved, or with force=true (admins) anybody; names left with none go too."""
    ip, force = call.data.mandatory("ip"), call.data.boolean("force")
    if force and not call.user.is_superuser:
        raise ForbiddenError("Force-releasing an IP address requires admin privileges.")
    _valid(ip, FormError({"ip": ["Enter a valid IPv4 or IPv6 address."]}))
    found = [each for each in call.world.reserved if each.ip == ip and (force or each.username == call.user.username)]
    if not found:
        raise BadRequestError(_NOT_THERE.format(ip) if force else _NOT_YOURS.format(ip))
    call.world.reserved.remove(found[0].id)
    _forget(call.world, ip)
    return NO_CONTENT


_NOT_THERE = "IP address {} does not exist."
_NOT_YOURS = (
    "IP address {} does not exist, is not the correct type of address, or does not belong to the requesting user.\n"
    "If you are sure you want to release this address, use force=true as a MAAS administrator."
)


def _forget(world: World, ip: str) -> None:
    """Take an address out of the DNS names that have it; a name that is left with none goes with its records."""
    for name in [each for each in world.dnsresources if ip in each.ip_addresses]:
        left = tuple(each for each in name.ip_addresses if each != ip)
        if left:
            world.dnsresources.put(name.id, replace(name, ip_addresses=left))
            continue
        for row in [each for each in world.dnsdata if each.dnsresource_id == name.id]:
            world.dnsdata.remove(row.id)
        world.dnsresources.remove(name.id)


RESOURCES = (
    Resource("IPAddresses", "ipaddresses/", (crud("read", read), post("reserve", reserve), post("release", release))),
)
