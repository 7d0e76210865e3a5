"""What a controller of Juju 4.0 refuses, or answers otherwise, where 3.6 is asked the same."""

import re
from collections.abc import Generator

import pytest

from lab.juju.four import fingerprint
from lab.juju.testing import RunningJuju, running_juju
from tests.lab.juju.client import Answer, RefusedError, Wire, dialled, status

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBJ84Ni4cE6wxKnJjnDRiCCOuJjrzNJZxCwPB7Id24RK ann@laptop"
SHA256 = "SHA256:9eow5QVdv3d1vTBYtvK4aaMJkddCMA6E0BQk36dhVbQ"


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju(version="4.0.12") as running:
        yield running


@pytest.fixture(scope="module")
def top(juju: RunningJuju) -> Generator[Wire]:
    with dialled(juju) as wire:
        wire.login(client="4.0.12")
        yield wire


@pytest.fixture(scope="module")
def uuid(top: Wire) -> str:
    made = top.call("ModelManager", 11, "CreateModel", {"name": "work", "qualifier": "admin"})
    return str(made["uuid"])


@pytest.fixture(scope="module")
def wire(juju: RunningJuju, uuid: str) -> Generator[Wire]:
    with dialled(juju, uuid) as connected:
        connected.login(client="4.0.12")
        for name, units in (("mysql", 1), ("mysql-router", 0), ("keystone", 0)):
            asked = {"ApplicationName": name, "CharmName": name, "NumUnits": units}
            (done,) = connected.call("Application", 22, "DeployFromRepository", {"Args": [asked]})["Results"]
            assert not done.get("errors")
        yield connected


def refusal(wire: Wire, facade: str, version: int, method: str, params: Answer) -> tuple[str, str]:
    """Words and code of a call that is refused as a whole, or of its only item."""
    try:
        answer = wire.call(facade, version, method, params)
    except RefusedError as error:
        return error.message, error.code
    (item,) = answer["results"]
    return item["error"]["message"], item["error"]["code"]


def test_a_relation_that_is_there_has_no_code(wire: Wire) -> None:
    asked: Answer = {"endpoints": ["keystone:shared-db", "mysql-router"]}
    assert set(wire.call("Application", 22, "AddRelation", asked)["endpoints"]) == {"keystone", "mysql-router"}
    where = 'adding relation between endpoints "keystone:shared-db" and "mysql-router"'
    said = f'{where}: cannot add relation "keystone:shared-db", "mysql-router": already exists'
    assert refusal(wire, "Application", 22, "AddRelation", asked) == (said, "")


def test_relations_that_cannot_be(wire: Wire) -> None:
    said, code = refusal(wire, "Application", 22, "AddRelation", {"endpoints": ["keystone:shared-db", "keystone"]})
    assert said.endswith(": no compatible endpoints found between applications")
    assert code == ""
    assert refusal(wire, "Application", 22, "AddRelation", {"endpoints": ["keystone"]})[1] == "bad request"
    none = refusal(wire, "Application", 22, "DestroyRelation", {"endpoints": ["mysql", "keystone"]})
    assert none == ("relation with endpoints [mysql keystone] or id 0 not found", "not found")


REFUSED: tuple[tuple[str, int, str, Answer, str, str], ...] = (
    (
        "Application",
        22,
        "UpdateApplicationStorage",
        {"storage-updates": [{"application-tag": "application-mysql", "storage-constraints": {}}]},
        "UpdateApplicationStorage not implemented",
        "not implemented",
    ),
    (
        "Application",
        22,
        "SetConfigs",
        {"Args": [{"application": "mysql", "config-yaml": "mysql: {}"}]},
        "config yaml not supported not implemented",
        "not implemented",
    ),
    (
        "Application",
        22,
        "ResolveUnitErrors",
        {"tags": {"entities": [{"tag": "unit-mysql-0"}]}, "retry": True},
        'checking unit "mysql/0" status: unit is not in error state',
        "",
    ),
    (
        "Storage",
        7,
        "RemovePool",
        {"pools": [{"name": "loop"}]},
        "not yet available in 4.0.12",
        "not yet available; try again later",
    ),
    (
        "Storage",
        7,
        "UpdatePool",
        {"pools": []},
        "not yet available in 4.0.12",
        "not yet available; try again later",
    ),
    ("HighAvailability", 3, "EnableHA", {"specs": [{}]}, "enable HA not supported", "not supported"),
    (
        "MachineManager",
        11,
        "DestroyMachineWithParams",
        {"machine-tags": ["machine-0"]},
        'removing machine: machine "0": cannot set machine "0" to dying without force: machine has units',
        "",
    ),
    (
        "MachineManager",
        11,
        "DestroyMachineWithParams",
        {"machine-tags": ["machine-77"]},
        'getting machine UUID: getting UUID for machine "77": machine "77": machine not found',
        "",
    ),
)
"""Facade, version, method, params, words, code."""


@pytest.mark.parametrize(("facade", "version", "method", "params", "said", "code"), REFUSED)
def test_what_is_refused(
    wire: Wire, facade: str, version: int, method: str, params: Answer, said: str, code: str
) -> None:
    assert refusal(wire, facade, version, method, params) == (said, code)


