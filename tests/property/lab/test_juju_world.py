"""Any sequence of what people ask for, of hands, faults and hours leaves a world that a controller could be in.

Commands are drawn, run against a service whose clock the test moves (at both paces), and after each one the world is
checked as a whole: who leads, who stands where, what is dying, what time it is, and whether its journal rebuilds it.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.life import applications, models
from lab.juju.life.index import Index
from lab.juju.pace import immediate
from lab.juju.world import World, key
from lab.maas.world import Change
from tests.unit.lab.juju_life.bench import START, Bench, real
from tests.unit.lab.juju_life.charms import AGENT, APP, ONE_DB, STORE

Command: TypeAlias = tuple[str, Any]
CHARMS: Mapping[str, dict[str, object]] = {"app": APP, "onedb": ONE_DB, "agent": AGENT, "store": STORE}
HOOKS = ("install", "config-changed", "db-relation-joined", "db-relation-departed", "stop")


@dataclass
class Journal:
    """Collects what a store would write."""

    changes: list[Change] = field(default_factory=list[Change])

    def append(self, changes: list[Change]) -> None:
        self.changes += changes

    def close(self) -> None:
        pass


class Driven:
    """A bench driven by commands; what Juju refuses changes nothing."""

    def __init__(self, timed: bool) -> None:
        self.bench = Bench(real if timed else immediate)
        self.journal = Journal()
        self.journal.append(self.bench.world.dump())
        self.bench.service._store = self.journal
        self.timed = timed
        self.seen: dict[str, float] = {}

    def run(self, command: Command) -> None:
        name, given = command
        before = rows_of(self.bench.world)
        try:
            getattr(self, f"do_{name}")(given)
        except (JujuError, ValueError):
            assert rows_of(self.bench.world) == before
        self.check()

    def do_deploy(self, given: tuple[str, int]) -> None:
        charm, units = given
        self.bench.local(CHARMS[charm], charm, None if charm == "agent" else units)

    def do_add(self, given: tuple[str, str]) -> None:
        self.bench.add_units(given[0], 1, *([given[1]] if given[1] else []))

    def do_relate(self, given: tuple[str, str]) -> None:
        self.bench.relate(*given)

    def do_unrelate(self, given: tuple[str, str, bool]) -> None:
        self.bench.unrelate(*given[:2], force=given[2])

    def do_config(self, given: int) -> None:
        bench = self.bench
        bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {"workers": given}))

    def do_remove_unit(self, given: tuple[int, bool]) -> None:
        names = list(self.bench.units())
        if names:
            self.bench.remove_units(names[given[0] % len(names)], force=given[1])

    def do_remove(self, given: tuple[str, bool]) -> None:
        self.bench.remove(given[0], force=given[1])

    def do_remove_machine(self, given: tuple[int, bool]) -> None:
        names = list(self.bench.machines())
        if names:
            self.bench.remove_machine(names[given[0] % len(names)], force=given[1])

    def do_add_machine(self, _given: None) -> None:
        self.bench.add_machine()

    def do_fail(self, given: tuple[str, str, int]) -> None:
        self.bench.fault("hook", given[0], hook=given[1], times=given[2])

    def do_lose(self, given: str) -> None:
        self.bench.fault("agent-lost", given)

    def do_mend(self, _given: None) -> None:
        self.bench.mend()

    def do_resolve(self, given: bool) -> None:
        broken = [name for name, each in self.bench.units().items() if each.phase == "error"]
        for name in broken:
            self.bench.hand("resolved", name, *([] if given else ["--no-retry"]))

    def do_action(self, given: int) -> None:
        names = [name for name in self.bench.units() if name.startswith("app/")]
        if names:
            self.bench.run(names[given % len(names)], "pause")

    def do_wait(self, given: float) -> None:
        self.bench.wait(given)

    def check(self) -> None:
        world = self.bench.world
        for check in (leaders, places, subordinates, peers, joins, ends_in_order, rest):
            check(world)
        self.time()
        assert Index(world)._where == self.bench.service._index._where
        if not self.timed:
            assert self.bench.service.next_due() is None

    def time(self) -> None:
        """No status is of the future, and none goes back."""
        for unit in self.bench.world.units:
            for kind, status in (("agent", unit.agent), ("workload", unit.workload)):
                name = f"{unit.model}/{unit.name} {unit.made} {kind}"
                assert START <= status.since <= self.bench.clock
                assert self.seen.get(name, START) <= status.since, name
                self.seen[name] = status.since
            assert unit.until == 0.0 or unit.until >= self.bench.clock

    def finish(self, *, force: bool = False) -> None:
        """Read the world back; let everything go, by force, or after all that is broken was mended: nothing is left."""
        again = World()
        again.load(self.journal.changes)
        assert sorted(again.dump(), key=repr) == sorted(self.bench.world.dump(), key=repr)
        if not force:
            self.repair()
        bench = self.bench
        bench.do(lambda world, now: models.destroy(world, now, bench.model, destroy_storage=True, force=force))
        bench.wait(10_000)
        assert bench.model not in bench.world.models
        assert not list(bench.world.units)
        assert not list(bench.world.storage)

    def repair(self) -> None:
        """Mend all faults and resolve all errors: nobody is in trouble then, and what was to go has gone."""
        self.bench.mend()
        for _ in range(20):
            self.do_resolve(given=True)
            self.bench.wait(10_000)
        assert not [each for each in self.bench.units().values() if each.workload.status in {"error", "unknown"}]
        assert not [each for each in self.bench.units().values() if each.life != "alive"]


def rows_of(world: World) -> list[list[object]]:
    return [list(table) for table in world.tables()]


def leaders(world: World) -> None:
    """Exactly one unit leads each application that has any."""
    units = Counter((unit.model, unit.application) for unit in world.units)
    assert Counter((unit.model, unit.application) for unit in world.units if unit.leader) == dict.fromkeys(units, 1)


def places(world: World) -> None:
    """Units stand on machines that are there, containers in machines that are there; storage hangs on living units."""
    for unit in world.units:
        machine = world.machines.get(key(unit.model, unit.machine))
        assert unit.life != "alive" or machine.life == "alive", unit.name
        assert machine.phase != "stopping"
        assert world.applications.get(key(unit.model, unit.application)).next_unit > int(unit.name.split("/")[1])
    for machine in world.machines:
        assert not machine.parent or key(machine.model, machine.parent) in world.machines
    for each in world.storage:
        assert not each.unit or key(each.model, each.unit) in world.units


def subordinates(world: World) -> None:
    """A subordinate stands on its principal's machine, once."""
    beside = [unit for unit in world.units if unit.principal]
    for unit in beside:
        assert world.units.get(key(unit.model, unit.principal)).machine == unit.machine
        assert world.applications.get(key(unit.model, unit.application)).subordinate
    assert all(count == 1 for count in Counter((unit.principal, unit.application) for unit in beside).values())


