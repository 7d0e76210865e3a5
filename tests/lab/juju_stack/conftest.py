"""The components on Juju, run by the real `pulumi` command against a controller of the test's own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.juju.models import Machine
from lab.juju.testing import RunningJuju, running_juju
from tests.support.project import Project, make_project

OPENSTACK = """
import pulumi
from components.juju_parts import ModelArgs
from components.openstack import CharmedOpenStack, CharmedOpenStackArgs
from components.openstack_plan import Wishes, plan

config = pulumi.Config()
servers = ["server3", "server4", "server5", "server2"][: config.get_int("nodes") or 3]
options = config.get_object("options") or {}
wishes = Wishes(
    nodes=servers, spread=config.get_int("spread"), config=options, osd_storage=config.get("storage") or ""
)
model = ModelArgs(name="openstack", force=config.get("force"))
args = CharmedOpenStackArgs(model=model, plan=plan(wishes), setting="juju:openstack.")
made = CharmedOpenStack("cloud", args)
pulumi.export("keystone_url", made.keystone_url)
pulumi.export("password", made.admin_password)
pulumi.export("keys", made.vault.keys)
pulumi.export("token", made.vault.root_token)
"""

MONITORING = """
import pulumi
from components.juju_parts import ModelArgs
from components.monitoring import Monitoring, MonitoringArgs

password = pulumi.Output.secret("Kept-Secret-5")
server = pulumi.Config().get("server") or "server2"
made = Monitoring("watch", MonitoringArgs(model=ModelArgs(name="monitoring"), password=password, placement=server))
pulumi.export("grafana_url", made.grafana_url)
"""

FLEET = {f"server{number}": ("compute",) if number > 2 else () for number in range(1, 6)}


@dataclass(frozen=True)
class Stage:
    """A program in a project of its own, and the controller that it speaks to."""

    project: Project
    juju: RunningJuju

    def units(self, application: str) -> dict[str, str]:
        """Give the units of an application with what each says."""
        with self.juju.service.transaction() as world:
            return {
                unit.name: f"{unit.workload.status}: {unit.workload.message}"
                for unit in world.units
                if unit.application == application and unit.life == "alive"
            }

    def machines(self) -> dict[str, Machine]:
        """Give the model's machines by the servers that they are, without containers."""
        with self.juju.service.transaction() as world:
            model = next(each.uuid for each in world.models if not each.is_controller)
            return {row.hostname: row for row in world.machines if row.model == model and not row.parent}

    def release(self, server: str) -> None:
        """Give the instance of a machine back to the cloud by hand, behind Juju's back."""
        self.juju.service.source.release(self.machines()[server].instance_id)
        with self.juju.service.transaction():
            pass  # the provisioner looks at its machines

    def statuses(self) -> set[str]:
        """Give the status words of all units."""
        with self.juju.service.transaction() as world:
            return {unit.workload.status for unit in world.units}


def stage(folder: Path, program: str, juju: RunningJuju) -> Stage:
    project = make_project(folder, program)
    login = {"name": "lab", "uuid": juju.uuid, "addresses": list(juju.addresses), "ca_cert": juju.ca_cert}
    path = folder / "controller.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({**login, "username": juju.username, "password": juju.password}))
    project.configure({"juju:controllerFile": "controller.json"})
    return Stage(project, juju)


@pytest.fixture
def juju() -> Iterator[RunningJuju]:
    with running_juju(fleet=FLEET) as running:
        yield running


@pytest.fixture
def openstack(tmp_path: Path, juju: RunningJuju) -> Stage:
    return stage(tmp_path / "openstack", OPENSTACK, juju)


@pytest.fixture
def monitoring(tmp_path: Path, juju: RunningJuju) -> Stage:
    return stage(tmp_path / "monitoring", MONITORING, juju)
