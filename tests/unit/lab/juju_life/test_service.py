"""Transactions are whole, subscribers are told, and a kept world is found again; a new one is what bootstrap leaves."""

import threading
from pathlib import Path

import pytest

from lab.juju import seed, store
from lab.juju.life.index import Index
from lab.juju.pace import immediate
from lab.juju.provision import MemorySource, Seen
from lab.juju.service import Service
from tests.unit.lab.juju_life.bench import CLOUD, START, Bench, real
from tests.unit.lab.juju_life.charms import APP, ONE_DB


class BrokenError(Exception):
    """What a caller raises in the middle."""


def test_a_raise_takes_all_back():
    bench = Bench()
    bench.local(APP, units=2)
    bench.local(ONE_DB)
    before, generation = bench.world.dump(), bench.service.generation
    with pytest.raises(BrokenError):
        _change_and_fail(bench)
    assert bench.world.dump() == before
    assert bench.service.generation == generation
    fresh = Index(bench.world)
    assert bench.service._index._where == fresh._where
    bench.relate("app", "onedb")
    assert bench.relations()["app:db onedb:db"].status.status == "joined"


def _change_and_fail(bench: Bench) -> None:
    before = bench.world.dump()
    with bench.service.transaction() as world:
        bench.relate("app", "onedb")
        bench.remove("app")
        bench.add_machine()
        assert world.dump() != before
        raise BrokenError


def test_subscribers_are_told_of_what_changed_only():
    bench = Bench()
    told: list[int] = []
    end = bench.service.subscribe(lambda: told.append(bench.service.generation))
    bench.do(lambda _world, _now: None)
    assert told == []
    bench.make_model("other")
    assert told == [bench.service.generation]
    end()
    bench.make_model("third")
    assert len(told) == 1


def test_a_subscriber_may_change_the_world():
    bench = Bench()
    left = ["two", "one"]

    def more() -> None:
        if left:
            bench.make_model(left.pop())

    bench.service.subscribe(more)
    bench.make_model("zero")
    assert {"zero", "one", "two"} <= {each.name for each in bench.world.models}


def test_other_threads_wait_for_a_transaction():
    bench = Bench()
    done = threading.Event()

    def work() -> None:
        bench.make_model("other")
        done.set()

    thread = threading.Thread(target=work)
    with bench.service.transaction() as world:
        thread.start()
        assert not done.wait(0.05)
        names = {each.name for each in world.models}
    thread.join()
    assert "other" not in names


def test_a_kept_world_goes_on_where_it_stood(tmp_path: Path):
    bench = Bench(real)
    kept = store.keep(tmp_path, bench.world)
    bench.service._store = kept
    bench.local(APP)
    bench.wait(100)
    bench.service.close()
    world = store.kept(tmp_path)
    assert world is not None
    assert world.dump() == bench.world.dump()
    again = Service(world, lambda: START + 1000, MemorySource(), scale=immediate, store=store.keep(tmp_path, world))
    assert again.next_due() == START + 180
    with again.transaction():
        pass
    assert next(iter(world.units)).workload.status == "active"
    again.close()
    found = store.kept(tmp_path)
    assert found is not None
    assert found.dump() == world.dump()
    assert store.kept(tmp_path / "nowhere") is None


def test_nothing_under_way_is_due_never():
    bench = Bench()
    bench.local(APP)
    assert bench.service.next_due() is None


def test_a_new_world_is_what_bootstrap_leaves():
    machine = Seen("Deployed", "abc123", ("10.0.0.2",), "server1", {"mem": 8192})
    world = seed.new_world("lab", "seed", START, cloud=CLOUD, admin_password="hunter2-of-admin", machine=machine)
    (model,) = world.models
    assert (model.name, model.is_controller, world.meta.controller_model) == ("controller", True, model.uuid)
    row = world.machines.get(f"{model.uuid}/0")
    assert (row.phase, row.instance_id, row.addresses, row.hostname) == ("started", "abc123", ("10.0.0.2",), "server1")
    assert world.clouds.get("maas-one").access == {"admin": "admin"}
    admin = world.users.get("admin")
    assert admin.access == "superuser"
    assert "hunter2" not in repr(world.dump())
    assert seed.fits(admin, "hunter2-of-admin")
    assert not seed.fits(admin, "other")
    assert not seed.fits(admin, "")


def test_a_seed_gives_the_same_world_again():
    one, other = (seed.new_world("lab", "seed", START, cloud=CLOUD, admin_password="x").meta for _ in range(2))
    assert one == other
    assert seed.new_world("lab", "more", START, cloud=CLOUD, admin_password="x").meta.uuid != one.uuid
