"""Deployments as clients of Juju 3.6 ask for them, and what its apiserver makes of them."""

import base64
from dataclasses import replace
from typing import cast

import pytest

from lab.juju.hub.catalogue import resolve
from lab.juju.hub.http import info
from lab.juju.models import Json
from tests.unit.lab.juju_facades.desk import Desk

EMPTY: Json = {"name": "", "channel": ""}
JAMMY: Json = {"name": "ubuntu", "channel": "22.04/stable"}
FOCAL: Json = {"name": "ubuntu", "channel": "20.04/stable"}


def from_repository(desk: Desk, charm: str, **more: object) -> list[str]:
    """Deploy; Juju's errors."""
    asked = {"CharmName": charm, "ApplicationName": charm, **more}
    told = cast("list[Json]", desk.call("Application.DeployFromRepository", {"Args": [asked]})["Results"])
    return [str(each["message"]) for each in cast("list[Json]", told[0]["Errors"])]


def on(number: str) -> list[Json]:
    return [{"scope": "#", "directive": number}]


def machine(desk: Desk, *, given: bool) -> None:
    desk.call("MachineManager.AddMachines", {"params": [{"jobs": ["JobHostUnits"], "base": JAMMY}]})
    if given:
        row = desk.world.machines.get(f"{desk.model}/0")
        desk.world.machines.put(f"{desk.model}/0", replace(row, instance_id="abc"))


def application(desk: Desk, name: str) -> Json:
    return cast(
        "Json", desk.one("Application.ApplicationsInfo", {"entities": [{"tag": f"application-{name}"}]})["result"]
    )


def test_a_number_of_units_of_a_subordinate_is_passed_over(desk: Desk):
    assert from_repository(desk, "nrpe", **{"num-units": 1}) == []
    assert not application(desk, "nrpe")["principal"]


def test_a_machine_must_have_been_given_by_the_cloud(desk: Desk):
    machine(desk, given=False)
    assert from_repository(desk, "ubuntu", Placement=on("0")) == ['machine "0" not started, please retry when started']
    assert from_repository(desk, "ubuntu", Placement=[{"scope": "lxd", "directive": "0"}]) == []


def test_a_machine_must_be_there(desk: Desk):
    assert from_repository(desk, "ubuntu", Placement=on("7")) == [
        'cannot deploy "ubuntu" to machine 7: machine 7 not found'
    ]


def test_a_charm_takes_the_base_of_the_machine_it_is_placed_on(desk: Desk):
    machine(desk, given=True)
    assert from_repository(desk, "ubuntu", Placement=on("0")) == []
    assert application(desk, "ubuntu")["base"] == {"name": "ubuntu", "channel": "22.04/stable"}


@pytest.mark.parametrize(("base", "wanted"), [(FOCAL, "amd64/ubuntu/20.04/stable"), (EMPTY, "amd64")])
def test_another_base_than_the_machine_s_is_refused(desk: Desk, base: Json, wanted: str):
    machine(desk, given=True)
    assert from_repository(desk, "ubuntu", base=base, Placement=on("0")) == [
        f'base from placements, "amd64/ubuntu/22.04/stable", does not match requested base "{wanted}"'
    ]


def test_a_refresh_tracks_the_channel_of_the_origin_not_the_risk_beside_it(desk: Desk):
    desk.deploy("ubuntu")
    origin = {"source": "charm-hub", "type": "charm", "risk": "edge", "track": "latest", "architecture": "amd64"}
    url = desk.call("Charms.AddCharm", {"url": "ch:amd64/jammy/ubuntu-27", "charm-origin": {**origin, "base": JAMMY}})
    assert url["charm-origin"]
    asked = {"application": "ubuntu", "charm-url": "ch:amd64/jammy/ubuntu-27", "channel": "edge"}
    desk.call("Application.SetCharm", {**asked, "charm-origin": {**origin, "base": JAMMY}})
    assert application(desk, "ubuntu")["channel"] == "latest/edge"


def test_what_an_application_takes_of_charmhub_is_what_charmhub_has(desk: Desk):
    assert from_repository(desk, "keystone") == []
    (told,) = cast(
        "list[Json]", desk.call("Resources.ListResources", {"entities": [{"tag": "application-keystone"}]})["results"]
    )
    (own,), (hub,) = cast("list[Json]", told["resources"]), cast("list[Json]", told["charm-store-resources"])
    there = cast(
        "list[Json]",
        cast("Json", info(resolve("keystone").charm, resolve("keystone").revision, "")["default-release"])["resources"],
    )[0]
    download = cast("Json", there["download"])
    empty = base64.b64decode(str(own["fingerprint"])).hex()
    assert (own["revision"], empty) == (there["revision"], download["hash-sha-384"])
    assert (own["revision"], own["fingerprint"]) == (hub["revision"], hub["fingerprint"])
