"""The names and addresses of a rack's network (pure).

    host  PREFIX0 .15.254  <-veth->  host ]
    main  eth0 172.16.0.3  <-veth->  main ] bridge br0 172.16.0.1, namespace PREFIX-rack
    NAME  eth0 172.16.0.20 <-veth->  NAME ]

Everything on this machine that belongs to a rack bears its prefix: namespaces, the host's link, cgroups.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Final

BRIDGE: Final = "br0"
MAIN: Final = "main"
"""The name of MAAS's own host, whose namespace the daemon shares."""

_LINK_LENGTH: Final = 15


@dataclass(frozen=True, slots=True)
class RackNet:
    """Where a rack lies. The default is the course's network, which a lab serves; tests have their own."""

    prefix: str = "m2c"
    subnet: str = "172.16.0.0/20"
    router: str = "172.16.0.1"
    main: str = "172.16.0.3"
    host: str = "172.16.15.254"
    mirror_port: int = 5248

    @property
    def rack(self) -> str:
        """The namespace with the bridge."""
        return self.namespace("rack")

    @property
    def host_link(self) -> str:
        """The rack's end on this machine."""
        return f"{self.prefix}0"

    @property
    def length(self) -> int:
        return ipaddress.ip_network(self.subnet).prefixlen

    @property
    def mirror(self) -> str:
        """The URL below which packages are served: /debian, /simple, /git."""
        return f"http://{self.main}:{self.mirror_port}"

    def namespace(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def owns(self, namespace: str) -> bool:
        return namespace.startswith(f"{self.prefix}-")

    def interface(self, address: str) -> str:
        return f"{address}/{self.length}"


COURSE: Final = RackNet()


def port(name: str, index: int) -> str:
    """Name the bridge's end of a server's card; a long name is shortened to a digest, as links have 15 characters."""
    plain = f"{name}-{index}"
    if len(plain) <= _LINK_LENGTH:
        return plain
    return f"{hashlib.sha256(name.encode()).hexdigest()[:10]}-{index}"[:_LINK_LENGTH]


def mac_of(text: str) -> str:
    """Derive a locally administered MAC: a server made again keeps it, so no neighbour holds a stale one."""
    digest = hashlib.sha256(text.encode()).digest()[:5]
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest))
