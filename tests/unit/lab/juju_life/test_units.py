"""Where units go, what they go through as time passes, and how they fail, recover and end."""

from collections.abc import Callable

import pytest

from lab.juju import models as m
from lab.juju.errors import JujuError, KeptError
from lab.juju.life import applications
from lab.juju.pace import immediate
from tests.unit.lab.juju_life.bench import START, Bench, real
from tests.unit.lab.juju_life.charms import APP, DB, ONE_DB


def test_units_go_where_they_are_placed():
    bench = Bench()
    bench.deploy("ubuntu", "ubuntu", 1)
    bench.deploy("ubuntu", "more", 4, "0", "lxd:0", "lxd:")
    where = {name: unit.machine for name, unit in bench.units().items()}
    assert where == {"ubuntu/0": "0", "more/0": "0", "more/1": "0/lxd/0", "more/2": "1/lxd/0", "more/3": "2"}
    assert all(each.phase == "started" for each in bench.machines().values())
    assert bench.machine("0/lxd/0").instance_id == f"juju-{bench.model[-6:]}-0-lxd-0"
    assert bench.machine("0/lxd/0").addresses


def test_a_placement_that_the_cloud_understands_is_handed_to_it():
    bench = Bench()
    bench.deploy("ubuntu", "ubuntu", 1, f"{bench.model}:server3")
    assert bench.machine("0").placement == "server3"
    assert bench.machine("0").hostname == "server3"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("9", "machine 9 not found"),
        ("lxd:9", "machine 9 not found"),
        ("lxd:0/lxd/0", "machine 0/lxd/0 cannot host lxd containers"),
    ],
)
def test_a_place_that_is_not_there_is_refused(place: str, words: str):
    bench = Bench()
    bench.deploy("ubuntu", "ubuntu", 1, "lxd:")
    with pytest.raises(KeptError, match=f'acquiring machine to host unit "ubuntu/1": .*{words}'):
        bench.add_units("ubuntu", 1, place)


def test_a_machine_of_another_base_is_refused():
    bench = Bench()
    bench.add_machine(base="20.04")
    with pytest.raises(JujuError) as caught:
        bench.deploy("ubuntu", "ubuntu", 1, "0")
    where = 'cannot add application "ubuntu": cannot deploy to machine 0: base does not match'
    assert (caught.value.code, caught.value.message) == (
        "",
        f'{where}: unit has "ubuntu@22.04", machine has "ubuntu@20.04"',
    )


def test_a_unit_without_a_placement_takes_a_machine_that_stands_empty():
    bench = Bench()
    for _ in range(3):
        bench.add_machine()
    bench.deploy("ubuntu", "ubuntu", 1, "lxd:1")
    bench.deploy("ubuntu", "more", 3)
    where = {name: unit.machine for name, unit in bench.units().items()}
    assert where == {"ubuntu/0": "1/lxd/0", "more/0": "0", "more/1": "2", "more/2": "3"}


@pytest.mark.parametrize("wanted", [{"mem": 2**30}, {"tags": ["gpu"]}, {"arch": "arm64"}, {"zones": ["far"]}])
def test_an_empty_machine_that_has_not_what_is_wanted_stays_empty(wanted: dict[str, object]):
    bench = Bench()
    bench.add_machine()
    bench.deploy("ubuntu", "ubuntu", 1, constraints=wanted)
    assert bench.unit("ubuntu/0").machine == "1"


def test_a_unit_takes_its_time():
    bench = Bench(real)
    bench.local(APP)
    seen: list[tuple[float, str, str, str]] = []
    for _ in range(220):
        unit = bench.unit("app/0")
        state = (unit.workload.status, unit.workload.message, unit.agent.status)
        if not seen or seen[-1][1:] != state:
            seen.append((bench.clock - START, *state))
        bench.wait(1)
    assert seen == [
        (0, "waiting", "waiting for machine", "allocating"),
        (60, "maintenance", "installing charm software", "executing"),
        (190, "active", "Unit is ready", "executing"),
        (200, "active", "Unit is ready", "idle"),
    ]


