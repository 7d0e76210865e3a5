"""Clouds and credentials against the lab."""

import pytest

from providers.common.raw import Raw, mapping
from providers.juju.crud.clouds import CloudProvider, CredentialProvider
from providers.juju.errors import JujuError, Refused
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life

MAAS: Bag = {"name": "rack2", "type": "maas", "auth_types": ["oauth1"], "endpoint": "http://10.1.0.2:5240/MAAS"}
KEY = "consumer-one:token-two:secret-three"


def clouds(site: Site) -> Raw:
    return mapping(site.session.controller.call("Cloud", "Clouds", purpose="list"), "clouds")


def test_a_cloud_from_up_to_down(site: Site) -> None:
    cloud = Life(CloudProvider(), dict(MAAS)).up()
    assert cloud.state["adopted"] is False
    assert "cloud-rack2" in clouds(site)
    assert cloud.changes(type="openstack") == ["replace", "type"]
    cloud.update(endpoint="http://10.1.0.3:5240/MAAS")
    assert cloud.state["regions"] == [{"name": "default", "endpoint": ""}]
    cloud.update(regions=["north", {"name": "south", "endpoint": "http://10.1.0.9:5240/MAAS"}])
    assert cloud.changes(regions=["south", "north"]) == []
    assert cloud.changes(regions=["north"]) == ["update"]
    cloud.down()
    assert "cloud-rack2" not in clouds(site)
    assert cloud.refresh() == {}


def test_a_cloud_has_its_other_endpoints(site: Site) -> None:
    ends: Bag = {"identity_endpoint": "http://10.1.0.4:5000/v3", "storage_endpoint": "http://10.1.0.4:8080/v1"}
    cloud = Life(CloudProvider(), {**MAAS, "type": "openstack", "auth_types": ["userpass"], **ends}).up()
    cloud.update(identity_endpoint="http://10.1.0.5:5000/v3", skip_tls_verify=True)
    assert mapping(clouds(site), "cloud-rack2")["identity-endpoint"] == "http://10.1.0.5:5000/v3"
    assert mapping(clouds(site), "cloud-rack2")["storage-endpoint"] == ends["storage_endpoint"]
    cloud.down()


def test_a_cloud_that_was_there_is_adopted_and_stays(site: Site) -> None:
    first = Life(CloudProvider(), dict(MAAS)).up()
    second = Life(CloudProvider(), {**MAAS, "endpoint": "http://10.1.0.4:5240/MAAS"}).up()
    assert second.state["adopted"] is True
    second.down()
    assert first.refresh()["endpoint"] == "http://10.1.0.4:5240/MAAS"
    assert first.changes() == ["update"]
    first.update()
    first.down()


@pytest.mark.parametrize("kind", ["drop", "try-again"])
def test_a_call_that_got_lost_is_made_once(site: Site, kind: str) -> None:
    site.juju.fault(kind, facade="Cloud", method="AddCloud", times=1)
    cloud = Life(CloudProvider(), dict(MAAS)).up()
    assert cloud.state["adopted"] is False
    cloud.down()


def test_a_cloud_of_another_type_is_somebody_elses(site: Site) -> None:
    cloud = Life(CloudProvider(), dict(MAAS)).up()
    with pytest.raises(JujuError, match="the cloud rack2 is there already, and its type is maas, not openstack"):
        Life(CloudProvider(), {**MAAS, "type": "openstack", "auth_types": ["userpass"]}).up()
    cloud.down()


def test_a_cloud_that_does_not_fit_needs_a_reason(site: Site) -> None:
    wanted: Bag = {"name": "azure1", "type": "azure", "auth_types": ["userpass"]}
    with pytest.raises(Refused, match='Juju refused to add the cloud azure1: cloud type "azure" is not whitelisted'):
        Life(CloudProvider(), wanted).up()
    Life(CloudProvider(), {**wanted, "force": "the two networks are routed"}).up().down()
    said = CloudProvider().check({}, {**wanted, "force": True}).failures
    assert [(one.property, one.reason) for one in said] == [
        ("force", "is True, but must be the reason why force is right, a sentence")
    ]


def test_a_cloud_in_use_is_told_in_jujus_words(site: Site) -> None:
    cloud = Life(CloudProvider(), dict(MAAS)).up()
    Life(CredentialProvider(), credential("rack2")).up()
    site.model(cloud="rack2")
    with pytest.raises(Refused, match="Juju refused to remove the cloud rack2: cloud is used by 1 model"):
        cloud.down()


def credential(cloud: str, **more: object) -> Bag:
    return {"cloud": cloud, "name": "key", "auth_type": "oauth1", "attributes": {"maas-oauth": KEY}, **more}


def test_a_credential_from_up_to_down(site: Site) -> None:
    made = Life(CredentialProvider(), credential("maas-one")).up()
    assert (made.id, made.state["valid"], made.state["models"]) == ("maas-one/key", True, [])
    assert made.changes(name="other") == ["replace", "name"]
    made.update(attributes={"maas-oauth": "a:b:c"})
    tag = "cloudcred-maas-one_admin_key"
    item = {"tag": tag, "credential": {"auth-type": "oauth1", "attrs": {"maas-oauth": "x:y:z"}}}
    site.session.controller.change("Cloud", "AddCredentials", {"credentials": [item]}, purpose="x")
    assert made.refresh()["attributes"] == {"maas-oauth": "x:y:z"}
    assert made.changes() == ["update"], "a key changed by hand is seen"
    made.update()
    again = Life(CredentialProvider(), credential("maas-one", attributes={"maas-oauth": "a:b:c"})).up()
    assert again.state["adopted"] is True
    again.down()
    assert made.refresh()
    made.down()
    assert made.refresh() == {}


def test_a_refused_credential_shows_no_key(site: Site) -> None:
    with pytest.raises(Refused) as caught:
        Life(CredentialProvider(), credential("maas-one", auth_type="userpass")).up()
    assert 'supported auth-types ["oauth1"], "userpass" not supported' in str(caught.value)
    assert KEY not in str(caught.value)
    with pytest.raises(Refused, match='cloud "nowhere" not found'):
        Life(CredentialProvider(), credential("nowhere")).up()


def test_a_credential_in_use_needs_a_reason(site: Site) -> None:
    Life(CloudProvider(), {**MAAS, "name": "rack3"}).up()
    made = Life(CredentialProvider(), credential("rack3")).up()
    site.model("tenant", cloud="rack3")
    assert made.refresh()
    assert made.state["models"] == ["tenant"]
    with pytest.raises(Refused, match="it is still used by 1 model"):
        made.down()
    made.update(force="the tenant is gone")
    made.down()


def test_bad_names_are_said_before_anything_is_asked() -> None:
    failures = CloudProvider().check({}, {"name": "rack 2", "type": "", "regions": [{"nom": "x"}]}).failures
    assert [(one.property, one.reason) for one in failures] == [
        ("name", "is 'rack 2', but must be a cloud's name: letters, digits, '.' and '-'"),
        ("type", "is empty, but must hold at least one character"),
        ("regions", "has nom, but a region has name and endpoint"),
    ]
    secret = CredentialProvider().check({}, credential("c", attributes={"maas-oauth": 3})).failures
    assert "3" not in secret[0].reason
