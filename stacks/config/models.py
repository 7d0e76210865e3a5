"""The shape of `metal-to-cloud:baremetal`: what a person may write, frozen once read.

Keys are camelCase in YAML, as Pulumi's own are, and snake_case here; `settings` alone keeps MAAS's names. Shape lives
here, relations between parts (duplicates, overlaps, unknown names) in `checks`. Pure: no files are opened, no Pulumi.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StrictBool,
    StrictInt,
    StrictStr,
)

from stacks.config.app_models import App, Controller, Ssh
from stacks.config.part import Part
from stacks.config.scalars import (
    Arch,
    Architecture,
    Cidr,
    Distro,
    DnsName,
    FilePath,
    Hostname,
    InterfaceName,
    Ip,
    Mac,
    ObjectName,
    Release,
    TagName,
    pattern,
    refuse,
)


def is_public_key(text: str) -> bool:
    """Tell whether `text` is one public key in OpenSSH's form: type, base64, and maybe a comment, on one line."""
    words = text.split()
    types = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")
    return len(words) >= 2 and words[0].startswith(types) and len(text.strip().splitlines()) == 1


def _public_key(value: str) -> str:
    if is_public_key(value):
        return " ".join(value.split())
    raise refuse("the public half of an SSH key: its type, a space, its base64 text")


class SshKey(Part):
    """A public key that may log in to every deployed machine: the key itself, or the file that holds it."""

    key: Annotated[StrictStr, AfterValidator(_public_key)] | None = None
    file: FilePath | None = None


class Image(Part):
    """A release whose boot images MAAS keeps in sync."""

    release: Release
    os: Hostname = "ubuntu"
    arches: Annotated[tuple[Arch, ...], Field(min_length=1)] = ("amd64",)


class Zone(Part):
    """An availability zone of MAAS."""

    name: ObjectName
    description: StrictStr = ""


class Pool(Part):
    """A resource pool of MAAS."""

    name: ObjectName
    description: StrictStr = ""


class Range(Part):
    """Addresses set apart in a subnet: for DHCP (dynamic), or never handed out by MAAS (reserved)."""

    type: Literal["dynamic", "reserved"]
    start: Ip
    end: Ip
    comment: StrictStr = ""


class Subnet(Part):
    """A network that MAAS manages; MAAS has found it already where its own address is in it."""

    cidr: Cidr
    name: ObjectName | None = None
    gateway: Ip | None = None
    dns: tuple[Ip, ...] = ()
    dhcp: StrictBool = False
    ranges: tuple[Range, ...] = ()


PowerType = Literal["amt", "ipmi", "redfish", "virsh", "lxd", "webhook", "manual"]


class Power(Part):
    """How MAAS switches machines on and off; what is set at a server wins over what is set for all."""

    type: PowerType | None = None
    address: Ip | None = None
    password: SecretStr | None = None
    password_file: FilePath | None = None
    parameters: Mapping[str, StrictStr] = {}


class PowerDefaults(Part):
    """The power settings that all servers share; an address is a server's own."""

    type: PowerType = "manual"
    password: SecretStr | None = None
    password_file: FilePath | None = None


class Expect(Part):
    """The least that commissioning must find in a server: memory in GiB, the others as counts."""

    memory_gb: Annotated[StrictInt, Field(ge=1)] | None = None
    cpus: Annotated[StrictInt, Field(ge=1)] | None = None
    disks: Annotated[StrictInt, Field(ge=0)] | None = None
    nics: Annotated[StrictInt, Field(ge=1)] | None = None


class Server(Part):
    """One physical machine of the rack."""

    name: Hostname
    mac: Mac
    architecture: Architecture = "amd64/generic"
    power: Power = Power()
    zone: ObjectName | None = None
    pool: ObjectName | None = None
    expect: Expect = Expect()


def _members(value: object) -> object:
    if value == "all":
        return None
    if isinstance(value, list | tuple):
        return cast("Sequence[object]", value)
    raise refuse("'all' or a list of server names")


Members = Annotated[tuple[Hostname, ...] | None, BeforeValidator(_members)]
"""Which servers a tag or a bridge is for: those named, or None for every one (`all` in YAML)."""


class Bridge(Part):
    """A bridge over one interface of each of its servers: the one it boots from, unless `parent` names another."""

    name: InterfaceName
    type: Literal["ovs", "standard"] = "ovs"
    parent: InterfaceName | None = None
    servers: Members = None


class Tag(Part):
    """A label that later stages choose machines by, and that may add kernel options to them."""

    name: TagName
    servers: Members = ()
    comment: StrictStr = ""
    kernel_opts: StrictStr = ""


class Device(Part):
    """Something with a MAC address that MAAS doesn't install: a router, a switch, a printer."""

    name: Hostname
    mac: Mac
    address: Ip | None = None


class DnsRecord(Part):
    """A record that MAAS's DNS server answers."""

    name: DnsName
    type: Literal["A/AAAA", "CNAME", "MX", "NS", "SRV", "SSHFP", "TXT"] = "A/AAAA"
    data: Annotated[StrictStr, Field(min_length=1)]
    ttl: Annotated[StrictInt, Field(ge=1)] | None = None


class Deploy(Part):
    """What a server runs; `released: true` keeps it Ready and the rest of its entry for later."""

    distro: Distro | None = None
    user_data: SecretStr | None = None
    user_data_file: FilePath | None = None
    hwe_kernel: StrictStr | None = None
    lock: StrictBool = False
    erase: StrictBool = False
    released: StrictBool = False


Minutes = Annotated[StrictInt, Field(ge=1, le=24 * 60)]


class Deadlines(Part):
    """How long to wait, in minutes. MAAS itself gives up after `node_timeout`, 30 minutes unless set otherwise."""

    images: Minutes = 60
    commission: Minutes = 45
    deploy: Minutes = 45


def _setting(value: object) -> object:
    if value is None or isinstance(value, str | int):
        return value
    raise refuse("text, a whole number, true, false or null")


Setting = Annotated[StrictBool | StrictInt | StrictStr | None, BeforeValidator(_setting)]
SettingName = Annotated[StrictStr, pattern(r"[a-z][a-z0-9_]*", "a MAAS setting such as upstream_dns")]


class BaremetalSettings(Part):
    """The whole of `metal-to-cloud:baremetal`, checked. Every part may be left out: an empty kit is a valid kit."""

    settings: Mapping[SettingName, Setting] = {}
    ssh_keys: tuple[SshKey, ...] = ()
    images: tuple[Image, ...] = ()
    zones: tuple[Zone, ...] = ()
    pools: tuple[Pool, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    power: PowerDefaults = PowerDefaults()
    servers: tuple[Server, ...] = ()
    on_mismatch: Literal["fail", "warn"] = "fail"
    bridges: tuple[Bridge, ...] = ()
    tags: tuple[Tag, ...] = ()
    devices: tuple[Device, ...] = ()
    dns_records: tuple[DnsRecord, ...] = ()
    deploy: Mapping[Hostname, Deploy] = {}
    deadlines: Deadlines = Deadlines()
    controller: Controller | None = None
    ssh: Ssh = Ssh()
    app: App | None = None
