"""Spaces and subnets, on a MAAS and on clouds whose spaces are the operator's."""

from dataclasses import replace
from typing import cast

import pytest

from lab.juju.models import Json, Space
from lab.juju.world import key
from tests.unit.lab.juju_facades.desk import Desk

ONE, TWO = "10.0.1.0/24", "10.0.2.0/24"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.world.spaces.put(key(desk.model, "alpha"), Space(desk.model, "0", "alpha", (ONE, TWO)))
    return desk


@pytest.fixture
def free(desk: Desk) -> Desk:
    """A desk whose cloud has no spaces of its own."""
    desk.world.clouds.put("maas-one", replace(desk.world.clouds.get("maas-one"), type="manual"))
    return desk


def names(desk: Desk) -> dict[str, list[str]]:
    told = cast("list[Json]", desk.call("Spaces.ListSpaces")["results"])
    return {str(each["name"]): [str(one["cidr"]) for one in cast("list[Json]", each["subnets"])] for each in told}


def create(desk: Desk, name: str, *cidrs: str) -> None:
    desk.one("Spaces.CreateSpaces", {"spaces": [{"space-tag": f"space-{name}", "cidrs": list(cidrs), "public": True}]})


def test_a_space_takes_its_subnets_from_where_they_were(desk: Desk):
    create(desk, "storage", TWO)
    assert names(desk) == {"alpha": [ONE], "storage": [TWO]}
    told = cast("list[Json]", desk.call("Subnets.ListSubnets", {"space-tag": "space-storage"})["results"])
    assert told == [{"cidr": TWO, "vlan-tag": 0, "life": "alive", "space-tag": "space-storage", "zones": ["default"]}]


@pytest.mark.parametrize(
    ("name", "cidr", "words", "code"),
    [
        ("alpha", ONE, 'adding space "alpha": space "alpha" already exists', "already exists"),
        ("new", "10.9.0.0/24", 'subnet "10.9.0.0/24" not found', "not found"),
        ("new", "ten", '"ten" is not a valid CIDR', ""),
    ],
)
def test_spaces_that_cannot_be_made_are_refused(desk: Desk, name: str, cidr: str, words: str, code: str):
    made = {"spaces": [{"space-tag": f"space-{name}", "cidrs": [cidr]}]}
    desk.refused("Spaces.CreateSpaces", made, words=words, code=code)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("RenameSpace", {"changes": [{"from-space-tag": "space-alpha", "to-space-tag": "space-beta"}]}),
        ("RemoveSpace", {"space-param": [{"space": {"tag": "space-alpha"}}]}),
        ("MoveSubnets", {"args": [{"space-tag": "space-alpha", "subnets": None, "force": False}]}),
    ],
)
def test_a_maas_s_own_spaces_stay_as_they_are(desk: Desk, method: str, params: Json):
    words = "modifying provider-sourced spaces not supported"
    desk.refused(f"Spaces.{method}", params, words=words, code="not supported")


def test_subnets_are_found_by_cidr_and_moved_by_their_ids(free: Desk):
    create(free, "storage")
    found = cast("list[Json]", free.one("Subnets.SubnetsByCIDR", {"cidrs": [TWO]})["subnets"])
    tag = f"subnet-{found[0]['id']}"
    moved = free.one("Spaces.MoveSubnets", {"args": [{"space-tag": "space-storage", "subnets": [tag]}]})
    assert moved == {
        "moved-subnets": [{"subnet": tag, "old-space": "space-alpha", "cidr": TWO}],
        "new-space": "space-storage",
    }
    assert names(free) == {"alpha": [ONE], "storage": [TWO]}
    again = cast("list[Json]", free.one("Subnets.SubnetsByCIDR", {"cidrs": [TWO]})["subnets"])
    assert again[0]["id"] == found[0]["id"]


def test_a_space_tells_who_is_in_it_and_keeps_it_till_nobody_is(free: Desk):
    create(free, "storage", TWO)
    free.deploy("ubuntu", 1, bindings={"": "storage"}, constraints={"spaces": ["storage", "^dmz"]})
    shown = free.one("Spaces.ShowSpace", {"entities": [{"tag": "space-storage"}]})
    assert shown["applications"] == ["ubuntu"]
    uses = free.one("Spaces.RemoveSpace", {"space-param": [{"space": {"tag": "space-storage"}}]})
    assert uses == {
        "bindings": [{"tag": "application-ubuntu"}],
        "constraints": [{"tag": "application-ubuntu"}],
    }
    assert free.one("Spaces.RemoveSpace", {"space-param": [{"space": {"tag": "space-storage"}, "force": True}]}) == {}
    assert names(free) == {"alpha": [ONE, TWO]}


def test_a_dry_run_removes_nothing(free: Desk):
    create(free, "storage")
    assert free.one("Spaces.RemoveSpace", {"space-param": [{"space": {"tag": "space-storage"}, "dry-run": True}]}) == {}
    assert "storage" in names(free)


def test_a_new_name_reaches_bindings_and_constraints(free: Desk):
    create(free, "storage", TWO)
    free.deploy("ubuntu", 1, bindings={"": "storage"}, constraints={"spaces": ["^storage"]})
    free.one("Spaces.RenameSpace", {"changes": [{"from-space-tag": "space-storage", "to-space-tag": "space-disks"}]})
    row = free.world.applications.get(key(free.model, "ubuntu"))
    assert set(row.bindings.values()) == {"disks"}
    assert row.constraints["spaces"] == ["^disks"]
    assert names(free) == {"alpha": [ONE], "disks": [TWO]}


def test_alpha_stays(free: Desk):
    free.refused(
        "Spaces.RemoveSpace",
        {"space-param": [{"space": {"tag": "space-alpha"}}]},
        words="the alpha space cannot be removed",
    )


def test_reloading_takes_what_the_controller_s_model_knows(desk: Desk):
    own = desk.world.meta.controller_model
    desk.world.spaces.put(key(own, "internal"), Space(own, "7", "internal", ("10.3.0.0/24",)))
    assert desk.call("Spaces.ReloadSpaces") == {}
    assert names(desk)["internal"] == ["10.3.0.0/24"]


def test_zones_are_those_of_the_machines(desk: Desk):
    assert desk.call("Subnets.AllZones") == {"results": [{"name": "default", "available": True}]}


def test_a_space_that_is_not_there_is_not_found(desk: Desk):
    asked = {"entities": [{"tag": "space-nowhere"}]}
    desk.refused("Spaces.ShowSpace", asked, words='space "nowhere" not found', code="not found")


def test_readers_change_nothing(desk: Desk):
    desk.allow("bob", "read")
    desk.call("Spaces.ListSpaces", user="bob")
    made = {"spaces": [{"space-tag": "space-new", "cidrs": None}]}
    desk.refused("Spaces.CreateSpaces", made, words="permission denied", code="unauthorized access", user="bob")
