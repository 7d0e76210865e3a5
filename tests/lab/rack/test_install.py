"""From a machine of MAAS to the host that boots: addresses, bridges, names, keys, user data."""

import base64
import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.hosts import spec
from lab.maas import install, network, rack, seed
from lab.maas.models import Interface, IpRange, Link, Machine, Pace, SshKey, Tag
from lab.maas.world import World
from lab.rackhosts.specs import host_spec

MACS = ("f4:4d:30:60:11:01", "f4:4d:30:60:11:0a")
NIC = Interface(1, "enp1s0", "physical", MACS[0], 5001)
SECOND = Interface(2, "enp2s0", "physical", MACS[1], 5001)
STATIC = Link(1, "static", 1, "172.16.0.20")


def world_with(*interfaces: Interface, **fields: object) -> tuple[World, Machine]:
    world, _ = seed.new_world(seed.Secrets("s", "p", "a"), rack.load("course"), 0.0, Pace())
    physical = world.rack.get("server1")
    world.rack.put("server1", replace(physical, macs=MACS))
    row = Machine("abc123", "server1", 0, 1, 0, "amd64/generic", 0.0, interfaces=interfaces, owner="cloud")
    machine = replace(row, osystem="ubuntu", distro_series="jammy", **fields)
    return world, world.machines.put("abc123", machine)


def made(world: World, machine: Machine) -> spec.HostSpec:
    result = host_spec(install.install(world, machine, world.rack.get("server1")))
    spec.check(result)
    return result


