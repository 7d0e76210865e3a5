"""Machines and containers, and the storage of units."""

from dataclasses import replace
from typing import cast

import pytest

from lab.juju.models import Json
from lab.juju.world import key
from tests.unit.lab.juju_facades.desk import Desk

JAMMY: Json = {"name": "ubuntu", "channel": "22.04/stable"}


def add(desk: Desk, **params: object) -> str:
    fields = {
        "jobs": ["JobHostUnits"],
        "base": JAMMY,
        **{name.replace("_", "-"): value for name, value in params.items()},
    }
    return str(desk.one("MachineManager.AddMachines", {"params": [fields]})["machine"])


def test_a_machine_takes_the_model_s_constraints_and_its_own_over_them(desk: Desk):
    desk.call("ModelConfig.SetModelConstraints", {"constraints": {"mem": 1024, "arch": "amd64"}})
    assert add(desk, constraints={"mem": 4096}) == "0"
    row = desk.world.machines.get(key(desk.model, "0"))
    assert row.constraints == {"mem": 4096, "arch": "amd64"}
    assert row.base == "22.04"


def test_without_a_base_the_model_s_default_is_taken(desk: Desk):
    desk.call("ModelConfig.ModelSet", {"config": {"default-base": "ubuntu@24.04/stable"}})
    add(desk, base=None)
    assert desk.world.machines.get(key(desk.model, "0")).base == "24.04"


@pytest.mark.parametrize(("version", "base"), [("2.9.49", "20.04"), ("3.6.14", "24.04")])
def test_where_nobody_names_a_base_juju_has_one(desk: Desk, version: str, base: str):
    desk.world.meta = replace(desk.world.meta, version=version)
    add(desk, base=None)
    cloud = desk.world.models.get(desk.model).cloud
    desk.world.meta = replace(desk.world.meta, model_defaults={cloud: {"default-base": "ubuntu@22.04"}})
    add(desk, base=None)
    assert [row.base for row in desk.world.machines.of(desk.model)] == [base, "22.04"]


def test_containers_go_where_they_are_told(desk: Desk):
    add(desk)
    assert add(desk, container_type="lxd", parent_id="0") == "0/lxd/0"
    assert add(desk, placement={"scope": "lxd", "directive": "0"}) == "0/lxd/1"
    assert add(desk, placement={"scope": "lxd", "directive": ""}) == "1/lxd/0"


def test_a_machine_of_maas_is_asked_for_by_its_name(desk: Desk):
    add(desk, placement={"scope": desk.model, "directive": "node3"})
    assert desk.world.machines.get(key(desk.model, "0")).placement == "node3"


@pytest.mark.parametrize(
    ("params", "words", "code"),
    [
        ({"parent_id": "0"}, "parent machine specified without container type", ""),
        ({"placement": {"scope": "mars", "directive": "x"}}, 'invalid model name "mars"', ""),
        ({"placement": {"scope": "#", "directive": "0"}}, 'invalid model name "#"', ""),
        ({"container_type": "lxd", "placement": {"scope": "lxd"}}, "mutually exclusive", ""),
        ({"container_type": "lxd", "parent_id": "7"}, "machine 7 not found", "not found"),
        ({"instance_id": "manual:10.0.0.1"}, "manually provisioned machines not supported", "not supported"),
        ({"disks": [{"Pool": "x", "Size": 1, "Count": 1}]}, "adding volumes", "not supported"),
        ({"constraints": {"mem": "4G"}}, 'bad "mem" constraint', "bad request"),
    ],
)
def test_machines_that_cannot_be_are_refused(desk: Desk, params: Json, words: str, code: str):
    fields = {name.replace("_", "-"): value for name, value in params.items()}
    desk.refused("MachineManager.AddMachines", {"params": [fields]}, words=words, code=code)


def test_one_refusal_does_not_hold_the_others_up(desk: Desk):
    told = desk.call("MachineManager.AddMachines", {"params": [{}, {"parent-id": "9"}, {}]})
    found = cast("list[Json]", told["machines"])
    assert [each.get("machine") for each in found] == ["0", None, "1"]


