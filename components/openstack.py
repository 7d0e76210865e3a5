"""CharmedOpenStack: OpenStack's charms on the nodes of a rack, with vault's ceremony in the middle.

    Plan ─> Layout ─> Model ─> a Machine for each node ─> Applications on machines and in containers ─> Integrations
                                                      └─ vault's way to its database ─> VaultInit ─┐
    Keystone's URL, admin's password, root certificate  <─ Action  <─ Settled: all active  <───────┴─ all of it

Nothing waits but VaultInit and Settled: vault is sealed, ceph waits for relations, and everything else for both, so
an application that waited to be active would wait for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi
from pulumi import Input, Output, Resource, ResourceOptions

from components.juju_parts import ModelArgs, inside, new_model
from components.openstack_plan import (
    TYPICAL,
    VAULT,
    ApplicationPlan,
    Plan,
    application_of,
    before_vault,
    critical_path,
    fingerprint,
)
from providers import juju


@dataclass(frozen=True, kw_only=True)
class VaultArgs:
    """How vault's key is split. `keys` and `root_token` are of a vault that somebody else has initialised.

    `keys_file`: where vault's keys are written the moment it gives them out, once and never again.
    """

    shares: int = 5
    threshold: int = 3
    keys: Sequence[Input[str]] | None = field(default=None, repr=False)
    root_token: Input[str] | None = field(default=None, repr=False)
    keys_file: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CharmedOpenStackArgs:
    """`plan`: what runs where. `placements`: each node's machine, as Juju is told of it; the node's own name else.

    `setting`: what stands before nodes, servers and spread where the person says them, such as "juju:openstack.".
    """

    model: ModelArgs
    plan: Plan
    placements: Mapping[str, Input[str]] = field(default_factory=dict[str, Input[str]])
    base: str = "ubuntu@22.04"
    vault: VaultArgs = field(default_factory=VaultArgs)
    minutes: int = 180
    setting: str | None = None


class CharmedOpenStack(pulumi.ComponentResource):
    """OpenStack with every application active. Secrets: `admin_password`, and vault's keys and token in `vault`."""

    keystone_url: Output[str]
    dashboard_url: Output[str]
    admin_password: Output[str]
    root_ca: Output[str]
    """PEM: what clients of the APIs have to trust."""
    statuses: Output[Mapping[str, Any]]
    vault: juju.VaultInit

    def __init__(self, name: str, args: CharmedOpenStackArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:juju:CharmedOpenStack", name, None, opts)
        self._name, self._args = name, args
        model = replace(args.model, requires=[*args.model.requires, self._layout()])
        self._model = new_model(self, name, model)
        machines = {node: self._machine(node) for node in args.plan.nodes}
        self.applications = {each.name: self._application(each, machines) for each in args.plan.applications}
        joined = {pair: self._integration(pair) for pair in args.plan.integrations}
        first = [joined[pair] for pair in before_vault(args.plan.integrations)]
        self.vault = self._ceremony(first)
        settled = self._settled([*self.applications.values(), *joined.values(), self.vault])
        self.statuses = settled.statuses
        self.keystone_url = Output.format("https://{}:5000/v3", settled.addresses["keystone"])
        self.dashboard_url = Output.format("https://{}/horizon", settled.addresses["openstack-dashboard"])
        self.admin_password = self._password(settled)
        self.root_ca = self.vault.root_ca
        self.register_outputs({"keystone_url": self.keystone_url, "dashboard_url": self.dashboard_url})

    def _child(self, *after: Resource) -> ResourceOptions:
        return ResourceOptions(parent=self, depends_on=list(after))

    def _layout(self) -> juju.Layout:
        planned = self._args.plan
        first = critical_path(planned, TYPICAL) if pulumi.runtime.is_dry_run() else None
        return juju.Layout(
            f"{self._name}-layout",
            nodes=planned.nodes,
            spread=planned.spread,
            spots={each.name: each.labels for each in planned.applications if each.spots is not None},
            moves=planned.moves,
            setting=self._args.setting,
            critical_path=None if first is None else str(first),
            opts=self._child(),
        )

    def _machine(self, node: str) -> juju.Machine:
        return juju.Machine(
            f"{self._name}-{node}",
            model=self._model.uuid,
            base=self._args.base,
            placement=self._args.placements.get(node, node),
            force=self._args.model.force,
            wait=False,
            opts=self._child(),
        )

    def _application(self, planned: ApplicationPlan, machines: Mapping[str, juju.Machine]) -> juju.Application:
        spots = planned.spots
        placement = None
        if spots is not None:
            placement = [
                inside(machines[spot.node]) if spot.container else machines[spot.node].machine_id for spot in spots
            ]
        return juju.Application(
            f"{self._name}-{planned.name}",
            model=self._model.uuid,
            name=planned.name,
            charm=planned.charm,
            channel=planned.channel,
            base=planned.base,
            config=dict(planned.config) or None,
            placement=placement,
            spots=planned.labels or None,
            storage=dict(planned.storage) or None,
            force=self._args.model.force,
            destroy_storage=self._args.model.destroy_storage,
            opts=self._child(),
        )

    def _integration(self, pair: tuple[str, str]) -> juju.Integration:
        needer, giver = pair
        applications = [self.applications[application_of(end)] for end in pair]
        return juju.Integration(
            f"{self._name}-{needer.replace(':', '-')}-{application_of(giver)}",
            model=self._model.uuid,
            endpoints=[needer, giver],
            force=self._args.model.force,
            opts=self._child(*applications),
        )

    def _ceremony(self, first: Sequence[Resource]) -> juju.VaultInit:
        wanted = self._args.vault
        return juju.VaultInit(
            f"{self._name}-vault-init",
            model=self._model.uuid,
            application=VAULT,
            shares=wanted.shares,
            threshold=wanted.threshold,
            keys=wanted.keys,
            root_token=wanted.root_token,
            keys_file=wanted.keys_file,
            minutes=self._args.minutes,
            triggers={"units": self.applications[VAULT].unit_details.apply(_names)},
            opts=self._child(self.applications[VAULT], *first),
        )

    def _settled(self, everything: Sequence[Resource]) -> juju.Settled:
        counts = {each.name: len(each.spots) for each in self._args.plan.applications if each.spots is not None}
        return juju.Settled(
            f"{self._name}-settled",
            model=self._model.uuid,
            applications={each.name: True for each in self._args.plan.applications},
            units=counts,
            minutes=self._args.minutes,
            triggers={"plan": fingerprint(self._args.plan)},
            opts=self._child(*everything),
        )

    def _password(self, settled: Resource) -> Output[str]:
        asked = juju.Action(
            f"{self._name}-admin-password",
            model=self._model.uuid,
            unit="keystone/leader",
            name="get-admin-password",
            secret_output=True,
            opts=self._child(settled),
        )
        return Output.secret(asked.secret_result["admin-password"])


def _names(units: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the units: a new one of vault is sealed, even when it takes the place of another one."""
    return sorted(str(unit["name"]) for unit in units)
