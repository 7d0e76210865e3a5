"""Every resource through the engine: made, changed in place, spoilt by hand and repaired, replaced, destroyed.

The runs of `pulumi` are shared by all tests of this file: `acts` carries them out once, and each test looks at what one
resource came to. The program and the table of what is expected are in `tests.support.every_resource`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.maas.testing import RunningMaas, running_maas
from tests.support.admin import Admin, another_admin
from tests.support.every_resource import PROGRAM, ROWS
from tests.support.project import Project, Ran, make_project

LISTS = (
    *("SSHKeys.read", "Zones.read", "ResourcePools.read", "Tags.read", "Subnets.read", "IPRanges.read", "Fabrics.read"),
    *("Machines.read", "Devices.read", "DNSResources.read", "DNSResourceRecords.read"),
)
SETTINGS = ("kernel_opts", "upstream_dns")
Shown = dict[str, list[list[object]]]
Plan = dict[str, set[str]]


@dataclass(frozen=True)
class Acts:
    """What was announced and what MAAS showed, act by act; `before` and `after` are all of MAAS."""

    second: Plan
    third: Plan
    drift: Plan
    shown: tuple[Shown, Shown, Shown]
    repaired: Shown
    quiet: dict[str, Ran]
    before: dict[str, object]
    after: dict[str, object]


def everything(admin: Admin) -> dict[str, object]:
    found: dict[str, object] = {target: list(admin.rows(target)) for target in LISTS}
    found |= {name: admin.call("MAAS.get_config", name=name) or "" for name in SETTINGS}
    return {**found, "selections": list(admin.rows("BootSourceSelections.read", {"boot_source_id": 1}))}


def shown(admin: Admin) -> Shown:
    return {name: row.look(admin) for name, row in ROWS.items()}


def configured(folder: Path, maas: RunningMaas) -> Project:
    project = make_project(folder, PROGRAM)
    project.configure_maas(maas.url, maas.api_key)
    (folder / "amt").write_text(maas.amt_password)
    project.configure({"macs": maas.physical_macs(), "addresses": maas.amt_addresses()})
    return project


def play(project: Project, admin: Admin) -> Acts:
    """Carry out all acts; what goes wrong here fails every test of the file."""
    before, quiet = everything(admin), dict[str, Ran]()
    plans: list[Plan] = []
    shows: list[Shown] = []
    drift, repaired = Plan(), Shown()
    for act in (1, 2, 3):
        project.configure({"act": act})
        plans.append(project.planned())
        project.up().ok()
        shows.append(shown(admin))
        quiet[f"after act {act}"] = project.pulumi("preview", "-s", project.stack, "--expect-no-changes")
        if act == 2:
            for row in ROWS.values():
                row.hand(admin)
            drift = project.planned("--refresh")
            project.up("--refresh").ok()
            repaired = shown(admin)
            quiet["after the repair"] = project.pulumi(
                "preview", "-s", project.stack, "--refresh", "--expect-no-changes"
            )
    project.pulumi("destroy", "-s", project.stack, "--yes", "--skip-preview").ok()
    return Acts(plans[1], plans[2], drift, (shows[0], shows[1], shows[2]), repaired, quiet, before, everything(admin))


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acts]:
    with running_maas() as maas, another_admin(maas) as admin:
        for name in ("attic", "cellar"):
            admin.call("Fabrics.create", name=name)
        yield play(configured(tmp_path_factory.mktemp("resources") / "trial", maas), admin)


def check_shown(name: str, found: Shown, act: int) -> None:
    """MAAS has what the act asks for, and nothing that only another act asked for."""
    wanted = ROWS[name].shows
    assert wanted[act - 1] in found[name]
    for other in wanted:
        assert other == wanted[act - 1] or other not in found[name]


def check_plan(name: str, plan: Plan, op: str) -> None:
    """The preview announces this operation; what a refresh finds gone is announced as deleted, too."""
    found = plan.get(name, set()) - {"same"}
    assert found == ({"delete", op} if op == "create" else {op} - {""})


@pytest.mark.parametrize("name", ROWS)
def test_create(acts: Acts, name: str):
    check_shown(name, acts.shown[0], 1)


@pytest.mark.parametrize("name", ROWS)
def test_update_in_place(acts: Acts, name: str):
    check_plan(name, acts.second, ROWS[name].second)
    check_shown(name, acts.shown[1], 2)


@pytest.mark.parametrize("name", ROWS)
def test_drift_by_hand(acts: Acts, name: str):
    check_plan(name, acts.drift, ROWS[name].drift)
    check_shown(name, acts.repaired, 2)


@pytest.mark.parametrize("name", ROWS)
def test_replacement(acts: Acts, name: str):
    check_plan(name, acts.third, ROWS[name].third)
    check_shown(name, acts.shown[2], 3)


def test_a_second_look_changes_nothing(acts: Acts):
    for ran in acts.quiet.values():
        ran.ok()


def test_destroy_leaves_maas_as_it_was_found(acts: Acts):
    assert acts.after == acts.before
