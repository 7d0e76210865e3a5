"""The stage baremetal: from a MAAS that is just installed to machines that are Ready, tagged, bridged, deployed.

config -> checked settings -> plan -> MaasSite, then Rack -> outputs for the stages that follow (StackReference).
"""

from collections.abc import Mapping
from dataclasses import replace

from pulumi import Output

from components.rack import Rack
from components.site import MaasSite
from stacks.baremetal_plan import plan_rack, plan_site
from stacks.config.reader import read_baremetal


def declare() -> Mapping[str, object]:
    """Declare the stage's resources; return its outputs, which docs/course.md describes."""
    config = read_baremetal()
    site = MaasSite("maas", plan_site(config.settings, config.texts))
    rack = Rack("rack", replace(plan_rack(config.settings, config.texts), requires=[site]))
    return {
        "machines": rack.machines,
        "subnets": site.subnets,
        "images": site.images,
        "api_url": config.endpoint.url,
        "api_key": Output.secret(config.endpoint.key),
    }
