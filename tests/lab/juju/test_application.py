"""The Application, Charms, Annotations and Resources facades, call by call."""

import base64
import hashlib
import io
import json
import urllib.request
import zipfile
from collections.abc import Generator
from dataclasses import replace
from http.client import HTTPSConnection

import pytest

from lab.juju.models import Machine
from lab.juju.testing import RunningJuju, running_juju
from tests.lab.juju.client import Answer, RefusedError, Wire, deploy, logged_in, new_model, status, trust

APP = 22


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture
def model(juju: RunningJuju, request: pytest.FixtureRequest) -> str:
    name = str(request.node.name).lower()
    return new_model(juju, "".join(letter if letter.isalnum() else "-" for letter in name).strip("-"))


@pytest.fixture
def wire(juju: RunningJuju, model: str) -> Generator[Wire]:
    with logged_in(juju, model) as connected:
        yield connected


def resolve(wire: Wire, reference: str, **origin: object) -> Answer:
    asked = {"reference": reference, "charm-origin": {"source": "charm-hub", "architecture": "amd64", **origin}}
    return wire.one("Charms", 7, "ResolveCharms", {"resolve": [asked]}, "Results")


# --- charms


def test_resolve_and_add_a_charm_then_deploy_it(wire: Wire) -> None:
    found = resolve(wire, "vault", track="1.8", risk="stable")
    assert found["supported-bases"]
    assert "supported-series" not in found
    assert found["charm-origin"]["track"] == "1.8"
    with pytest.raises(RefusedError, match=f'^charm "{found["url"]}" not found$'):
        wire.one("Application", APP, "Deploy", _deploy(found))
    wire.call("Charms", 7, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
    assert wire.call("Charms", 7, "List", {"names": ["vault"]})["charm-urls"] == [found["url"]]
    wire.one("Application", APP, "Deploy", _deploy(found))
    origin = wire.call("Application", APP, "GetCharmURLOrigin", {"application": "vault"})
    assert origin["url"] == found["url"]
    assert origin["charm-origin"]["risk"] == "stable"


def test_a_machine_that_is_not_there_is_named_before_all_else(wire: Wire) -> None:
    asked = _deploy({"url": "ch:amd64/jammy/vault-1", "charm-origin": {"source": "charm-hub"}})
    asked["applications"][0]["placement"] = [{"scope": "#", "directive": "9"}]
    with pytest.raises(RefusedError, match=r'^cannot deploy "vault" to machine 9: machine 9 not found$'):
        wire.one("Application", APP, "Deploy", asked)


def _deploy(found: Answer) -> Answer:
    app = {"application": "vault", "charm-url": found["url"], "charm-origin": found["charm-origin"], "num-units": 1}
    return {"applications": [app]}


@pytest.mark.parametrize(
    ("reference", "origin", "text"),
    [
        ("no-such-charm", {}, "no-such-charm"),
        ("vault", {"track": "9.9", "risk": "stable"}, "9.9/stable"),
        ("vault", {"revision": 999999}, "no releases available"),
    ],
)
def test_a_charm_that_charmhub_has_not(wire: Wire, reference: str, origin: Answer, text: str) -> None:
    with pytest.raises(RefusedError, match=text):
        resolve(wire, reference, **origin)


def test_a_base_that_a_charm_does_not_run_on_is_told_with_those_it_does(wire: Wire) -> None:
    found = resolve(wire, "mysql-innodb-cluster", base={"name": "ubuntu", "channel": "20.04/stable"})
    jammy = {"name": "ubuntu", "channel": "22.04/stable"}
    assert (found["charm-origin"]["base"], found["supported-bases"]) == (jammy, [jammy])


def test_a_charm_is_downloaded_where_the_controller_says(wire: Wire) -> None:
    found = resolve(wire, "ubuntu")
    asked = {"entities": [{"charm-url": found["url"], "charm-origin": found["charm-origin"]}]}
    url = wire.one("Charms", 7, "GetDownloadInfos", asked)["url"]
    with urllib.request.urlopen(url, timeout=20) as response, zipfile.ZipFile(io.BytesIO(response.read())) as charm:
        assert "metadata.yaml" in charm.namelist()


def test_charm_info(wire: Wire) -> None:
    found = resolve(wire, "keystone", track="2023.2", risk="stable")
    wire.call("Charms", 7, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
    info = wire.call("Charms", 7, "CharmInfo", {"url": found["url"]})
    assert info["meta"]["requires"]["shared-db"]["interface"] == "mysql-shared"
    assert info["meta"]["provides"]["identity-service"]["role"] == "provider"
    assert info["meta"]["peers"]["cluster"]["role"] == "peer"
    assert info["config"]["openstack-origin"]["type"] == "string"
    assert info["url"] == found["url"]
    with pytest.raises(RefusedError) as refused:
        wire.call("Charms", 7, "CharmInfo", {"url": "ch:amd64/jammy/ubuntu-1"})
    assert refused.value.code == "not found"


# --- deployments


def test_dry_run_and_errors_change_nothing(wire: Wire) -> None:
    assert deploy(wire, "ubuntu", DryRun=True)["Info"]["revision"] > 0
    for more, text in (
        ({"ConfigYAML": "ubuntu: {flowers: 3}"}, 'unknown option "flowers"'),
        ({"ConfigYAML": "other: {hostname: x}"}, 'no settings found for "ubuntu"'),
        ({"ConfigYAML": "{"}, "cannot parse settings data"),
        ({"channel": "9/stable"}, "9/stable"),
        ({"base": {"name": "ubuntu", "channel": "10.04"}}, "10.04"),
        ({"Placement": [{"scope": "#", "directive": "77"}]}, "machine 77 not found"),
        ({"Cons": {"flowers": 3}}, 'unknown constraint "flowers"'),
        ({"Storage": {"flowers": {"size": 3}}}, 'has no store called "flowers"'),
        ({"endpoint-bindings": {"": "nowhere"}}, "nowhere"),
    ):
        with pytest.raises(RefusedError, match=text):
            deploy(wire, "ubuntu", "", **more)
    assert status(wire)["applications"] == {}


def test_the_same_name_twice(wire: Wire) -> None:
    deploy(wire, "ubuntu")
    with pytest.raises(RefusedError, match="application already exists"):
        deploy(wire, "ubuntu")


def test_config_is_typed_and_told_with_its_source(wire: Wire) -> None:
    deploy(wire, "neutron-api", "api", channel="2023.2/stable", ConfigYAML='api: {neutron-security-groups: "true"}')
    config = wire.call("Application", APP, "Get", {"application": "api", "branch": "master"})
    option = config["config"]["neutron-security-groups"]
    assert (option["value"], option["source"], option["type"]) == (True, "user", "boolean")
    assert config["application-config"]["trust"]["value"] is False
    assert config["base"] == {"name": "ubuntu", "channel": "22.04/stable"}
    args = {"Args": [{"application": "api", "config": {"worker-multiplier": "much"}, "config-yaml": ""}]}
    with pytest.raises(RefusedError, match='option "worker-multiplier" expected float, got "much"'):
        wire.one("Application", APP, "SetConfigs", args)
    args = {"Args": [{"application": "api", "config": {"trust": "true"}, "config-yaml": "api: {verbose: true}"}]}
    wire.one("Application", APP, "SetConfigs", args)
    args = {"Args": [{"application": "api", "config-yaml": "api: {neutron-security-groups: null}"}]}
    wire.one("Application", APP, "SetConfigs", args)
    config = wire.call("Application", APP, "Get", {"application": "api"})
    assert config["config"]["neutron-security-groups"]["source"] == "default"
    assert config["config"]["verbose"]["value"] is True
    assert config["application-config"]["trust"]["value"] is True
    wire.one("Application", APP, "UnsetApplicationsConfig", {"Args": [{"application": "api", "options": ["verbose"]}]})
    got = wire.one("Application", APP, "GetConfig", {"entities": [{"tag": "application-api"}]}, "Results")
    assert got["config"]["verbose"]["source"] == "default"


def test_constraints_bindings_and_exposure(wire: Wire) -> None:
    deploy(wire, "ubuntu", "", Cons={"mem": 2048, "tags": ["compute"]}, **{"num-units": 0})
    entities = {"entities": [{"tag": "application-ubuntu"}]}
    got = wire.one("Application", APP, "GetConstraints", entities)
    assert got["constraints"] == {"arch": "amd64", "mem": 2048, "tags": ["compute"]}
    wire.call("Application", APP, "SetConstraints", {"application": "ubuntu", "constraints": {"cores": 2}})
    wire.call("Application", APP, "Expose", {"application": "ubuntu"})
    args = [{"application-tag": "application-ubuntu", "bindings": {"": "alpha"}, "force": False}]
    wire.one("Application", APP, "MergeBindings", {"args": args})
    info = wire.one("Application", APP, "ApplicationsInfo", entities)["result"]
    assert info["constraints"] == {"cores": 2}
    assert info["exposed-endpoints"] == {"": {"expose-to-spaces": [], "expose-to-cidrs": ["0.0.0.0/0", "::/0"]}}
    assert (info["exposed"], info["principal"], info["life"]) == (True, True, "alive")
    wire.call("Application", APP, "Unexpose", {"application": "ubuntu", "exposed-endpoints": []})
    assert status(wire)["applications"]["ubuntu"]["exposed"] is False


def test_units_grow_tell_and_go(wire: Wire) -> None:
    deploy(wire, "ubuntu")
    placement = [{"scope": "lxd", "directive": "0"}, None]
    added = wire.call("Application", APP, "AddUnits", {"application": "ubuntu", "num-units": 2, "placement": placement})
    assert added["units"] == ["ubuntu/1", "ubuntu/2"]
    units = status(wire)["applications"]["ubuntu"]["units"]
    assert {name: unit["machine"] for name, unit in units.items()} == {
        "ubuntu/0": "0",
        "ubuntu/1": "0/lxd/0",
        "ubuntu/2": "1",
    }
    info = wire.one("Application", APP, "UnitsInfo", {"entities": [{"tag": "unit-ubuntu-1"}]})["result"]
    assert (info["machine"], info["life"], info["leader"]) == ("0/lxd/0", "alive", False)
    assert info["public-address"] == units["ubuntu/1"]["public-address"]
    assert wire.call("Application", APP, "Leader", {"tag": "application-ubuntu"}) == {"result": "ubuntu/0"}
    dry = {"units": [{"unit-tag": "unit-ubuntu-1", "dry-run": True}]}
    assert wire.one("Application", APP, "DestroyUnit", dry)["info"]["destroyed-storage"] == []
    assert len(status(wire)["applications"]["ubuntu"]["units"]) == 3
    wire.one("Application", APP, "DestroyUnit", {"units": [{"unit-tag": "unit-ubuntu-1", "dry-run": False}]})
    with pytest.raises(RefusedError, match=r'^unit "ubuntu/9" does not exist$'):
        wire.one("Application", APP, "DestroyUnit", {"units": [{"unit-tag": "unit-ubuntu-9"}]})
    shown = status(wire)
    assert set(shown["applications"]["ubuntu"]["units"]) == {"ubuntu/0", "ubuntu/2"}
    assert shown["machines"]["0"]["containers"] == {}
    args = {"applications": [{"application-tag": "application-ubuntu", "force": False}]}
    ends = wire.one("Application", APP, "DestroyApplication", args)["info"]
    assert ends["destroyed-units"] == [{"tag": "unit-ubuntu-0"}, {"tag": "unit-ubuntu-2"}]
    assert (status(wire)["applications"], status(wire)["machines"]) == ({}, {})


def test_a_unit_that_no_machine_takes_is_left_behind(wire: Wire) -> None:
    deploy(wire, "ubuntu")
    asked = {"application": "ubuntu", "num-units": 1, "placement": [{"scope": "#", "directive": "9"}]}
    with pytest.raises(RefusedError, match=r'^acquiring machine to host unit "ubuntu/1": machine 9 not found$'):
        wire.call("Application", APP, "AddUnits", asked)
    left = status(wire)["applications"]["ubuntu"]["units"]["ubuntu/1"]
    assert (left["machine"], left["workload-status"]["info"]) == ("", "waiting for machine")


def test_nothing_is_deployed_to_a_machine_that_is_not_there_yet(juju: RunningJuju, model: str, wire: Wire) -> None:
    place = {"Placement": [{"scope": "#", "directive": "7"}]}
    with pytest.raises(RefusedError, match=r'^cannot deploy "ubuntu" to machine 7: machine 7 not found$'):
        deploy(wire, "ubuntu", **place)
    machine = Machine(model, "7", base="20.04", phase="held")
    with juju.service.transaction() as world:
        world.machines.put(f"{model}/7", machine)
    with pytest.raises(RefusedError, match=r'^machine "7" not started, please retry when started$'):
        deploy(wire, "ubuntu", **place)
    with juju.service.transaction() as world:
        world.machines.put(f"{model}/7", replace(machine, instance_id="abc"))
    words = (
        'base from placements, "amd64/ubuntu/20.04/stable", does not match requested base "amd64/ubuntu/22.04/stable"'
    )
    with pytest.raises(RefusedError, match=f"^{words}$"):
        deploy(wire, "ubuntu", base={"name": "ubuntu", "channel": "22.04/stable"}, **place)
    deploy(wire, "ubuntu", **place)
    assert status(wire)["applications"]["ubuntu"]["base"]["channel"] == "20.04/stable"


def test_without_a_base_it_is_the_models(wire: Wire) -> None:
    wire.call("ModelConfig", 3, "ModelSet", {"config": {"default-base": "ubuntu@20.04"}})
    deploy(wire, "ubuntu")
    assert status(wire)["applications"]["ubuntu"]["base"]["channel"] == "20.04/stable"


def test_a_scale_is_for_kubernetes(wire: Wire) -> None:
    args = {"applications": [{"application-tag": "application-ubuntu", "scale": 2, "force": False}]}
    with pytest.raises(RefusedError, match="non-container model") as refused:
        wire.one("Application", APP, "ScaleApplications", args)
    assert refused.value.code == "not supported"


def test_failed_units_are_resolved(juju: RunningJuju, model: str, wire: Wire) -> None:
    juju.fault("hook", model=model, hook="install", times=1)
    deploy(wire, "ubuntu")
    shown = status(wire)["applications"]["ubuntu"]
    assert shown["status"]["status"] == "error"
    assert shown["units"]["ubuntu/0"]["workload-status"]["info"].startswith('hook failed: "install"')
    wire.call("Application", APP, "ResolveUnitErrors", {"all": True, "retry": True})
    assert status(wire)["applications"]["ubuntu"]["status"]["status"] == "active"
    with pytest.raises(RefusedError, match="not in an error state"):
        wire.one("Application", APP, "ResolveUnitErrors", {"tags": {"entities": [{"tag": "unit-ubuntu-0"}]}})


def test_refresh_to_another_channel(wire: Wire) -> None:
    deploy(wire, "ubuntu")
    assert status(wire)["applications"]["ubuntu"]["can-upgrade-to"] == ""
    found = resolve(wire, "ubuntu", track="latest", risk="edge")
    wire.call("Charms", 7, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
    asked = {"application": "ubuntu", "charm-url": found["url"], "charm-origin": found["charm-origin"]}
    wire.call("Application", APP, "SetCharm", {**asked, "config-settings": {"hostname": "two"}})
    shown = status(wire)["applications"]["ubuntu"]
    assert (shown["charm"], shown["charm-channel"]) == (found["url"], "latest/edge")
    config = wire.call("Application", APP, "Get", {"application": "ubuntu"})["config"]
    assert config["hostname"]["value"] == "two"


def test_a_newer_revision_in_the_channel_is_told(wire: Wire, juju: RunningJuju, model: str) -> None:
    deploy(wire, "ubuntu")
    with juju.service.transaction() as world:
        charm = next(iter(world.charms.of(model)))
        release = charm.revision
        world.charms.put(f"{model}|{charm.url}", replace(charm, revision=release - 1))
    newer = status(wire)["applications"]["ubuntu"]["can-upgrade-to"]
    assert newer == f"ch:amd64/jammy/ubuntu-{release}"


def test_base_and_storage_of_units_to_come(wire: Wire) -> None:
    deploy(wire, "ubuntu", Storage={"files": {"pool": "rootfs", "size": 2048, "count": 1}})
    entities = {"entities": [{"tag": "application-ubuntu"}]}
    got = wire.one("Application", APP, "GetApplicationStorage", entities)["storage-constraints"]
    assert got["files"] == {"pool": "rootfs", "size": 2048, "count": 1}
    update = {"application-tag": "application-ubuntu", "storage-constraints": {"files": {"size": 4096}}}
    wire.one("Application", APP, "UpdateApplicationStorage", {"storage-updates": [update]})
    got = wire.one("Application", APP, "GetApplicationStorage", entities)["storage-constraints"]
    assert got["files"]["size"] == 4096
    args = [{"tag": {"tag": "application-ubuntu"}, "channel": "24.04/stable", "force": False}]
    wire.one("Application", APP, "UpdateApplicationBase", {"args": args})
    assert status(wire)["applications"]["ubuntu"]["base"]["channel"] == "24.04/stable"
    args[0]["channel"] = "18.04/stable"
    with pytest.raises(RefusedError, match=r"ubuntu@18\.04"):
        wire.one("Application", APP, "UpdateApplicationBase", {"args": args})
    assert len(status(wire, storage=True)["storage"]) == 1


# --- relations


def relate(wire: Wire, *ends: str) -> Answer:
    return wire.call("Application", APP, "AddRelation", {"endpoints": list(ends)})


def test_relations_in_jujus_words(wire: Wire) -> None:
    deploy(wire, "grafana", base={"name": "ubuntu", "channel": "20.04/stable"})
    deploy(wire, "prometheus2", base={"name": "ubuntu", "channel": "20.04/stable"})
    made = relate(wire, "grafana:grafana-source", "prometheus2")
    assert made["endpoints"]["grafana"] == {
        "name": "grafana-source",
        "role": "requirer",
        "interface": "grafana-source",
        "optional": False,
        "limit": 0,
        "scope": "global",
    }
    key = "grafana:grafana-source prometheus2:grafana-source"
    with pytest.raises(RefusedError, match=f'^cannot add relation "{key}": relation {key}$') as refused:
        relate(wire, "grafana:grafana-source", "prometheus2:grafana-source")
    assert refused.value.code == "already exists"
    with pytest.raises(RefusedError, match=r'^application "nobody" not found$'):
        relate(wire, "grafana", "nobody")
    with pytest.raises(RefusedError, match=r"^no relations found$"):
        relate(wire, "grafana:website", "prometheus2:website")
    assert (
        "grafana-source"
        in wire.call("Application", APP, "CharmRelations", {"application": "grafana"})["charm-relations"]
    )
    (row,) = status(wire)["relations"]
    wire.call("Application", APP, "DestroyRelation", {"relation-id": row["id"]})
    assert status(wire)["relations"] == []
    with pytest.raises(RefusedError, match="not found"):
        wire.call("Application", APP, "DestroyRelation", {"endpoints": ["grafana", "prometheus2"]})


def test_an_offer_of_another_model_is_consumed_and_related(juju: RunningJuju, model: str, wire: Wire) -> None:
    there = new_model(juju, "offering")
    with logged_in(juju, there) as other:
        deploy(other, "prometheus2", base={"name": "ubuntu", "channel": "20.04/stable"})
    deploy(wire, "grafana", base={"name": "ubuntu", "channel": "20.04/stable"})
    with logged_in(juju) as controller:
        offer = {
            "model-tag": f"model-{there}",
            "offer-name": "source",
            "application-name": "prometheus2",
            "application-description": "",
            "endpoints": {"data": "grafana-source"},
        }
        controller.one("ApplicationOffers", 5, "Offer", {"Offers": [offer]})
        urls = {"offer-urls": {"offer-urls": ["admin/offering.source"]}}
        details = controller.one("ApplicationOffers", 5, "GetConsumeDetails", urls)["offer"]
    wire.one("Application", APP, "Consume", {"args": [{**details, "application-alias": "remote"}]})
    wire.one("Application", APP, "Consume", {"args": [{**details, "application-alias": "remote"}]})
    with pytest.raises(RefusedError, match="application already exists"):
        wire.one("Application", APP, "Consume", {"args": [{**details, "application-alias": "grafana"}]})
    relate(wire, "grafana:grafana-source", "remote:data")
    shown = status(wire)
    assert shown["remote-applications"]["remote"]["relations"] == {"data": ["grafana"]}
    number = shown["relations"][0]["id"]
    args = {"args": [{"relation-id": number, "suspended": True, "message": "later"}]}
    wire.one("Application", APP, "SetRelationsSuspended", args)
    with logged_in(juju, there) as other:
        assert status(other)["offers"]["source"]["total-connected-count"] == 1
    gone = {"applications": [{"application-tag": "application-remote"}]}
    wire.one("Application", APP, "DestroyConsumedApplications", gone)
    shown = status(wire)
    assert (shown["remote-applications"], shown["relations"]) == ({}, [])


# --- annotations


def test_annotations(wire: Wire, model: str) -> None:
    deploy(wire, "ubuntu")
    for tag in ("application-ubuntu", "unit-ubuntu-0", "machine-0", f"model-{model}"):
        notes = [{"entity": tag, "annotations": {"owner": "me", "gone": ""}}]
        wire.call("Annotations", 2, "Set", {"annotations": notes})
        assert wire.one("Annotations", 2, "Get", {"entities": [{"tag": tag}]})["annotations"] == {"owner": "me"}
    notes = [{"entity": "unit-ubuntu-0", "annotations": {"owner": ""}}]
    wire.call("Annotations", 2, "Set", {"annotations": notes})
    assert wire.one("Annotations", 2, "Get", {"entities": [{"tag": "unit-ubuntu-0"}]})["annotations"] == {}
    with pytest.raises(RefusedError, match="permission denied"):
        wire.one("Annotations", 2, "Set", {"annotations": [{"entity": "unit-ubuntu-7", "annotations": {"a": "b"}}]})
    notes = [{"entity": "unit-ubuntu-0", "annotations": {"a.b": "c"}}]
    with pytest.raises(RefusedError, match="invalid key"):
        wire.one("Annotations", 2, "Set", {"annotations": notes})


# --- uploads


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("_", "."), text)
    return packed.getvalue()


TINY = {
    "metadata_yaml": "name: tiny\nsummary: s\ndescription: d\nseries: [focal]\n"
    "resources: {data: {type: file, filename: data.txt}}\n",
    "config_yaml": "options: {size: {type: int, default: 3}}\n",
}


def send(
    juju: RunningJuju, method: str, path: str, data: bytes, headers: dict[str, str] | None = None, password: str = ""
) -> tuple[int, Answer]:
    host, _, port = juju.addresses[0].partition(":")
    token = base64.b64encode(f"user-admin:{password or juju.password}".encode()).decode()
    connection = HTTPSConnection(host, int(port), context=trust(juju), timeout=20)
    try:
        kind = {"Authorization": f"Basic {token}", "Content-Type": "application/zip"}
        connection.request(method, path, data, {**kind, **(headers or {})})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_local_charm_is_uploaded_deployed_and_refreshed(juju: RunningJuju, model: str, wire: Wire) -> None:
    code, answer = send(juju, "POST", f"/model/{model}/charms?series=focal", archive(**TINY))
    assert (code, answer) == (200, {"charm-url": "local:focal/tiny-0"})
    origin = {"source": "local", "type": "charm", "base": {"name": "ubuntu", "channel": "20.04/stable"}}
    app = {"application": "tiny", "charm-url": answer["charm-url"], "charm-origin": origin, "num-units": 1}
    wire.one("Application", APP, "Deploy", {"applications": [app]})
    shown = status(wire)["applications"]["tiny"]
    assert (shown["charm"], shown["base"]["channel"]) == ("local:focal/tiny-0", "20.04/stable")
    data = archive(**{**TINY, "config_yaml": "options: {color: {type: string, default: red}}\n"})
    digest = hashlib.sha256(data).hexdigest()[:7]
    headers = {"Juju-Curl": "local:focal/tiny-0"}
    code, answer = send(juju, "PUT", f"/model-{model}/charms/tiny-{digest}", data, headers)
    assert (code, answer) == (200, {"charm-url": "local:focal/tiny-1"})
    wire.call(
        "Application",
        APP,
        "SetCharm",
        {"application": "tiny", "charm-url": answer["charm-url"], "charm-origin": origin, "force": True},
    )
    config = wire.call("Application", APP, "Get", {"application": "tiny"})["config"]
    assert (sorted(config), config["color"]["value"]) == (["color"], "red")
    assert wire.call("Application", APP, "GetCharmURLOrigin", {"application": "tiny"})["charm-origin"]["source"] == (
        "local"
    )


def test_uploads_that_are_refused(juju: RunningJuju, model: str) -> None:
    code, answer = send(juju, "POST", f"/model/{model}/charms", b"flowers")
    assert (code, answer["error-code"]) == (400, "bad request")
    code, answer = send(juju, "POST", f"/model/{model}/charms", archive(**TINY), password="wrong")
    assert (code, answer["error"]) == (401, "invalid entity name or password")
    nowhere = "11111111-2222-4333-8444-555555555555"
    code, answer = send(juju, "POST", f"/model/{nowhere}/charms", archive(**TINY))
    assert (code, answer["error-code"]) == (404, "model not found")
    _, answer = send(juju, "POST", f"/model/{model}/charms", archive(**TINY), {"Content-Type": "text/plain"})
    assert answer["error"] == "cannot upload charm: expected Content-Type: application/zip, got: text/plain"


def test_resources_are_pending_uploaded_and_listed(juju: RunningJuju, model: str, wire: Wire) -> None:
    _, answer = send(juju, "POST", f"/model/{model}/charms?series=focal", archive(**TINY))
    url = answer["charm-url"]
    (wanted,) = wire.call("Charms", 7, "ListCharmResources", {"entities": [{"charm-url": url}]})["results"][0]
    assert (wanted["name"], wanted["path"]) == ("data", "data.txt")
    asked = [{**wanted, "origin": "upload"}]
    pending = wire.call(
        "Resources", 3, "AddPendingResources", {"tag": "application-tiny", "url": url, "resources": asked}
    )
    (number,) = pending["pending-ids"]
    data = b"some data"
    path = f"/model/{model}/applications/tiny/resources/data"
    headers = {
        "Content-Sha384": hashlib.sha384(data).hexdigest(),
        "Content-Disposition": 'form-data; filename="data.txt"',
    }
    code, answer = send(juju, "PUT", f"{path}?pendingid={number}", data, headers)
    assert (code, answer["resource"]["size"], answer["resource"]["pending-id"]) == (200, len(data), number)
    app = {
        "application": "tiny",
        "charm-url": url,
        "charm-origin": {"source": "local", "base": {"name": "ubuntu", "channel": "20.04/stable"}},
        "num-units": 1,
        "resources": {"data": number},
    }
    wire.one("Application", APP, "Deploy", {"applications": [app]})
    listed = wire.one("Resources", 3, "ListResources", {"entities": [{"tag": "application-tiny"}]})
    assert [(each["name"], each["origin"]) for each in listed["resources"]] == [("data", "upload")]
    assert [each["tag"] for each in listed["unit-resources"]] == ["unit-tiny-0"]
    code, answer = send(juju, "PUT", path, b"other data", {**headers, "Content-Sha384": "0"})
    assert code == 400
    code, answer = send(juju, "PUT", path, data, headers)
    assert (code, answer["resource"]["path"]) == (200, "data.txt")
    flowers = {"name": "flowers", "type": "file", "path": "f.txt", "origin": "store"}
    for change, words in (
        ({}, "not found"),
        ({"path": ""}, 'bad resource info for "flowers": bad metadata: resource missing filename'),
        ({"origin": ""}, 'bad resource info for "flowers": unknown origin ""'),
        ({"type": ""}, 'bad resource info for "flowers": unsupported resource type ""'),
    ):
        given = {"tag": "application-tiny", "url": url, "resources": [{**flowers, **change}]}
        assert words in wire.call("Resources", 3, "AddPendingResources", given)["error"]["message"]
    named = {**headers, "Content-Disposition": 'form-data; filename="data.zip"'}
    code, answer = send(juju, "PUT", path, data, named)
    assert answer["error"] == 'incorrect extension on resource upload "data.zip", expected ".txt"'
