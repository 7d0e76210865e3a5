"""What two names can mean, which relations are refused, and how relations and subordinates come and go."""

import pytest

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.life import relations
from tests.unit.lab.juju_life.bench import Bench
from tests.unit.lab.juju_life.charms import AGENT, APP, DB, ONE_DB


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.local(APP)
    made.local(DB)
    made.local(ONE_DB)
    made.local(AGENT)
    return made


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (("app", "onedb"), "app:db onedb:db"),
        (("onedb", "app"), "app:db onedb:db"),
        (("db:replica", "app"), "app:db db:replica"),
        (("agent", "db"), "agent:host db:juju-info"),
        (("agent:host", "app"), "agent:host app:juju-info"),
        # juju-info is implicit: what a charm says itself is meant first
        (("agent", "app"), "agent:site app:website"),
    ],
)
def test_the_one_pair_that_fits_is_meant_with_the_requirer_first(bench: Bench, texts: tuple[str, ...], key: str):
    assert bench.relate(*texts).key == key
    assert bench.relations()[key].status.status == "joined"


@pytest.mark.parametrize(
    ("texts", "words", "code"),
    [
        (("app", "db"), 'ambiguous relation: "app db" could refer to "app:db db:db"; "app:db db:replica"', ""),
        (("app", "ghost"), 'application "ghost" not found', "not found"),
        (("app:door", "db"), 'application "app" has no "door" relation', "not found"),
        (("db", "onedb"), "no relations found", ""),
        (("app:cache", "onedb"), "no relations found", ""),
        (("app:cluster", "app"), "no relations found", ""),
        (("app",), "cannot relate 1 endpoints", ""),
        (("app:", "db"), 'invalid endpoint "app:"', ""),
    ],
)
def test_what_means_nothing_or_too_much_is_refused(bench: Bench, texts: tuple[str, ...], words: str, code: str):
    with pytest.raises(JujuError) as caught:
        bench.relate(*texts)
    assert (caught.value.message, caught.value.code) == (words, code)


def test_a_relation_is_made_once(bench: Bench):
    bench.relate("app", "onedb")
    with pytest.raises(JujuError) as caught:
        bench.relate("onedb:db", "app:db")
    text = 'cannot add relation "app:db onedb:db": relation app:db onedb:db'
    assert (caught.value.message, caught.value.code) == (text, "already exists")


def test_a_relation_that_is_going_must_be_gone_first(bench: Bench):
    bench.relate("app", "onedb")
    bench.fault("agent-lost", "app/0")
    bench.unrelate("app", "onedb")
    with pytest.raises(JujuError, match="is dying, but not yet removed") as caught:
        bench.relate("app", "onedb")
    assert caught.value.code == "already exists"


def test_an_endpoint_has_its_limit(bench: Bench):
    bench.relate("app", "onedb")
    with pytest.raises(JujuError) as caught:
        bench.relate("app", "db:db")
    assert caught.value.code == "quota limit exceeded"
    assert "establishing a new relation for app:db would exceed its maximum relation limit of 1" in caught.value.message


def test_containers_need_a_subordinate_whose_bases_fit(bench: Bench):
    bench.local({**AGENT, "name": "bare", "subordinate": False})
    with pytest.raises(JujuError, match="no relations found"):
        bench.relate("bare:host", "db")
    bench.local({**DB, "name": "older", "series": ["focal"]})
    bench.local({**AGENT, "name": "newer", "series": ["noble"]})
    with pytest.raises(JujuError, match="principal and subordinate applications' bases must match"):
        bench.relate("newer:host", "older")


def test_relations_between_consumed_applications_are_refused(bench: Bench):
    ends = m.Endpoint("left", "db", "requirer", "mysql"), m.Endpoint("right", "db", "provider", "mysql")
    for end in ends:
        name = end.application
        row = m.RemoteApplication(bench.model, name, f"admin/other.{name}", name, (end,))
        bench.do(lambda world, _now, row=row: world.remotes.put(f"{bench.model}/{row.name}", row))
    with pytest.raises(JujuError, match='cannot add relation between saas applications "left" and "right"'):
        bench.relate("left", "right")
    bench.relate("app", "right")
    assert bench.relations()["app:db right:db"].status.status == "joined"


def test_a_subordinate_has_one_unit_on_each_principal_and_goes_with_it(bench: Bench):
    bench.add_units("app", 2)
    bench.relate("agent", "app")
    assert {each.principal for each in bench.units().values() if each.principal} == {"app/0", "app/1", "app/2"}
    bench.relate("agent:host", "db")
    beside = {each.principal: each for each in bench.units().values() if each.principal}
    assert set(beside) == {"app/0", "app/1", "app/2", "db/0"}
    assert all(each.machine == bench.unit(name).machine for name, each in beside.items())
    bench.remove_units("app/1")
    assert {each.principal for each in bench.units().values() if each.principal} == {"app/0", "app/2", "db/0"}
    bench.add_units("app")
    assert "app/3" in {each.principal for each in bench.units().values()}
    bench.unrelate("agent", "app")
    assert {each.principal for each in bench.units().values() if each.principal} == {"db/0"}


def test_a_subordinate_stays_while_another_container_holds_it(bench: Bench):
    bench.relate("agent:site", "app")
    bench.relate("agent:host", "app")
    bench.unrelate("agent:host", "app")
    assert [each.principal for each in bench.units().values() if each.principal] == ["app/0"]
    bench.unrelate("agent:site", "app")
    assert not [each for each in bench.units().values() if each.principal]


def test_a_subordinate_application_goes_without_its_principals(bench: Bench):
    bench.relate("agent", "app")
    bench.remove("agent")
    assert set(bench.units()) == {"app/0", "db/0", "onedb/0"}
    assert set(bench.relations()) == {"app:cluster"}


def test_a_subordinate_unit_is_not_removed_by_itself(bench: Bench):
    bench.relate("agent", "app")
    with pytest.raises(JujuError, match='unit "agent/0" is a subordinate, to remove use remove-relation'):
        bench.remove_units("agent/0")


def test_of_several_pairs_the_one_that_is_there_is_removed(bench: Bench):
    bench.relate("app", "db:replica")
    bench.unrelate("app", "db")
    assert set(bench.relations()) == {"app:cluster"}
    with pytest.raises(JujuError, match='relation "app db" not found'):
        bench.unrelate("app", "db")


def test_relations_are_removed_by_number_but_peers_are_not(bench: Bench):
    made = bench.relate("app", "onedb")
    bench.do(lambda world, now: relations.destroy(world, now, bench.model, relation_id=made.id))
    assert made.key not in bench.relations()
    with pytest.raises(JujuError, match="relation 77 not found"):
        bench.do(lambda world, now: relations.destroy(world, now, bench.model, relation_id=77))
    with pytest.raises(JujuError, match='cannot destroy relation "app:cluster": is a peer relation'):
        bench.unrelate("app:cluster")


def test_a_unit_in_error_holds_its_relation_until_force(bench: Bench):
    bench.relate("app", "onedb")
    bench.fault("hook", "app/0", hook="db-relation-departed")
    bench.unrelate("app", "onedb")
    assert bench.relations()["app:db onedb:db"].life == "dying"
    assert bench.unit("app/0").workload.message == 'hook failed: "db-relation-departed"'
    bench.unrelate("app", "onedb", force=True)
    assert "app:db onedb:db" not in bench.relations()
