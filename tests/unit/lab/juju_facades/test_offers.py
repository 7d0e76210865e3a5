"""Offers: made, found, shown, shared, consumed, destroyed."""

import base64
import hmac
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.juju.errors import JujuError
from lab.juju.facades.offer_rows import OfferUrl
from lab.juju.life import models
from lab.juju.models import Endpoint, Json, Relation, RemoteApplication
from lab.juju.world import key
from tests.unit.lab.juju_facades.desk import START, Desk

URL = "admin/m.db"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.deploy("mysql")
    offer(desk)
    return desk


def offer(desk: Desk, **change: object) -> None:
    made: Json = {
        "model-tag": desk.tag,
        "offer-name": "db",
        "application-name": "mysql",
        "application-description": "a database",
        "endpoints": {"db": "mysql"},
    }
    desk.one("ApplicationOffers.Offer", {"Offers": [{**made, **change}]})


def shown(desk: Desk, url: str = URL, user: str = "admin") -> Json:
    return cast("Json", desk.one("ApplicationOffers.ApplicationOffers", {"offer-urls": [url]}, user=user)["result"])


def grant(desk: Desk, user: str, level: str, action: str = "grant") -> None:
    change = {"user-tag": f"user-{user}", "action": action, "access": level, "offer-url": URL}
    desk.one("ApplicationOffers.ModifyOfferAccess", {"changes": [change]})


def consume(desk: Desk) -> str:
    """Let another model relate its wordpress to the offer."""
    other = models.create(desk.world, START, "other", "admin", "maas-one").uuid
    uuid = str(shown(desk)["offer-uuid"])
    ends = (Endpoint("wordpress", "db", "requirer", "mysql"), Endpoint("db", "db", "provider", "mysql"))
    desk.world.remotes.put(key(other, "db"), RemoteApplication(other, "db", URL, uuid, ends[1:]))
    desk.world.relations.put(key(other, 0), Relation(other, 0, ends))
    return other


def test_an_offer_is_told_at_its_url(desk: Desk):
    told = shown(desk)
    assert (told["offer-url"], told["application-name"], told["application-description"]) == (
        URL,
        "mysql",
        "a database",
    )
    assert told["endpoints"] == [{"name": "db", "role": "provider", "interface": "mysql", "limit": 0}]
    users = {str(each["user"]): each["access"] for each in cast("list[Json]", told["users"])}
    assert users == {"admin": "admin", "everyone@external": "read"}
    assert shown(desk, "lab:admin/m.db")["offer-uuid"] == told["offer-uuid"]


def test_an_offer_made_again_keeps_its_uuid(desk: Desk):
    before = shown(desk)["offer-uuid"]
    offer(desk, endpoints={"other": "mysql"}, **{"application-description": "changed"})
    after = shown(desk)
    assert (after["offer-uuid"], after["application-description"]) == (before, "changed")
    assert [each["name"] for each in cast("list[Json]", after["endpoints"])] == ["other"]


def test_version_four_tells_bindings_besides(desk: Desk):
    told = desk.call("ApplicationOffers.ApplicationOffers", {"offer-urls": [URL]}, version=4)
    (result,) = cast("list[Json]", told["results"])
    assert "bindings" in cast("Json", result["result"])


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({"application-name": "no"}, 'getting offered application no: application "no" not found', "not found"),
        ({"endpoints": {"x": "x"}}, 'application "mysql" has no "x" relation', "not found"),
    ],
)
def test_what_is_not_there_cannot_be_offered(desk: Desk, change: Json, words: str, code: str):
    made = {
        "model-tag": desk.tag,
        "offer-name": "n",
        "application-name": "mysql",
        "endpoints": {"db": "mysql"},
        **change,
    }
    desk.refused("ApplicationOffers.Offer", {"Offers": [made]}, words=words, code=code)


