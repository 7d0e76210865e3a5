"""The deployment of Charmed OpenStack: wishes -> applications with their places -> what waits for what.

Wishes + openstack_charms ─> Plan: each application's units by node, channel, config
                           ─> needs: who needs whom before it can be active; what vault needs before its ceremony
                           ─> critical path: the longest chain of machine, container, installation and hooks. Pure.

The control plane is spread over the first `spread` nodes: three where nobody says it and there are as many, so with
three nodes or more another one adds units and moves none. Below three a node more or less is another spread, and some
containers belong elsewhere. They lose what only they hold when they move (rabbitmq's queues; the dashboard has none),
so that is refused with a sentence (`providers.juju.plan.layout`) until the person names the `spread`: the old one
leaves them where they are, where it can; the new one has their units made anew, which clusters survive.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from components.openstack_charms import CHARMS, INTEGRATIONS, PROFILES, Charm, Profile

VAULT = "vault"
CERTIFICATES = "vault:certificates"
_CONTROL_PLANE = 3
"""Nodes that the control plane is spread over, where there are as many: a cluster of three survives one."""


class PlanError(ValueError):
    """Wishes that contradict each other or the charms. `key` is the wish, the message completes "<key> ..."."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the person says. `nodes`: servers by name, in the order in which they are taken into use.

    `osd_devices`: disks of each storage node; `osd_storage`: what Juju gives it beside them, as a storage directive
    ("maas,1,100G"); `spread`: nodes that the control plane is spread over, which also says that its containers may move
    when that is another number than before; `bridge_mapping`: bridge and interface of the external network, by the
    name that the interface has on the nodes; `config` and `channels` go by application and win over the guide's.
    """

    nodes: Sequence[str]
    profile: str = "2023.2"
    computes: int | None = None
    storages: int | None = None
    spread: int | None = None
    osd_devices: Sequence[str] = ("/dev/sdb",)
    osd_storage: str = ""
    bridge_mapping: str = "br-ex:enp1s0"
    config: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    channels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one unit lives: on a node, or in a container of it."""

    node: str
    container: bool = False

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"lxd on {self.node}" if self.container else self.node


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """One application; `spots` None for a subordinate, which lives where its principal does.

    `storage`: directive by label of the charm.
    """

    name: str
    charm: str
    channel: str
    base: str
    config: Mapping[str, object]
    spots: tuple[Spot, ...] | None
    storage: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def labels(self) -> list[str]:
        """What a person calls the places of its units."""
        return [spot.label for spot in self.spots or ()]


@dataclass(frozen=True)
class Plan:
    """The whole deployment; integrations are (who needs it, who gives it).

    `spread`: on so many of the nodes the containers are; `moves`: they may move there from where they were.
    """

    nodes: tuple[str, ...]
    applications: tuple[ApplicationPlan, ...]
    integrations: tuple[tuple[str, str], ...]
    spread: int
    moves: bool

    def named(self, name: str) -> ApplicationPlan:
        return next(each for each in self.applications if each.name == name)


def plan(wishes: Wishes) -> Plan:
    """Plan the deployment.

    Raises PlanError: no node, an unknown profile or application, more units than nodes, a spread beyond the nodes.
    """
    nodes = tuple(wishes.nodes)
    profile = _checked(wishes, nodes)
    spread = wishes.spread or min(len(nodes), _CONTROL_PLANE)
    applications = tuple(_application(charm, profile, wishes, nodes, spread) for charm in CHARMS)
    return Plan(nodes, applications, INTEGRATIONS, spread, wishes.spread is not None)


def _checked(wishes: Wishes, nodes: Sequence[str]) -> Profile:
    if not nodes:
        raise PlanError("servers", "is empty, but must name at least one server")
    if len(set(nodes)) < len(nodes):
        twice = next(name for name in nodes if nodes.count(name) > 1)
        raise PlanError("servers", f"names {twice} twice")
    if wishes.profile not in PROFILES:
        raise PlanError("profile", f"is {wishes.profile!r}, but must be one of {', '.join(PROFILES)}")
    for key, count in (("computes", wishes.computes), ("storages", wishes.storages), ("spread", wishes.spread)):
        if count is not None and not 1 <= count <= len(nodes):
            raise PlanError(key, f"is {count}, but must be a number from 1 to {len(nodes)}, the number of nodes")
    known = {charm.name for charm in CHARMS}
    for key, given in (("config", wishes.config), ("channels", wishes.channels)):
        for name in given:
            if name not in known:
                raise PlanError(f"{key}.{name}", f"is no application of OpenStack; they are {', '.join(sorted(known))}")
    return PROFILES[wishes.profile]


def _application(
    charm: Charm, profile: Profile, wishes: Wishes, nodes: tuple[str, ...], spread: int
) -> ApplicationPlan:
    own = {**charm.config, **_derived(charm, wishes, spread), **profile.config.get(charm.name, {})}
    return ApplicationPlan(
        charm.name,
        charm.charm_name,
        wishes.channels.get(charm.name, profile.channels[charm.family]),
        profile.base,
        {**own, **wishes.config.get(charm.name, {})},
        _spots(charm, wishes, nodes, spread),
        {"osd-devices": wishes.osd_storage} if charm.where == "storage" and wishes.osd_storage else {},
    )


