"""How many calls a refresh of many resources costs: one for each kind of list, whatever the number of resources."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from providers.juju.crud.access import AccessProvider
from providers.juju.crud.actions import ActionProvider
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.crud.consumed import ConsumedOfferProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.users import UserProvider
from tests.lab.juju_more.conftest import Site, attach
from tests.lab.providers.life import Bag, Life

MANY = 12


def many(of: Callable[[int], Life]) -> list[Life]:
    return [of(number).up() for number in range(MANY)]


def user(number: int) -> Life:
    return Life(UserProvider(), {"name": f"user{number}", "password": f"password-{number}"})


def test_a_refresh_asks_once_for_each_kind(site: Site) -> None:
    model, other = site.model("all-of-it"), site.model("the-other")
    site.deploy(model, "mysql")

    def cloud(number: int) -> Life:
        return Life(CloudProvider(), {"name": f"rack{number}", "type": "maas", "auth_types": ["oauth1"]})

    def credential(number: int) -> Life:
        attributes = {"maas-oauth": f"a:b:{number}"}
        where: Bag = {"cloud": f"rack{number}", "name": "key", "auth_type": "oauth1", "attributes": attributes}
        return Life(CredentialProvider(), where)

    def access(number: int) -> Life:
        return Life(AccessProvider(), {"user": f"user{number}", "access": "write", "model": model})

    def offer(number: int) -> Life:
        wanted: Bag = {"model": model, "application": "mysql", "endpoints": ["mysql"], "name": f"db-n{number}x"}
        return Life(OfferProvider(), wanted)

    def consumed(number: int) -> Life:
        return Life(ConsumedOfferProvider(), {"model": other, "offer_url": f"admin/all-of-it.db-n{number}x"})

    def secret(number: int) -> Life:
        return Life(SecretProvider(), {"model": model, "name": f"secret{number}", "content": {"word": f"w{number}"}})

    def pool(number: int) -> Life:
        return Life(StoragePoolProvider(), {"model": model, "name": f"pool{'x' * number}", "storage_provider": "maas"})

    def action(_number: int) -> Life:
        return Life(ActionProvider(), {"model": model, "unit": "mysql/0", "name": "get-cluster-status"})

    kinds = (cloud, credential, user, access, offer, consumed, secret, pool, action)
    everything = [life for kind in kinds for life in many(kind)]
    attach(site.juju)
    site.juju.calls.clear()
    site.juju.logins.clear()
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(Life.refresh, everything))
    assert [life.changes() for life in everything] == [[]] * len(everything)
    assert set(site.juju.call_counts().values()) == {1}, "each list is read once"
    assert len(site.juju.calls) <= 10
    assert sorted(site.juju.logins) == sorted([("admin", ""), ("admin", model), ("admin", other)])
