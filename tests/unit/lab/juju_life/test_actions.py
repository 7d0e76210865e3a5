"""Actions run when their unit is up, and end with what the charm answers."""

import pytest

from lab.juju.errors import JujuError
from lab.juju.life import actions
from lab.juju.models import Action
from tests.unit.lab.juju_life.bench import START, Bench, real
from tests.unit.lab.juju_life.charms import APP


def ended(bench: Bench, action: Action) -> Action:
    return bench.world.actions.get(f"{bench.model}/{action.id}")


def test_operations_and_tasks_count_together():
    bench = Bench()
    bench.local(APP)
    made = bench.run("app/0", "pause", force=True)
    assert (made.operation, made.id, made.status) == ("1", "2", "pending")
    assert ended(bench, made).status == "completed"
    assert bench.run("app/0", "resume").id == "4"


def test_an_action_waits_for_its_unit_and_takes_its_time():
    bench = Bench(real)
    bench.local(APP)
    made = bench.run("app/0", "pause")
    bench.wait(180)
    row = ended(bench, made)
    assert (row.status, row.started) == ("running", START + 180)
    bench.wait(5)
    row = ended(bench, made)
    assert (row.status, row.completed) == ("completed", START + 185)


def test_its_unit_sees_what_an_action_did():
    bench = Bench()
    bench.local(APP)
    bench.run("app/0", "pause")
    assert bench.unit("app/0").workload.status == "maintenance"
    bench.run("app/0", "resume")
    assert bench.unit("app/0").workload.status == "active"


def test_an_action_that_the_charm_has_not_is_refused():
    bench = Bench()
    bench.local(APP)
    with pytest.raises(JujuError) as caught:
        bench.run("app/0", "dance")
    assert (caught.value.message, caught.value.code) == ('action "dance" not defined on unit "app/0"', "not found")
    with pytest.raises(JujuError, match='unit "app/7" not found'):
        bench.run("app/7", "pause")


def test_parameters_that_do_not_fit_are_refused():
    bench = Bench()
    bench.local(APP)
    with pytest.raises(JujuError, match="must be of type boolean"):
        bench.run("app/0", "pause", force=5)
    assert not list(bench.world.operations)


def test_an_action_is_cancelled_before_it_runs_and_aborted_then():
    bench = Bench(real)
    bench.local(APP)
    made = bench.run("app/0", "pause")
    row = bench.do(lambda world, now: actions.cancel(world, now, bench.model, made.id))
    assert row.status == "cancelled"
    bench.wait(1000)
    assert ended(bench, made).status == "cancelled"
    made = bench.run("app/0", "pause")
    assert ended(bench, made).status == "running"
    bench.do(lambda world, now: actions.cancel(world, now, bench.model, made.id))
    bench.wait(1000)
    assert ended(bench, made).status == "aborted"
    with pytest.raises(JujuError, match="action 77 not found"):
        bench.do(lambda world, now: actions.cancel(world, now, bench.model, "77"))


def test_an_action_ends_with_its_unit():
    bench = Bench(real)
    bench.local(APP)
    made = bench.run("app/0", "pause")
    bench.remove_units("app/0", force=True)
    bench.wait(10)
    assert ended(bench, made).status == "failed"


def test_commands_run_on_any_unit():
    bench = Bench()
    bench.deploy("keystone")
    made = bench.run("keystone/0", actions.EXEC, command="hostname")
    assert ended(bench, made).status in {"completed", "failed"}
    assert ended(bench, made).completed == START
