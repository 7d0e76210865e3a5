"""Where a controller and its units can be reached: listeners at the addresses of machines, kept as the machines are.

    what ought to listen (Wanted -> Start), addresses of containers ─> Doors.settle ─> threads that serve, `ip address`
                                                                         └ Places: here, or the rack's namespaces

A machine that goes takes its doors along; one that boots again gets them anew: its namespace is another one then.
"""

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, cast

from lab.hosts import arp, enter, network
from lab.hosts.commands import Command
from lab.hosts.net import MAIN, RackNet
from lab.hosts.network import NetworkError
from lab.maas import hardware
from lab.maas.service import Service

Closer: TypeAlias = Callable[[], Awaitable[None]]
Start: TypeAlias = Callable[[str, int], Awaitable[Closer]]
"""Serves at an address and port; gives what ends it."""

_log = logging.getLogger("lab")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A listener: `machine` is the instance id of the machine whose address it is, "" for the lab's own host."""

    name: str
    machine: str
    address: str
    port: int


class Places(Protocol):
    """The machines' networks."""

    def place(self, machine: str) -> str | None:
        """Give what tells one boot of the machine from the next; None while it is off."""
        ...

    def namespace(self, machine: str) -> str:
        """Name its network namespace, "" for the one we are in."""
        ...

    def give(self, machine: str, address: str) -> None:
        """Let the machine have this address too. NetworkError, OSError."""
        ...

    def take(self, machine: str, address: str) -> None:
        """Take the address from it, where it has it."""
        ...

    def translate(self, address: str) -> str:
        """Give the address at which an address that MAAS gave is reached."""
        ...


class Loopback:
    """No hosts run: each address is one of 127.N.0.0/16, which this machine has already.

    N is given, or as in the address at which the lab listens; 16, as in the course's network, where that tells nothing.
    """

    def __init__(self, second: int | str = 16) -> None:
        self._second = second if isinstance(second, int) else _second(second)

    def place(self, machine: str) -> str | None:
        return "here"

    def namespace(self, machine: str) -> str:
        return ""

    def give(self, machine: str, address: str) -> None:
        """Do nothing: all of 127.0.0.0/8 is this machine's."""

    def take(self, machine: str, address: str) -> None:
        """Do nothing, likewise."""

    def translate(self, address: str) -> str:
        last = address.split(".")[2:]
        return ".".join(["127", str(self._second), *last]) if len(last) == 2 else address


def _second(host: str) -> int:
    parts = host.split(".")
    return int(parts[1]) if len(parts) == 4 and parts[0] == "127" and parts[1] not in {"0", ""} else 16


class Hosts:
    """Machines run as hosts of a rack; which of them a MAAS system id is, MAAS's world tells."""

    def __init__(self, net: RackNet, maas: Service) -> None:
        self._net = net
        self._maas = maas

    def place(self, machine: str) -> str | None:
        path = network.NAMED / self.namespace(machine)
        try:
            return str(path.stat().st_ino)
        except FileNotFoundError:
            return None

    def namespace(self, machine: str) -> str:
        return self._net.namespace(self._name(machine) if machine else MAIN)

    def give(self, machine: str, address: str) -> None:
        namespace = self.namespace(machine)
        card = self._card(namespace, address)
        if card:
            network.run(Command(("-n", namespace, "address", "replace", self._net.interface(address), "dev", card)))
            arp.announce(self._net, namespace, [arp.Announcement(card, address)])

    def take(self, machine: str, address: str) -> None:
        namespace = self.namespace(machine)
        for name, addresses in self._cards(namespace):
            if self._net.interface(address) in addresses:
                network.run(Command(("-n", namespace, "address", "delete", self._net.interface(address), "dev", name)))

    def translate(self, address: str) -> str:
        return address

    def _name(self, machine: str) -> str:
        with self._maas.transaction() as world:
            row = world.machines.find(machine)
            physical = hardware.physical_of(world, row) if row else None
        return physical.name if physical else machine

    def _card(self, namespace: str, address: str) -> str:
        """Name the card with an address of the same network, "" when the machine has none there."""
        wanted = ipaddress.ip_interface(self._net.interface(address)).network
        for name, addresses in self._cards(namespace):
            if any(ipaddress.ip_interface(each).network == wanted for each in addresses):
                return name
        return ""

    def _cards(self, namespace: str) -> list[tuple[str, list[str]]]:
        shown = cast(
            "list[dict[str, object]]",
            json.loads(network.run(Command(("-n", namespace, "-j", "-4", "address"))) or "[]"),
        )
        return [
            (
                str(each["ifname"]),
                [f"{one['local']}/{one['prefixlen']}" for one in cast("list[dict[str, object]]", each["addr_info"])],
            )
            for each in shown
        ]