BRIDGE = Interface(3, "br-ex", "bridge", MACS[0], 5001, (1,), params={"bridge_type": "ovs"}, links=(STATIC,))
CASES: dict[str, tuple[tuple[Interface, ...], tuple[tuple[str, tuple[str, ...], str], ...]]] = {
    "static": ((replace(NIC, links=(STATIC,)),), (("enp1s0", ("172.16.0.20/20",), ""), ("enp2s0", (), ""))),
    "two links": (
        (replace(NIC, links=(STATIC, Link(2, "static", 1, "172.16.0.21"))), SECOND),
        (("enp1s0", ("172.16.0.20/20", "172.16.0.21/20"), ""), ("enp2s0", (), "")),
    ),
    "OVS bridge": ((NIC, BRIDGE), (("enp1s0", ("172.16.0.20/20",), "br-ex"), ("enp2s0", (), ""))),
    "bridge over a bond": (
        (
            NIC,
            SECOND,
            Interface(4, "bond0", "bond", MACS[0], 5001, (2, 1)),
            replace(BRIDGE, parents=(4,)),
        ),
        (("enp1s0", (), ""), ("enp2s0", ("172.16.0.20/20",), "br-ex")),
    ),
    "up without an address": (
        (replace(NIC, links=(Link(1, "link_up"),)),),
        (("enp1s0", (), ""), ("enp2s0", (), "")),
    ),
    "tagged VLAN": (
        (
            replace(NIC, links=(STATIC,)),
            Interface(5, "enp1s0.7", "vlan", MACS[0], 5002, (1,), links=(Link(9, "dhcp"),)),
        ),
        (("enp1s0", ("172.16.0.20/20",), ""), ("enp2s0", (), "")),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nics(case: str) -> None:
    interfaces, expected = CASES[case]
    result = made(*world_with(*interfaces))
    assert tuple((nic.name, nic.addresses, nic.bridge) for nic in result.nics) == expected
    assert tuple(nic.mac for nic in result.nics) == MACS


@pytest.mark.parametrize(("options", "tag", "name"), [
    ("net.ifnames=0", "", "eth0"), ("", "net.ifnames=0 quiet", "eth0"), ("quiet", "", "enp1s0"),
])  # fmt: skip
def test_kernel_options_name_the_nic(options: str, tag: str, name: str) -> None:
    world, machine = world_with(replace(NIC, links=(STATIC,)), tags=("t",))
    world.tags.put("t", Tag("t", kernel_opts=tag))
    world.settings.put("kernel_opts", replace(world.settings.get("kernel_opts"), value=options))
    assert made(world, machine).nics[0].name == name


def test_gateway_and_resolvers_are_the_subnets() -> None:
    world, machine = world_with(replace(NIC, links=(STATIC,)))
    plain = made(world, machine)
    assert (plain.gateway, plain.nameservers) == ("", ("172.16.0.3",))
    subnet = world.subnets.get(1)
    world.subnets.put(1, replace(subnet, gateway_ip="172.16.0.1", dns_servers=("172.20.129.131",)))
    given_them = made(world, machine)
    assert (given_them.gateway, given_them.nameservers) == ("172.16.0.1", ("172.20.129.131",))


def test_keys_are_the_owners_alone() -> None:
    world, machine = world_with(NIC)
    world.sshkeys.put(1, SshKey(1, "cloud", "ssh-ed25519 AAAA mine"))
    world.sshkeys.put(2, SshKey(2, "other", "ssh-ed25519 BBBB not-mine"))
    assert made(world, machine).authorized_keys == ("ssh-ed25519 AAAA mine",)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_user_data_is_decoded(pack: Callable[[bytes], bytes]) -> None:
    text = "#cloud-config\nruncmd: [touch /ä]\n"
    world, machine = world_with(NIC, user_data=base64.b64encode(pack(text.encode())).decode())
    assert made(world, machine).user_data == text


def test_user_data_that_only_looks_compressed_is_passed_on() -> None:
    broken = gzip.compress(b"text")[:-4]
    world, machine = world_with(NIC, user_data=base64.b64encode(broken).decode())
    assert made(world, machine).user_data == broken.decode("utf-8", "replace")


def test_another_hostname_than_the_racks() -> None:
    assert made(*world_with(NIC)).files == {}
    user_data = base64.b64encode(b"#!/bin/sh\n").decode()
    files = made(*world_with(NIC, hostname="db", user_data=user_data)).files
    assert files["/etc/hostname"] == "db\n"
    assert "127.0.1.1 db\n" in files["/etc/hosts"]
    assert "local-hostname: db\n" in files["/var/lib/cloud/seed/nocloud/meta-data"]


def test_the_routers_address_is_handed_out_last_where_it_answers() -> None:
    world, _ = world_with()
    subnet = replace(world.subnets.get(1), cidr="172.16.0.0/30")
    assert network.next_free(world, subnet) == "172.16.0.1"
    world.hosted = True
    assert network.next_free(world, subnet) == "172.16.0.2"
    taken = Link(7, "static", 1, "172.16.0.2")
    world.machines.put("x", replace(world.machines.get("abc123"), interfaces=(replace(NIC, links=(taken,)),)))
    assert network.next_free(world, subnet) == "172.16.0.1"


modes = st.sampled_from(["auto", "dhcp", "static", "link_up"])


@settings(deadline=None)
@given(st.lists(st.tuples(modes, st.integers(0, 1)), max_size=6), st.booleans(), st.booleans())
def test_every_address_of_a_deployment_reaches_the_host(
    wanted: list[tuple[str, int]], bridged: bool, ranged: bool
) -> None:
    world, _ = world_with()
    if ranged:
        world.ipranges.put(1, IpRange(1, "dynamic", "172.16.11.1", "172.16.11.9", 1, "cloud"))
    links: tuple[list[Link], list[Link]] = ([], [])
    for number, (mode, nic) in enumerate(wanted, 1):
        ip = f"172.16.0.{100 + number}" if mode == "static" else None
        links[nic].append(Link(number, mode, None if mode == "link_up" else 1, ip))  # pyright: ignore[reportArgumentType] # drawn from the modes
    upper = (Interface(3, "br0", "bridge", MACS[0], 5001, (1,), links=tuple(links[0])),) if bridged else ()
    nic = NIC if bridged else replace(NIC, links=tuple(links[0]))
    machine = replace(world.machines.get("abc123"), interfaces=(nic, replace(SECOND, links=tuple(links[1])), *upper))
    machine = network.with_addresses(world, world.machines.put("abc123", machine))
    result = made(world, machine)
    shown = [each.split("/")[0] for card in result.nics for each in card.addresses]
    assert sorted(shown) == sorted(network.addresses(machine))
    assert (
        len(set(shown))
        == len(shown)
        == sum(mode in {"auto", "static"} or (mode == "dhcp" and ranged) for mode, _ in wanted)
    )
    held = [link for each in machine.interfaces for link in each.links if link.mode == "dhcp" and link.ip_address]
    assert all(_leased(each.ip_address or "") for each in held)
    assert network.addresses(network.without_addresses(machine)) == [
        link.ip_address for each in machine.interfaces for link in each.links if link.mode == "static"
    ]


def _leased(ip: str) -> bool:
    return network.number_of("172.16.11.1") <= network.number_of(ip) <= network.number_of("172.16.11.9")
