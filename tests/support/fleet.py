"""A fleet of machines as a Pulumi project: every machine of the lab's rack enrolled, and deployed where asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lab.maas.testing import RunningMaas
from tests.support.project import Project, make_project

CIDR = "172.16.0.0/20"

PROGRAM = f"""
import pulumi
from providers.maas import BootImages, Deployment, IpRange, Machine, VlanDhcp

def site():
    BootImages("images", releases=["jammy"])
    addresses = IpRange("addresses", subnet="{CIDR}", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255")
    VlanDhcp("dhcp", subnet="{CIDR}", opts=pulumi.ResourceOptions(depends_on=[addresses]))

def fleet():
    config = pulumi.Config()
    for mac, name, address in config.require_object("machines"):
        machine = Machine(
            name,
            hostname=name,
            mac_addresses=[mac],
            power_address=address,
            power_password=config.require_secret("amt"),
        )
        if config.get_bool("deploy"):
            Deployment(name, system_id=machine.system_id, distro_series="jammy")

{{"site": site, "dev": fleet}}[pulumi.get_stack()]()
"""


def make_fleet(folder: Path, maas: RunningMaas, *, deploy: bool) -> Project:
    """Make a project whose stack `dev` lists the machines of the rack; images and DHCP are there, in a stack `site`."""
    project = make_project(folder, PROGRAM)
    macs, addresses = maas.physical_macs(), maas.amt_addresses()
    rows = [[mac, name, addresses[name]] for name, mac in macs.items()]
    set_config(project, maas, {"machines": json.dumps(rows), "deploy": "true" if deploy else "false"})
    site = replace(project, stack="site")
    site.pulumi("stack", "init", "site").ok()
    set_config(site, maas, {})
    site.up().ok()
    return project


def set_config(project: Project, maas: RunningMaas, values: dict[str, str]) -> None:
    """Tell a stack where MAAS is, and more."""
    plain = {"maas:apiUrl": maas.url, **values}
    secret = {"maas:apiKey": maas.api_key, "amt": maas.amt_password}
    for flags, pairs in ((("--plaintext",), plain), (("--secret",), secret)):
        for key, value in pairs.items():
            project.pulumi("config", "set", "-s", project.stack, *flags, key, stdin=value).ok()
