"""Calls that are carried out although their answer is lost: what follows is done all the same, and nothing twice."""

import pytest

from providers.common.provider import DeclaredProvider
from providers.common.raw import flag, text
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.ssh_keys import SshKeyProvider
from providers.juju.crud.users import UserProvider, users
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life

KEYS = tuple(
    f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1{end} me@main" for end in "bc"
)
_CLOUD: Bag = {"name": "rackx", "type": "maas", "auth_types": ["oauth1"], "endpoint": "http://10.1.0.2:5240/MAAS"}
_CREDENTIAL: Bag = {"cloud": "maas-one", "name": "k2", "auth_type": "oauth1", "attributes": {"maas-oauth": "a:b:c"}}


@pytest.mark.parametrize("fault", ["drop-after", "drop"])
@pytest.mark.parametrize(
    ("provider", "inputs", "facade", "method"),
    [
        (UserProvider(), {"name": "frank", "password": "pw-of-frank"}, "UserManager", "RemoveUser"),
        (CredentialProvider(), _CREDENTIAL, "Cloud", "RevokeCredentialsCheckModels"),
        (CloudProvider(), _CLOUD, "Cloud", "RemoveClouds"),
    ],
)
def test_removed_from_the_controller_though_the_answer_was_lost(
    site: Site, provider: DeclaredProvider, inputs: Bag, facade: str, method: str, fault: str
) -> None:
    life = Life(provider, inputs).up()
    _removed(site, life, facade, method, fault)


@pytest.mark.parametrize(
    ("provider", "inputs", "facade", "method"),
    [
        (SecretProvider(), {"name": "word", "content": {"word": "abcd"}}, "Secrets", "RemoveSecrets"),
        (StoragePoolProvider(), {"name": "fast", "storage_provider": "loop"}, "Storage", "RemovePool"),
        (SshKeyProvider(), {"key": KEYS[0]}, "KeyManager", "DeleteKeys"),
        (OfferProvider(), {"application": "mysql", "endpoints": ["database"]}, "ApplicationOffers", "DestroyOffers"),
    ],
)
def test_removed_from_a_model_though_the_answer_was_lost(
    site: Site, provider: DeclaredProvider, inputs: Bag, facade: str, method: str
) -> None:
    model = site.model()
    site.deploy(model, "mysql")
    Life(SshKeyProvider(), {"model": model, "key": KEYS[1]}).up()  # the last key of a model stays
    life = Life(provider, {"model": model, **inputs}).up()
    _removed(site, life, facade, method, "drop-after")


def test_an_offer_is_no_longer_consumed_though_the_answer_was_lost(site: Site) -> None:
    here, there = site.model(), site.model()
    site.deploy(here, "mysql")
    offer = Life(OfferProvider(), {"model": here, "application": "mysql", "endpoints": ["database"]}).up()
    life = Life(ConsumedOfferProvider(), {"model": there, "offer_url": offer.state["url"], "minutes": 1}).up()
    _removed(site, life, "Application", "DestroyConsumedApplications", "drop-after")
    offer.down()


def _removed(site: Site, life: Life, facade: str, method: str, fault: str) -> None:
    site.juju.calls.clear()
    site.juju.fault(fault, facade=facade, method=method, times=1)
    life.down()
    assert life.refresh() == {}
    assert site.juju.call_counts()[facade, method] == 1


def _made(life: Life) -> Bag:
    """Create, and give the outputs as they are then."""
    made = life.provider.create(life.check())
    life.id, life.state = made.id, dict(made.outs or {})
    return life.state


def test_a_user_is_disabled_though_the_answer_to_its_making_was_lost(site: Site) -> None:
    site.juju.fault("drop-after", facade="UserManager", method="AddUser", times=1)
    site.juju.fault("drop-after", facade="UserManager", method="DisableUser", times=1)
    life = Life(UserProvider(), {"name": "mallory", "password": "pw-of-mallory", "disabled": True})
    assert (_made(life)["disabled"], life.state["adopted"]) == (True, False)
    assert [flag(one, "disabled") for one in users(site.session) if text(one, "username") == "mallory"] == [True]
    life.down()


def test_a_secret_is_granted_and_pruned_though_the_answer_to_its_making_was_lost(site: Site) -> None:
    model = site.model()
    site.deploy(model, "mysql")
    site.juju.calls.clear()
    site.juju.fault("drop-after", facade="Secrets", method="CreateSecrets", times=1)
    inputs = {"model": model, "name": "word", "content": {"word": "abc"}, "grants": ["mysql"], "auto_prune": True}
    life = Life(SecretProvider(), dict(inputs))
    assert (_made(life)["grants"], life.state["adopted"]) == (["mysql"], False)
    counts = site.juju.call_counts()
    assert (counts["Secrets", "CreateSecrets"], counts["Secrets", "UpdateSecrets"]) == (1, 1)
    life.down()