def test_what_was_not_looked_at_happened_at_its_time():
    bench = Bench(real)
    bench.local(APP)
    bench.clock += 10_000
    bench.do(lambda _world, _now: None)
    unit = bench.unit("app/0")
    assert unit.workload.status == "active"
    assert unit.workload.since == START + 190
    assert unit.agent.since == START + 200


def test_a_change_takes_a_hook():
    bench = Bench(real)
    bench.local(APP)
    bench.wait(1000)
    bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {"workers": 9}))
    assert bench.unit("app/0").agent.message == "running config-changed hook"
    bench.wait(10)
    assert bench.unit("app/0").agent.status == "idle"


def test_the_next_leader_is_the_oldest_living_unit():
    bench = Bench()
    bench.local(APP, units=3)
    bench.remove_units("app/0")
    assert [name for name, each in bench.units().items() if each.leader] == ["app/1"]
    assert bench.unit("app/1").elected
    bench.remove_units("app/1", "app/2")
    bench.add_units("app")
    assert [name for name, each in bench.units().items() if each.leader] == ["app/3"]


def test_a_failed_hook_waits_for_a_person():
    bench = Bench()
    fault = bench.fault("hook", "app", hook="install", text="NO_PUBKEY 8C8CC8C8C8C8C8C8")
    bench.local(APP)
    unit = bench.unit("app/0")
    assert (unit.workload.status, unit.agent.status) == ("error", "idle")
    assert unit.workload.message == 'hook failed: "install": NO_PUBKEY 8C8CC8C8C8C8C8C8'
    assert unit.workload.data == {"hook": "install"}
    assert bench.app("app").status.status == "error"
    bench.hand("resolved", "app/0")
    assert bench.unit("app/0").workload.status == "error"
    bench.mend(fault)
    assert bench.unit("app/0").workload.status == "error"
    bench.hand("resolved", "app/0")
    assert bench.unit("app/0").workload.status == "active"
    with pytest.raises(ValueError, match='unit "app/0" is not in an error state'):
        bench.hand("resolved", "app/0")


def test_a_failed_hook_can_be_passed_over():
    bench = Bench()
    bench.fault("hook", "app/0", hook="install")
    bench.local(APP)
    assert bench.unit("app/0").workload.message == 'hook failed: "install"'
    bench.hand("resolved", "app/0", "--no-retry")
    unit = bench.unit("app/0")
    assert (unit.workload.status, unit.phase) == ("active", "started")
    assert unit.heard


@pytest.mark.parametrize("hook", ["leader-elected", "config-changed", "start", "db-relation-joined", "stop"])
def test_any_hook_can_fail_and_be_run_again(hook: str):
    bench = Bench()
    bench.fault("hook", "app/0", hook=hook, times=1)
    bench.local(APP)
    bench.local(ONE_DB)
    if hook.startswith("db"):
        bench.relate("app", "onedb")
    if hook == "stop":
        bench.remove_units("app/0")
    assert bench.unit("app/0").workload.message == f'hook failed: "{hook}"'
    bench.hand("resolved", "app/0")
    if hook == "stop":
        assert "app/0" not in bench.units()
    else:
        assert bench.unit("app/0").workload.status == "active"


def test_a_dying_unit_in_error_waits_or_is_forced():
    bench = Bench()
    bench.local(APP)
    bench.fault("hook", "app/0", hook="config-changed")
    bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {"workers": 9}))
    bench.remove_units("app/0")
    assert bench.unit("app/0").life == "dying"
    bench.remove_units("app/0", force=True)
    assert not bench.units()
    assert not bench.machines()


def test_a_lost_agent_is_lost_as_long_as_the_fault_is_there():
    bench = Bench()
    bench.local(APP)
    fault = bench.fault("agent-lost", "app/0")
    unit = bench.unit("app/0")
    assert (unit.agent.status, unit.workload.status) == ("lost", "unknown")
    assert unit.workload.message == "agent lost, see 'juju show-status-log app/0'"
    bench.do(lambda world, now: applications.set_config(world, now, bench.model, "app", {"workers": 9}))
    assert bench.unit("app/0").agent.status == "lost"
    bench.remove_units("app/0")
    assert bench.unit("app/0").life == "dying"
    bench.mend(fault)
    assert not bench.units()


