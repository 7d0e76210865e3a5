"""The shape of `metal-to-cloud:juju`: the controller, and the models that are deployed with it.

Like `models`: camelCase in YAML, frozen once read, no files opened, no Pulumi. Options of charms keep their own names.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr, StrictBool, StrictFloat, StrictInt, StrictStr

from components.openstack_charms import PROFILES
from stacks.config.app_models import Address, Channel, Login, UserName
from stacks.config.part import Part
from stacks.config.scalars import FilePath, Hostname, TagName, pattern

ObjectName = Annotated[
    StrictStr, pattern(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*", "a name of lower-case letters, digits and hyphens")
]
CharmChannel = Annotated[
    StrictStr,
    pattern(r"([0-9A-Za-z.+-]+/)?(stable|candidate|beta|edge)", "a channel such as latest/stable or yoga/edge"),
]
Base = Annotated[StrictStr, pattern(r"ubuntu@\d\d\.\d\d", "a base such as ubuntu@22.04")]
Stack = Annotated[
    StrictStr, pattern(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}", "the name of a stack, such as baremetal")
]
Count = Annotated[StrictInt, Field(ge=1, le=1000)]
Minutes = Annotated[StrictInt, Field(ge=1, le=1440)]
Device = Annotated[StrictStr, pattern(r"/dev/[a-z0-9/._-]+", "a disk such as /dev/sdb")]
Directive = Annotated[StrictStr, pattern(r"|[^,\s]+(,[^,\s]+){0,2}", "a storage directive such as maas,1,100G")]
Bridge = Annotated[
    StrictStr, pattern(r"[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+)?", "a bridge such as br-ex, or a bridge and its interface")
]
Option = StrictBool | StrictInt | StrictFloat | StrictStr
Reason = Annotated[StrictStr, pattern(r"(?s).*\S.*", "a reason in words, for whoever reads the log")]


class JujuController(Login):
    """Where the `juju` command runs, and the machine of MAAS that it bootstraps its controller on."""

    name: ObjectName = "main"
    host: Address
    user: UserName = "cloud"
    channel: Channel = "3.6/stable"
    cloud: ObjectName = "maas"
    server: Hostname | None = None
    """The machine by its name in MAAS; else one with all of `tags`, else any."""
    tags: tuple[TagName, ...] = ()
    base: Base = "ubuntu@22.04"
    config: Mapping[str, Option] = {}
    keep: StrictBool = False
    force: Reason | None = None
    """The reason why it may be destroyed with whatever models it has that this stack knows nothing of."""


class CharmSource(Part):
    """A charm: of Charmhub by its channel, or of a folder or file, with parts of its metadata replaced."""

    channel: CharmChannel | None = None
    path: FilePath | None = None
    metadata: Mapping[str, object] = {}
    base: Base | None = None
    config: Mapping[str, Option] = {}


class ModelPart(Part):
    """What is said of every model."""

    model: ObjectName
    minutes: Minutes
    force: Reason | None = None
    """The reason why what does not go by itself may be taken by force, and a lost machine be made anew."""
    destroy_storage: StrictBool = False
    """Whether storage goes with its units and its model; else Juju refuses to destroy a model that holds some."""


class Monitoring(ModelPart):
    """Grafana and Prometheus on one machine. `password`: of Grafana's administrator; drawn where it is not given."""

    model: ObjectName = "monitoring"
    server: Hostname | None = None
    tags: tuple[TagName, ...] = ()
    base: Base = "ubuntu@20.04"
    grafana: CharmSource = CharmSource()
    prometheus: CharmSource = CharmSource()
    password: SecretStr | None = None
    minutes: Minutes = 60

    @property
    def charms(self) -> Mapping[str, CharmSource]:
        """Its charms by their keys."""
        return {"grafana": self.grafana, "prometheus": self.prometheus}


class WordPress(ModelPart):
    """WordPress and MySQL, each on a machine of its own; both on one where they have the same base."""

    model: ObjectName = "wordpress"
    servers: Annotated[tuple[Hostname, ...], Field(max_length=2)] = ()
    base: Base = "ubuntu@22.04"
    wordpress: CharmSource = CharmSource(base="ubuntu@18.04")
    mysql: CharmSource = CharmSource()
    minutes: Minutes = 60

    @property
    def charms(self) -> Mapping[str, CharmSource]:
        """Its charms by their keys."""
        return {"wordpress": self.wordpress, "mysql": self.mysql}


class Vault(Part):
    """How vault's key is split, and the key of a vault that somebody else has initialised."""

    shares: Annotated[StrictInt, Field(ge=1, le=255)] = 5
    threshold: Annotated[StrictInt, Field(ge=1, le=255)] = 3
    keys: tuple[SecretStr, ...] = ()
    root_token: SecretStr | None = None
    keys_file: FilePath | None = None
    """Where vault's keys are written the moment it gives them out, for its owner only: a kill between that moment and
    the stack's state would lose them else."""


class OpenStack(ModelPart):
    """Charmed OpenStack on the first `nodes` of `servers`."""

    model: ObjectName = "openstack"
    profile: StrictStr = next(iter(PROFILES))
    servers: Annotated[tuple[Hostname, ...], Field(min_length=1)]
    nodes: Count | None = None
    computes: Count | None = None
    storages: Count | None = None
    spread: Count | None = None
    osd_devices: tuple[Device, ...] = ("/dev/sdb",)
    osd_storage: Directive = ""
    bridge_mapping: Bridge = "br-ex:enp1s0"
    config: Mapping[ObjectName, Mapping[str, Option]] = {}
    channels: Mapping[ObjectName, CharmChannel] = {}
    settings: Mapping[str, Option] = {}
    """Juju's own settings of the model, by Juju's names."""
    minutes: Minutes = 180
    vault: Vault = Vault()


class JujuSettings(Part):
    """All of `metal-to-cloud:juju`."""

    baremetal: Stack = "baremetal"
    """The stack that has the machines; a stack that holds both stages reads its own."""
    controller: JujuController
    monitoring: Monitoring | None = None
    wordpress: WordPress | None = None
    openstack: OpenStack | None = None

    @property
    def pairs(self) -> Mapping[str, Monitoring | WordPress]:
        """The parts of two charms that are there, by their keys."""
        parts = {"monitoring": self.monitoring, "wordpress": self.wordpress}
        return {name: part for name, part in parts.items() if part is not None}
