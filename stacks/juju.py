"""The stage juju: a controller on the rack's machines, and the models of the course.

outputs of baremetal (its stack, or the same one) + config ─> machines checked ─> JujuController
    ─> Monitoring, WordPress, CharmedOpenStack, each in a model of its own ─> outputs for the stage that follows
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # a stack's outputs are of any kind

import pulumi
from pulumi import Output, Resource

from components.juju_controller import JujuController, JujuControllerArgs
from components.juju_parts import CharmArgs, ModelArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.openstack import CharmedOpenStack, CharmedOpenStackArgs, VaultArgs
from components.openstack_plan import plan
from components.servers import Login, ServerAccess
from components.wordpress import WordPress, WordPressArgs
from stacks.config import juju_models
from stacks.config.juju_parse import wishes_of
from stacks.config.juju_reader import JujuConfig, read_juju
from stacks.juju_machines import check_machines
from stacks.passwords import password_of

NEEDED = ("api_url", "api_key", "machines", "images")
"""What the stage baremetal hands on to this one."""


@dataclass(frozen=True)
class Rack:
    """What the stage baremetal says of MAAS; `machines` by name, as its stack hands them on."""

    api_url: Output[str]
    api_key: Output[str]
    machines: Output[Mapping[str, Any]]

    def named(self, server: str) -> Output[str]:
        """Give a machine's name once it is known to be there and free."""
        return self.machines.apply(lambda _: server)


def declare(before: Mapping[str, object]) -> Mapping[str, object]:
    """Declare the stage's resources; return its outputs, which docs/course.md describes.

    `before`: outputs of the stages in the same stack.
    """
    config = read_juju()
    settings = config.settings
    rack = _rack(config, before)
    controller = _controller(config, rack)
    outputs: dict[str, object] = {
        "controller": {
            "name": settings.controller.name,
            "uuid": controller.uuid,
            "addresses": controller.addresses,
            "version": controller.version,
            "ca_cert": controller.ca_cert,
            "user": "admin",
        },
        "controller_password": controller.password,
    }
    if settings.monitoring:
        outputs |= _monitoring(settings.monitoring, settings.controller.cloud, rack, controller)
    if settings.wordpress:
        outputs["wordpress"] = _wordpress(settings.wordpress, settings.controller.cloud, rack, controller)
    if settings.openstack:
        outputs |= _openstack(settings.openstack, settings.controller.cloud, rack, controller)
    return outputs


def _rack(config: JujuConfig, before: Mapping[str, object]) -> Rack:
    """Read what baremetal hands on: from this very stack where it holds that stage, else from its own."""
    if "api_url" in before:
        told: dict[str, Output[Any]] = {name: Output.from_input(before[name]) for name in NEEDED}
    else:
        stack = config.settings.baremetal
        full = stack if "/" in stack else f"organization/{pulumi.get_project()}/{stack}"
        reference = pulumi.StackReference("baremetal", stack_name=full)
        told = {name: reference.get_output(name) for name in NEEDED}
    machines: Output[Mapping[str, Any]] = Output.all(told["machines"], told["images"]).apply(
        lambda found: check_machines(config.settings, found[0], pulumi.get_stack(), found[1])
    )
    # MAAS is not spoken to before its machines are known to do, whichever of them are named
    url = Output.all(told["api_url"], machines).apply(lambda both: both[0])
    return Rack(url, Output.secret(told["api_key"]), machines)


