"""What the providers need to know of MAAS's answers, parsed once at the edge.

JSON objects -> frozen dataclasses. Pure. Field names follow MAAS 3.5 (api/machines.py, DISPLAYED_MACHINE_FIELDS).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.common.raw import Raw, decimal, flag, mapping, mappings, maybe_whole, text, texts, whole

CLAIM = "pulumi"
"""The workload annotation that marks a machine as deployed by a `Deployment`."""

_TESTS = ("commissioning", "testing", "cpu", "memory", "network", "storage", "interface")


@dataclass(frozen=True)
class Interface:
    """A network interface; `ip_addresses` are those of its links, `params` e.g. bridge_type."""

    id: int
    name: str
    type: str
    mac_address: str
    parents: tuple[str, ...]
    mtu: int
    params: Raw
    ip_addresses: tuple[str, ...]
    link_ids: tuple[int, ...]


@dataclass(frozen=True)
class Disk:
    """A physical disk; `size` in bytes."""

    name: str
    size: int
    model: str
    serial: str


@dataclass(frozen=True)
class Machine:
    """A machine as MAAS lists it; `memory` in MiB, `storage` in units of 10**6 bytes."""

    system_id: str
    hostname: str
    fqdn: str
    domain: str
    status: str
    message: str
    owner: str
    annotations: Mapping[str, str]
    locked: bool
    architecture: str
    min_hwe_kernel: str
    hwe_kernel: str
    cpu_count: int
    memory: int
    storage: float
    power_type: str
    power_state: str
    osystem: str
    distro_series: str
    tags: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    interfaces: tuple[Interface, ...]
    disks: tuple[Disk, ...]
    zone: str
    pool: str
    boot_interface: str
    tests: Mapping[str, str]

    @property
    def claim(self) -> str:
        """Which deployment says that this machine is its own; "" for none."""
        return self.annotations.get(CLAIM, "")

    @property
    def macs(self) -> tuple[str, ...]:
        return tuple(interface.mac_address for interface in self.interfaces)

    def interface(self, name: str) -> Interface | None:
        """Find the interface of this name."""
        return next((found for found in self.interfaces if found.name == name), None)


def machine(raw: Raw) -> Machine:
    """Parse one object of machines/."""
    return Machine(
        system_id=text(raw, "system_id"),
        hostname=text(raw, "hostname"),
        fqdn=text(raw, "fqdn"),
        domain=text(mapping(raw, "domain"), "name"),
        status=text(raw, "status_name"),
        message=text(raw, "status_message"),
        owner=text(raw, "owner"),
        annotations=_strings(mapping(raw, "workload_annotations") or mapping(raw, "owner_data")),
        locked=flag(raw, "locked"),
        architecture=text(raw, "architecture"),
        min_hwe_kernel=text(raw, "min_hwe_kernel"),
        hwe_kernel=text(raw, "hwe_kernel"),
        cpu_count=whole(raw, "cpu_count"),
        memory=whole(raw, "memory"),
        storage=decimal(raw, "storage"),
        power_type=text(raw, "power_type"),
        power_state=text(raw, "power_state"),
        osystem=text(raw, "osystem"),
        distro_series=text(raw, "distro_series"),
        tags=texts(raw, "tag_names"),
        ip_addresses=texts(raw, "ip_addresses"),
        interfaces=tuple(interface(item) for item in mappings(raw, "interface_set")),
        disks=tuple(_disk(item) for item in mappings(raw, "physicalblockdevice_set")),
        zone=text(mapping(raw, "zone"), "name"),
        pool=text(mapping(raw, "pool"), "name"),
        boot_interface=text(mapping(raw, "boot_interface"), "name"),
        tests={name: text(raw, f"{name}_test_status_name") or text(raw, f"{name}_status_name") for name in _TESTS},
    )


def interface(raw: Raw) -> Interface:
    """Parse one object of nodes/{system_id}/interfaces/."""
    links, params = mappings(raw, "links"), mapping(raw, "params")
    return Interface(
        id=whole(raw, "id"),
        name=text(raw, "name"),
        type=text(raw, "type"),
        mac_address=text(raw, "mac_address").lower(),
        parents=texts(raw, "parents"),
        # the effective one is that of an interface on it, where that is larger
        mtu=maybe_whole(params, "mtu") or maybe_whole(raw, "effective_mtu") or 1500,
        params=params,
        ip_addresses=tuple(address for link in links if (address := text(link, "ip_address"))),
        link_ids=tuple(whole(link, "id") for link in links),
    )


def _disk(raw: Raw) -> Disk:
    return Disk(text(raw, "name"), whole(raw, "size"), text(raw, "model"), text(raw, "serial"))


def _strings(raw: Raw) -> dict[str, str]:
    return {name: text(raw, name) for name in raw}
