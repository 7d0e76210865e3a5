"""Storage of units: made with them, kept or destroyed when they go, moved to others."""

import pytest

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.life import applications, models, storage
from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import APP, STORE


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.local(STORE)
    return made


def held(bench: Bench) -> dict[str, str]:
    return {each.id: each.unit for each in bench.world.storage.of(bench.model)}


def test_a_unit_gets_what_its_charm_needs(bench: Bench):
    disk, logs = (bench.world.storage.get(f"{bench.model}/{each}") for each in ("disks/0", "logs/1"))
    assert (disk.kind, disk.pool, disk.size, disk.persistent, disk.location) == ("block", "maas", 2048, True, "")
    assert (logs.kind, logs.pool, logs.persistent, logs.location) == ("filesystem", "rootfs", False, "/var/log/store")
    assert {disk.unit, logs.unit} == {"store/0"}


def test_what_outlives_a_unit_is_kept_unless_somebody_says_otherwise(bench: Bench):
    (end,) = bench.remove_units("store/0")
    assert (end.destroyed_storage, end.detached_storage) == (("logs/1",), ("disks/0",))
    assert held(bench) == {"disks/0": ""}
    bench.add_units("store")
    bench.do(lambda world, now: applications.destroy_units(world, now, bench.model, ["store/1"], destroy_storage=True))
    assert held(bench) == {"disks/0": ""}


def test_an_application_ends_with_or_without_its_storage(bench: Bench):
    bench.add_units("store")
    end = bench.do(lambda world, now: applications.destroy(world, now, bench.model, "store", dry_run=True))
    assert (end.destroyed_storage, end.detached_storage) == (("logs/1", "logs/3"), ("disks/0", "disks/2"))
    bench.do(lambda world, now: applications.destroy(world, now, bench.model, "store", destroy_storage=True))
    assert held(bench) == {}


def test_kept_storage_is_given_to_another_unit(bench: Bench):
    bench.remove_units("store/0")
    bench.do(lambda world, now: applications.add_units(world, now, bench.model, "store", 1, attach_storage=["disks/0"]))
    assert held(bench) == {"disks/0": "store/1", "logs/2": "store/1"}
    with pytest.raises(JujuError) as caught:
        bench.do(
            lambda world, now: applications.add_units(world, now, bench.model, "store", 1, attach_storage=["disks/0"])
        )
    assert caught.value.code == "storage is attached"
    assert "store/2" not in bench.units()


def test_storage_is_added_detached_and_removed(bench: Bench):
    directive = m.StorageDirective("", 4096, 2)
    bench.do(lambda world, now: storage.add(world, now, bench.model, "store/0", "disks", directive))
    assert {each for each in held(bench) if each.startswith("disks")} == {"disks/0", "disks/2", "disks/3"}
    with pytest.raises(JujuError, match="at most 3 instances supported, 5 specified"):
        bench.do(lambda world, now: storage.add(world, now, bench.model, "store/0", "disks", directive))
    bench.do(lambda world, now: storage.detach(world, now, bench.model, "disks/2"))
    assert held(bench)["disks/2"] == ""
    bench.do(lambda world, _now: storage.remove(world, bench.model, "disks/2"))
    assert "disks/2" not in held(bench)
    with pytest.raises(JujuError, match="storage is attached"):
        bench.do(lambda world, _now: storage.remove(world, bench.model, "disks/3"))
    with pytest.raises(JujuError, match="not detachable"):
        bench.do(lambda world, now: storage.detach(world, now, bench.model, "logs/1"))
    with pytest.raises(JujuError, match='storage instance "disks/77" not found'):
        bench.do(lambda world, now: storage.detach(world, now, bench.model, "disks/77"))


def test_storage_goes_to_units_whose_charm_knows_it(bench: Bench):
    bench.local(APP)
    bench.do(lambda world, now: storage.detach(world, now, bench.model, "disks/0"))
    with pytest.raises(JujuError, match='charm storage "disks" not found'):
        bench.do(lambda world, now: storage.attach(world, now, bench.model, "disks/0", "app/0"))


def test_a_pool_decides_whether_storage_outlives_its_unit(bench: Bench):
    pool = m.StoragePool(bench.model, "memory", "tmpfs")
    bench.do(lambda world, _now: world.pools.put(f"{bench.model}/memory", pool))
    bench.local(STORE, "quick", storage={"disks": m.StorageDirective("memory", 2048)})
    (end,) = bench.remove_units("quick/0")
    assert end.detached_storage == ()


def test_a_model_with_lasting_storage_goes_only_when_somebody_says_what_becomes_of_it(bench: Bench):
    with pytest.raises(JujuError) as caught:
        bench.do(lambda world, now: models.destroy(world, now, bench.model))
    assert caught.value.code == "controller/model has persistent storage"
    bench.do(lambda world, now: models.destroy(world, now, bench.model, destroy_storage=False))
    assert bench.model not in bench.world.models
    assert not list(bench.world.storage)
