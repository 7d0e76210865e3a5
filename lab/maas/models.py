"""The rows of the emulator's world: frozen, typed, serialisable.

Handlers and life-cycle functions read rows, build new ones with `dataclasses.replace` and put them back into the tables
of `world.World`; `store` writes the changed rows to disk. A machine's interfaces and disks live inside its row, so one
row is one consistent machine. Units: memory MiB, disk sizes bytes, times seconds since the epoch.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Json: TypeAlias = dict[str, object]
PowerState: TypeAlias = Literal["on", "off", "unknown", "error"]
LinkMode: TypeAlias = Literal["auto", "dhcp", "static", "link_up"]
Sight: TypeAlias = Literal["up", "lost", "off"]
"""What a driver sees of a host: its system answers, it never answered, it went off."""
InterfaceType: TypeAlias = Literal["physical", "bond", "bridge", "vlan"]


@dataclass(frozen=True, slots=True)
class User:
    """An account; `password` is a salted digest (`accounts.digest`), empty when login by password is off."""

    username: str
    email: str
    is_superuser: bool
    password: str


@dataclass(frozen=True, slots=True)
class Token:
    """One API key: `consumer_key:key:secret`."""

    key: str
    consumer_key: str
    secret: str
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class SshKey:
    id: int
    username: str
    key: str
    keysource: str | None = None


@dataclass(frozen=True, slots=True)
class Fabric:
    id: int
    name: str
    description: str = ""
    class_type: str | None = None


@dataclass(frozen=True, slots=True)
class Vlan:
    id: int
    fabric_id: int
    vid: int
    name: str
    mtu: int = 1500
    dhcp_on: bool = False
    primary_rack: str | None = None
    secondary_rack: str | None = None
    relay_vlan_id: int | None = None
    space_id: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    id: int
    name: str
    cidr: str
    vlan_id: int
    gateway_ip: str | None = None
    dns_servers: tuple[str, ...] = ()
    rdns_mode: int = 2
    allow_dns: bool = True
    allow_proxy: bool = True
    managed: bool = True
    active_discovery: bool = False
    description: str = ""
    disabled_boot_architectures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IpRange:
    id: int
    type: Literal["dynamic", "reserved"]
    start_ip: str
    end_ip: str
    subnet_id: int
    username: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Space:
    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class StaticRoute:
    id: int
    source_id: int
    destination_id: int
    gateway_ip: str
    metric: int = 0


@dataclass(frozen=True, slots=True)
class Zone:
    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Domain:
    id: int
    name: str
    authoritative: bool = True
    ttl: int | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One name of a domain: addresses (`dnsresources/`) and other record types (`dnsresourcerecords/`) under it."""

    id: int
    name: str
    domain_id: int
    ip_addresses: tuple[str, ...] = ()
    address_ttl: int | None = None


@dataclass(frozen=True, slots=True)
class DnsData:
    id: int
    dnsresource_id: int
    rrtype: str
    rrdata: str
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class ReservedAddress:
    """An address that a user reserved, through `ipaddresses/?op=reserve` or by giving it to a DNS name."""

    id: int
    ip: str
    subnet_id: int | None
    username: str
    hostname: str
    created: float


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    comment: str = ""
    definition: str = ""
    kernel_opts: str = ""