@pytest.mark.parametrize(
    ("url", "words", "code"),
    [
        ("admin/m.no", 'application offer "admin/m.no" not found', "not found"),
        ("admin/no.db", 'model "admin/no" not found', "not found"),
        ("mars:admin/m.db", "query for non-local application offers", "not supported"),
        ("admin/m.db:db", "shouldn't include endpoint", "not supported"),
        ("nothing", 'application offer URL "nothing" not valid', "not valid"),
    ],
)
def test_urls_without_an_offer_are_refused(desk: Desk, url: str, words: str, code: str):
    desk.refused("ApplicationOffers.ApplicationOffers", {"offer-urls": [url]}, words=words, code=code)


def found(desk: Desk, method: str, **wanted: object) -> list[str]:
    told = desk.call(f"ApplicationOffers.{method}", {"Filters": [wanted]})
    return [str(each["offer-name"]) for each in cast("list[Json]", told["results"])]


def test_offers_are_found_by_what_they_are(desk: Desk):
    assert found(desk, "FindApplicationOffers") == ["db"]
    fitting: tuple[Json, ...] = (
        {"offer-name": "^db$"},
        {"application-name": "mysql"},
        {"endpoints": [{"interface": "mysql"}]},
    )
    for wanted in fitting:
        assert found(desk, "ListApplicationOffers", **{"model-name": "m"}, **wanted) == ["db"]
    others: tuple[Json, ...] = ({"offer-name": "d"}, {"application-name": "x"}, {"endpoints": [{"interface": "http"}]})
    for wanted in others:
        assert found(desk, "ListApplicationOffers", **{"model-name": "m"}, **wanted) == []
    grant(desk, "bob", "consume")
    assert found(desk, "ListApplicationOffers", **{"model-name": "m", "allowed-users": ["user-bob"]}) == ["db"]
    assert found(desk, "ListApplicationOffers", **{"model-name": "m", "allowed-users": ["eve"]}) == []


def test_a_listing_needs_a_model_and_its_admin(desk: Desk):
    desk.refused(
        "ApplicationOffers.ListApplicationOffers", {"Filters": None}, words="at least one offer filter is required"
    )
    asked = {"Filters": [{"offer-name": "db"}]}
    desk.refused("ApplicationOffers.ListApplicationOffers", asked, words="must specify a model name")
    mine = {"Filters": [{"model-name": "m", "owner-name": "admin"}]}
    desk.refused(
        "ApplicationOffers.ListApplicationOffers",
        mine,
        words="permission denied",
        code="unauthorized access",
        user="bob",
    )


def test_a_consumer_gets_the_offer_a_macaroon_and_the_controller(desk: Desk):
    asked = {"offer-urls": {"offer-urls": [URL]}}
    desk.refused(
        "ApplicationOffers.GetConsumeDetails",
        asked,
        words="permission denied",
        code="unauthorized access",
        user="bob",
    )
    grant(desk, "bob", "consume")
    named = {**asked, "user-tag": "user-bob"}
    desk.refused(
        "ApplicationOffers.GetConsumeDetails", named, words="permission denied", code="unauthorized access", user="bob"
    )
    told = desk.one("ApplicationOffers.GetConsumeDetails", asked, user="bob")
    assert cast("Json", told["offer"])["offer-url"] == URL
    here = cast("Json", told["external-controller"])
    assert (here["controller-alias"], here["addrs"]) == ("lab", ["10.0.0.9:17070"])
    users = cast("list[Json]", cast("Json", told["offer"])["users"])
    assert users == [{"user": "bob", "display-name": "", "access": "consume"}]


