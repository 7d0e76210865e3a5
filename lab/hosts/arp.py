"""A server that comes up tells its neighbours, so that none goes on sending to whoever had its address before.

    spec ─> announcements (pure) ─> each sent by its link, inside the namespace ─> heard at the router, so by everybody

A neighbour believes what it knows for half a minute, and then asks for some seconds more. The kernel's announcement
(arp_notify) goes out as a card comes up, milliseconds before its wire carries, and is lost; these are repeated until
they come through. Source: RFC 5227, section 3. IPv4 only.
"""

import ipaddress
import socket
import struct
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from lab.hosts import enter
from lab.hosts.net import BRIDGE, RackNet
from lab.hosts.spec import HostSpec

PATIENCE: Final = 5.0
"""Seconds for an announcement to come through."""

_PAUSE: Final = 0.005
_ETHERTYPE: Final = 0x0806
_HEADER: Final = struct.pack("!HHHBBH", _ETHERTYPE, 1, 0x0800, 6, 4, 1)
"""Ethernet's type field, and what follows in ARP: Ethernet, IPv4, their lengths, a request."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """An IPv4 address without prefix length, and the link that carries it."""

    link: str
    address: str


def announcements(spec: HostSpec) -> list[Announcement]:
    """List what a server has to tell (pure)."""
    return [
        Announcement(nic.carrier, str(address.ip))
        for nic in spec.nics
        for address in map(ipaddress.ip_interface, nic.addresses)
        if address.version == 4
    ]


def frame(mac: bytes, address: str) -> bytes:
    """Write the broadcast that an address is at this MAC (pure)."""
    own = ipaddress.IPv4Address(address).packed
    return b"\xff" * 6 + mac + _HEADER + mac + own + bytes(6) + own


def announce(net: RackNet, namespace: str, told: Sequence[Announcement]) -> bool:
    """Tell the neighbours of what is in a namespace of the rack; False where the wire let something not through.

    Raises OSError for a namespace or a link that is not there.
    """
    if not told:
        return True
    with _opened(net.rack, BRIDGE, _ETHERTYPE) as ear:
        arrived = [_came_through(namespace, each, ear) for each in told]
    return all(arrived)


def _came_through(namespace: str, told: Announcement, ear: socket.socket) -> bool:
    deadline = time.monotonic() + PATIENCE
    with _opened(namespace, told.link) as mouth:
        wanted = frame(mouth.getsockname()[4], told.address)
        while time.monotonic() < deadline:
            # a wire that does not carry yet may refuse as well as drop it
            with suppress(OSError):
                mouth.send(wanted)
            if _heard(ear, wanted):
                return True
    return False


def _heard(ear: socket.socket, wanted: bytes) -> bool:
    """Look whether the frame arrives; what others say meanwhile is passed over."""
    deadline = time.monotonic() + _PAUSE
    while (left := deadline - time.monotonic()) > 0:
        ear.settimeout(left)
        with suppress(TimeoutError):
            if ear.recv(len(wanted)) == wanted:
                return True
    return False


def _opened(namespace: str, link: str, ethertype: int = 0) -> socket.socket:
    """Open a socket for whole frames on a link of a namespace; without a type it only sends."""

    def there() -> socket.socket:
        enter.enter(namespace)
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            opened.bind((link, ethertype))
        except OSError:
            opened.close()
            raise
        return opened

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(there).result()
