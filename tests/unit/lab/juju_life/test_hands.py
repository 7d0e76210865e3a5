"""Hands do what another admin would, and say what they did."""

import pytest

from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import APP, ONE_DB


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.local(APP)
    made.local(ONE_DB)
    return made


def test_what_drifts_behind_the_programs_back(bench: Bench):
    assert bench.hand("add-unit", "app") == "added the unit app/1"
    assert bench.hand("add-unit", "app", "1") == "added the unit app/2"
    assert bench.unit("app/2").machine == "1"
    assert bench.hand("config", "app", "workers", "9") == "set workers of app to 9"
    assert bench.app("app").config == {"workers": 9}
    bench.hand("reset-config", "app", "workers")
    assert bench.app("app").config == {}
    assert bench.hand("relate", "app", "onedb") == "related app:db onedb:db"
    assert bench.hand("remove-relation", "app:db", "onedb:db") == "removed the relation app:db onedb:db"
    assert "app:db onedb:db" not in bench.relations()
    bench.hand("remove-unit", "app/2")
    assert "app/2" not in bench.units()
    bench.hand("expose", "app")
    assert bench.app("app").exposed
    bench.hand("unexpose", "app")
    assert bench.app("app").exposed is None
    bench.hand("remove-machine", "0")
    assert "0" not in bench.machines()
    bench.hand("remove-application", "onedb")
    assert set(bench.units()) == {"app/1"}


def test_a_machine_is_lost_and_found(bench: Bench):
    bench.add_units("app", 1, "lxd:0")
    bench.hand("lose-machine", "0")
    assert (bench.machine("0/lxd/0").agent.status, bench.unit("app/1").agent.status) == ("down", "lost")
    assert (bench.machine("0").agent.status, bench.unit("app/0").agent.status) == ("down", "lost")
    assert bench.unit("onedb/0").agent.status == "idle"
    bench.hand("find-machine", "0")
    assert (bench.machine("0/lxd/0").agent.status, bench.unit("app/1").agent.status) == ("started", "idle")
    assert (bench.machine("0").agent.status, bench.unit("app/0").workload.status) == ("started", "active")


def test_the_courses_missing_key():
    bench = Bench()
    bench.hand("lose-key", "grafana")
    bench.deploy("grafana")
    assert bench.unit("grafana/0").workload.message.startswith('hook failed: "install"')
    bench.hand("resolved", "grafana/0")
    assert "NO_PUBKEY" in bench.unit("grafana/0").workload.message
    assert bench.hand("add-key", "grafana") == "added the key that grafana misses"
    bench.hand("resolved", "grafana/0")
    assert bench.unit("grafana/0").workload.status == "active"
    assert bench.hand("add-key", "grafana") == "grafana misses no key"


def test_a_vault_is_sealed_by_hand(bench: Bench):
    bench.deploy("vault")
    assert bench.hand("seal", "vault/0") == "sealed the vault of vault/0"


def test_hands_find_their_model(bench: Bench):
    bench.make_model("other")
    with pytest.raises(ValueError, match="Name one model of controller, m, other"):
        bench.hand("expose", "app")
    assert bench.hand("expose", "m:", "app") == "exposed app"
    with pytest.raises(ValueError, match="There is no model 'mars'"):
        bench.hand("expose", "mars:", "app")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("dance",), "There is no hand 'dance'; hands are add-unit"),
        (("config", "app"), "The hand config takes APPLICATION OPTION VALUE"),
        (("add-unit", "ghost"), 'application "ghost" not found'),
        (("remove-machine", "77"), "machine 77 not found"),
    ],
)
def test_what_cannot_be_done_is_said(bench: Bench, words: tuple[str, ...], text: str):
    with pytest.raises(ValueError, match=text):
        bench.hand(*words)
