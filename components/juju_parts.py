"""What components on Juju are made of: a model, machines, and two applications that work together.

`model` ─> Model;  `pair`: machines ─> two applications ─> integrated ─> settled
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # options of charms and metadata are of any kind

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from providers import juju


@dataclass(frozen=True, kw_only=True)
class ModelArgs:
    """A model of its own. `settings` are Juju's, by Juju's names; `requires` must be there before it.

    `force`: the reason why what is in it may be taken by force, and a lost machine be made anew. `destroy_storage`:
    storage goes with its units and the model.
    """

    name: str
    cloud: Input[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    requires: Sequence[Resource] = ()
    force: str | None = None
    destroy_storage: bool = False


@dataclass(frozen=True, kw_only=True)
class CharmArgs:
    """A charm of Charmhub by its channel, or of a folder or file at `path` with parts of its metadata replaced."""

    channel: str | None = None
    path: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    base: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secret_config: Mapping[str, Input[Any]] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, kw_only=True)
class PairArgs:
    """Two applications, integrated at `endpoints` ("application" alone: the other end decides), on one machine or two.

    A machine is where its `placement` puts it ("server2"), or one that fits the constraints; it has the base of the
    first application on it, which is the other's too.
    """

    model: ModelArgs
    charms: Mapping[str, CharmArgs]
    endpoints: tuple[str, str]
    placements: Sequence[Input[str]] = ()
    constraints: Input[str] | None = None
    base: str
    minutes: int


@dataclass(frozen=True)
class Pair:
    """What came of it, by application: what its units say, and its leader's address."""

    statuses: Output[Mapping[str, Any]]
    addresses: Output[Mapping[str, Any]]


def new_model(parent: ComponentResource, name: str, args: ModelArgs) -> juju.Model:
    """Declare the model of a component."""
    return juju.Model(
        f"{name}-model",
        name=args.name,
        cloud=args.cloud,
        config=dict(args.settings) or None,
        force=args.force,
        destroy_storage=args.destroy_storage,
        opts=ResourceOptions(parent=parent, depends_on=list(args.requires)),
    )


def pair(parent: ComponentResource, name: str, args: PairArgs) -> Pair:
    """Declare two applications that work together, in a model of their own."""
    child = ResourceOptions(parent=parent)
    model = new_model(parent, name, args.model)
    spots = args.placements or [args.constraints or "a machine of its own"]
    bases = [wanted.base or args.base for wanted in args.charms.values()]
    machines = [
        juju.Machine(
            f"{name}-machine-{index}",
            model=model.uuid,
            base=bases[index],
            placement=placement,
            constraints=args.constraints,
            force=args.model.force,
            opts=child,
        )
        for index, placement in enumerate(args.placements or [None])
    ]
    applications = {
        charm: juju.Application(
            f"{name}-{charm}",
            model=model.uuid,
            name=charm,
            placement=[machines[end].machine_id],
            spots=[spots[end]],
            force=args.model.force,
            destroy_storage=args.model.destroy_storage,
            **_charm(charm, wanted, args.base),
            opts=child,
        )
        for (charm, wanted), end in zip(args.charms.items(), (0, -1), strict=True)
    }
    joined = juju.Integration(
        f"{name}-integration",
        model=model.uuid,
        endpoints=list(args.endpoints),
        force=args.model.force,
        opts=ResourceOptions(parent=parent, depends_on=list(applications.values())),
    )
    settled = juju.Settled(
        f"{name}-settled",
        model=model.uuid,
        applications=dict.fromkeys(args.charms, True),
        units=dict.fromkeys(args.charms, 1),
        minutes=args.minutes,
        opts=ResourceOptions(parent=parent, depends_on=[*applications.values(), joined]),
    )
    return Pair(settled.statuses, settled.addresses)


def _charm(name: str, args: CharmArgs, base: str) -> dict[str, Any]:
    shared = {
        "base": args.base or base,
        "config": dict(args.config) or None,
        "secret_config": dict(args.secret_config) or None,
    }
    if args.path is None:
        return {**shared, "charm": name, "channel": args.channel}
    return {**shared, "local_charm": args.path, "metadata_overrides": dict(args.metadata) or None}


def inside(machine: juju.Machine) -> Output[str]:
    """Name a new container of a machine, as a placement."""
    return machine.machine_id.apply("lxd:{}".format)
