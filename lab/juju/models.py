"""The rows of the emulated controller's world: frozen, typed, serialisable.

Life cycles and facades read rows, build new ones with `dataclasses.replace` and put them back into the tables of
`world.World`. Keys: what belongs to a model is keyed "MODEL_UUID/NAME" (`world.key`). Units: memory and disks MiB,
times seconds since the epoch (0.0: never). Names are Juju's own (juju/juju 3.6, docs/lab.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Json: TypeAlias = dict[str, object]
Life: TypeAlias = Literal["alive", "dying", "dead"]
Role: TypeAlias = Literal["provider", "requirer", "peer"]


def _texts() -> dict[str, str]:
    return {}


def _objects() -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Status:
    """A status word of Juju with its message, since when, and data (of an error: the hook)."""

    status: str
    message: str = ""
    since: float = 0.0
    data: Mapping[str, object] = field(default_factory=_objects)


@dataclass(frozen=True, slots=True)
class Meta:
    """The controller itself. `ca_key` and `key` are PEM; `next_id` counts per kind; `seed` feeds `World.draw`."""

    uuid: str
    name: str
    seed: str
    version: str = "3.6.14"
    addresses: tuple[str, ...] = ()
    port: int = 17070
    ca_cert: str = ""
    cert: str = ""
    key: str = field(default="", repr=False)
    charmhub_url: str = ""
    controller_model: str = ""
    created: float = 0.0
    drawn: int = 0
    next_id: Mapping[str, int] = field(default_factory=dict[str, int])
    config: Mapping[str, object] = field(default_factory=_objects)
    model_defaults: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    """What new models of a cloud start with, by "CLOUD" or "CLOUD/REGION"."""
    secret_backends: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]], repr=False
    )
    """By name: id, backend-type, config, token-rotate-interval."""


@dataclass(frozen=True, slots=True)
class User:
    """`password` is a salted digest; `access` on the controller: superuser, add-model, login."""

    name: str
    password: str = field(repr=False)
    access: str = "login"
    display_name: str = ""
    created: float = 0.0
    created_by: str = "admin"
    last_connection: float = 0.0
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Cloud:
    """`regions`: (name, endpoint); `region_endpoints`: region -> (identity endpoint, storage endpoint)."""

    name: str
    type: str = "maas"
    auth_types: tuple[str, ...] = ("oauth1",)
    endpoint: str = ""
    regions: tuple[tuple[str, str], ...] = (("default", ""),)
    config: Mapping[str, object] = field(default_factory=_objects)
    ca_certificates: tuple[str, ...] = ()
    access: Mapping[str, str] = field(default_factory=_texts)
    identity_endpoint: str = ""
    storage_endpoint: str = ""
    skip_tls_verify: bool = False
    region_endpoints: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


@dataclass(frozen=True, slots=True)
class Credential:
    """Key: "CLOUD_OWNER_NAME"."""

    cloud: str
    owner: str
    name: str
    auth_type: str = "oauth1"
    attrs: Mapping[str, str] = field(default_factory=_texts, repr=False)
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """Key: its uuid. `config` holds what was set, defaults are `life.settings`; `access`: user -> read|write|admin."""

    uuid: str
    name: str
    owner: str
    cloud: str
    region: str
    credential: str
    life: Life = "alive"
    status: Status = field(default_factory=lambda: Status("available"))
    config: Mapping[str, object] = field(default_factory=_objects)
    constraints: Mapping[str, object] = field(default_factory=_objects)
    agent_version: str = "3.6.14"
    access: Mapping[str, str] = field(default_factory=_texts)
    last_connections: Mapping[str, float] = field(default_factory=dict[str, float])
    created: float = 0.0
    is_controller: bool = False
    destroy_storage: bool | None = None
    force: bool = False
    blocks: Mapping[str, str] = field(default_factory=_texts)
    """What is switched off, with the reason: BlockDestroy, BlockRemove, BlockChange."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Key: "MODEL/ID"; ID is "3", or "3/lxd/0" in a container of machine 3.

    `phase`: pending (nothing asked of MAAS yet), provisioning (MAAS deploys), agent (Juju's agent is installed),
    started, stopping (given back to MAAS), failed. `until`: when the phase ends by itself (0.0: not by itself).
    `instance_id` is the MAAS system id, or the container's name; `hardware` as Juju writes it: arch, cores, mem (MiB),
    tags (list), availability-zone, root-disk.
    """

    model: str
    id: str
    base: str = "22.04"
    arch: str = "amd64"
    constraints: Mapping[str, object] = field(default_factory=_objects)
    placement: str = ""
    life: Life = "alive"
    phase: str = "pending"
    until: float = 0.0
    instance_id: str = ""
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    hardware: Mapping[str, object] = field(default_factory=_objects)
    agent: Status = field(default_factory=lambda: Status("pending"))
    instance: Status = field(default_factory=lambda: Status("pending"))
    made: float = 0.0
    added_by_unit: bool = False
    keep: bool = False
    force: bool = False
    off: bool = False
    """Whether its source sees it off, or no more: nobody hears its agent then."""
    dirty: bool = False
    """Whether a unit was ever put on it: Juju gives it to none by itself any more."""

    @property
    def parent(self) -> str:
        """The machine that hosts this container, "" for a machine."""
        return self.id.rpartition("/")[0].rpartition("/")[0]

    @property
    def container_type(self) -> str:
        return self.id.split("/")[-2] if "/" in self.id else ""


@dataclass(frozen=True, slots=True)
class Charm:
    """A charm that a model knows. Key: "MODEL|URL", URL "ch:amd64/jammy/vault-220" or "local:jammy/wordpress-0".

    `document` is the whole charm of a local one as `hub.catalogue.parse` reads it, empty for one of the catalogue.
    """

    model: str
    url: str
    name: str
    revision: int
    channel: str = ""
    base: str = "22.04"
    source: Literal["charm-hub", "local"] = "charm-hub"
    document: Mapping[str, object] = field(default_factory=_objects)


@dataclass(frozen=True, slots=True)
class StorageDirective:
    """How much storage a charm's label gets; `size` in MiB."""

    pool: str = "rootfs"
    size: int = 1024
    count: int = 1


@dataclass(frozen=True, slots=True)
class Application:
    """Key: "MODEL/NAME". `exposed`: endpoint ("" for all) -> (spaces, cidrs); None: not exposed.

    `config` holds what was set, typed; `bindings`: endpoint -> space; `resources`: name -> revision or "upload".
    """

    model: str
    name: str
    charm: str
    channel: str = ""
    base: str = "22.04"
    config: Mapping[str, object] = field(default_factory=_objects)
    trust: bool = False
    constraints: Mapping[str, object] = field(default_factory=_objects)
    exposed: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] | None = None
    bindings: Mapping[str, str] = field(default_factory=_texts)
    storage: Mapping[str, StorageDirective] = field(default_factory=dict[str, StorageDirective])
    resources: Mapping[str, str] = field(default_factory=_texts)
    life: Life = "alive"
    subordinate: bool = False
    next_unit: int = 0
    facts: Mapping[str, object] = field(default_factory=_objects)
    """What the charm's units agreed on among themselves (leader data): vault's init state, keystone's admin_passwd."""
    status: Status = field(default_factory=lambda: Status("unknown"))
    made: float = 0.0
    destroy_storage: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """Key: "MODEL/APP/0". `principal`: the unit that a subordinate sits on.

    `phase`: waiting (for its machine), installing, configuring, started, stopping, error. `until` as a machine's.
    `work`: the hooks that it runs or failed in, in order. `told`: what `hub.behaviour` saw last, so that a change takes
    a hook; `joined`: the relations (ids) whose hooks it ran; `heard`: the config that it ran config-changed for;
    `elected`: whether it ran leader-elected.
    """

    model: str
    name: str
    application: str
    machine: str = ""
    principal: str = ""
    life: Life = "alive"
    phase: str = "waiting"
    until: float = 0.0
    work: str = ""
    told: str = ""
    joined: tuple[int, ...] = ()
    heard: str = ""
    elected: bool = False
    agent: Status = field(default_factory=lambda: Status("allocating"))
    workload: Status = field(default_factory=lambda: Status("waiting", "waiting for machine"))
    leader: bool = False
    ports: tuple[str, ...] = ()
    version: str = ""
    charm: str = ""
    facts: Mapping[str, object] = field(default_factory=_objects)
    made: float = 0.0
    destroy_storage: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a relation."""

    application: str
    name: str
    role: Role
    interface: str
    scope: Literal["global", "container"] = "global"
    limit: int = 0
    optional: bool = False

    @property
    def text(self) -> str:
        return f"{self.application}:{self.name}"


@dataclass(frozen=True, slots=True)
class Relation:
    """Key: "MODEL/ID". One endpoint for a peer relation, else (requirer, provider)."""

    model: str
    id: int
    endpoints: tuple[Endpoint, ...]
    life: Life = "alive"
    until: float = 0.0
    status: Status = field(default_factory=lambda: Status("joining"))
    suspended: bool = False
    force: bool = False

    @property
    def key(self) -> str:
        """What Juju calls it: "requirer:ep provider:ep", or "app:ep"."""
        return " ".join(each.text for each in self.endpoints)


@dataclass(frozen=True, slots=True)
class Offer:
    """Key: "MODEL/NAME". `endpoints`: alias -> endpoint of the application."""

    model: str
    name: str
    uuid: str
    application: str
    description: str
    endpoints: Mapping[str, str]
    access: Mapping[str, str] = field(default_factory=_texts)


@dataclass(frozen=True, slots=True)
class RemoteApplication:
    """An offer that a model consumes. Key: "MODEL/NAME"."""

    model: str
    name: str
    offer_url: str
    offer_uuid: str
    endpoints: tuple[Endpoint, ...] = ()
    life: Life = "alive"
    status: Status = field(default_factory=lambda: Status("active"))


@dataclass(frozen=True, slots=True)
class Secret:
    """Key: "MODEL/ID". `revisions`: content by number, from 1; `grants`: application -> view."""

    model: str
    id: str
    owner: str
    label: str = ""
    description: str = ""
    revisions: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], repr=False)
    grants: Mapping[str, str] = field(default_factory=_texts)
    auto_prune: bool = False
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class Operation:
    """Key: "MODEL/ID"."""

    model: str
    id: str
    summary: str
    enqueued: float = 0.0
    fail: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Key: "MODEL/ID". `status`: pending, running, completed, failed, cancelled; `until`: when it ends."""

    model: str
    id: str
    operation: str
    receiver: str
    name: str
    parameters: Mapping[str, object] = field(default_factory=_objects, repr=False)
    status: str = "pending"
    message: str = ""
    output: Mapping[str, object] = field(default_factory=_objects, repr=False)
    log: tuple[tuple[float, str], ...] = ()
    enqueued: float = 0.0
    started: float = 0.0
    completed: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class StoragePool:
    """Key: "MODEL/NAME"."""

    model: str
    name: str
    provider: str
    attrs: Mapping[str, object] = field(default_factory=_objects)


@dataclass(frozen=True, slots=True)
class Storage:
    """A storage instance. Key: "MODEL/LABEL/0"; `unit` is "" while detached; `size` MiB; `kind`: block, filesystem."""

    model: str
    id: str
    label: str
    kind: str
    pool: str
    size: int
    unit: str = ""
    life: Life = "alive"
    status: Status = field(default_factory=lambda: Status("attached"))
    persistent: bool = True
    location: str = ""


@dataclass(frozen=True, slots=True)
class Space:
    """Key: "MODEL/NAME". Spaces of a MAAS cloud come from MAAS: alpha, and MAAS's own."""

    model: str
    id: str
    name: str
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizedKey:
    """Key: "MODEL/FINGERPRINT"."""

    model: str
    fingerprint: str
    key: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """Key: "MODEL/TAG"."""

    model: str
    tag: str
    pairs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A misfortune as data, see `faults`."""

    id: int
    kind: str
    model: str = ""
    target: str = ""
    hook: str = ""
    facade: str = ""
    method: str = ""
    text: str = ""
    code: str = ""
    seconds: float = 0.0
    times: int | None = None
    every: int = 1
    seen: int = 0
    hit: int = 0
