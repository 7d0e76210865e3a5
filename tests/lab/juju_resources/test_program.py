"""A program of a hundred resources through the engine: calls, logins, previews that name units, repair, destroy."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from lab.juju.testing import RunningJuju, running_juju
from tests.support.project import Project, Ran, make_project

PROGRAM = """
import pulumi
from providers.juju.resources.applications import Application, Integration
from providers.juju.resources.models import Machine, Model
from providers.juju.resources.settled import Settled

config = pulumi.Config()
pairs, units = config.require_int("pairs"), config.require_int("units")
model = Model("model", name="many", cloud="maas-one", constraints="mem=2G")
hosts = [Machine(f"host{n}", model=model.uuid, base="ubuntu@22.04") for n in range(4)]
ids = [host.machine_id for host in hosts]
where = lambda n: pulumi.Output.concat("lxd:", ids[n % 4])
related = []
cluster = Application(
    "cluster", model=model.uuid, name="cluster", charm="mysql-innodb-cluster", placement=[where(n) for n in range(3)]
)
scaled = Application("scaled", model=model.uuid, name="scaled", charm="ubuntu", placement=ids[:units])
for n in range(pairs):
    keystone = Application(
        f"k{n}", model=model.uuid, name=f"k{n}x", charm="keystone", placement=[where(n)], config={"use-syslog": True}
    )
    router = Application(f"r{n}", model=model.uuid, name=f"r{n}x", charm="mysql-router")
    for one, other in ((f"k{n}x:shared-db", f"r{n}x:shared-db"), (f"r{n}x:db-router", "cluster:db-router")):
        ends = [keystone, router, cluster]
        options = pulumi.ResourceOptions(depends_on=ends)
        related.append(Integration(f"{one}-{other}", model=model.uuid, endpoints=[one, other], opts=options))
applications = {"scaled": True, **{f"r{n}x": {"workload": ["active", "blocked", "waiting"]} for n in range(pairs)}}
Application(
    "secretive", model=model.uuid, name="secretive", charm="keystone", secret_config={"admin-password": "Sesame!0pen"}
)
Settled("settled", model=model.uuid, applications=applications, opts=pulumi.ResourceOptions(depends_on=related))
pulumi.export("units", scaled.unit_details.apply(lambda units: [unit["name"] for unit in units]))
"""
PAIRS = 23


@dataclass
class Act:
    """One run of `pulumi` and what it asked of the controller."""

    ran: Ran
    calls: Counter[tuple[str, str]]
    logins: list[tuple[str, str]]


@dataclass
class Stage:
    project: Project
    juju: RunningJuju

    def act(self, *args: str) -> Act:
        self.juju.calls.clear()
        self.juju.logins.clear()
        ran = self.project.pulumi(args[0], "-s", self.project.stack, *args[1:])
        return Act(ran, self.juju.call_counts(), list(self.juju.logins))

    def hosts(self) -> dict[str, str]:
        """Juju's numbers of the machines by the names of their resources; which is which differs from run to run."""
        found = {str(one["urn"]).rpartition("::")[2]: one["outputs"] for one in self.project.resources()[1:]}
        return {name: str(cast("dict[str, object]", found[name])["machine_id"]) for name in found if name[:4] == "host"}

    def units(self) -> dict[str, str]:
        world = self.juju.service.world
        return {unit.name: unit.machine for unit in world.units if unit.application == "scaled"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running_juju() as juju:
        folder: Path = tmp_path_factory.mktemp("juju")
        project = make_project(folder, PROGRAM)
        addresses = ",".join(juju.addresses)
        project.configure(
            {
                "pairs": PAIRS,
                "units": 2,
                "juju:controllerAddresses": addresses,
                "juju:caCertificate": juju.ca_cert,
                "juju:username": juju.username,
            }
        )
        project.pulumi("config", "set", "-s", project.stack, "--secret", "juju:password", juju.password).ok()
        yield Stage(project, juju)


def _budget(act: Act) -> None:
    act.ran.ok()
    per_model = Counter(act.logins)
    assert all(count == 1 for count in per_model.values()), per_model


@pytest.mark.slow
def test_a_hundred_resources_from_up_to_destroy(stage: Stage) -> None:
    made = stage.act("up", "--yes", "--skip-preview")
    _budget(made)
    assert len(stage.project.resources()) > 4 * PAIRS
    assert "Sesame" not in stage.project.state_path.read_text() + made.ran.text
    assert "Sesame" in str(stage.project.resources())
    assert made.calls["Client", "FullStatus"] < 4 * PAIRS
    assert made.calls["Application", "GetConfig"] <= 1

    same = stage.act("preview", "--expect-no-changes")
    same.ran.ok()
    assert (same.calls, same.logins) == ({}, [])

    for more in ((), ("--expect-no-changes",)):  # the first one sees what the relations made of the units
        refreshed = stage.act("refresh", "--yes", "--skip-preview", *more)
        _budget(refreshed)
        assert sum(refreshed.calls.values()) <= 10, refreshed.calls

    _scale_out(stage)
    _scale_in(stage)
    _repair(stage)

    gone = stage.act("destroy", "--yes", "--skip-preview")
    _budget(gone)
    assert [one.name for one in stage.juju.service.world.models] == ["controller"]


def _scale_out(stage: Stage) -> None:
    before, host = stage.units(), stage.hosts()["host2"]
    stage.project.configure({"units": 3})
    preview = stage.act("preview")
    preview.ran.ok()
    assert f"scaled: adds a unit at {host}" in preview.ran.text
    assert preview.calls == {}
    _budget(stage.act("up", "--yes", "--skip-preview"))
    assert stage.units() == {**before, "scaled/2": host}


def _scale_in(stage: Stage) -> None:
    stage.project.configure({"units": 2})
    preview = stage.act("preview")
    hosts = stage.hosts()
    words = f"scaled: removes scaled/2 (on machine {hosts['host2']}, which no placement asks for)"
    assert words in preview.ran.ok().text
    _budget(stage.act("up", "--yes", "--skip-preview"))
    assert stage.units() == {"scaled/0": hosts["host0"], "scaled/1": hosts["host1"]}


def _repair(stage: Stage) -> None:
    """What was done by hand is named by a preview after a refresh, and put back by the next up."""
    stage.juju.hand("add-unit", "scaled")
    stage.juju.hand("config", "k0x", "use-syslog", "false")
    stage.juju.hand("remove-relation", "k1x:shared-db", "r1x:shared-db")
    shown = stage.project.pulumi("preview", "-s", stage.project.stack, "--refresh", "--diff").ok().text
    assert set(re.findall(r"\((\S+)\) (update|create|replace|delete)\b", shown)) == {
        ("scaled", "update"),
        ("k0", "update"),
        ("k1x:shared-db-r1x:shared-db", "create"),
        ("settled", "update"),  # the subordinate r1x has lost its unit
    }
    assert re.search(r"scaled/3 is new, on machine \d+", shown)
    assert "config.use-syslog: true => false" in shown
    _budget(stage.act("up", "--yes", "--skip-preview", "--refresh"))
    assert set(stage.units()) == {"scaled/0", "scaled/1"}
    stage.act("preview", "--refresh", "--expect-no-changes").ran.ok()
