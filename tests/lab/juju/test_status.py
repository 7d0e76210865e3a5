"""FullStatus and the watcher of everything: shapes, patterns, cost."""

import sys
import time
from collections.abc import Generator
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.juju import models as m
from lab.juju.facades import status as shown
from lab.juju.facades.allwatcher import Deltas
from lab.juju.testing import RunningJuju, running_juju
from lab.juju.world import World, key
from tests.lab.juju.client import Answer, Wire, deploy, logged_in, new_model, status

TraceFunction = Any  # what a trace function returns: itself
MODEL = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture(scope="module")
def wire(juju: RunningJuju) -> Generator[Wire]:
    """A model with a subordinate on a container, a peer relation, something exposed."""
    with logged_in(juju, new_model(juju)) as connected:
        deploy(connected, "ubuntu", "host")
        deploy(connected, "mysql-innodb-cluster", "db", **{"num-units": 3, "channel": "8.0/stable"})
        deploy(connected, "keystone", channel="2023.2/stable", Placement=[{"scope": "lxd", "directive": "0"}])
        deploy(connected, "mysql-router", "keystone-mysql-router", channel="8.0/stable")
        relate(connected, "keystone-mysql-router:db-router", "db:db-router")
        relate(connected, "keystone-mysql-router:shared-db", "keystone:shared-db")
        endpoints = {"public": {"expose-to-cidrs": ["10.0.0.0/8"]}}
        connected.call("Application", 20, "Expose", {"application": "keystone", "exposed-endpoints": endpoints})
        yield connected


def relate(wire: Wire, *endpoints: str) -> Answer:
    return wire.call("Application", 20, "AddRelation", {"endpoints": list(endpoints)})


def test_model(wire: Wire) -> None:
    model = status(wire)["model"]
    assert (model["name"], model["type"], model["cloud-tag"]) == ("work", "iaas", "cloud-maas-one")
    assert model["version"] == "3.6.14"
    assert model["model-status"]["status"] == "available"


def test_application(wire: Wire) -> None:
    app = status(wire)["applications"]["keystone"]
    assert app["charm"].startswith("ch:amd64/jammy/keystone-")
    assert app["charm-channel"] == "2023.2/stable"
    assert app["base"] == {"name": "ubuntu", "channel": "22.04/stable"}
    assert app["exposed"] is True
    assert app["exposed-endpoints"] == {"public": {"expose-to-spaces": [], "expose-to-cidrs": ["10.0.0.0/8"]}}
    assert app["relations"]["shared-db"] == ["keystone-mysql-router"]
    assert app["endpoint-bindings"]["shared-db"] == "alpha"
    assert app["life"] == ""


def test_unit_with_its_subordinate(wire: Wire) -> None:
    shown = status(wire)
    unit = shown["applications"]["keystone"]["units"]["keystone/0"]
    assert unit["machine"] == "0/lxd/0"
    assert unit["leader"] is True
    assert unit["agent-status"]["status"] == "idle"
    (name,) = unit["subordinates"]
    subordinate = unit["subordinates"][name]
    assert name == "keystone-mysql-router/0"
    assert subordinate["public-address"] == unit["public-address"]
    router = shown["applications"]["keystone-mysql-router"]
    assert router["units"] == {}
    assert router["subordinate-to"] == ["keystone"]


def test_machines_with_their_containers(wire: Wire) -> None:
    machines = status(wire)["machines"]
    assert sorted(machines) == ["0", "1", "2", "3"]
    container = machines["0"]["containers"]["0/lxd/0"]
    assert container["instance-status"]["status"] == "running"
    assert container["ip-addresses"] == [container["dns-name"]]
    assert machines["0"]["jobs"] == ["JobHostUnits"]
    assert "arch=amd64 cores=4 mem=16384M" in machines["0"]["hardware"]


