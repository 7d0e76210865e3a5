"""What models hold besides applications, against the lab."""

import pytest

from providers.common.raw import mapping, mappings, text, texts
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.crud.pools import StoragePoolProvider
from providers.juju.crud.secrets import SecretProvider
from providers.juju.crud.spaces import SpaceProvider
from providers.juju.crud.ssh_keys import SshKeyProvider
from providers.juju.errors import JujuError, NotFound, Refused
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life

KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b me@main",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk5zqpJqPqQyD9o5iLrW7nXl0yWwq5cN2H0eJ0m0aB me@main",
)
CONTENT = {"password": "correct-horse", "api-key": "ZmFrZQ=="}


@pytest.fixture
def model(site: Site) -> str:
    return site.model()


def value(site: Site, model: str, uri: object) -> dict[str, object]:
    params = {"filter": {"uri": uri}, "show-secrets": True}
    item = site.session.model(model).one("Secrets", "ListSecrets", params, purpose="x")
    return dict(mapping(mapping(item, "value"), "data"))


def test_a_secret_from_up_to_down(site: Site, model: str) -> None:
    site.deploy(model, "mysql")
    wanted: Bag = {"model": model, "name": "database", "content": dict(CONTENT), "grants": ["mysql"]}
    secret = Life(SecretProvider(), wanted).up()
    assert str(secret.state["uri"]).endswith(str(secret.state["secret_id"]))
    assert set(value(site, model, secret.state["uri"])) == set(CONTENT)
    site.deploy(model, "wordpress")
    secret.update(grants=["wordpress"], name="db", description="for the blog")
    secret.update(description="")
    assert secret.state["revision"] == 1
    secret.update(content={"password": "another"})
    assert secret.state["revision"] == 2
    assert secret.changes(model="00000000-0000-4000-8000-000000000000") == ["replace", "model"]
    secret.down()
    assert secret.refresh() == {}


def test_a_secret_is_read_only_where_somebody_changed_it(site: Site, model: str) -> None:
    secret = Life(SecretProvider(), {"model": model, "name": "token", "content": {"token": "first"}}).up()
    site.juju.calls.clear()
    site.session.model(model).wrote("Secrets")
    secret.refresh()
    assert site.juju.call_counts() == {("Secrets", "ListSecrets"): 1}
    by_hand = {"uri": secret.state["uri"], "existing-label": "", "content": {"data": {"token": "c2Vjb25k"}}}
    site.session.model(model).change("Secrets", "UpdateSecrets", {"args": [by_hand]}, purpose="x")
    assert secret.refresh()["content"] == {"token": "second"}
    assert secret.changes() == ["update"]
    secret.update()
    assert value(site, model, secret.state["uri"]) == {"token": "Zmlyc3Q="}


def test_a_secret_that_was_there_is_adopted_and_written(site: Site, model: str) -> None:
    first = Life(SecretProvider(), {"model": model, "name": "token", "content": {"token": "first"}}).up()
    second = Life(SecretProvider(), {"model": model, "name": "token", "content": {"token": "second"}}).up()
    assert (second.id, second.state["adopted"], second.state["revision"]) == (first.id, True, 2)
    second.down()
    assert first.refresh()["content"] == {"token": "second"}


def test_a_refused_secret_shows_no_value(site: Site, model: str) -> None:
    wanted: Bag = {"model": model, "name": "token", "content": dict(CONTENT), "grants": ["nobody"]}
    with pytest.raises(NotFound) as caught:
        Life(SecretProvider(), wanted).up()
    assert str(caught.value).startswith("Juju refused to grant the secret token to nobody: cannot change access to ")
    assert str(caught.value).endswith('invalid subject reference: application "nobody" not found')
    listed = site.session.model(model).each("Secrets", "ListSecrets", {"filter": {}}, purpose="x")
    assert listed == (), "what nobody would know of is taken away again"
    site.juju.fault("call", method="CreateSecrets", text="no room for correct-horse or Y29ycmVjdC1ob3JzZQ==", times=1)
    with pytest.raises(Refused) as refused:
        Life(SecretProvider(), {"model": model, "name": "other", "content": dict(CONTENT)}).up()
    assert str(refused.value) == "Juju refused to make the secret other: no room for *** or ***"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "is empty, but must hold at least one key and value"),
        ({"ab": "hidden-value"}, "has the key 'ab', but a key is three or more"),
        ({"Password": "hidden-value"}, "has the key 'Password', but"),
        ({"password": 12345}, "must be an object of strings (its values are secret and are not shown)"),
    ],
)
def test_bad_contents(model: str, content: Bag, reason: str) -> None:
    failures = SecretProvider().check({}, {"model": model, "name": "token", "content": content}).failures
    assert failures[0].reason.startswith(reason)
    assert "hidden-value" not in failures[0].reason
    assert "12345" not in failures[0].reason


def held_keys(site: Site, model: str) -> tuple[str, ...]:
    params = {"entities": {"entities": [{"tag": f"model-{model}"}]}, "mode": True}
    return texts(site.session.model(model).one("KeyManager", "ListKeys", params, purpose="x"), "result")