def peers(world: World) -> None:
    """Each application that has a peer relation has it by itself, no longer than it is there."""
    wanted = {f"{app.name}:cluster" for app in world.applications if app.name == "app"}
    assert {each.key for each in world.relations if len(each.endpoints) == 1} == wanted
    for relation in world.relations:
        for end in relation.endpoints:
            assert key(relation.model, end.application) in world.applications


def joins(world: World) -> None:
    """A unit that runs has joined what is there, and left what is not."""
    for unit in world.units:
        known = {each.id for each in world.relations.of(unit.model)}
        if unit.phase == "started" and unit.agent.status == "idle" and unit.life == "alive":
            assert set(unit.joined) <= known, unit.name
            assert unit.charm == world.applications.get(key(unit.model, unit.application)).charm


def ends_in_order(world: World) -> None:
    """Nobody new stands on what is dying; a machine that is given back is empty."""
    for relation in world.relations:
        dying = [world.applications.get(key(relation.model, end.application)).life for end in relation.endpoints]
        assert relation.life != "alive" or "dying" not in dying or len(relation.endpoints) == 1
    for machine in world.machines:
        if machine.phase == "stopping":
            assert not [unit for unit in world.units.of(machine.model) if unit.machine == machine.id]


def rest(world: World) -> None:
    """Who is in error or idle waits for nothing; who is at something knows until when, or is lost."""
    for unit in world.units:
        if unit.phase in {"installing", "configuring", "stopping"}:
            assert unit.until or unit.agent.status == "lost", unit.name
        else:
            assert not unit.until, unit.name
        if unit.phase == "error" and unit.agent.status != "lost":
            assert unit.workload.status == "error"


