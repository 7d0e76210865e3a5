"""A fleet of machines as a Pulumi project: every machine of the lab's rack enrolled, and deployed where asked for."""

from __future__ import annotations

import json
from pathlib import Path

from lab.maas.testing import RunningMaas
from tests.support.project import Project, make_project

CIDR = "172.16.0.0/20"

PROGRAM = f"""
import pulumi
from providers.maas import BootImages, Deployment, IpRange, Machine, VlanDhcp

config = pulumi.Config()
images = BootImages("images", releases=["jammy"])
addresses = IpRange("addresses", subnet="{CIDR}", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255")
dhcp = VlanDhcp("dhcp", subnet="{CIDR}", opts=pulumi.ResourceOptions(depends_on=[addresses]))
ready = pulumi.ResourceOptions(depends_on=[dhcp, images])
for mac, name, address in config.require_object("machines"):
    machine = Machine(
        name,
        hostname=name,
        mac_addresses=[mac],
        power_address=address,
        power_password=config.require_secret("amt"),
        opts=ready,
    )
    if config.get_bool("deploy"):
        Deployment(name, system_id=machine.system_id, distro_series="jammy", opts=ready)
"""


def make_fleet(folder: Path, maas: RunningMaas, *, deploy: bool) -> Project:
    """Make a project whose config lists the machines of the rack."""
    project = make_project(folder, PROGRAM)
    macs, addresses = maas.physical_macs(), maas.amt_addresses()
    rows = [[mac, name, addresses[name]] for name, mac in macs.items()]
    for args, value in (
        (["maas:apiUrl"], maas.url),
        (["--secret", "maas:apiKey"], maas.api_key),
        (["--secret", "amt"], maas.amt_password),
        (["machines"], json.dumps(rows)),
        (["deploy"], "true" if deploy else "false"),
    ):
        project.pulumi("config", "set", "-s", project.stack, *args, stdin=value).ok()
    return project
