"""The same resources on controllers of other major versions: the course's 2.9, and 4.0."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.common.raw import mapping, text, texts
from providers.juju import session
from providers.juju.crud.access import AccessProvider
from providers.juju.crud.actions import ActionProvider
from providers.juju.crud.applications import ApplicationProvider
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.models import ModelProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.spaces import SpaceProvider
from providers.juju.crud.ssh_keys import SshKeyProvider
from providers.juju.crud.users import UserProvider
from providers.juju.crud.vault_init import VaultInitProvider
from providers.juju.errors import NotSupported
from tests.lab.juju_more.conftest import attach
from tests.lab.juju_more.test_contents import KEYS
from tests.lab.providers.life import Bag, Life


@dataclass(frozen=True)
class Place:
    """A controller of some version, with a model of its own that holds mysql and vault."""

    juju: RunningJuju
    version: str
    model: str

    @property
    def four(self) -> bool:
        return self.version.startswith("4.")


@pytest.fixture(scope="module", params=["2.9.49", "4.0.12"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with running_juju(version=request.param) as juju:
        attach(juju)
        model = Life(ModelProvider(), {"name": "shop"}).up().id
        for charm in ("mysql", "vault"):
            Life(ApplicationProvider(), {"model": model, "name": charm, "charm": charm, "units": 1}).up()
        yield Place(juju, request.param, model)
        session.release()


def test_what_the_controller_holds(place: Place) -> None:
    cloud = Life(CloudProvider(), {"name": "rack2", "type": "maas", "auth_types": ["oauth1"]}).up()
    key: Bag = {"cloud": "rack2", "name": "key", "auth_type": "oauth1", "attributes": {"maas-oauth": "a:b:c"}}
    credential = Life(CredentialProvider(), key).up()
    bob = Life(UserProvider(), {"name": "bob", "password": "a-long-password"}).up()
    access = Life(AccessProvider(), {"user": "bob", "access": "write", "model": place.model}).up()
    access.update(access="read")
    controller = Life(AccessProvider(), {"user": "bob", "access": "superuser"}).up()
    for life in (controller, access, bob, credential, cloud):
        life.down()


def test_what_a_model_holds(place: Place) -> None:
    pool = Life(StoragePoolProvider(), {"model": place.model, "name": "fast", "storage_provider": "maas"}).up()
    if place.four:
        with pytest.raises(NotSupported, match=r"not yet available in 4\.0\.12$"):
            pool.update(attributes={"tags": "ssd"})
    else:
        pool.update(attributes={"tags": "ssd"})
    other = Life(SshKeyProvider(), {"model": place.model, "key": KEYS[1]}).up()
    key = Life(SshKeyProvider(), {"model": place.model, "key": KEYS[0]}).up()
    space = Life(SpaceProvider(), {"model": place.model, "name": "alpha"}).up()
    for life in (space, key, other, pool):
        life.down()
    # Juju 4.0 can't remove a pool, and keeps no last key
    assert [row.name for row in place.juju.service.world.pools.of(place.model)] == (["fast"] if place.four else [])
    assert len(list(place.juju.service.world.keys.of(place.model))) == (0 if place.four else 1)


def test_offers_and_what_consumes_them(place: Place) -> None:
    offer = Life(OfferProvider(), {"model": place.model, "application": "mysql", "endpoints": ["mysql"]}).up()
    offer.update(description="the shop's data")
    assert offer.state["description"] == "the shop's data"
    carol = Life(UserProvider(), {"name": "carol", "password": "a-long-password"}).up()
    access = Life(AccessProvider(), {"user": "carol", "access": "read", "offer": offer.state["url"]}).up()
    access.update(access="consume")
    blog = Life(ModelProvider(), {"name": "blog"}).up()
    consumed = Life(ConsumedOfferProvider(), {"model": blog.id, "offer_url": offer.state["url"]}).up()
    for life in (access, carol, consumed, offer, blog):
        life.down()
        assert life.refresh() == {}


def test_an_offer_of_another_users_model(place: Place) -> None:
    dave = Life(UserProvider(), {"name": "dave", "password": "a-long-password"}).up()
    owner = {"qualifier": "dave"} if place.four else {"owner-tag": "user-dave"}
    theirs = {"name": "shop", "credential": "cloudcred-maas-one_admin_maas-one", **owner}
    link = session.current().controller
    made = text(link.change("ModelManager", "CreateModel", theirs, purpose="make dave's model"), "uuid")
    Life(ApplicationProvider(), {"model": made, "name": "mysql", "charm": "mysql", "units": 1}).up()
    offer = Life(OfferProvider(), {"model": made, "application": "mysql", "endpoints": ["mysql"]}).up()
    assert offer.state["url"] == "dave/shop.mysql"
    offer.down()
    assert offer.refresh() == {}
    gone = {"models": [{"model-tag": f"model-{made}", "force": True}]}
    link.change("ModelManager", "DestroyModels", gone, purpose="destroy dave's model")
    dave.down()


def test_actions_and_the_ceremony(place: Place) -> None:
    vault = Life(VaultInitProvider(), {"model": place.model}).up()
    assert len(texts(vault.state, "keys")) == 5
    ran = Life(ActionProvider(), {"model": place.model, "unit": "vault/0", "name": "get-root-ca"}).up()
    assert text(mapping(ran.state, "result"), "output").strip() == vault.state["root_ca"]


def test_secrets_are_younger_than_2_9(place: Place) -> None:
    secret = Life(SecretProvider(), {"model": place.model, "name": "word", "content": {"word": "x"}})
    if place.version.startswith("2."):
        with pytest.raises(NotSupported, match=r"Juju 2\.9\.49 can't be asked for Secrets: the controller does not"):
            secret.up()
    else:
        secret.up().update(description="a word", content={"word": "y"}, grants=["mysql"])
        assert secret.state["revision"] == 2
        secret.update(description="", grants=[])
        secret.down()
        assert secret.refresh() == {}