def test_no_bundle_is_exported(wire: Wire) -> None:
    error = wire.call("Bundle", 8, "ExportBundle", {})["error"]
    assert error == {"message": "Juju 4.0 doesn't support exporting bundles", "code": "not implemented"}


def test_more_controllers_are_a_models_business(top: Wire) -> None:
    with pytest.raises(RefusedError, match=r'^facade "HighAvailability" not supported for controller API connection$'):
        top.call("HighAvailability", 3, "EnableHA", {"specs": []})


def test_an_offer_is_made_once_and_described_by_its_charm(top: Wire, wire: Wire, uuid: str) -> None:
    assert wire
    one: Answer = {
        "model-tag": f"model-{uuid}",
        "offer-name": "data",
        "application-name": "mysql",
        "application-description": "ours",
        "endpoints": {"mysql": "mysql"},
    }
    assert top.call("ApplicationOffers", 6, "Offer", {"Offers": [one]}) == {"results": [{}]}
    said = 'offer "data" already exists, updating offers is not supported'
    assert refusal(top, "ApplicationOffers", 6, "Offer", {"Offers": [one]}) == (said, "bad request")
    many = refusal(top, "ApplicationOffers", 6, "Offer", {"Offers": [one, one]})
    assert many == ("expected exactly one offer, got 2", "")
    wanted = {"Filters": [{"model-qualifier": "admin", "model-name": "work"}]}
    (found,) = top.call("ApplicationOffers", 6, "ListApplicationOffers", wanted)["results"]
    assert found["application-description"] == ""  # as mysql's charm says


def test_keys_are_known_by_sha256_and_the_last_one_may_go(wire: Wire) -> None:
    def keys(*, whole: bool) -> list[str]:
        asked = {"entities": {"entities": [{"tag": "user-admin"}]}, "mode": whole}
        return wire.call("KeyManager", 1, "ListKeys", asked)["results"][0]["result"]

    def delete(*names: str) -> Answer:
        return wire.call("KeyManager", 1, "DeleteKeys", {"user": "admin", "ssh-keys": list(names)})

    assert fingerprint(KEY) == SHA256
    wire.call("KeyManager", 1, "AddKeys", {"user": "admin", "ssh-keys": [KEY]})
    assert SHA256 in keys(whole=False)
    before = keys(whole=True)
    assert delete("b6:eb:e5:16:8b:88:19:d2:74:39:2a:17:48:ae:ce:35", "nobody") == {"results": None}
    assert keys(whole=True) == before
    delete(*(each for each in before if each != KEY), SHA256)
    assert keys(whole=True) == []


def test_the_url_of_a_charm_names_no_series(wire: Wire) -> None:
    origin = {"source": "charm-hub", "risk": "stable", "base": {"name": "ubuntu", "channel": "22.04/stable"}}
    asked = {"resolve": [{"reference": "ubuntu", "charm-origin": origin}]}
    (found,) = wire.call("Charms", 7, "ResolveCharms", asked)["Results"]
    assert re.fullmatch(r"ch:amd64/ubuntu-\d+", found["url"])
    wire.call("Charms", 7, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
    assert wire.call("Charms", 7, "CharmInfo", {"url": found["url"]})["url"] == found["url"]
    assert re.fullmatch(r"ch:amd64/mysql-\d+", status(wire)["applications"]["mysql"]["charm"])


def test_options_that_models_no_longer_have(top: Wire, wire: Wire) -> None:
    options = wire.call("ModelConfig", 4, "ModelGet", {})["config"]
    (defaults,) = top.call("ModelManager", 11, "ModelDefaultsForClouds", {"entities": [{"tag": "cloud-maas-one"}]})[
        "results"
    ]
    for found in (options, defaults["config"]):
        assert "logging-config" in found
        assert not {"provisioner-harvest-mode", "secret-backend"} & set(found)


def test_a_model_goes_with_its_storage(juju: RunningJuju, top: Wire) -> None:
    made = str(top.call("ModelManager", 11, "CreateModel", {"name": "stored", "qualifier": "admin"})["uuid"])
    with dialled(juju, made) as wire:
        wire.login(client="4.0.12")
        asked = {"ApplicationName": "a", "CharmName": "ubuntu", "NumUnits": 1, "storage": {"files": {"Size": 1024}}}
        assert not wire.call("Application", 22, "DeployFromRepository", {"Args": [asked]})["Results"][0].get("errors")
        assert len(wire.call("Client", 8, "FullStatus", {"include-storage": True})["storage"]) == 1
    (told,) = top.call("ModelManager", 11, "ModelStatus", {"entities": [{"tag": f"model-{made}"}]})["models"]
    assert told["unit-count"] == 1
    assert not {"filesystems", "volumes"} & set(told)
    gone = top.call("ModelManager", 11, "DestroyModels", {"models": [{"model-tag": f"model-{made}"}]})
    assert gone == {"results": [{}]}


def test_what_goes_says_nothing_of_its_storage(wire: Wire) -> None:
    asked: Answer = {"units": [{"unit-tag": "unit-mysql-0", "dry-run": True}]}
    assert wire.call("Application", 22, "DestroyUnit", asked)["results"] == [{"info": {}}]
