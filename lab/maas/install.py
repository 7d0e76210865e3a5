"""What a deployment puts on a machine: the answers that curtin and cloud-init get from MAAS (pure).

    machine, its owner's keys, subnets, kernel options, faults ─> Install ─> driver ─> a host that boots with it

Source: MAAS 3.5, preseed_network.py (addresses, gateway, resolvers) and the metadata service (keys, user data).
"""

import base64
import gzip
import ipaddress
import zlib
from contextlib import suppress
from typing import Final

from lab.maas import hardware, network
from lab.maas.models import Install, InstalledNic, Interface, Link, Machine, PhysicalMachine, Subnet
from lab.maas.world import World

_GZIP: Final = b"\x1f\x8b"


def install(world: World, machine: Machine, physical: PhysicalMachine) -> Install:
    """Tell what is installed on this machine of the rack now; it stays so, whatever changes in MAAS afterwards."""
    linked = [link for each in machine.interfaces for link in each.links]
    return Install(
        physical.name,
        machine.hostname,
        machine.distro_series,
        _nics(world, machine, physical),
        tuple(each.key for each in world.sshkeys if each.username == machine.owner),
        _gateway(world, linked),
        _resolvers(world, linked),
        _text(base64.b64decode(machine.user_data)),
        physical.memory,
    )


def _text(user_data: bytes) -> str:
    """Read user data, which may come compressed, as cloud-init itself would unpack it."""
    if user_data.startswith(_GZIP):
        with suppress(OSError, EOFError, zlib.error):
            user_data = gzip.decompress(user_data)
    return user_data.decode("utf-8", "replace")


def _nics(world: World, machine: Machine, physical: PhysicalMachine) -> tuple[InstalledNic, ...]:
    """Name the NICs as the kernel options of this installation do, whatever they were called at commissioning."""
    options = hardware.kernel_options(world, machine)
    found: list[InstalledNic] = []
    for index, mac in enumerate(physical.macs):
        row = next((each for each in machine.interfaces if each.type == "physical" and each.mac_address == mac), None)
        upper = _upper(machine, row) if row else []
        bridge = next((each.name for each in upper if each.type == "bridge"), "")
        carriers = [row, *upper] if row else []
        addresses = tuple(address for each in carriers for link in each.links for address in _address(world, link))
        found.append(InstalledNic(hardware.nic_name(options, index), mac, addresses, bridge))
    return tuple(found)


def _upper(machine: Machine, nic: Interface) -> list[Interface]:
    """List the bridges and bonds whose first leg is this NIC; tagged VLANs lead nowhere in a rack with one network."""
    found: list[Interface] = []
    legs = {nic.id}
    for each in machine.interfaces:
        if each.type in {"bridge", "bond"} and each.parents and each.parents[0] in legs:
            legs.add(each.id)
            found.append(each)
    return found


def _address(world: World, link: Link) -> list[str]:
    subnet = _subnet_of(world, link)
    return [f"{link.ip_address}/{network.network_of(subnet).prefixlen}"] if link.ip_address and subnet else []


def _subnet_of(world: World, link: Link) -> Subnet | None:
    """Give the subnet of a link; a DHCP link may name none, and is then where its lease is."""
    if link.subnet_id is None and link.ip_address:
        return network.subnet_with(world, link.ip_address)
    return world.subnets.find(link.subnet_id)


def _gateway(world: World, links: list[Link]) -> str:
    """Choose as MAAS does without an explicit choice: the first linked IPv4 subnet with a gateway."""
    for link in links:
        subnet = _subnet_of(world, link)
        if subnet and subnet.gateway_ip and ipaddress.ip_address(subnet.gateway_ip).version == 4:
            return subnet.gateway_ip
    return ""


def _resolvers(world: World, links: list[Link]) -> tuple[str, ...]:
    """Give the resolvers of the linked subnets; MAAS's own where they name none."""
    chosen = [_subnet_of(world, link) for link in links]
    named = [server for subnet in chosen if subnet for server in subnet.dns_servers]
    return tuple(dict.fromkeys(named)) or (world.meta.host.address,)
