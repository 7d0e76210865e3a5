"""Waits that fail, through the engine: MAAS's own words and whose they are, no traceback, and the next `up` goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.maas.testing import RunningMaas, running_maas
from tests.support.admin import another_admin
from tests.support.project import Project, make_project

PROGRAM = """
import pulumi
from pathlib import Path
from pulumi import ResourceOptions
from providers.maas import BootImages, BootSelection, Deployment, Machine

config = pulumi.Config()
selection = BootSelection("selection", release="focal")
BootImages("images", releases=["focal"], opts=ResourceOptions(depends_on=[selection]))
machine = Machine(
    "machine",
    hostname="web",
    mac_addresses=[config.require("mac")],
    power_address=config.require("address"),
    power_password=pulumi.Output.secret(Path("amt").read_text()),
)
Deployment("deployment", system_id=machine.system_id, distro_series="jammy")
"""


@dataclass(frozen=True)
class Trial:
    project: Project
    maas: RunningMaas

    def kinds(self) -> set[str]:
        names = {str(resource["urn"]).rpartition("::")[2] for resource in self.project.resources()}
        return names & {"selection", "images", "machine", "deployment"}


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    with running_maas() as maas, another_admin(maas) as admin:
        admin.call("IPRanges.create", type="dynamic", start_ip="172.16.11.1", end_ip="172.16.14.255")
        rack = admin.rows("RackControllers.read")[0]["system_id"]
        admin.call("Vlan.update", {"fabric_id": 0, "vid": 0}, dhcp_on=True, primary_rack=rack)
        project = make_project(tmp_path / "trial", PROGRAM)
        project.configure_maas(maas.url, maas.api_key)
        (project.folder / "amt").write_text(maas.amt_password)
        project.configure({"mac": maas.physical_macs()["server1"], "address": maas.amt_addresses()["server1"]})
        yield Trial(project, maas)


@dataclass(frozen=True)
class Failure:
    """A fault, the resource that it strikes, and what the state then still has."""

    kind: str
    phase: str
    resource: str
    said: str
    lost: frozenset[str]


FAILURES = {
    "commissioning": Failure(
        "fail", "commissioning", "maas:Machine (machine)", "failed to commission", frozenset({"machine", "deployment"})
    ),
    "testing": Failure(
        "fail", "testing", "maas:Machine (machine)", "Failed testing", frozenset({"machine", "deployment"})
    ),
    "deployment": Failure(
        "fail", "deploying", "maas:Deployment (deployment)", "failed to deploy", frozenset({"deployment"})
    ),
    "image import": Failure(
        "import",
        "",
        "maas:BootImages (images)",
        "boot images are missing: ubuntu/focal for amd64",
        frozenset({"images"}),
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_wait_is_told_in_maas_own_words(trial: Trial, name: str):
    fault = FAILURES[name]
    trial.maas.fault(fault.kind, phase=fault.phase, text="the cable is on fire")
    failed = trial.project.up()
    assert failed.code == 1
    assert "the cable is on fire" in failed.text
    assert fault.said in failed.text
    assert fault.resource in failed.text
    assert "MAAS's last events: " in failed.text
    assert "Traceback" not in failed.text
    assert trial.kinds().isdisjoint(fault.lost)
    assert not trial.project.pending()

    debugged = trial.project.up("--debug")
    assert debugged.code == 1
    assert "Traceback" in debugged.text
    for text in (failed.text, debugged.text):
        assert trial.maas.api_key not in text
        assert trial.maas.amt_password not in text

    trial.maas.clear_faults()
    trial.project.up().ok()
    assert trial.kinds() == {"selection", "images", "machine", "deployment"}
    assert [machine["status_name"] for machine in trial.maas.machines()] == ["Deployed"]
    trial.project.pulumi("preview", "-s", trial.project.stack, "--refresh", "--expect-no-changes").ok()