def test_the_macaroon_is_a_chain_of_what_it_allows_in_either_version(desk: Desk):
    def given(bakery: int) -> Json:
        asked = {"offer-urls": {"offer-urls": [URL], "bakery-version": bakery}}
        return cast("Json", desk.one("ApplicationOffers.GetConsumeDetails", asked)["macaroon"])

    first, second = given(0), given(3)
    root = hmac.digest(b"seed", f"offer {first['identifier']}".encode(), "sha256")
    signature = hmac.digest(b"macaroons-key-generator", root, "sha256")
    caveats = [str(each["cid"]) for each in cast("list[Json]", first["caveats"])]
    for text in (str(first["identifier"]), *caveats):
        signature = hmac.digest(signature, text.encode(), "sha256")
    assert first["signature"] == signature.hex()
    assert base64.urlsafe_b64decode(f"{second['s64']}=") == signature
    assert [each["i"] for each in cast("list[Json]", second["c"])] == caveats


def test_an_offer_in_use_tells_by_whom_and_goes_by_force_with_its_relations(desk: Desk):
    other = consume(desk)
    (used,) = cast("list[Json]", shown(desk)["connections"])
    assert (used["source-model-tag"], used["endpoint"], used["relation-id"]) == (f"model-{other}", "db", 0)
    words = 'cannot delete application offer "db": offer has 1 relation'
    desk.refused("ApplicationOffers.DestroyOffers", {"offer-urls": [URL]}, words=words)
    desk.one("ApplicationOffers.DestroyOffers", {"offer-urls": [URL], "force": True})
    assert desk.world.relations.get(key(other, 0)).life == "dying"
    desk.refused("ApplicationOffers.ApplicationOffers", {"offer-urls": [URL]}, words="not found", code="not found")


def test_what_is_consumed_goes_after_its_relations(desk: Desk):
    other = consume(desk)
    asked = {"applications": [{"application-tag": "application-db"}]}
    desk.call("Application.DestroyConsumedApplications", asked, model=other)
    assert desk.world.remotes.get(key(other, "db")).life == "dying"
    desk.settle()
    assert key(other, "db") not in desk.world.remotes


def test_the_same_name_is_for_offers_of_one_model(desk: Desk):
    other = consume(desk)
    third = models.create(desk.world, START, "third", "admin", "maas-one").uuid
    desk.world.remotes.put(key(third, "db"), RemoteApplication(third, "db", "admin/n.db", "gone", life="dead"))
    told = shown(desk)

    def again(model: str) -> Json:
        return cast("list[Json]", desk.call("Application.Consume", {"args": [told]}, model=model)["results"])[0]

    assert again(other) == {}
    said = 'saas application called "db" exists but is terminating'
    assert again(third) == {"error": {"message": said, "code": "already exists"}}


def test_access_to_an_offer_is_granted_and_revoked(desk: Desk):
    grant(desk, "bob", "admin")
    assert "connections" in shown(desk, user="bob")
    grant(desk, "bob", "read", "revoke")
    assert "bob" not in {each["user"] for each in cast("list[Json]", shown(desk)["users"])}
    change = {"user-tag": "user-bob", "action": "grant", "access": "write", "offer-url": URL}
    words = 'could not modify offer access: "write" offer access not valid'
    desk.refused("ApplicationOffers.ModifyOfferAccess", {"changes": [change]}, words=words, code="not valid")


def test_what_a_foreign_model_sees_of_an_offer(desk: Desk):
    told = cast("Json", desk.one("ApplicationOffers.RemoteApplicationInfo", {"offer-urls": [URL]})["result"])
    assert (told["name"], told["source-model-label"], told["offer-url"]) == ("db", "m", URL)


PART = st.from_regex("[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(PART, PART, PART, st.one_of(st.just(""), PART))
def test_a_url_is_read_as_it_is_written(owner: str, model: str, name: str, source: str):
    url = OfferUrl(owner, model, name, source)
    assert OfferUrl.parse(url.text, "somebody") == url
    assert OfferUrl.parse(f"{model}.{name}", owner) == OfferUrl(owner, model, name)


@pytest.mark.parametrize("text", ["", "m", "a/b/c.d", "a/.d", "a/m."])
def test_what_is_no_url_is_refused(text: str):
    with pytest.raises(JujuError, match="not valid"):
        OfferUrl.parse(text, "admin")
