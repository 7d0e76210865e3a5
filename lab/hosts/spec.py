"""What a server is, before anything of it exists: the order that a fleet is given (pure)."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

USER: Final = "ubuntu"
"""The user that Ubuntu's cloud images have; the base has it too."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LINK = re.compile(r"[A-Za-z0-9._-]{1,15}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Nic:
    """One network card.

    `addresses` are "ADDRESS/PREFIX"; `bridge` names a Linux bridge over the card, which then carries them (br-ex).
    """

    name: str
    mac: str
    addresses: tuple[str, ...] = ()
    bridge: str = ""

    @property
    def carrier(self) -> str:
        """The link that has the addresses."""
        return self.bridge or self.name


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One server: its network, who may log in, what lies on its disk.

    `memory_mib` is what the machine is said to have; the guest sees this machine's memory and is not held to it.
    `user_data` is given to cloud-init; `ssh_delay` are seconds that sshd waits before it starts; `files` are path ->
    text on the disk (executable where it begins with "#!"); `binds` are path on this machine -> path in the guest.
    """

    name: str
    nics: tuple[Nic, ...]
    authorized_keys: tuple[str, ...]
    user: str = USER
    image: str = "jammy"
    gateway: str = "172.16.0.1"
    nameservers: tuple[str, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    memory_mib: int = 0
    user_data: str = ""
    ssh_delay: float = 0
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    binds: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def address(self) -> str:
        """The first address, without prefix length; "" for a server without any."""
        return next((each.split("/")[0] for nic in self.nics for each in nic.addresses), "")


def check(spec: HostSpec) -> None:
    """Refuse what no server can be: names that break a path or a command, addresses that are none.

    Raises ValueError that names the server and the value.
    """
    if not _NAME.fullmatch(spec.name):
        raise ValueError(f"A server's name is a hostname in lower case without dots, not {spec.name!r}.")
    if not _USER.fullmatch(spec.user):
        raise ValueError(f"{spec.name}: a user's name has lower case letters, digits, '-' and '_', not {spec.user!r}.")
    for nic in spec.nics:
        _check_nic(spec.name, nic)
    for address in (spec.gateway, *spec.nameservers):
        if address:
            _check_address(spec.name, address)
    for path in (*spec.files, *spec.binds.values()):
        if not path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"{spec.name}: a path in a server is absolute and without '..', not {path!r}.")


def _check_nic(name: str, nic: Nic) -> None:
    for link in filter(None, (nic.name, nic.bridge)):
        if not _LINK.fullmatch(link):
            raise ValueError(f"{name}: a link's name has 1 to 15 letters, digits, '.', '_', '-', not {link!r}.")
    if not re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", nic.mac):
        raise ValueError(f"{name}: {nic.name} has the MAC {nic.mac!r}; six pairs of hex digits are allowed.")
    for address in nic.addresses:
        _check_address(name, address)


def _check_address(name: str, address: str) -> None:
    try:
        ipaddress.ip_interface(address)
    except ValueError as error:
        raise ValueError(f"{name}: {address!r} is no IP address.") from error
