"""Relations against the lab's controller: made, found, lost by hand, refused before Juju is asked."""

import pytest

from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.integrations import IntegrationProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.errors import JujuError
from tests.lab.juju_resources.conftest import Room
from tests.lab.providers.life import Life


def _keys(room: Room) -> set[str]:
    return {one.key for one in room.status().relations if len(one.endpoints) == 2}


KEY = "keystone:shared-db router:shared-db"


@pytest.fixture
def two(room: Room) -> Room:
    room.application("keystone").up()
    room.application("router", "mysql-router").up()
    room.counts()
    return room


def test_a_life_from_related_to_gone(two: Room) -> None:
    life = two.integration("router:shared-db", "keystone:shared-db", wait=True).up()
    assert life.id == f"{two.uuid}/{KEY}"
    assert (life.state["interface"], life.state["status"]) == ("mysql-shared", "joined")
    assert life.changes(endpoints=["keystone:shared-db", "router:shared-db"]) == []
    assert life.changes(endpoints=["keystone", "router"]) == []
    assert life.changes(endpoints=["keystone:shared-db", "router:db-router"]) == ["replace", "endpoints"]
    life.down()
    assert _keys(two) == set()
    life.down()
    assert life.refresh() == {}


def test_endpoints_are_inferred(two: Room) -> None:
    life = two.integration("keystone", "router").up()
    assert life.state["key"] == KEY


def test_a_relation_that_is_there_is_taken(two: Room) -> None:
    two.hand("relate", "keystone:shared-db", "router:shared-db")
    life = two.integration("router:shared-db", "keystone:shared-db").up()
    assert life.state["key"] == KEY
    assert len(_keys(two)) == 1


def test_a_relation_on_its_way_out_is_not_taken_though_nothing_shows_it(two: Room) -> None:
    first = two.integration("router:shared-db", "keystone:shared-db").up()
    two.juju.fault("hook", model=two.uuid, target="keystone", hook="config-changed", text="no", times=1)
    two.hand("config", "keystone", "use-syslog", "true")
    two.hand("remove-relation", "keystone:shared-db", "router:shared-db")
    assert first.refresh(), "a unit in error holds it"
    assert first.state["status"] == "joined"
    second = two.integration("router:shared-db", "keystone:shared-db").up()
    assert second.state["relation_id"] != first.state["relation_id"]
    assert _keys(two) == {KEY}


def test_removed_by_hand_is_made_again(two: Room) -> None:
    life = two.integration("router:shared-db", "keystone:shared-db").up()
    two.hand("remove-relation", "keystone:shared-db", "router:shared-db")
    assert life.refresh() == {}
    life.up()
    assert _keys(two) == {KEY}


def test_a_relation_whose_answer_was_lost_is_not_made_twice(two: Room) -> None:
    two.juju.fault("drop", model=two.uuid, facade="Application", method="AddRelation", times=1)
    two.integration("router:shared-db", "keystone:shared-db").up()
    assert _keys(two) == {KEY}


def test_a_relation_goes_with_its_application(two: Room) -> None:
    life = two.integration("router:shared-db", "keystone:shared-db").up()
    two.hand("remove-application", "router")
    life.down()
    assert _keys(two) == set()


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("keystone:shard-db", "router", 'keystone has no endpoint "shard-db"; it has '),
        ("keystone:shard-db", "router", "did you mean shared-db?"),
        ("keystone:shared-db", "router:db-router", "speaks the interface mysql-shared, but router:db-router speaks"),
        ("keystone", "mysql", "has no application mysql to relate: there is keystone, router"),
        ("keystone", "ruoter", "did you mean router?"),
        ("keystone:cluster", "router", "keystone:cluster is a peer endpoint"),
    ],
)
def test_ends_that_do_not_go_together_are_refused_before_anything_changes(
    two: Room, one: str, other: str, words: str
) -> None:
    with pytest.raises(JujuError) as caught:
        two.integration(one, other).up()
    assert words in str(caught.value)
    assert two.counts()["Application", "AddRelation"] == 0


def test_an_endpoint_that_takes_one_relation_only(room: Room) -> None:
    for name in ("mysql", "vault", "easyrsa"):
        room.application(name).up()
    room.integration("mysql:certificates", "vault:certificates").up()
    room.counts()
    words = "mysql:certificates takes 1 relation at most, and has mysql:certificates vault:certificates already"
    with pytest.raises(JujuError, match=words):
        room.integration("mysql:certificates", "easyrsa:client").up()
    assert room.counts()["Application", "AddRelation"] == 0


def test_with_an_offer_of_another_model(room: Room) -> None:
    other = Life(ModelProvider(), {"name": f"{room.name}-other", "minutes": 1}).up()
    Life(ApplicationProvider(), {"model": other.id, "name": "mysql", "charm": "mysql-innodb-cluster"}).up()
    offered: dict[str, object] = {
        "model": other.id,
        "application": "mysql",
        "endpoints": ["db-router"],
        "name": "databases",
    }
    url = Life(OfferProvider(), offered).up().state["url"]
    consumed = Life(ConsumedOfferProvider(), {"model": room.uuid, "offer_url": url, "name": "far"}).up()
    room.application("router", "mysql-router").up()
    with pytest.raises(JujuError, match='far has no endpoint "db"; it has db-router'):
        room.integration("router:db-router", "far:db").up()
    life = room.integration("router:db-router", "far:db-router").up()
    assert life.state["key"] == "router:db-router far:db-router"
    life.down()
    consumed.down()
    other.inputs["force"] = other.state["force"] = "the test is over"
    other.down()


def test_what_check_refuses() -> None:
    model = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    for endpoints in (["a:b"], ["a:b", "a:c"], "a b", ["A:b", "c"]):
        failures = IntegrationProvider().check({}, {"model": model, "endpoints": endpoints}).failures
        assert [failure.property for failure in failures] == ["endpoints"]


def test_an_import_by_key(two: Room) -> None:
    two.hand("relate", "keystone:shared-db", "router:shared-db")
    found = Life(
        IntegrationProvider(),
        {"model": two.uuid, "endpoints": ["keystone:shared-db", "router:shared-db"], "minutes": 1},
    )
    found.imported(f"{two.uuid}/{KEY}")
    assert found.changes() == []
