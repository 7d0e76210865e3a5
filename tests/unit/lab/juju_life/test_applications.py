"""Deploying, configuring, refreshing and destroying applications, and what is refused in which words."""

import pytest

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.hub import catalogue
from lab.juju.life import applications
from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import AGENT, APP, DB, STORE


def refused(code: str = "", **words: str) -> pytest.RaisesExc[JujuError]:
    return pytest.RaisesExc(JujuError, match=words.get("match"), check=lambda error: error.code == code)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_all_has_happened_when_a_deployment_is_answered(bench: Bench):
    assert bench.local(APP, units=2) == ["app/0", "app/1"]
    one, two = bench.unit("app/0"), bench.unit("app/1")
    assert [each.workload.status for each in (one, two)] == ["active", "active"]
    assert [each.agent.status for each in (one, two)] == ["idle", "idle"]
    assert (one.machine, two.machine, one.leader, two.leader) == ("0", "1", True, False)
    assert bench.machine("0").phase == "started"
    assert bench.machine("0").instance_id == "mem001"
    assert list(bench.relations()) == ["app:cluster"]
    assert bench.app("app").status.status == "active"
    assert bench.app("app").bindings == {
        "": "alpha",
        "cache": "alpha",
        "cluster": "alpha",
        "db": "alpha",
        "website": "alpha",
    }


def test_subordinates_have_no_units_of_their_own(bench: Bench):
    assert bench.local(AGENT) == []
    with refused("", match="subordinate application must be deployed without units"):
        bench.local(AGENT, "other", 1)
    with refused("", match="without constraints"):
        bench.local(AGENT, "other", constraints={"mem": 4096})
    words = 'cannot add unit 1/1 to application "agent": cannot add unit to application "agent": application is a sub'
    with refused("", match=words):
        bench.add_units("agent")


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("app", 'cannot add application "app": application already exists', "already exists"),
        ("App", 'cannot add application "App": invalid name', ""),
        ("app-0", 'cannot add application "app-0": invalid name', ""),
    ],
)
def test_names_are_checked(bench: Bench, name: str, words: str, code: str):
    bench.local(APP)
    with refused(code, match=words):
        bench.local(APP, name)


def test_a_refused_deployment_leaves_nothing(bench: Bench):
    before = bench.world.dump()
    with refused("not found", match="machine 7 not found"):
        bench.deploy("ubuntu", "ubuntu", 2, "7")
    assert bench.world.dump() == before


def test_a_unit_whose_host_is_not_there_is_in_error_since_it_is_assigned_after_the_answer(bench: Bench):
    assert bench.deploy("ubuntu", "ubuntu", 2, "lxd:7") == ["ubuntu/0", "ubuntu/1"]
    lost, there = bench.unit("ubuntu/0"), bench.unit("ubuntu/1")
    assert (lost.machine, lost.workload.status, lost.workload.message) == ("", "error", "machine 7 not found")
    assert (there.machine, there.workload.status) == ("0", "active")
    bench.do(lambda world, now: applications.destroy_units(world, now, bench.model, ["ubuntu/0"]))
    assert list(bench.units()) == ["ubuntu/1"]


def test_config_is_read_by_type(bench: Bench):
    bench.local(APP, config={"workers": "8", "debug": "true", "ratio": "0.5", "trust": "true"})
    assert bench.app("app").config == {"workers": 8, "debug": True, "ratio": 0.5}
    assert bench.app("app").trust
    bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {"title": "", "trust": False}))
    assert bench.app("app").config["title"] == ""
    assert not bench.app("app").trust
    bench.do(lambda world, now: applications.unset_config(world, now, bench.model, "app", ["workers", "title"]))
    assert bench.app("app").config == {"debug": True, "ratio": 0.5}


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("colour", "red", 'unknown option "colour"'),
        ("workers", "many", 'option "workers" expected int, got "many"'),
        ("workers", True, 'option "workers" expected int, got true'),
        ("debug", "perhaps", 'option "debug" expected boolean, got "perhaps"'),
        ("title", 5, 'option "title" expected string, got 5'),
        ("trust", "perhaps", 'option "trust" expected bool, got "perhaps"'),
    ],
)
def test_config_that_does_not_fit_is_refused(bench: Bench, option: str, value: object, words: str):
    bench.local(APP)
    with refused(match=words):
        bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {option: value}))


def test_a_new_charm_keeps_what_still_fits(bench: Bench):
    bench.local(APP, config={"workers": 8, "title": "Old"})
    newer = {**APP, "config": {"options": {"workers": {"type": "string"}, "title": {"type": "string"}}}}
    newer["peers"] = {"cluster": {"interface": "app-cluster"}, "ring": {"interface": "app-ring"}}
    refresh(bench, newer)
    assert bench.app("app").config == {"title": "Old"}
    assert bench.app("app").charm == "local:jammy/app-1"
    assert bench.unit("app/0").charm == "local:jammy/app-1"
    assert set(bench.relations()) == {"app:cluster", "app:ring"}


