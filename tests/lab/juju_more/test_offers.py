"""Offers and what consumes them, against the lab."""

from dataclasses import replace

import pytest

from lab.juju.world import key
from providers.juju.crud import consumed
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.errors import ForeignError, JujuError, NotFound, Refused
from providers.juju.status import Status
from providers.juju.waiter import Verdict
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life


@pytest.fixture
def shop(site: Site) -> str:
    model = site.model()
    site.deploy(model, "mysql")
    return model


def offer(model: str, **more: object) -> Life:
    wanted: Bag = {"model": model, "application": "mysql", "endpoints": ["mysql"], **more}
    return Life(OfferProvider(), wanted)


def test_an_offer_from_up_to_down(site: Site, shop: str) -> None:
    made = offer(shop, description="the shop's database").up()
    name = site.session.models()[shop].name
    assert made.state["url"] == f"admin/{name}.mysql"
    assert (made.id, made.state["adopted"]) == (f"{shop}/mysql", False)
    made.update(endpoints=["database", "mysql"])
    assert made.changes(endpoints=["mysql", "database"]) == []
    assert made.changes(name="db") == ["replace", "name"]
    made.update(description="another one")
    made.down()
    assert made.refresh() == {}


def test_an_offer_that_was_changed_by_hand_is_seen(site: Site, shop: str) -> None:
    made = offer(shop, name="db", description="mine").up()
    by_hand = {"model-tag": f"model-{shop}", "offer-name": "db", "application-name": "mysql"}
    changed = {**by_hand, "application-description": "theirs", "endpoints": {"database": "database"}}
    site.session.controller.change("ApplicationOffers", "Offer", {"Offers": [changed]}, purpose="x")
    seen = made.refresh()
    assert (seen["description"], seen["endpoints"]) == ("theirs", ["database"])
    assert made.changes() == ["update"]
    made.update()
    made.down()


def test_an_offer_that_was_there_is_adopted_if_it_is_of_the_same_application(site: Site, shop: str) -> None:
    first = offer(shop, name="db").up()
    second = offer(shop, name="db", endpoints=["database"]).up()
    assert second.state["adopted"] is True
    second.down()
    assert first.refresh()["endpoints"] == ["database"]
    site.deploy(shop, "keystone")
    with pytest.raises(ForeignError, match="offers db already, of the application mysql"):
        offer(shop, name="db", application="keystone", endpoints=["identity-service"]).up()


def test_bad_offers_are_told_in_jujus_words(shop: str) -> None:
    with pytest.raises(NotFound, match='application "mysql" has no "nonsense" relation'):
        offer(shop, endpoints=["nonsense"]).up()
    with pytest.raises(NotFound, match='application "mongo" not found'):
        offer(shop, application="mongo").up()
    with pytest.raises(JujuError, match="Juju has no model 00000000-"):
        offer("00000000-0000-4000-8000-000000000000").up()


@pytest.fixture
def blog(site: Site) -> str:
    model = site.model()
    site.deploy(model, "wordpress")
    return model


def test_a_consumed_offer_from_up_to_down(site: Site, shop: str, blog: str) -> None:
    made = offer(shop).up()
    used = Life(ConsumedOfferProvider(), {"model": blog, "offer_url": made.state["url"], "name": "database"}).up()
    assert (used.id, used.state["endpoints"]) == (f"{blog}/database", ["mysql"])
    site.relate(blog, "wordpress:db", "database")
    assert used.changes(name="other") == ["replace", "name"]
    with pytest.raises(Refused, match="offer has 1 relation"):
        made.down()
    again = Life(ConsumedOfferProvider(), dict(used.inputs)).up()
    assert again.state["adopted"] is True
    again.down()
    assert used.refresh()
    used.update(minutes=5)
    assert used.state["endpoints"] == ["mysql"]
    used.down()
    assert used.refresh() == {}
    made.down()


def test_what_is_left_of_an_offer_that_was_removed_is_consumed_anew(site: Site, shop: str, blog: str) -> None:
    made = offer(shop, name="db").up()
    inputs: Bag = {"model": blog, "offer_url": made.state["url"], "minutes": 1}
    used = Life(ConsumedOfferProvider(), dict(inputs)).up()
    made.down()
    site.session.model(blog).touched(None)
    assert used.refresh() == {}
    left = site.session.model(blog).status().remote_applications["db"]
    assert (left.life, left.status.line) == ("dead", "terminated: offer has been removed")
    made = offer(shop, name="db").up()
    again = Life(ConsumedOfferProvider(), dict(inputs)).up()
    assert again.state["adopted"] is False
    site.relate(blog, "wordpress:db", "db")
    assert site.session.model(blog).status().remote_applications["db"].life == "alive"


def test_what_is_about_to_go_is_gone_and_is_consumed_anew(
    site: Site, shop: str, blog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = offer(shop).up()
    inputs: Bag = {"model": blog, "offer_url": made.state["url"], "minutes": 1}
    used = Life(ConsumedOfferProvider(), dict(inputs)).up()
    with site.juju.service.transaction() as world:
        row = next(world.remotes.of(blog))
        world.remotes.put(key(blog, row.name), replace(row, life="dying"))
    site.session.model(blog).touched(None)
    assert used.refresh() == {}
    waited: list[str] = []
    judge = consumed._until_gone

    def watched(status: Status, name: str) -> Verdict:
        waited.append(name)
        if len(waited) == 1:
            with site.juju.service.transaction() as world:
                world.remotes.remove(key(blog, name))
        return judge(status, name)

    monkeypatch.setattr(consumed, "_until_gone", watched)
    again = Life(ConsumedOfferProvider(), dict(inputs)).up()
    assert again.state["adopted"] is False
    assert waited[0] == "mysql"
    monkeypatch.undo()
    again.down()
    made.down()


def test_an_offer_in_use_goes_for_a_reason(site: Site, shop: str, blog: str) -> None:
    made = offer(shop).up()
    Life(ConsumedOfferProvider(), {"model": blog, "offer_url": made.state["url"]}).up()
    site.relate(blog, "wordpress:db", "mysql")
    made.update(force="the blog is moving")
    made.down()
    assert made.refresh() == {}


def test_another_offer_under_the_same_name_is_left_alone(site: Site, shop: str, blog: str) -> None:
    one, two = offer(shop, name="one").up(), offer(shop, name="two").up()
    Life(ConsumedOfferProvider(), {"model": blog, "offer_url": one.state["url"], "name": "database"}).up()
    with pytest.raises(ForeignError, match=r"consumes admin/m\d+\.one as database already"):
        Life(ConsumedOfferProvider(), {"model": blog, "offer_url": two.state["url"], "name": "database"}).up()


def test_an_offer_that_is_not_there_is_told(blog: str) -> None:
    with pytest.raises(NotFound, match=r"Juju refused to consume admin/nowhere\.db"):
        Life(ConsumedOfferProvider(), {"model": blog, "offer_url": "admin/nowhere.db"}).up()
    failures = ConsumedOfferProvider().check({}, {"model": blog, "offer_url": "nowhere.db"}).failures
    assert failures[0].reason == "is 'nowhere.db', but must be an offer's URL such as admin/monitoring.prometheus"
