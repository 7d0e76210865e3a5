"""The stage baremetal: from a bare main to machines that are deployed, and an application on them that answers.

config -> checked settings -> plan -> MaasController, MaasSite, Rack, the application -> outputs for the stages that
follow (StackReference).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any  # what the stack tells of a machine is of any kind

from pulumi import Output, Resource, ResourceOptions

from components.controller import MaasController
from components.rack import Rack
from components.site import MaasSite
from providers import maas
from stacks.baremetal_plan import plan_rack, plan_site
from stacks.config.reader import BaremetalConfig, read_baremetal


def declare() -> Mapping[str, object]:
    """Declare the stage's resources; return its outputs, which docs/course.md describes."""
    config = read_baremetal()
    settings, texts = config.settings, config.texts
    controller = _controller(config)
    first = [] if controller is None else [controller]
    site = MaasSite("maas", replace(plan_site(settings, texts), requires=first))
    rack = Rack("rack", replace(plan_rack(settings, texts), requires=[*first, site]))
    told, parts = _app(config, rack)
    outputs = {
        "machines": _guarded(rack, [*first, site, rack, *parts]),
        "subnets": site.subnets,
        "images": site.images,
        "api_url": config.maas.url if controller is None else controller.api_url,
        "api_key": Output.secret(config.maas.key) if controller is None else controller.api_key,
    }
    return {**outputs, **told}


def _guarded(rack: Rack, everything: Sequence[Resource]) -> Output[Mapping[str, Any]]:
    """Put a safeguard in front of everything; give the machines so that who uses them goes before it does."""
    ids = rack.machines.apply(lambda machines: sorted(str(each["system_id"]) for each in machines.values()))
    safeguard = maas.Safeguard("rack-safeguard", system_ids=ids, opts=ResourceOptions(depends_on=list(everything)))
    return Output.all(rack.machines, safeguard.urn).apply(lambda both: both[0])


def _controller(config: BaremetalConfig) -> MaasController | None:
    if config.settings.controller is None:
        return None
    from stacks import baremetal_app  # a kit without servers to log in to doesn't load what installs software on them

    return baremetal_app.declare_controller(config.settings.controller, config.texts.app, config.maas)


def _app(config: BaremetalConfig, rack: Rack) -> tuple[Mapping[str, object], Sequence[Resource]]:
    if config.settings.app is None:
        return {}, ()
    from stacks import baremetal_app  # see _controller

    return baremetal_app.declare_app(config.settings, config.settings.app, config.texts.app, rack)