def _controller(config: JujuConfig, rack: Rack) -> JujuController:
    wanted = config.settings.controller
    login = Login(
        user=wanted.user,
        port=wanted.port,
        private_key_file=wanted.private_key_file,
        private_key=Output.secret(wanted.private_key.get_secret_value()) if wanted.private_key else None,
    )
    host = wanted.host
    main = ServerAccess(
        name="main", connection=login.connection("main", host), machine=host, address=host, memory_mib=0
    )
    return JujuController(
        "juju",
        JujuControllerArgs(
            server=main,
            controller=wanted.name,
            endpoint=rack.api_url,
            api_key=rack.api_key,
            cloud=wanted.cloud,
            channel=wanted.channel,
            to=rack.named(wanted.server) if wanted.server else None,
            tags=wanted.tags,
            base=wanted.base,
            config=wanted.config,
            controller_file=config.controller_file,
            keep=wanted.keep,
            force=wanted.force,
        ),
    )


def _model(part: juju_models.ModelPart, cloud: str, requires: Sequence[Resource]) -> ModelArgs:
    return ModelArgs(
        name=part.model,
        cloud=cloud,
        settings=part.settings if isinstance(part, juju_models.OpenStack) else dict[str, object](),
        requires=requires,
        force=part.force,
        destroy_storage=part.destroy_storage,
    )


def _charm(source: juju_models.CharmSource) -> CharmArgs:
    return CharmArgs(
        channel=source.channel,
        path=source.path,
        metadata=source.metadata,
        base=source.base,
        config=source.config,
    )


def _monitoring(
    wanted: juju_models.Monitoring, cloud: str, rack: Rack, controller: JujuController
) -> Mapping[str, object]:
    login = password_of("monitoring-grafana-password", wanted.password.get_secret_value() if wanted.password else None)
    made = Monitoring(
        "monitoring",
        MonitoringArgs(
            model=_model(wanted, cloud, [controller]),
            placement=rack.named(wanted.server) if wanted.server else None,
            constraints=f"tags={','.join(wanted.tags)}" if wanted.tags else None,
            base=wanted.base,
            grafana=_charm(wanted.grafana),
            prometheus=_charm(wanted.prometheus),
            password=login,
            minutes=wanted.minutes,
        ),
    )
    urls = {"grafana_url": made.grafana_url, "prometheus_url": made.prometheus_url}
    return {
        "monitoring": {**urls, "user": "admin", "statuses": made.statuses},
        "grafana_admin_password": login,
    }


def _wordpress(
    wanted: juju_models.WordPress, cloud: str, rack: Rack, controller: JujuController
) -> Mapping[str, object]:
    made = WordPress(
        "wordpress",
        WordPressArgs(
            model=_model(wanted, cloud, [controller]),
            placements=[rack.named(name) for name in wanted.servers],
            base=wanted.base,
            wordpress=_charm(wanted.wordpress),
            mysql=_charm(wanted.mysql),
            minutes=wanted.minutes,
        ),
    )
    return {"url": made.url, "statuses": made.statuses}


def _openstack(
    wanted: juju_models.OpenStack, cloud: str, rack: Rack, controller: JujuController
) -> Mapping[str, object]:
    deployment = plan(wishes_of(wanted))
    vault = wanted.vault
    made = CharmedOpenStack(
        "openstack",
        CharmedOpenStackArgs(
            model=_model(wanted, cloud, [controller]),
            plan=deployment,
            placements={name: rack.named(name) for name in deployment.nodes},
            vault=VaultArgs(
                shares=vault.shares,
                threshold=vault.threshold,
                keys=[Output.secret(key.get_secret_value()) for key in vault.keys] or None,
                root_token=Output.secret(vault.root_token.get_secret_value()) if vault.root_token else None,
                keys_file=vault.keys_file,
            ),
            minutes=wanted.minutes,
            setting="juju:openstack.",
        ),
    )
    return {
        "openstack": {
            "keystone_url": made.keystone_url,
            "dashboard_url": made.dashboard_url,
            "user": "admin",
            "project": "admin",
            "domain": "admin_domain",
            "region": "RegionOne",
            "root_ca": made.root_ca,
            "statuses": made.statuses,
        },
        "openstack_admin_password": made.admin_password,
        "vault_keys": made.vault.keys,
        "vault_root_token": made.vault.root_token,
    }
