"""Faults: what is checked when one is added, which calls they strike and how often."""

import pytest

from lab.juju import faults
from lab.juju.models import Fault
from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import APP


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(0, "flood"), "There is no fault 'flood'; faults are hook, agent-lost, login"),
        (Fault(0, "agent-lost"), "needs the unit, application or machine"),
        (Fault(0, "slow"), "needs the seconds"),
        (Fault(0, "call"), "needs the text"),
        (Fault(0, "drop", every=0), "at least once"),
        (Fault(0, "drop", times=0), "at least once"),
        (Fault(0, "drop", model="mars"), "There is no model 'mars'; there are controller, m"),
    ],
)
def test_a_fault_that_means_nothing_is_refused(fault: Fault, words: str):
    bench = Bench()
    with pytest.raises(ValueError, match=words):
        bench.do(lambda world, _now: faults.add(world, fault))


def strikes(bench: Bench, model: str, facade: str, method: str) -> list[str]:
    found = bench.do(lambda world, _now: faults.strikes_call(world, model, facade, method))
    return [each.kind for each in found]


def test_faults_strike_the_calls_they_name():
    bench = Bench()
    bench.fault("login")
    bench.fault("call", facade="Application", method="Deploy", text="no", code="forbidden")
    bench.fault("try-again", model="m", facade="Client")
    assert strikes(bench, "", "Admin", "Login") == ["login"]
    assert strikes(bench, "", "Pinger", "Ping") == []
    assert strikes(bench, bench.model, "Application", "Deploy") == ["call"]
    assert strikes(bench, bench.model, "Application", "Get") == []
    assert strikes(bench, bench.model, "Client", "FullStatus") == ["try-again"]
    assert strikes(bench, bench.world.meta.controller_model, "Client", "FullStatus") == []


def test_a_fault_strikes_every_so_often_and_so_many_times():
    bench = Bench()
    bench.fault("drop", every=3, times=2)
    struck = [bool(strikes(bench, "", "Pinger", "Ping")) for _ in range(12)]
    assert [number for number, each in enumerate(struck, 1) if each] == [3, 6]


def test_a_hook_fault_strikes_so_many_times():
    bench = Bench()
    bench.fault("hook", "app", hook="install", times=1)
    bench.local(APP, units=2)
    assert [each.workload.status for each in bench.units().values()] == ["error", "active"]


def test_faults_of_one_model_leave_another_alone():
    bench = Bench()
    bench.fault("hook", "app", hook="install", model="m")
    bench.model = bench.make_model("other").uuid
    bench.local(APP)
    assert bench.unit("app/0").workload.status == "active"


def test_a_machine_can_be_lost_without_its_units():
    bench = Bench()
    bench.local(APP)
    number = bench.fault("agent-lost", "0", model=bench.model)
    assert bench.machine("0").agent.status == "down"
    assert bench.unit("app/0").agent.status == "lost"
    bench.mend(number)
    assert bench.machine("0").agent.status == "started"
    assert bench.unit("app/0").workload.status == "active"