def test_an_ssh_key_from_up_to_down(site: Site, model: str) -> None:
    other = Life(SshKeyProvider(), {"model": model, "key": KEYS[1]}).up()
    key = Life(SshKeyProvider(), {"model": model, "key": KEYS[0]}).up()
    assert key.id == f"{model}/{key.state['fingerprint']}"
    assert key.changes(key=KEYS[0].replace("me@main", "other")) == []
    assert key.changes(key=KEYS[1]) == ["replace", "key"]
    again = Life(SshKeyProvider(), {"model": model, "key": KEYS[0]}).up()
    assert (again.id, again.state["adopted"]) == (key.id, True)
    again.down()
    assert KEYS[0] in held_keys(site, model)
    key.down()
    assert held_keys(site, model) == (KEYS[1],)
    assert key.refresh() == {}
    other.down()
    assert held_keys(site, model) == (KEYS[1],), "a model keeps its last key, and destroy goes on"


def test_a_key_that_juju_can_not_take(model: str) -> None:
    key = "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIIfmWSbP3AwdL3vdY5rSbpFCkYXBVV5bUDmjKlhNIs1b me@main"
    with pytest.raises(Refused, match="invalid ssh key"):
        Life(SshKeyProvider(), {"model": model, "key": key}).up()


@pytest.fixture
def openstack(site: Site) -> str:
    """Make a model in a cloud that leaves spaces to the operator."""
    cloud: Bag = {"name": "stack", "type": "openstack", "auth_types": ["userpass"], "endpoint": "http://10.2.0.2:5000"}
    Life(CloudProvider(), cloud).up()
    key: Bag = {"cloud": "stack", "name": "key", "auth_type": "userpass", "attributes": {"password": "secret-word"}}
    Life(CredentialProvider(), key).up()
    return site.model(cloud="stack")


def subnets(site: Site, model: str) -> list[str]:
    answer = site.session.model(model).call("Subnets", "ListSubnets", purpose="x")
    return sorted(text(one, "cidr") for one in mappings(answer, "results"))


def test_a_space_from_up_to_down(site: Site, openstack: str) -> None:
    space = Life(SpaceProvider(), {"model": openstack, "name": "dmz"}).up()
    assert space.state["adopted"] is False
    space.update(name="edge")
    known = subnets(site, openstack)
    if known:
        space.update(cidrs=known[:1])
        space.update(cidrs=[])
    space.down()
    assert space.refresh() == {}


def test_a_space_of_maas_is_adopted_and_can_not_be_renamed(site: Site, model: str) -> None:
    space = Life(SpaceProvider(), {"model": model, "name": "alpha"}).up()
    assert space.state["adopted"] is True
    with pytest.raises(Refused, match="Juju refused to rename the space alpha to edge: modifying provider-sourced"):
        space.update(name="edge")
    space.down()
    assert space.refresh()


def test_a_space_of_an_unknown_subnet_is_told(openstack: str) -> None:
    with pytest.raises(JujuError, match=r"192\.0\.2\.0/24"):
        Life(SpaceProvider(), {"model": openstack, "name": "none", "cidrs": ["192.0.2.0/24"]}).up()


def test_a_storage_pool_from_up_to_down(site: Site, model: str) -> None:
    wanted: Bag = {"model": model, "name": "fast", "storage_provider": "maas", "attributes": {"tags": "ssd"}}
    pool = Life(StoragePoolProvider(), wanted).up()
    pool.update(attributes={"tags": "ssd,nvme", "zone": "a"})
    pool.update(attributes={"tags": "ssd,nvme"})
    by_hand = {"pools": [{"name": "fast", "provider": "maas", "attrs": {"tags": "hdd"}}]}
    site.session.model(model).change("Storage", "UpdatePool", by_hand, purpose="x")
    assert pool.refresh()["attributes"] == {"tags": "hdd"}
    pool.update()
    assert pool.changes(storage_provider="loop") == ["replace", "storage_provider"]
    again = Life(StoragePoolProvider(), dict(pool.inputs)).up()
    assert again.state["adopted"] is True
    again.down()
    with pytest.raises(JujuError, match="the storage pool fast is there already, and its provider is maas, not loop"):
        Life(StoragePoolProvider(), {**wanted, "storage_provider": "loop"}).up()
    pool.down()
    assert pool.refresh() == {}


def test_an_unknown_storage_provider_is_told_in_jujus_words(model: str) -> None:
    with pytest.raises(Refused, match=r"Juju refused to make the storage pool fast: .*nonsense"):
        Life(StoragePoolProvider(), {"model": model, "name": "fast", "storage_provider": "nonsense"}).up()


def test_everything_is_gone_with_its_model(site: Site, model: str) -> None:
    pool = Life(StoragePoolProvider(), {"model": model, "name": "fast", "storage_provider": "maas"}).up()
    key = Life(SshKeyProvider(), {"model": model, "key": KEYS[0]}).up()
    destroy = {"models": [{"model-tag": f"model-{model}", "destroy-storage": True}]}
    site.session.controller.change("ModelManager", "DestroyModels", destroy, purpose="x")
    for life in (pool, key):
        life.down()
        assert life.refresh() == {}


def test_import_by_model_and_name(model: str) -> None:
    made = Life(StoragePoolProvider(), {"model": model, "name": "fast", "storage_provider": "maas"}).up()
    found = Life(StoragePoolProvider(), dict(made.inputs))
    assert found.imported(f"{model}/fast")["storage_provider"] == "maas"
    assert found.imported(f"{model}/slow") == {}