def test_what_goes_with_a_machine_is_told(desk: Desk):
    desk.deploy("ubuntu", 1)
    desk.deploy("ubuntu", 1, "lxd:0", name="more")
    gone = {"machine-tags": ["machine-0"], "force": True, "dry-run": True}
    info = cast("Json", desk.one("MachineManager.DestroyMachineWithParams", gone)["info"])
    assert info["machine-id"] == "0"
    assert info["destroyed-units"] == [{"tag": "unit-ubuntu-0"}]
    (inside,) = cast("list[Json]", info["destroyed-containers"])
    assert cast("Json", inside["info"])["destroyed-units"] == [{"tag": "unit-more-0"}]
    assert desk.world.machines.get(key(desk.model, "0")).life == "alive"
    desk.one("MachineManager.DestroyMachineWithParams", {**gone, "dry-run": False})
    assert desk.world.machines.get(key(desk.model, "0")).life == "dying"


def test_a_machine_with_units_stays_without_force(desk: Desk):
    desk.deploy("ubuntu", 1)
    gone = {"machine-tags": ["machine-0"]}
    words = 'machine 0 has unit "ubuntu/0" assigned'
    desk.refused("MachineManager.DestroyMachineWithParams", gone, words=words, code="machine has assigned units")


def test_a_machine_that_maas_could_not_give_is_asked_for_again(desk: Desk):
    add(desk)
    row = desk.world.machines.get(key(desk.model, "0"))
    desk.world.machines.put(key(desk.model, "0"), replace(row, phase="failed"))
    again: Json = {"machines": ["machine-0", "machine-77"], "all": False}
    assert desk.call("MachineManager.RetryProvisioning", again) == {"results": []}
    desk.refused("MachineManager.RetryProvisioning", again, words="machine 0 is not in an error state (pending)")
    assert desk.world.machines.get(key(desk.model, "0")).phase == "pending"
    assert desk.call("MachineManager.RetryProvisioning", {"all": True}) == {"results": []}


def test_upgrades_of_bases_and_manual_machines_are_refused(desk: Desk):
    for method in ("UpgradeSeriesPrepare", "ProvisioningScript"):
        desk.refused(f"MachineManager.{method}", words="not supported", code="not supported")


def test_writers_add_machines_readers_do_not(desk: Desk):
    desk.allow("bob", "read")
    asked = {"params": [{"base": JAMMY}]}
    desk.refused("MachineManager.AddMachines", asked, words="permission denied", code="unauthorized access", user="bob")
    desk.allow("bob", "write")
    desk.one("MachineManager.AddMachines", asked, user="bob")


def pools(desk: Desk, **wanted: object) -> list[str]:
    told = desk.one("Storage.ListPools", {"filters": [wanted or None]})
    return [str(each["name"]) for each in cast("list[Json]", told["storage-pools"])]


def test_pools_are_made_listed_changed_and_removed(desk: Desk):
    desk.one(
        "Storage.CreatePool", {"pools": [{"name": "fast", "provider": "maas", "attrs": {"tags": "ssd", "zone": "a"}}]}
    )
    assert pools(desk) == ["fast", "loop", "maas", "rootfs", "tmpfs"]
    assert pools(desk, names=["fast"]) == ["fast"]
    assert pools(desk, providers=["maas"]) == ["fast", "maas"]
    desk.one("Storage.UpdatePool", {"pools": [{"name": "fast", "attrs": {"tags": "nvme"}}]})
    assert desk.world.pools.get(key(desk.model, "fast")).attrs == {"tags": "nvme"}
    desk.one("Storage.RemovePool", {"pools": [{"name": "fast"}]})
    assert pools(desk, names=["fast"]) == []


