"""Users, and who may do what, against the lab."""

import pytest

from providers.common.raw import mapping, mappings, text
from providers.juju import session
from providers.juju.crud.access import AccessProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.users import UserProvider
from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError, Refused, SetupError
from tests.lab.juju_more.conftest import Site, attach
from tests.lab.providers.life import Bag, Life

BOB: Bag = {"name": "bob", "password": "correct-horse-battery", "display_name": "Bob"}


def logs_in(site: Site, name: str, password: str) -> bool:
    session.release()
    try:
        return session.adopt(Endpoint(site.juju.addresses, site.juju.ca_cert, name, password)).user == name
    except SetupError:
        return False
    finally:
        attach(site.juju)


def test_a_user_from_up_to_down(site: Site) -> None:
    bob = Life(UserProvider(), dict(BOB)).up()
    assert logs_in(site, "bob", "correct-horse-battery")
    bob.update(password="another-one-entirely")
    assert logs_in(site, "bob", "another-one-entirely")
    assert not logs_in(site, "bob", "correct-horse-battery")
    assert bob.changes(display_name="Robert") == ["replace", "display_name"]
    site.session.controller.change("UserManager", "DisableUser", {"entities": [{"tag": "user-bob"}]}, purpose="x")
    assert bob.refresh()["disabled"] is True
    assert bob.changes() == ["update"]
    bob.update()
    assert logs_in(site, "bob", "another-one-entirely")
    bob.down()
    assert bob.refresh() == {}


def test_a_user_that_was_there_gets_the_password_and_stays(site: Site) -> None:
    first = Life(UserProvider(), {**BOB, "name": "alice"}).up()
    second = Life(UserProvider(), {"name": "alice", "password": "a-second-password"}).up()
    assert second.state["adopted"] is True
    assert logs_in(site, "alice", "a-second-password")
    second.down()
    assert first.refresh()
    with pytest.raises(JujuError, match="its display name is 'Bob', which Juju can't change to 'Eve'"):
        Life(UserProvider(), {**BOB, "name": "alice", "display_name": "Eve"}).up()
    first.down()


def test_a_name_is_the_same_with_the_local_domain(site: Site) -> None:
    life = Life(UserProvider(), {"name": "greta@local", "password": "pw-of-greta"}).up()
    assert (life.id, life.state["name"]) == ("greta", "greta")
    access = Life(AccessProvider(), {"user": "greta@local", "access": "superuser"}).up()
    assert access.changes(user="greta") == []
    access.down()
    life.down()
    failures = UserProvider().check({}, {"name": "greta@outside", "password": "pw-of-greta"}).failures
    assert [one.property for one in failures] == ["name"]