def test_what_is_in_containers_of_a_lost_machine_is_lost_with_it(juju: RunningJuju) -> None:
    model = new_model(juju, "lost")
    with logged_in(juju, model) as wire:
        deploy(wire, "ubuntu", "host", **{"num-units": 2})
        deploy(wire, "keystone", channel="2023.2/stable", Placement=[{"scope": "lxd", "directive": "0"}])
        deploy(wire, "mysql-router", "router", channel="8.0/stable")
        relate(wire, "router:shared-db", "keystone:shared-db")
        before = agents(wire)
        assert before["0/lxd/0"] == ("started", "")
        watcher = wire.call("Client", 8, "WatchAll")["watcher-id"]
        wire.call("AllWatcher", 3, "Next", id=watcher)
        juju.fault("agent-lost", model=model, target="0")
        silent = "agent is not communicating with the server"
        lost = {"0": "down", "0/lxd/0": "down", "host/0": "lost", "keystone/0": "lost", "router/0": "lost"}
        assert agents(wire) == {**before, **{name: (word, silent) for name, word in lost.items()}}
        unit = status(wire)["applications"]["keystone"]["units"]["keystone/0"]
        for name, shown in (("keystone/0", unit), ("router/0", unit["subordinates"]["router/0"])):
            assert shown["workload-status"]["status"] == "unknown"
            assert shown["workload-status"]["info"] == f"agent lost, see 'juju show-status-log {name}'"
        deltas = wire.call("AllWatcher", 3, "Next", id=watcher)["deltas"]
        told = {row["id"]: row["agent-status"]["current"] for kind, _, row in deltas if kind == "machine"}
        assert told == {"0": "down", "0/lxd/0": "down"}
        juju.clear_faults()
        assert agents(wire) == before


def agents(wire: Wire) -> dict[str, tuple[str, str]]:
    """Give the agent's status and message of each machine, container, unit and subordinate."""
    shown = status(wire)
    rows: dict[str, Any] = dict(shown["machines"])
    for app in shown["applications"].values():
        rows |= app["units"]
    for row in list(rows.values()):
        rows |= row.get("containers") or row.get("subordinates") or {}
    return {name: (row["agent-status"]["status"], row["agent-status"]["info"]) for name, row in rows.items()}


def test_relations_have_jujus_keys(wire: Wire) -> None:
    relations = {each["key"]: each for each in status(wire)["relations"]}
    ours = relations["keystone:shared-db keystone-mysql-router:shared-db"]
    assert ours["scope"] == "container"
    assert ours["status"]["status"] == "joined"
    assert {each["application"]: each["subordinate"] for each in ours["endpoints"]} == {
        "keystone": False,
        "keystone-mysql-router": True,
    }
    assert {"db:cluster", "keystone:cluster"} <= set(relations)
    assert relations["db:cluster"]["endpoints"][0]["role"] == "peer"


@pytest.mark.parametrize(
    ("pattern", "applications", "machines"),
    [
        ("host", {"host"}, {"0"}),
        ("db/1", {"db"}, {"2"}),
        ("keystone*", {"keystone", "keystone-mysql-router"}, {"0"}),
        ("3", {"db"}, {"3"}),
        ("nothing", set[str](), set[str]()),
    ],
)
def test_patterns(wire: Wire, pattern: str, applications: set[str], machines: set[str]) -> None:
    shown = status(wire, pattern)
    assert set(shown["applications"]) == applications
    assert set(shown["machines"]) == machines
    for each in shown["relations"]:
        assert {end["application"] for end in each["endpoints"]} & applications


def test_storage_is_shown_when_asked(wire: Wire) -> None:
    assert "storage" not in status(wire)
    assert status(wire, storage=True)["storage"] == []


def test_first_deltas_hold_the_whole_model_and_no_later_ones_come_by_themselves(wire: Wire) -> None:
    watcher = wire.call("Client", 8, "WatchAll")["watcher-id"]
    deltas = wire.call("AllWatcher", 3, "Next", id=watcher)["deltas"]
    kinds = {kind for kind, _, _ in deltas}
    assert kinds == {"model", "charm", "machine", "application", "unit", "relation"}
    assert all(change == "change" for _, change, _ in deltas)
    units = {row["name"]: row for kind, _, row in deltas if kind == "unit"}
    assert units["keystone-mysql-router/0"]["principal"] == "keystone/0"
    assert units["keystone/0"]["workload-status"]["current"] in {"active", "blocked", "waiting"}
    machines = {row["id"]: row for kind, _, row in deltas if kind == "machine"}
    assert machines["0/lxd/0"]["container-type"] == "lxd"
    waiting = wire.send("AllWatcher", 3, "Next", id=watcher)
    wire.call("Pinger", 1, "Ping")
    wire.call("AllWatcher", 3, "Stop", id=watcher)
    assert wire.receive(waiting)["error-code"] == "stopped"


def test_history(wire: Wire) -> None:
    asked: Answer = {"historyKind": "unit", "size": 5, "tag": "unit-keystone-0", "filter": {}}
    (found,) = wire.call("Client", 8, "StatusHistory", {"requests": [asked]})["results"]
    assert {each["kind"] for each in found["history"]["statuses"]} == {"juju-unit", "workload"}


# --- cost