@dataclass
class _Door:
    place: str
    held: ExitStack = field(default_factory=ExitStack)


class Doors:
    """The listeners that are open. Changed from one thread at a time; `close` ends all."""

    def __init__(self, places: Places) -> None:
        self.places: Final = places
        self._open: dict[Wanted, _Door] = {}
        self._refused: set[Wanted] = set()
        self._given: dict[tuple[str, str], str] = {}

    def settle(self, wanted: Mapping[Wanted, Start], addresses: Mapping[str, str], *, shut: bool = True) -> bool:
        """Open until it is as wanted, and with `shut` close; False where something could not be opened yet.

        `addresses`: address of a container -> machine that it is on. Nothing is raised: what fails is tried again.
        """
        if not shut and self._has(wanted, addresses):
            return True
        places = {each: self.places.place(each) for each in {*(one.machine for one in wanted), *addresses.values()}}
        stale = [one for one, door in self._open.items() if door.place != places.get(one.machine)]
        for one in [each for each in self._open if each not in wanted or each in stale] if shut else ():
            self._shut(one)
        settled = self._address(addresses, places)
        for one, start in wanted.items():
            place = places[one.machine]
            if one not in self._open:
                settled = place is not None and self._opened(one, start, place) and settled
        return settled

    def _has(self, wanted: Mapping[Wanted, Start], addresses: Mapping[str, str]) -> bool:
        """Whether all of it was opened once; asked after each commit, so machines are not looked at for it."""
        given = {address for _, address in self._given}
        return all(each in self._open for each in wanted) and addresses.keys() <= given

    def listening(self, name: str) -> list[Wanted]:
        """Give the open doors of a name whose machines are still as they were when they opened; from any thread."""
        named = [(one, door) for one, door in list(self._open.items()) if one.name == name]
        return [one for one, door in named if door.place == self.places.place(one.machine)]

    def close(self) -> None:
        """Close all doors and take all addresses away."""
        self.settle({}, {})

    def _opened(self, one: Wanted, start: Start, place: str) -> bool:
        door = _Door(place)
        try:
            namespace = self.places.namespace(one.machine)
            door.held.enter_context(enter.serving(namespace, lambda: start(one.address, one.port)))
        except OSError as error:
            if one not in self._refused:
                _log.info("%s cannot listen at %s:%d yet: %s", one.name, one.address, one.port, error)
            self._refused.add(one)
            return False
        self._open[one] = door
        self._refused.discard(one)
        _log.info("%s listens at %s:%d", one.name, one.address, one.port)
        return True

    def _shut(self, one: Wanted) -> None:
        self._open.pop(one).held.close()
        _log.info("%s is gone from %s:%d", one.name, one.address, one.port)

    def _address(self, addresses: Mapping[str, str], places: Mapping[str, str | None]) -> bool:
        wanted = {(machine, address): place for address, machine in addresses.items() if (place := places[machine])}
        settled = len(wanted) == len(addresses)
        for pair in [each for each in self._given if each not in wanted]:
            self._change(self.places.take, *pair)
            del self._given[pair]
        for pair, place in wanted.items():
            if self._given.get(pair) != place:
                given = self._change(self.places.give, *pair)
                settled = settled and given
                if given:
                    self._given[pair] = place
        return settled

    def _change(self, how: Callable[[str, str], None], machine: str, address: str) -> bool:
        try:
            how(machine, address)
        except (NetworkError, OSError) as error:
            _log.info("the address %s of a container on %s: %s", address, machine, error)
            return False
        return True