def _derived(charm: Charm, wishes: Wishes, spread: int) -> Mapping[str, object]:
    """Give the options whose values follow from the wishes."""
    if charm.name == "ceph-osd":
        return {"osd-devices": " ".join(wishes.osd_devices)}
    if charm.name == "ceph-mon":
        return {"expected-osd-count": min(spread, wishes.storages or spread)}
    if charm.name == "ovn-chassis":
        bridge, _, interface = wishes.bridge_mapping.partition(":")
        mapping = {"ovn-bridge-mappings": f"physnet1:{bridge}"}
        return {**mapping, "bridge-interface-mappings": wishes.bridge_mapping} if interface else mapping
    return {}


def _spots(charm: Charm, wishes: Wishes, nodes: tuple[str, ...], spread: int) -> tuple[Spot, ...] | None:
    if charm.where == "principal":
        return None
    if charm.where == "container":
        return tuple(Spot(nodes[_folded(index, spread)], container=True) for index in charm.nodes)
    count = wishes.storages if charm.where == "storage" else wishes.computes
    return tuple(Spot(name) for name in nodes[: count or len(nodes)])


def _folded(index: int, spread: int) -> int:
    """Give the node of the control plane's node `index` where there are but `spread`: no other node's units move."""
    return index if index < spread else min(index % _CONTROL_PLANE, spread - 1)


def fingerprint(deployment: Plan) -> str:
    """Give twelve characters that are others when anything of what is deployed is."""
    deployed = {name: value for name, value in asdict(deployment).items() if name not in {"spread", "moves"}}
    return hashlib.sha256(json.dumps(deployed, sort_keys=True).encode()).hexdigest()[:12]


def application_of(endpoint: str) -> str:
    """Give the application of an "application:endpoint"."""
    return endpoint.partition(":")[0]


def needs(integrations: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Say which applications each one needs before it can be active.

    What vault itself needs takes its certificates later, when vault gives some: that is no need, or none could begin.
    """
    pairs = tuple(integrations)
    all_needs = _gathered(pair for pair in pairs if pair[1] != CERTIFICATES)
    first = {VAULT, *_closure(VAULT, all_needs)}
    late = (pair for pair in pairs if pair[1] == CERTIFICATES and application_of(pair[0]) not in first)
    return _merged(all_needs, _gathered(late))


def before_vault(integrations: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Choose the integrations that have to be there before vault can be initialised: its way to its database."""
    pairs = [pair for pair in integrations if pair[1] != CERTIFICATES]
    first = {VAULT, *_closure(VAULT, _gathered(pairs))}
    return tuple(pair for pair in pairs if {application_of(end) for end in pair} <= first)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for needer, giver in pairs:
        name = application_of(needer)
        found[name] = found.get(name, frozenset()) | {application_of(giver)}
    return found


def _merged(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return {name: one.get(name, frozenset()) | other.get(name, frozenset()) for name in {*one, *other}}


def _closure(name: str, edges: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    new = set(edges.get(name, ()))
    while new:
        found |= new
        new = {each for one in new for each in edges.get(one, ())} - found
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Seconds that each kind of step takes: a machine until its agent runs, a container likewise, a charm, a hook."""

    machine: float
    container: float
    install: float
    hook: float
    ceremony: float = 0.0


TYPICAL = Durations(machine=600, container=180, install=300, hook=30, ceremony=30)
"""On servers as the course's, with images that MAAS and LXD have already."""


@dataclass(frozen=True, slots=True)
class Path:
    """The longest chain of steps: its seconds, and its steps in order, each with its own seconds."""

    seconds: float
    steps: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        chain = " > ".join(f"{name} {seconds:.0f}s" for name, seconds in self.steps)
        return f"{self.seconds:.0f}s: {chain}"


def critical_path(deployment: Plan, durations: Durations) -> Path:
    """Give the chain that no order of doing things can make shorter."""
    edges = needs(deployment.integrations)
    ends: dict[str, Path] = {}

    def end(name: str) -> Path:
        if name not in ends:
            first = _installed(deployment, deployment.named(name), durations)
            before = [end(each) for each in sorted(edges.get(name, ()))]
            last = max([first, *before], key=lambda path: path.seconds)
            step = (f"{name} joined", durations.hook)
            ceremony = (("vault ceremony", durations.ceremony),) if name == VAULT else ()
            ends[name] = _longer(last, (step, *ceremony))
        return ends[name]

    return max((end(each.name) for each in deployment.applications), key=lambda path: path.seconds)


def _longer(path: Path, steps: Sequence[tuple[str, float]]) -> Path:
    return Path(path.seconds + sum(seconds for _, seconds in steps), (*path.steps, *steps))


def _installed(deployment: Plan, application: ApplicationPlan, durations: Durations) -> Path:
    """Give the steps until an application's first unit is installed; a subordinate's begin with its principal's."""
    steps = [("machine", durations.machine)]
    if application.spots is None:
        principal = _principal(deployment, application.name)
        return _longer(
            _installed(deployment, principal, durations), ((f"{application.name} installed", durations.install),)
        )
    if any(spot.container for spot in application.spots):
        steps.append((f"container of {application.name}", durations.container))
    return _longer(Path(0.0, ()), (*steps, (f"{application.name} installed", durations.install)))


def _principal(deployment: Plan, name: str) -> ApplicationPlan:
    others = (
        application_of(other)
        for pair in deployment.integrations
        for one, other in (pair, pair[::-1])
        if application_of(one) == name and _contained(one, other)
    )
    return deployment.named(next(others))


_CONTAINED = frozenset({"shared-db", "neutron-plugin", "nova-compute", "storage-backend"})
"""Endpoints of subordinates that join the principal unit beside them."""


def _contained(one: str, other: str) -> bool:
    return one.partition(":")[2] in _CONTAINED and not other.endswith(":db-router")