def large(count: int) -> World:
    """Make a model of so many applications in a chain of relations, each with a unit on a machine."""
    world = World()
    world.meta = m.Meta("", "lab", "seed")
    world.models.put(MODEL, m.Model(MODEL, "large", "admin", "maas-one", "default", ""))
    url = "ch:amd64/jammy/ubuntu-26"
    world.charms.put(f"{MODEL}|{url}", m.Charm(MODEL, url, "ubuntu", 26, "latest/stable"))
    for number in range(count):
        name = f"app{number}"
        world.machines.put(key(MODEL, number), m.Machine(MODEL, str(number), addresses=("127.0.0.1",)))
        world.applications.put(key(MODEL, name), m.Application(MODEL, name, url, "latest/stable"))
        world.units.put(key(MODEL, f"{name}/0"), m.Unit(MODEL, f"{name}/0", name, str(number), charm=url))
        ends = (m.Endpoint(name, "a", "requirer", "x"), m.Endpoint(f"app{max(number - 1, 0)}", "b", "provider", "x"))
        world.relations.put(key(MODEL, number), m.Relation(MODEL, number, ends))
    world.commit()
    return world


def steps(world: World) -> int:
    """Count what Python does for a status, line by line: unlike a time, it is the same on a busy machine."""
    count = 0

    def step(_frame: FrameType, event: str, _arg: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        shown.full(world, MODEL, 0.0)
    finally:
        sys.settrace(before)
    return count


def test_status_grows_linearly() -> None:
    small, big = steps(large(50)), steps(large(200))
    # four times the rows: quadratic would be sixteen times the steps
    assert small > 50
    assert big < 5 * small


def test_status_of_500_applications_is_cheap() -> None:
    world = large(500)
    start = time.process_time()
    assert len(shown.full(world, MODEL, 0.0)["applications"]) == 500  # pyright: ignore[reportArgumentType] # JSON
    assert time.process_time() - start < 0.5


def test_deltas_of_500_applications_cost_what_changed() -> None:
    world = large(500)
    watcher = Deltas(MODEL)
    first = watcher.look(world, 0.0)
    assert first is not None
    row = world.units.get(key(MODEL, "app7/0"))
    world.units.put(key(MODEL, "app7/0"), replace(row, workload=m.Status("active")))
    told = watcher.look(world, 0.0)
    assert told is not None
    ((kind, change, entity),) = told["deltas"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] # JSON
    assert (kind, change, entity["name"]) == ("unit", "change", "app7/0")
    assert watcher.look(world, 0.0) is None


# --- the fold of deltas

CHANGES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["put", "unit", "version", "remove"])), max_size=20
)


def folded(state: dict[tuple[str, str], object], told: m.Json | None) -> None:
    """Take deltas in as a client does."""
    ids = {"unit": "name", "application": "name", "machine": "id", "charm": "charm-url", "model": "model-uuid"}
    for kind, change, entity in (told or {}).get("deltas", ()):  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] # JSON
        place = (str(kind), str(entity[ids[str(kind)]]))  # pyright: ignore[reportUnknownArgumentType] # JSON
        if change == "remove":
            del state[place]
        else:
            state[place] = entity


@settings(max_examples=100)
@given(CHANGES, st.integers(1, 4))
def test_deltas_fold_to_the_model(changes: list[tuple[str, str]], every: int) -> None:
    world = large(0)
    watcher, state = Deltas(MODEL), dict[tuple[str, str], object]()
    for number, (name, change) in enumerate(changes):
        place, unit = key(MODEL, name), key(MODEL, f"{name}/0")
        if change == "put":
            world.applications.put(place, m.Application(MODEL, name, "ch:x", made=number))
        elif change == "unit":
            world.units.put(unit, m.Unit(MODEL, f"{name}/0", name))
        elif change == "version":
            world.units.put(unit, m.Unit(MODEL, f"{name}/0", name, version=str(number)))
        else:
            world.units.remove(unit)
            world.applications.remove(place)
        if number % every == 0:
            folded(state, watcher.look(world, 0.0))
    folded(state, watcher.look(world, 0.0))
    fresh = dict[tuple[str, str], object]()
    folded(fresh, Deltas(MODEL).look(world, 0.0))
    assert state == fresh


def test_a_pattern_leaves_the_storage_of_the_units_it_shows(juju: RunningJuju) -> None:
    with logged_in(juju, new_model(juju, "patterns")) as wire:
        deploy(wire, "mysql")
        deploy(wire, "ubuntu")
        shown = status(wire, "mysql", storage=True)
        assert [each["owner-tag"] for each in shown["storage"]] == ["unit-mysql-0"]
        assert len(shown["filesystems"]) == 1
        other = status(wire, "ubuntu", storage=True)
        assert (other["storage"], other["filesystems"], other["volumes"]) == ([], [], [])