def test_who_was_there_before_is_told_to_stay(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    first = Life(UserProvider(), {**BOB, "name": "hanna"}).up()
    second = Life(UserProvider(), {**BOB, "name": "hanna"}).up()
    assert "the user hanna is there already and is taken over: it stays at destroy" in capfd.readouterr().err
    second.down()
    assert "the user hanna was there before this stack took it over, so it stays" in capfd.readouterr().err
    first.down()


def test_access_that_a_killed_create_gave_goes_at_destroy(site: Site) -> None:
    model = site.model()
    bob = Life(UserProvider(), dict(BOB)).up()
    for inputs, left in (({"access": "admin", "model": model}, ""), ({"access": "superuser"}, "login")):
        life = Life(AccessProvider(), {"user": "bob", **inputs})
        life.provider.create(life.check())  # killed: nothing recorded
        life.up().down()
        assert life.refresh().get("access", "") == left
    bob.down()


def test_the_stacks_own_access_is_never_taken_from_it(site: Site) -> None:
    model = site.model()
    life = Life(AccessProvider(), {"user": "admin", "access": "admin", "model": model}).up()
    life.down()
    assert level(site, model, "admin") == "admin"


def test_a_disabled_user_is_made_disabled(site: Site) -> None:
    carol = Life(UserProvider(), {**BOB, "name": "carol", "disabled": True}).up()
    assert not logs_in(site, "carol", str(BOB["password"]))
    carol.down()


@pytest.mark.parametrize("name", ["b", "bob smith", "", "-bob"])
def test_a_bad_name_is_refused_and_the_password_is_not_shown(name: str) -> None:
    failures = UserProvider().check({}, {"name": name, "password": 12345678}).failures
    assert [one.property for one in failures] == ["name", "password"]
    assert "12345678" not in " ".join(one.reason for one in failures)


def test_the_stacks_own_user_is_left_alone(site: Site) -> None:
    with pytest.raises(JujuError, match="admin is whom this stack logs in as"):
        Life(UserProvider(), {"name": "admin", "password": "a-new-password"}).up()
    assert logs_in(site, "admin", site.juju.password)


def test_a_user_that_can_not_be_disabled_is_not_left_behind(site: Site) -> None:
    site.juju.fault("call", method="DisableUser", text="not today", times=1)
    life = Life(UserProvider(), {**BOB, "name": "dora", "disabled": True})
    with pytest.raises(Refused, match="Juju refused to disable the user dora: not today"):
        life.up()
    assert life.up().state["adopted"] is False
    life.down()


def level(site: Site, model: str, user: str) -> str:
    item = site.session.controller.one(
        "ModelManager", "ModelInfo", {"entities": [{"tag": f"model-{model}"}]}, purpose="x"
    )
    found = mappings(mapping(item, "result"), "users")
    return next((text(one, "access") for one in found if one["user"] == user), "")


def test_access_to_a_model_is_exact(site: Site) -> None:
    model = site.model()
    bob = Life(UserProvider(), dict(BOB)).up()
    access = Life(AccessProvider(), {"user": "bob", "access": "read", "model": model}).up()
    assert (access.id, level(site, model, "bob")) == (f"model/{model}:bob", "read")
    site.juju.fault("drop", method="ModifyModelAccess", times=1)
    access.update(access="admin")
    access.update(access="write")
    assert level(site, model, "bob") == "write"
    change = {"user-tag": "user-bob", "action": "grant", "access": "admin", "model-tag": f"model-{model}"}
    site.session.controller.change("ModelManager", "ModifyModelAccess", {"changes": [change]}, purpose="x")
    assert access.refresh()["access"] == "admin"
    access.update()
    assert level(site, model, "bob") == "write"
    access.down()
    assert level(site, model, "bob") == ""
    assert access.refresh() == {}
    bob.down()


def test_access_to_the_controller_goes_back_to_what_it_was(site: Site) -> None:
    bob = Life(UserProvider(), dict(BOB)).up()
    access = Life(AccessProvider(), {"user": "bob", "access": "superuser"}).up()
    assert access.state["previous"] == "login"
    access.down()
    assert access.refresh()["access"] == "login"
    bob.down()


def test_access_to_a_cloud_and_an_offer(site: Site) -> None:
    model = site.model("shop")
    site.deploy(model, "mysql")
    offer = Life(OfferProvider(), {"model": model, "application": "mysql", "endpoints": ["database"]}).up()
    bob = Life(UserProvider(), dict(BOB)).up()
    cloud = Life(AccessProvider(), {"user": "bob", "access": "add-model", "cloud": "maas-one"}).up()
    consumer = Life(AccessProvider(), {"user": "bob", "access": "consume", "offer": offer.state["url"]}).up()
    consumer.update(access="read")
    for access in (cloud, consumer):
        access.down()
        assert access.refresh() == {}
    offer.down()
    bob.down()


def test_bad_access_is_told(site: Site) -> None:
    model = site.model()
    check = AccessProvider().check
    said = check({}, {"user": "bob", "access": "consume", "model": model}).failures
    assert said[0].reason == "is 'consume', but to the model it must be one of read, write, admin"
    said = check({}, {"user": "bob", "access": "read", "model": model, "cloud": "maas"}).failures
    assert (said[0].property, said[0].reason) == ("cloud", "contradicts model: one grant is to one thing")
    with pytest.raises(Refused, match="give nobody read access to the model"):
        Life(AccessProvider(), {"user": "nobody", "access": "read", "model": model}).up()
    with pytest.raises(JujuError, match=r"Juju has no offer admin/shop\.nothing to give bob access to"):
        Life(AccessProvider(), {"user": "bob", "access": "read", "offer": "admin/shop.nothing"}).up()
