"""What a MaasSite is told: typed arguments, the parts that name resources plain, the rest Pulumi inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pulumi import Input, Resource

Setting = str | int | bool | None
"""A value of one of MAAS's settings; None is MAAS's "not set"."""


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """A release to keep in sync; `os` and `release` as MAAS writes them (`ubuntu`, `jammy`)."""

    os: str
    release: str
    arches: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RangeArgs:
    """Addresses `start` to `end`, both included: `dynamic` for DHCP, `reserved` for nobody."""

    type: str
    start: str
    end: str
    comment: Input[str] = ""


@dataclass(frozen=True, kw_only=True)
class SubnetArgs:
    """A subnet by its CIDR; None leaves what MAAS has."""

    cidr: str
    name: Input[str] | None = None
    gateway: Input[str] | None = None
    dns_servers: Input[Sequence[Input[str]]] | None = None
    dhcp: bool = False
    ranges: Sequence[RangeArgs] = ()


@dataclass(frozen=True, kw_only=True)
class PlaceArgs:
    """A zone or a resource pool."""

    name: str
    description: Input[str] = ""


@dataclass(frozen=True, kw_only=True)
class DeviceArgs:
    """Something on the network that MAAS doesn't install."""

    name: str
    mac_address: Input[str]
    address: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DnsRecordArgs:
    """A record of MAAS's DNS server; `ttl` in seconds."""

    name: str
    type: str
    data: Input[str]
    ttl: Input[int] | None = None


@dataclass(frozen=True, kw_only=True)
class MaasSiteArgs:
    """A MAAS without its machines. `ssh_keys` are public keys; `settings` by MAAS's own names.

    `requires` is what must be there before MAAS can be asked for anything: MAAS itself.
    """

    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    ssh_keys: Sequence[str] = ()
    images: Sequence[ImageArgs] = ()
    images_deadline_minutes: Input[int] = 60
    zones: Sequence[PlaceArgs] = ()
    pools: Sequence[PlaceArgs] = ()
    subnets: Sequence[SubnetArgs] = ()
    devices: Sequence[DeviceArgs] = ()
    dns_records: Sequence[DnsRecordArgs] = ()
    requires: Sequence[Resource] = ()
