"""A server that comes up is known by its neighbours at once, whoever had its address before."""

import json
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from lab.hosts import arp, enter, network
from lab.hosts.arp import Announcement
from lab.hosts.commands import Command
from lab.hosts.net import MAIN, mac_of, port
from lab.hosts.spec import HostSpec, Nic
from lab.hosts.testing import Hosts
from tests.support.guests import guest

SOON = 5.0
"""Seconds for a dial on a busy machine; a neighbour that is wrong believes what it knows for fifteen at least."""

STRANGER = "02:00:00:00:00:99"


@dataclass(frozen=True)
class Neighbour:
    """Somebody who dials servers; "" is this machine's own namespace."""

    namespace: str

    def dial(self, address: str, port: int = 22) -> None:
        """Connect and hang up."""

        def there() -> None:
            if self.namespace:
                enter.enter(self.namespace)
            socket.create_connection((address, port), SOON).close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(there).result()

    def knows(self, address: str) -> str:
        """Give the MAC that it would send to; "" for none."""
        place = ("-n", self.namespace) if self.namespace else ()
        found: list[dict[str, Any]] = json.loads(network.run(Command((*place, "-j", "neigh", "show", address))) or "[]")
        return next((each["lladdr"] for each in found if "lladdr" in each), "")


@pytest.fixture
def neighbours(rack: Hosts) -> list[Neighbour]:
    """This machine, main, the router, and another server."""
    net, peer = rack.net, guest(rack, "neighbour")
    return [Neighbour(each) for each in ("", net.namespace(MAIN), net.rack, net.namespace(peer.name))]


def server(rack: Hosts, name: str, addresses: Sequence[str], bridge: str = "") -> HostSpec:
    nic = Nic("enp1s0", mac_of(name), tuple(map(rack.net.interface, addresses)), bridge)
    return replace(rack.spec(name), nics=(nic,))


@pytest.fixture
def free(rack: Hosts) -> Iterator[tuple[str, str]]:
    """Two addresses that nobody has, nor will have when the test is over."""
    start = rack.net.main.rsplit(".", 1)[0]
    before = set(rack)
    yield f"{start}.201", f"{start}.202"
    for name in set(rack) - before:
        rack.fleet.destroy(name)
        assert rack.fleet.settle()


@pytest.mark.parametrize("bridge", ["", "br-ex"])
def test_a_server_with_the_addresses_of_another_is_reached_at_once(
    rack: Hosts, neighbours: list[Neighbour], free: tuple[str, str], bridge: str
) -> None:
    first = rack.add(server(rack, f"first{bridge}", free))
    for neighbour in neighbours:
        for address in free:
            neighbour.dial(address)
            assert neighbour.knows(address) == first.spec.nics[0].mac
    rack.fleet.destroy(first.name)
    assert rack.fleet.settle()
    second = rack.add(server(rack, f"second{bridge}", free, bridge))
    for neighbour in neighbours:
        for address in free:
            assert neighbour.knows(address) == second.spec.nics[0].mac
            neighbour.dial(address)


def test_a_server_that_reboots_is_reached_at_once(
    rack: Hosts, neighbours: list[Neighbour], free: tuple[str, str]
) -> None:
    rebooted = rack.add(server(rack, "rebooted", free))
    here, *others = neighbours
    here.dial(free[0])
    for each, link in zip(others, ("eth0", "br0", "eth0"), strict=True):
        wrong = ("neigh", "replace", free[0], "lladdr", STRANGER, "dev", link, "nud", "reachable")
        network.run(Command(("-n", each.namespace, *wrong)))
        assert each.knows(free[0]) == STRANGER
    rebooted.kill()
    rebooted.start()
    for each in neighbours:
        assert each.knows(free[0]) == rebooted.spec.nics[0].mac
        each.dial(free[0])


def test_the_router_is_the_same_whoever_comes_and_goes(rack: Hosts, free: tuple[str, str]) -> None:
    """The lowest MAC of its ports is what Linux gives to a bridge that has none of its own."""
    shown = Command(("-n", rack.net.rack, "-j", "link", "show", "br0"))
    before = network.run(shown)
    low = server(rack, "low", free)
    rack.add(low)
    network.run(Command(("-n", rack.net.rack, "link", "set", port("low", 0), "address", "02:00:00:00:00:01")))
    assert json.loads(network.run(shown))[0]["address"] == json.loads(before)[0]["address"]


def test_what_does_not_come_through_is_told(rack: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arp, "PATIENCE", 0.1)
    unheard = Announcement("lo", "192.0.2.1")
    assert arp.announce(rack.net, rack.net.namespace(MAIN), []) is True
    assert arp.announce(rack.net, rack.net.namespace(MAIN), [unheard]) is False
    with pytest.raises(OSError, match="No such device"):
        arp.announce(rack.net, rack.net.namespace(MAIN), [replace(unheard, link="nowhere")])