names = st.sampled_from(sorted(CHARMS))
commands = st.one_of(
    st.tuples(st.just("deploy"), st.tuples(names, st.integers(1, 3))),
    st.tuples(st.just("add"), st.tuples(names, st.sampled_from(["", "0", "1", "lxd:0", "lxd:"]))),
    st.tuples(st.just("relate"), st.sampled_from([("app", "onedb"), ("agent", "app"), ("agent:host", "onedb")])),
    st.tuples(
        st.just("unrelate"),
        st.sampled_from([("app", "onedb", False), ("agent", "app", False), ("agent", "app", True)]),
    ),
    st.tuples(st.just("config"), st.integers(1, 4)),
    st.tuples(st.just("remove_unit"), st.tuples(st.integers(0, 9), st.booleans())),
    st.tuples(st.just("remove"), st.tuples(names, st.booleans())),
    st.tuples(st.just("remove_machine"), st.tuples(st.integers(0, 9), st.booleans())),
    st.tuples(st.just("add_machine"), st.none()),
    st.tuples(st.just("fail"), st.tuples(st.sampled_from(["app", "agent", ""]), st.sampled_from(HOOKS), st.just(1))),
    st.tuples(st.just("lose"), st.sampled_from(["app/0", "app", "0", "onedb/0"])),
    st.tuples(st.just("mend"), st.none()),
    st.tuples(st.just("resolve"), st.booleans()),
    st.tuples(st.just("action"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 7.0, 60.0, 130.0, 1000.0])),
)


@settings(max_examples=60, deadline=None)
@given(st.booleans(), st.booleans(), st.lists(commands, min_size=3, max_size=25))
def test_any_sequence_leaves_a_consistent_world_that_can_end(timed: bool, force: bool, sequence: list[Command]):
    driven = Driven(timed)
    for command in sequence:
        driven.run(command)
    driven.finish(force=force)


@settings(max_examples=20, deadline=None)
@given(st.lists(commands, min_size=1, max_size=12))
def test_a_transaction_that_fails_is_taken_back_whole(sequence: list[Command]):
    driven = Driven(timed=False)
    driven.run(("deploy", ("app", 2)))
    driven.run(("deploy", ("agent", 0)))
    driven.run(("relate", ("agent", "app")))
    bench = driven.bench
    before = bench.world.dump()

    with pytest.raises(StopError):
        _run_and_stop(driven, sequence)
    assert bench.world.dump() == before
    driven.check()
    driven.finish()


class StopError(Exception):
    """What a caller raises at the end."""


def _run_and_stop(driven: Driven, sequence: list[Command]) -> None:
    with driven.bench.service.transaction():
        for name, given_ in sequence:
            with contextlib.suppress(JujuError, ValueError):
                if name != "wait":
                    getattr(driven, f"do_{name}")(given_)
        raise StopError


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([1.0, 5.0, 10.0, 60.0, 120.0, 300.0]), min_size=1, max_size=12))
def test_how_often_one_looks_changes_nothing(waits: list[float]):
    looked, once = Bench(real), Bench(real)
    for bench in (looked, once):
        bench.local(APP, units=2)
        bench.local(ONE_DB)
        bench.local(AGENT)
        bench.relate("app", "onedb")
        bench.relate("agent", "app")
    for each in waits:
        looked.wait(each)
    once.wait(sum(waits))
    assert {row.name: row for row in looked.world.units} == {row.name: row for row in once.world.units}
