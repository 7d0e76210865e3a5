"""Whether the kit's networks, ranges and fixed addresses can live together.

Draft -> Problems. The rules are MAAS's (a range lies in its subnet, ranges don't overlap, DHCP needs a dynamic range),
plus one that MAAS can't know: an address that a person wrote down must not be one that DHCP hands out. Pure.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import combinations

from stacks.config.draft import At, Draft
from stacks.config.models import Range, Subnet
from stacks.config.problems import Problem
from stacks.config.scalars import IpAddress


def address_problems(kit: Draft) -> Iterator[Problem]:
    """Find what is wrong with subnets, their ranges, and fixed addresses."""
    for first, second in combinations(kit.subnets, 2):
        if _overlap(_whole(first.value), _whole(second.value)):
            rest = f"is {second.value.cidr}, but must not overlap {first.value.cidr} ({first.path})"
            yield _problem(f"{second.path}.cidr", rest)
    for subnet in kit.subnets:
        yield from _gateway(subnet)
        yield from _dhcp(subnet)
        yield from _ranges(subnet)
    yield from _fixed(kit)


def ranges_of(subnet: At[Subnet]) -> tuple[At[Range], ...]:
    """List the subnet's ranges, each with its path."""
    return tuple(At(f"{subnet.path}.ranges[{index}]", entry) for index, entry in enumerate(subnet.value.ranges))


def _gateway(subnet: At[Subnet]) -> Iterator[Problem]:
    gateway, cidr = subnet.value.gateway, subnet.value.cidr
    if gateway is None:
        return
    path = f"{subnet.path}.gateway"
    if gateway not in cidr:
        yield _problem(path, f"is {gateway}, but must be an address of {cidr}")
    for entry in ranges_of(subnet):
        if entry.value.type == "dynamic" and _holds(entry.value, gateway):
            yield _problem(
                path, f"is {gateway}, but must be outside the dynamic range {_span(entry.value)} ({entry.path})"
            )


def _dhcp(subnet: At[Subnet]) -> Iterator[Problem]:
    if subnet.value.dhcp and not any(entry.type == "dynamic" for entry in subnet.value.ranges):
        yield _problem(
            f"{subnet.path}.dhcp", "is true, but must be false unless the subnet has a range of type dynamic"
        )


def _ranges(subnet: At[Subnet]) -> Iterator[Problem]:
    cidr = subnet.value.cidr
    for entry in ranges_of(subnet):
        for key, address in (("start", entry.value.start), ("end", entry.value.end)):
            if address not in cidr:
                yield _problem(f"{entry.path}.{key}", f"is {address}, but must be an address of {cidr}")
            elif address in _unusable(subnet.value):
                yield _problem(
                    f"{entry.path}.{key}",
                    f"is {address}, but must be neither the network's nor the broadcast address of {cidr}",
                )
        if _reversed(entry.value):
            yield _problem(
                f"{entry.path}.end",
                f"is {entry.value.end}, but must be {entry.value.start} (its start) or a later address",
            )
    for first, second in combinations(ranges_of(subnet), 2):
        if _overlap(first.value, second.value):
            yield _problem(
                second.path, f"is {_span(second.value)}, but must not overlap {_span(first.value)} ({first.path})"
            )


def _whole(subnet: Subnet) -> Range:
    return Range(type="reserved", start=subnet.cidr.network_address, end=subnet.cidr.broadcast_address)


def _unusable(subnet: Subnet) -> tuple[IpAddress, ...]:
    """Name the addresses that no range may hold; a /31, /32, /127 or /128 has none to spare."""
    if subnet.cidr.num_addresses <= 2:
        return ()
    return (subnet.cidr.network_address, subnet.cidr.broadcast_address)


def _fixed(kit: Draft) -> Iterator[Problem]:
    dynamic = [entry for subnet in kit.subnets for entry in ranges_of(subnet) if entry.value.type == "dynamic"]
    for path, address in _fixed_addresses(kit):
        for entry in dynamic:
            if _holds(entry.value, address):
                yield _problem(
                    path, f"is {address}, but must be outside the dynamic range {_span(entry.value)} ({entry.path})"
                )


def _fixed_addresses(kit: Draft) -> Iterator[tuple[str, IpAddress]]:
    """List the addresses that a person wrote down for something other than DHCP."""
    for server in kit.servers:
        if server.value.power.address is not None:
            yield f"{server.path}.power.address", server.value.power.address
    for device in kit.devices:
        if device.value.address is not None:
            yield f"{device.path}.address", device.value.address
    for record in kit.dns_records:
        if record.value.type == "A/AAAA":
            for address in filter(None, map(address_of, record.value.data.split())):
                yield f"{record.path}.data", address
    for subnet in kit.subnets:
        for index, server in enumerate(subnet.value.dns):
            yield f"{subnet.path}.dns[{index}]", server


def address_of(word: str) -> IpAddress | None:
    """Read an IP address; None where `word` is none."""
    try:
        return ip_address(word)
    except ValueError:
        return None


def _order(address: IpAddress) -> tuple[int, int]:
    return address.version, int(address)


def _reversed(entry: Range) -> bool:
    return _order(entry.end) < _order(entry.start)


def _holds(entry: Range, address: IpAddress) -> bool:
    return _order(entry.start) <= _order(address) <= _order(entry.end)


def _overlap(first: Range, second: Range) -> bool:
    if _reversed(first) or _reversed(second):
        return False
    return _order(first.start) <= _order(second.end) and _order(second.start) <= _order(first.end)


def _span(entry: Range) -> str:
    return f"{entry.start}-{entry.end}"


def _problem(path: str, rest: str) -> Problem:
    return Problem(path, f"{path} {rest}.")