@pytest.mark.parametrize(
    ("method", "pool", "words", "code"),
    [
        ("CreatePool", {"name": "", "provider": "maas"}, "pool name is missing", "not valid"),
        ("CreatePool", {"name": "9", "provider": "maas"}, 'pool name "9" not valid', "not valid"),
        ("CreatePool", {"name": "p"}, "provider type is missing", "not valid"),
        ("CreatePool", {"name": "p", "provider": "ebs"}, 'storage provider "ebs" not found', "not found"),
        ("CreatePool", {"name": "loop", "provider": "loop"}, 'storage pool "loop" already exists', "already exists"),
        ("UpdatePool", {"name": "p"}, 'storage pool "p" not found', "not found"),
        ("RemovePool", {"name": "p"}, 'storage pool "p" not found', "not found"),
    ],
)
def test_pools_that_cannot_be_are_refused(desk: Desk, method: str, pool: Json, words: str, code: str):
    desk.refused(f"Storage.{method}", {"pools": [pool]}, words=words, code=code)


def osd(desk: Desk) -> str:
    desk.deploy("ceph-osd")
    given = {"unit": "unit-ceph-osd-0", "name": "osd-devices", "storage": {"pool": "maas", "size": 1024, "count": 1}}
    told = desk.one("Storage.AddToUnit", {"storages": [given]})
    (tag,) = cast("list[str]", cast("Json", told["result"])["storage-tags"])
    return tag


def test_storage_of_a_unit_is_detached_attached_and_removed(desk: Desk):
    tag = osd(desk)
    shown = cast("Json", desk.one("Storage.StorageDetails", {"entities": [{"tag": tag}]})["result"])
    assert (shown["kind"], shown["owner-tag"], shown["persistent"]) == (1, "unit-ceph-osd-0", True)
    assert list(cast("Json", shown["attachments"])) == ["unit-ceph-osd-0"]
    ids = [{"storage-tag": tag, "unit-tag": "unit-ceph-osd-0"}]
    desk.refused("Storage.Remove", {"storage": [{"tag": tag}]}, words="storage is attached", code="storage is attached")
    desk.one("Storage.DetachStorage", {"ids": {"ids": ids}})
    shown = cast("Json", desk.one("Storage.StorageDetails", {"entities": [{"tag": tag}]})["result"])
    assert shown["attachments"] == {}
    desk.one("Storage.Attach", {"ids": ids})
    desk.one("Storage.Remove", {"storage": [{"tag": tag, "destroy-attachments": True, "destroy-storage": True}]})
    desk.refused("Storage.StorageDetails", {"entities": [{"tag": tag}]}, words="not found", code="not found")


def test_volumes_are_told_with_the_machines_they_are_on(desk: Desk):
    tag = osd(desk)
    filters = [{"machines": ["machine-0"]}, {"machines": ["machine-9"]}, None]
    told = cast("list[Json]", desk.call("Storage.ListVolumes", {"filters": filters})["results"])
    assert [len(cast("list[Json]", each["result"])) for each in told] == [1, 0, 1]
    (volume,) = cast("list[Json]", told[0]["result"])
    assert cast("Json", volume["storage"])["storage-tag"] == tag
    assert list(cast("Json", volume["machine-attachments"])) == ["machine-0"]
    listed = desk.one("Storage.ListStorageDetails", {"filters": [None]})
    assert len(cast("list[Json]", listed["result"])) == 1
    assert desk.one("Storage.ListFilesystems", {"filters": [None]}) == {"result": []}


def test_a_pool_in_use_stays(desk: Desk):
    desk.one("Storage.CreatePool", {"pools": [{"name": "fast", "provider": "maas"}]})
    desk.deploy("ceph-osd")
    given = {"unit": "unit-ceph-osd-0", "name": "osd-devices", "storage": {"pool": "fast"}}
    desk.one("Storage.AddToUnit", {"storages": [given]})
    desk.refused("Storage.RemovePool", {"pools": [{"name": "fast"}]}, words='storage pool "fast" in use')


def test_volumes_of_others_are_not_taken_over(desk: Desk):
    asked = {"storage": [{"kind": 1, "pool": "maas", "provider-id": "x", "storage-name": "data"}]}
    desk.refused("Storage.Import", asked, words='storage provider "maas" not supported', code="not supported")
