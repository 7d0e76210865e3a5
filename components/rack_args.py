"""What a Rack and its Servers are told: typed arguments, what names resources plain, the rest Pulumi inputs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pulumi import Input, Resource

from components.hardware import Hardware


@dataclass(frozen=True, kw_only=True)
class BridgeArgs:
    """A bridge over the machine's boot interface, or over `parent`."""

    name: str
    type: Input[str] = "ovs"
    parent: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DeployArgs:
    """What a server runs. `distro` None is MAAS's default; `user_data` is cloud-init text, kept secret."""

    distro: Input[str] | None = None
    hwe_kernel: Input[str] | None = None
    user_data: Input[str] | None = field(default=None, repr=False)
    lock: Input[bool] = False
    erase: Input[bool] = False
    deadline_minutes: Input[int] = 45


@dataclass(frozen=True, kw_only=True)
class ServerArgs:
    """One physical machine: how it is found and switched, what it should have, what it is for.

    `deploy` None leaves it Ready. `expect` is compared with what commissioning found; less than that is an error
    that stops the deployment (`on_mismatch` "fail"), or a warning.
    """

    name: str
    mac_address: Input[str]
    architecture: Input[str] = "amd64/generic"
    power_type: Input[str]
    power_address: Input[str] | None = None
    power_password: Input[str] | None = field(default=None, repr=False)
    power_parameters: Input[dict[str, Input[str]]] | None = field(default=None, repr=False)
    zone: Input[str] | None = None
    pool: Input[str] | None = None
    commission_deadline_minutes: Input[int] = 45
    expect: Hardware = field(default_factory=Hardware)
    on_mismatch: Literal["fail", "warn"] = "fail"
    tags: Sequence[str] = ()
    bridges: Sequence[BridgeArgs] = ()
    deploy: DeployArgs | None = None


@dataclass(frozen=True, kw_only=True)
class TagArgs:
    """A tag of the rack; which servers have it is said at the servers."""

    name: str
    comment: Input[str] = ""
    kernel_opts: Input[str] = ""


@dataclass(frozen=True, kw_only=True)
class RackArgs:
    """All machines of one MAAS. `requires` is what must be there before any of them is switched on."""

    servers: Sequence[ServerArgs]
    tags: Sequence[TagArgs] = ()
    requires: Sequence[Resource] = ()