@dataclass(frozen=True, slots=True)
class BootSource:
    id: int
    url: str
    keyring_filename: str
    keyring_data: str
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class Selection:
    id: int
    boot_source_id: int
    os: str
    release: str
    arches: tuple[str, ...]
    subarches: tuple[str, ...] = ("*",)
    labels: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class BootResource:
    """An image; `progress` runs from 0 to 100 per cent of the newest set, which is complete at 100."""

    id: int
    type: Literal["Synced", "Uploaded"]
    name: str
    architecture: str
    subarches: str
    title: str
    version: str
    size: int
    progress: float
    last_deployed: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    id: int
    mode: LinkMode
    subnet_id: int | None = None
    ip_address: str | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of a node; `acquired` ones were made while Allocated and go at release.

    `mtu` is what was asked for it; None: its VLAN's.
    """

    id: int
    name: str
    type: InterfaceType
    mac_address: str
    vlan_id: int | None
    parents: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    enabled: bool = True
    links: tuple[Link, ...] = ()
    params: Json = field(default_factory=dict[str, object])
    mtu: int | None = None
    acquired: bool = False
    vendor: str | None = None
    product: str | None = None
    speed: int = 0


@dataclass(frozen=True, slots=True)
class BlockDevice:
    id: int
    name: str
    model: str
    serial: str
    size: int
    block_size: int = 512
    id_path: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """What a node is busy with: a phase of `phases.PHASES`, begun at `began`, over at `ends`.

    `told` counts the phase's steps whose events are out already; `doom` is why it will fail, known from the start,
    `hint` the lab's explanation of it; `options` are the operation's own (testing scripts, erase, ...). `system` is
    what the driver said of the installed system: nothing yet, that it is up, or that it never answered.
    """

    phase: str
    began: float
    ends: float
    told: int = 0
    doom: str = ""
    hint: str = ""
    options: Json = field(default_factory=dict[str, object])
    system: Literal["", "up", "lost"] = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of MAAS's database. `physical` names the machine of the rack that answers to its MAC, if any."""

    system_id: str
    hostname: str
    domain_id: int
    zone_id: int
    pool_id: int
    architecture: str
    created: float
    status: int = 0
    previous_status: int = 0
    description: str = ""
    owner: str = ""
    owner_data: dict[str, str] = field(default_factory=dict[str, str])
    agent_name: str = ""
    error_description: str = ""
    locked: bool = False
    power_type: str = ""
    power_parameters: dict[str, str] = field(default_factory=dict[str, str])
    power_state: PowerState = "unknown"
    power_due: float | None = None
    power_target: PowerState = "off"
    min_hwe_kernel: str = ""
    hwe_kernel: str = ""
    user_data: str = ""
    osystem: str = ""
    distro_series: str = ""
    netboot: bool = True
    ephemeral_deploy: bool = False
    enable_hw_sync: bool = False
    cpu_count: int = 0
    cpu_speed: int = 0
    memory: int = 0
    swap_size: int | None = None
    storage_layout: str = ""
    hardware_uuid: str | None = None
    hardware_info: dict[str, str] = field(default_factory=dict[str, str])
    tags: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    boot_interface_id: int | None = None
    disks: tuple[BlockDevice, ...] = ()
    boot_disk_id: int | None = None
    tests: dict[str, int] = field(default_factory=dict[str, int])
    commissioning_result: int = -1
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Device:
    system_id: str
    hostname: str
    domain_id: int
    zone_id: int
    owner: str
    description: str = ""
    parent: str | None = None
    interfaces: tuple[Interface, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RackController:
    system_id: str
    hostname: str
    memory: int
    cpu_count: int
    interface: Interface


@dataclass(frozen=True, slots=True)
class Event:
    """`system_id` is empty for events that concern no node."""

    id: int
    system_id: str
    hostname: str
    level: str
    type: str
    description: str
    created: float
    username: str = ""


@dataclass(frozen=True, slots=True)
class PhysicalDisk:
    name: str
    size: int
    model: str
    serial: str


@dataclass(frozen=True, slots=True)
class PhysicalMachine:
    """A machine that stands in the rack, whether MAAS knows it or not.

    `dead` says that neither it nor its BMC answers any more; `full_disk` names the directory below which nothing can be
    written, if any.
    """

    name: str
    macs: tuple[str, ...]
    memory: int
    cpus: int
    disks: tuple[PhysicalDisk, ...]
    amt_address: str
    architecture: str = "amd64/generic"
    model: str = "NUC"
    on: bool = False
    dead: bool = False
    full_disk: str = ""


@dataclass(frozen=True, slots=True)
class InstalledNic:
    """A NIC of an installed system: addresses with their prefix ("172.16.0.20/20"); `bridge` carries them if named."""

    name: str
    mac: str
    addresses: tuple[str, ...] = ()
    bridge: str = ""


@dataclass(frozen=True, slots=True)
class Install:
    """The system on a machine's disk, by the machine's name in the rack; `gateway` is empty where there is none."""

    machine: str
    hostname: str
    series: str
    nics: tuple[InstalledNic, ...]
    authorized_keys: tuple[str, ...]
    gateway: str
    nameservers: tuple[str, ...]
    user_data: str = ""
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Host:
    """The machine that MAAS itself runs on: its rack controller, never a machine to enrol; its address and network.

    `router` answers on that network, whether or not MAAS was told of a gateway.
    """

    name: str = "main"
    memory: int = 10 * 1024
    cpus: int = 2
    address: str = "172.16.0.3"
    network: str = "172.16.0.0/20"
    router: str = "172.16.0.1"

    @property
    def url(self) -> str:
        """Where its MAAS answers, if nobody says otherwise."""
        return f"http://{self.address}:5240/MAAS"


@dataclass(frozen=True, slots=True)
class Snap:
    """A snap that is installed on MAAS's host, as `snap list` shows it; `channel` is what it tracks."""

    name: str
    version: str
    revision: int
    channel: str
    publisher: str
    notes: str = "-"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that `owner` keeps in MAAS, as Juju once did; `content` is base64, whoever has the `key` may read it."""

    filename: str
    owner: str
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A misfortune as data; see `faults` for what each kind does and how the matchers work."""

    id: int
    kind: str
    method: str = ""
    path: str = ""
    op: str = ""
    machine: str = ""
    phase: str = ""
    text: str = ""
    status: int = 0
    retry_after: int | None = None
    seconds: float = 0.0
    times: int | None = None
    every: int = 1
    seen: int = 0
    hit: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast time-taking things go; `phases` overrides one phase's seconds (not scaled by `factor`).

    `offset` is what the world's clock is ahead of the wall clock; under the manual pace the clock stands at `clock`.
    """

    mode: Literal["immediate", "timed", "manual"] = "immediate"
    factor: float = 1.0
    phases: dict[str, float] = field(default_factory=dict[str, float])
    offset: float = 0.0
    clock: float = 0.0


@dataclass(frozen=True, slots=True)
class Import:
    """The image import under way, if `running`; `failure` makes it stop in the middle."""

    running: bool = False
    began: float = 0.0
    ends: float = 0.0
    failure: str = ""
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str | bool | int | None


@dataclass(frozen=True, slots=True)
class Meta:
    """One row of facts about this world: the seed every id and key is drawn from, the counters, MAAS's host.

    `maas_url` is what `maas init` was given.
    """

    seed: str
    amt_password: str
    drawn: int = 0
    next_id: dict[str, int] = field(default_factory=dict[str, int])
    pace: Pace = field(default_factory=Pace)
    image_import: Import = field(default_factory=Import)
    host: Host = field(default_factory=Host)
    maas_url: str = ""
