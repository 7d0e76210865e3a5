"""Monitoring: Grafana that shows what Prometheus gathers, both on one machine.

model ─> machine ─> grafana (with its administrator's password), prometheus2 ─> integrated ─> settled ─> URLs
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any  # the SDK checks outputs against annotations, and only Any may hold a value of any kind

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.juju_parts import CharmArgs, ModelArgs, PairArgs, pair

PASSWORD = "admin_password"  # noqa: S105 - an option's name
"""The option of grafana's charm."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Both applications on the machine at `placement`, or on one that fits `constraints`.

    `password`: of Grafana's user admin.
    """

    model: ModelArgs
    password: Input[str] = field(repr=False)
    placement: Input[str] | None = None
    constraints: Input[str] | None = None
    base: str = "ubuntu@20.04"
    grafana: CharmArgs = field(default_factory=CharmArgs)
    prometheus: CharmArgs = field(default_factory=CharmArgs)
    minutes: int = 60


class Monitoring(pulumi.ComponentResource):
    """Grafana and Prometheus, integrated and active."""

    grafana_url: Output[str]
    prometheus_url: Output[str]
    statuses: Output[Mapping[str, Any]]
    """By application, "active: Ready" as its units say."""

    def __init__(self, name: str, args: MonitoringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("metal-to-cloud:juju:Monitoring", name, None, opts)
        wanted = PairArgs(
            model=args.model,
            charms={
                "grafana": replace(args.grafana, secret_config={PASSWORD: args.password}),
                "prometheus2": args.prometheus,
            },
            endpoints=("grafana:grafana-source", "prometheus2:grafana-source"),
            placements=[] if args.placement is None else [args.placement],
            constraints=args.constraints,
            base=args.base,
            minutes=args.minutes,
        )
        made = pair(self, name, wanted)
        self.grafana_url = Output.format("http://{}:3000/", made.addresses["grafana"])
        self.prometheus_url = Output.format("http://{}:9090/", made.addresses["prometheus2"])
        self.statuses = made.statuses
        self.register_outputs({"grafana_url": self.grafana_url, "prometheus_url": self.prometheus_url})