def test_a_charm_that_breaks_a_relation_is_refused(bench: Bench):
    bench.local(APP)
    bench.local(DB)
    bench.relate("app:db", "db:db")
    with refused(match='would break relation "app:db db:db"'):
        refresh(bench, {**APP, "requires": {}})
    with refused("bad request", match="cannot change an application's subordinacy"):
        refresh(bench, {**AGENT, "name": "app"})


def refresh(bench: Bench, document: dict[str, object]) -> None:
    charm = catalogue.parse(document)
    url = f"local:jammy/{charm.name}-1"
    row = m.Charm(bench.model, url, charm.name, 1, "", "22.04", "local", document)
    resolved = catalogue.Resolved(charm, charm.name, 1, "", "22.04", url, "local")
    bench.world.charms.put(f"{bench.model}|{url}", row)
    bench.do(lambda world, now: applications.set_charm(world, now, bench.model, "app", resolved))


def test_expose_adds_up_and_is_taken_back(bench: Bench):
    bench.local(APP)
    bench.do(lambda world, now: applications.expose(world, now, bench.model, "app"))
    assert bench.app("app").exposed == {"": ((), ("0.0.0.0/0", "::/0"))}
    wanted = {"website": (["alpha"], ["10.0.0.0/8"])}
    bench.do(lambda world, now: applications.expose(world, now, bench.model, "app", wanted))
    assert bench.app("app").exposed == {
        "": ((), ("0.0.0.0/0", "::/0")),
        "website": (("alpha",), ("10.0.0.0/8",)),
    }
    bench.do(lambda world, now: applications.unexpose(world, now, bench.model, "app", [""]))
    assert bench.app("app").exposed == {"website": (("alpha",), ("10.0.0.0/8",))}
    bench.do(lambda world, now: applications.unexpose(world, now, bench.model, "app"))
    assert bench.app("app").exposed is None
    with refused("not found", match='endpoint "door" not found'):
        bench.do(lambda world, now: applications.expose(world, now, bench.model, "app", {"door": ([], [])}))


def test_bindings_follow_their_default(bench: Bench):
    for number, name in enumerate(("internal", "public"), 1):
        row = m.Space(bench.model, str(number), name)
        bench.do(lambda world, _now, row=row: world.spaces.put(f"{bench.model}/{row.name}", row))
    bench.local(APP, bindings={"website": "public"})
    bench.do(lambda world, now: applications.merge_bindings(world, now, bench.model, "app", {"": "internal"}))
    bindings = bench.app("app").bindings
    assert (bindings[""], bindings["db"], bindings["website"]) == ("internal", "internal", "public")
    with refused("not found", match='space "nowhere" not found'):
        bench.do(lambda world, now: applications.merge_bindings(world, now, bench.model, "app", {"db": "nowhere"}))


def test_constraints_change_in_place_and_hold_for_later_machines(bench: Bench):
    bench.local(APP, constraints={"mem": 4096})
    bench.do(lambda world, now: applications.set_constraints(world, now, bench.model, "app", {"mem": 8192}))
    bench.add_units("app")
    assert [each.constraints for each in bench.machines().values()] == [{"arch": "amd64", "mem": 4096}, {"mem": 8192}]
    bench.local(APP, "other")
    with refused("not supported", match=r"changing architecture \(amd64\) not supported"):
        bench.do(lambda world, now: applications.set_constraints(world, now, bench.model, "other", {"arch": "arm64"}))


def test_an_application_goes_with_all_it_has(bench: Bench):
    bench.local(APP, units=2)
    bench.local(DB)
    bench.relate("app:db", "db:db")
    found = bench.do(lambda world, now: applications.destroy(world, now, bench.model, "app", dry_run=True))
    assert found.units == ("app/0", "app/1")
    assert bench.app("app").life == "alive"
    bench.remove("app")
    assert list(bench.units()) == ["db/0"]
    assert list(bench.machines()) == ["2"]
    assert not bench.relations()
    assert bench.unit("db/0").joined == ()
    with refused("not found", match='application "app" not found'):
        bench.remove("app")


def test_an_application_whose_offer_is_used_needs_force(bench: Bench):
    bench.local(DB)
    offer = m.Offer(bench.model, "db", "u-1", "db", "", {"db": "db"})
    other = bench.make_model("other").uuid
    remote = m.RemoteApplication(other, "db", "admin/m.db", "u-1")
    bench.do(lambda world, _now: world.offers.put(f"{bench.model}/db", offer))
    bench.do(lambda world, _now: world.remotes.put(f"{other}/db", remote))
    with refused(match="application is used by 1 consumer$"):
        bench.remove("db")
    bench.remove("db", force=True)
    assert not list(bench.world.offers)


def test_storage_directives_are_checked(bench: Bench):
    with refused("bad request", match='charm "store" has no store called "tapes"'):
        bench.local(STORE, storage={"tapes": m.StorageDirective()})
    with refused("bad request", match="at most 3 instances supported, 4 specified"):
        bench.local(STORE, storage={"disks": m.StorageDirective(count=4, size=4096)})
    with refused("bad request", match="minimum storage size is 2048 MiB, 1024 MiB specified"):
        bench.local(STORE, storage={"disks": m.StorageDirective(count=1)})
    with refused("not found", match='pool "fast" not found'):
        bench.local(STORE, storage={"disks": m.StorageDirective("fast", 4096)})