def test_a_change_in_the_middle_of_a_round_neither_shortens_nor_repeats_it():
    bench = Bench(real)
    bench.local(APP)
    bench.local({**APP, "name": "beside"}, "beside")
    bench.wait(170)
    for _ in range(3):
        bench.remove_units("app/0")
    bench.wait(10)
    assert bench.unit("app/0").work == "leader-elected config-changed start"
    bench.wait(9)
    assert (bench.unit("app/0").phase, bench.unit("app/0").life) == ("configuring", "dying")
    bench.wait(1)
    assert bench.unit("app/0").phase == "stopping"
    bench.wait(5)
    assert "app/0" not in bench.units()


@pytest.mark.parametrize("scale", [immediate, real])
def test_a_lost_unit_is_forced_away(scale: Callable[[float], float]):
    bench = Bench(scale)
    bench.local(APP)
    bench.wait(1000)
    bench.fault("agent-lost", "app/0")
    bench.remove_units("app/0", force=True)
    assert not bench.units()
    bench.local({**APP, "name": "other"})
    bench.wait(1000)
    bench.hand("lose-machine", "1")
    bench.remove_machine("1", force=True)
    assert not bench.units()
    assert not bench.machines()


def test_a_relation_made_in_the_middle_of_a_round_has_a_round_of_its_own():
    bench = Bench(real)
    bench.local(APP)
    bench.local(ONE_DB)
    bench.local({**ONE_DB, "name": "cache", "provides": {"cache": {"interface": "memcache"}}})
    bench.wait(1000)
    bench.relate("app:db", "onedb:db")
    bench.wait(5)
    bench.fault("hook", "app/0", hook="cache-relation-joined")
    made = bench.relate("app:cache", "cache:cache")
    bench.wait(5)
    unit = bench.unit("app/0")
    assert (unit.work, made.id in unit.joined) == ("cache-relation-joined cache-relation-changed", False)
    bench.wait(10)
    assert bench.unit("app/0").workload.message == 'hook failed: "cache-relation-joined"'


def test_what_was_said_about_a_unit_goes_with_it():
    bench = Bench()
    bench.local(APP)
    for tag in ("unit-app-0", "application-app", "machine-0"):
        row = m.Annotation(bench.model, tag, {"colour": "red"})
        bench.do(lambda world, _now, row=row: world.annotations.put(f"{bench.model}/{row.tag}", row))
    bench.remove("app")
    assert not list(bench.world.annotations)


def test_an_agent_lost_in_the_middle_begins_anew():
    bench = Bench(real)
    bench.local(APP)
    bench.wait(100)
    fault = bench.fault("agent-lost", "app")
    bench.wait(1000)
    assert bench.unit("app/0").agent.status == "lost"
    bench.mend(fault)
    assert bench.unit("app/0").workload.message == "installing charm software"
    bench.wait(130)
    assert bench.unit("app/0").workload.status == "active"


def test_a_unit_hears_of_what_happens_at_the_other_end():
    bench = Bench(real)
    bench.deploy("wordpress")
    bench.wait(1000)
    blocked = bench.unit("wordpress/0").workload
    assert blocked.status == "blocked"
    bench.deploy("mysql")
    bench.relate("wordpress:db", "mysql:mysql")
    bench.wait(100)
    assert bench.unit("mysql/0").workload.status == "maintenance"
    assert bench.unit("wordpress/0").workload.status == "waiting"
    bench.wait(1000)
    assert bench.unit("wordpress/0").workload.status == "active"
    bench.unrelate("wordpress", "mysql")
    bench.wait(1000)
    assert bench.unit("wordpress/0").workload.message == blocked.message


def test_units_of_both_sides_see_each_other():
    bench = Bench(real)
    bench.local(APP)
    bench.local(DB)
    made = bench.relate("app:db", "db:db")
    assert bench.relations()[made.key].status.status == "joining"
    bench.wait(1000)
    assert bench.relations()[made.key].status.status == "joined"
    assert made.id in bench.unit("app/0").joined
    assert made.id in bench.unit("db/0").joined
