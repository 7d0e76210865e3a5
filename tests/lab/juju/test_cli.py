"""What the juju 3.6.11 client needs of a controller: each test is a command of it that went wrong here."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Generator

import pytest

from lab.juju.testing import RunningJuju, running_juju
from tests.lab.juju.client import Answer, RefusedError, Wire, deploy, logged_in, new_model, status

APP = 20


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture
def wire(juju: RunningJuju, request: pytest.FixtureRequest) -> Generator[Wire]:
    model = new_model(juju, re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-"))
    with logged_in(juju, model) as connected:
        yield connected


def added(wire: Wire, name: str, **origin: object) -> Answer:
    """Resolve and add a charm, as a bundle's deployment and a refresh do; its url and origin."""
    asked = {"reference": name, "charm-origin": {"source": "charm-hub", "architecture": "amd64", **origin}}
    found = wire.one("Charms", 7, "ResolveCharms", {"resolve": [asked]}, "Results")
    wire.call("Charms", 7, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
    return found


def test_deploy_a_subordinate_with_the_clients_one_unit(wire: Wire) -> None:
    """`juju deploy` always says -n 1; DeployFromRepository passes over it for a subordinate."""
    deploy(wire, "mysql-router", channel="8.0/stable", **{"num-units": 1})
    assert not status(wire)["applications"]["mysql-router"]["units"]


def test_deploy_tells_the_applications_name(wire: Wire) -> None:
    """The client uploads resources to the application that the answer names."""
    assert deploy(wire, "keystone", "ks2", channel="2023.2/stable")["Info"]["name"] == "ks2"


def test_secrets_have_ids_that_clients_can_read(wire: Wire) -> None:
    """An xid's last digit holds one bit of its 96; the client loses a secret whose id is no xid, and falls over it."""
    for number in range(8):
        asked = {"args": [{"owner-tag": "", "label": f"s{number}", "content": {"data": {"key": "YQ=="}}}]}
        uri = wire.call("Secrets", 2, "CreateSecrets", asked)["results"][0]["result"]
        assert re.fullmatch("secret:[0-9a-v]{19}[0g]", uri)


def test_refresh_binds_no_endpoint_that_a_charm_does_not_name(wire: Wire) -> None:
    """The client binds each endpoint of CharmInfo; juju-info is implicit, and is not among them."""
    deploy(wire, "ubuntu")
    found = added(wire, "ubuntu", track="latest", risk="stable")
    meta = wire.call("Charms", 7, "CharmInfo", {"url": found["url"]})["meta"]
    assert "juju-info" not in meta["provides"]


def test_annotations_tell_only_what_failed(wire: Wire) -> None:
    """The client takes the first result for an error, and falls over one that is none (deploy of a bundle)."""
    deploy(wire, "ubuntu")
    good = {"entity": "application-ubuntu", "annotations": {"gui-x": "5"}}
    assert wire.call("Annotations", 2, "Set", {"annotations": [good]}) == {"results": []}
    bad = {"entity": "application-nosuch", "annotations": {"gui-x": "5"}}
    (told,) = wire.call("Annotations", 2, "Set", {"annotations": [good, bad]})["results"]
    assert told["error"]["message"] == 'while setting annotations to "application-nosuch": permission denied'


def test_the_channel_is_the_origins(wire: Wire) -> None:
    """The client's own `channel` is only the risk (bundles, refresh)."""
    found = added(wire, "vault", track="1.8", risk="stable")
    app = {"application": "v", "charm-url": found["url"], "charm-origin": found["charm-origin"], "channel": "stable"}
    wire.one("Application", APP, "Deploy", {"applications": [{**app, "num-units": 0}]})
    assert status(wire)["applications"]["v"]["charm-channel"] == "1.8/stable"
    wire.call("Application", APP, "SetCharm", {**app, "force": False})
    assert status(wire)["applications"]["v"]["charm-channel"] == "1.8/stable"


def test_show_unit_tells_of_peers_and_the_unit_itself(wire: Wire) -> None:
    deploy(wire, "keystone", channel="2023.2/stable")
    told = wire.one("Application", APP, "UnitsInfo", {"entities": [{"tag": "unit-keystone-0"}]})["result"]
    (peer,) = told["relation-data"]
    assert peer["unit-relation-data"]["keystone/0"]["InScope"]
    assert peer["unit-relation-data"]["keystone/0"]["UnitData"]["ingress-address"] == told["public-address"]
    assert not told.get("address"), "only units of Kubernetes have one"


def test_storage_of_a_machine_is_attached_once(wire: Wire) -> None:
    """`juju storage --filesystem` shows a line for each attachment; those to units are of Kubernetes."""
    deploy(wire, "ubuntu", Storage={"files": {"pool": "rootfs", "size": 1024, "count": 1}})
    everything: dict[str, object] = {}
    (found,) = wire.one("Storage", 6, "ListFilesystems", {"filters": [everything]})["result"]
    assert list(found["machine-attachments"]) == ["machine-0"]
    assert not found.get("unit-attachments")


def test_a_container_says_that_it_started_in_its_hosts_zone(wire: Wire) -> None:
    deploy(wire, "ubuntu", Placement=[{"scope": "lxd", "directive": ""}])
    (host,) = status(wire)["machines"].values()
    (container,) = host["containers"].values()
    assert host["instance-status"]["info"] == "Deployed"
    assert container["instance-status"]["info"] == "Container started"
    assert container["hardware"] == "arch=amd64 availability-zone=default virt-type=container"


def test_refresh_takes_what_the_channel_holds(wire: Wire) -> None:
    """The client sends the origin that it was told, with the old revision; the id says that it is a refresh."""
    deploy(wire, "vault", channel="1.8/stable")
    old = wire.call("Application", APP, "GetCharmURLOrigin", {"application": "vault"})
    found = added(wire, old["url"], **{**old["charm-origin"], "track": "1.7"})
    assert found["charm-origin"]["track"] == "1.7"
    assert found["url"] != old["url"]
    pinned = added(wire, old["url"], **{**old["charm-origin"], "track": "1.7", "id": ""})
    assert pinned["url"] == old["url"], "without an id the revision counts"


def test_charmhub_gives_all_the_fields_that_are_asked_for(juju: RunningJuju) -> None:
    """`juju info` names several fields of each channel; a missing charm's answer must be plain JSON."""
    fields = "channel-map.channel.track,channel-map.channel.risk,channel-map.revision.revision"
    with urllib.request.urlopen(f"{juju.charmhub_url}/v2/charms/info/vault?fields={fields}", timeout=20) as answer:
        first = json.load(answer)["channel-map"][0]
    assert first["channel"] == {"track": "1.8", "risk": "stable"}
    assert first["revision"]["revision"] > 0
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{juju.charmhub_url}/v2/charms/info/nosuch", timeout=20)
    with missing.value as error:
        assert (error.code, error.headers["Content-Type"]) == (404, "application/json")


def test_the_controllers_own_machine_is_not_hosted(juju: RunningJuju) -> None:
    """`juju destroy-controller` waits until no machine is hosted by any model, the controller's own included."""
    with logged_in(juju) as wire:
        models = wire.call("Controller", 12, "AllModels")["user-models"]
        uuid = next(each["model"]["uuid"] for each in models if each["model"]["name"] == "controller")
        told = wire.one("ModelManager", 10, "ModelStatus", {"entities": [{"tag": f"model-{uuid}"}]}, "models")
    assert [each["id"] for each in told["machines"]] == ["0"]
    assert told["hosted-machine-count"] == 0


def test_ssh_finds_machines_and_units(wire: Wire) -> None:
    deploy(wire, "ubuntu")
    address = status(wire)["machines"]["0"]["dns-name"]
    for tag in ("machine-0", "unit-ubuntu-0"):
        asked = {"entities": [{"tag": tag}]}
        assert wire.one("SSHClient", 4, "AllAddresses", asked) == {"addresses": [address]}
        assert wire.one("SSHClient", 4, "PublicAddress", asked) == {"address": address}
        assert wire.one("SSHClient", 4, "PrivateAddress", asked) == {"address": address}
        with pytest.raises(RefusedError, match="keys not found"):
            wire.one("SSHClient", 4, "PublicKeys", asked)
    with pytest.raises(RefusedError, match=r'^unit "ubuntu/7" not found$'):
        wire.one("SSHClient", 4, "AllAddresses", {"entities": [{"tag": "unit-ubuntu-7"}]})
    assert wire.call("SSHClient", 4, "Proxy") == {"use-proxy": False}
    wire.call("ModelConfig", 3, "ModelSet", {"config": {"proxy-ssh": True}})
    assert wire.call("SSHClient", 4, "Proxy") == {"use-proxy": True}


def test_there_are_no_payloads(wire: Wire) -> None:
    everything: dict[str, object] = {"patterns": []}
    assert wire.call("Payloads", 1, "List", everything) == {"results": []}


def test_model_config_shows_the_options_of_3_6(wire: Wire) -> None:
    shown = wire.call("ModelConfig", 3, "ModelGet")["config"]
    assert shown["container-networking-method"] == {"value": "provider", "source": "model"}
    assert shown["max-status-history-size"] == {"value": "5G", "source": "default"}
    assert not {"extra-info", "syslog-ca-cert", "storage-default-filesystem-source"} & set(shown)
