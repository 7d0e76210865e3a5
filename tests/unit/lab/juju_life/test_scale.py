"""One more application costs a large model what it costs a small one: counted in reports of charms, not in seconds."""

from collections import Counter

import pytest

from lab.juju.hub import behaviour
from lab.juju.models import Unit
from lab.juju.world import World
from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import AGENT, APP


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the charm of each application was asked what it reports."""
    found: Counter[str] = Counter()
    real = behaviour.settled

    def counting(world: World, model: str, unit: Unit, now: float) -> behaviour.Told:
        found[unit.application] += 1
        return real(world, model, unit, now)

    monkeypatch.setattr(behaviour, "settled", counting)
    return found


def test_applications_around_one_hub(reports: Counter[str]):
    bench = Bench()
    bench.deploy("vault")
    bench.deploy("keystone")
    costs: list[int] = []
    for number in range(40):
        reports.clear()
        name = f"glance-{number}x"
        bench.deploy("glance", name)
        bench.relate(f"{name}:certificates", "vault:certificates")
        bench.relate(f"{name}:identity-service", "keystone:identity-service")
        costs.append(reports.total())
    assert costs[-1] == costs[5]


def test_one_subordinate_on_many_principals(reports: Counter[str]):
    bench = Bench()
    bench.local(AGENT)
    costs: list[int] = []
    for number in range(40):
        reports.clear()
        bench.local({**APP, "name": f"app-{number}x"})
        bench.relate("agent:host", f"app-{number}x")
        costs.append(reports.total())
    assert costs[-1] == costs[5]


def test_many_units_at_once(reports: Counter[str]):
    costs: list[float] = []
    for units in (10, 40):
        bench = Bench()
        reports.clear()
        bench.local(APP, units=units)
        costs.append(reports.total() / units)
    assert costs[1] <= costs[0]


def test_what_changes_nothing_asks_nobody(reports: Counter[str]):
    bench = Bench()
    bench.local(APP, units=5)
    reports.clear()
    for _ in range(10):
        bench.do(lambda _world, _now: None)
    assert reports.total() == 0
