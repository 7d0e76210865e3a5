"""The pure half of main's `juju`: constraints, the client's files, and a status as a person and a program read it."""

import json

import jubilant
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.juju.models import Json
from lab.mainhost import juju_status
from lab.mainhost.juju_bootstrap import constraints
from lab.mainhost.juju_line import CommandError
from lab.mainhost.juju_store import Store, StoreError

CONSTRAINTS = {
    "mem=4G cores=2 tags=juju,^reserve": {"mem": 4096, "cores": 2, "tags": ["juju", "^reserve"]},
    "mem=512 root-disk=1.5T arch=amd64": {"mem": 512, "root-disk": 1572864, "arch": "amd64"},
    "": {},
}


@pytest.mark.parametrize("text", CONSTRAINTS)
def test_constraints_are_read(text: str) -> None:
    assert constraints(text) == CONSTRAINTS[text]


@given(st.text(alphabet="abcmegors=-0123456789GT,^ ", max_size=30))
def test_constraints_are_read_or_refused(text: str) -> None:
    try:
        found = constraints(text)
    except CommandError:
        return
    assert len(found) <= len(text.split())


INNER = st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.none() | st.text())


@settings(max_examples=40, deadline=None)
@given(st.text() | st.lists(st.text()) | st.dictionaries(st.sampled_from(["controllers", "clouds", "x"]), INNER))
def test_any_file_of_the_client_is_read_or_refused(document: object) -> None:
    text = json.dumps(document)
    try:
        store = Store({"controllers.yaml": text, "clouds.yaml": text})
    except StoreError:
        assert not isinstance(document, dict)
        return
    assert store.changed() == {}
    store.remember("main", {"uuid": "u"}, {"user": "admin"})
    again = Store(store.changed())
    assert (again.current, again.account("main")) == ("main", {"user": "admin"})
    again.forget("main")
    assert (again.current, again.controllers.get("main"), again.account("main")) == ("", None, {})


ACTIVE, IDLE = {"workload-status": {"status": "active"}}, {"agent-status": {"status": "idle"}}
SEALED = {
    "workload-status": {"status": "blocked", "info": "Unit is sealed"}, **IDLE, "machine": "3/lxd/0",
    "opened-ports": ["8200/tcp"], "public-address": "10.0.0.9", "subordinates": {"router/0": {**ACTIVE, **IDLE}},
}  # fmt: skip
FULL: Json = {
    "model": {"name": "m", "type": "iaas", "cloud-tag": "cloud-maas", "region": "default", "version": "3.6.14",
              "available-version": "", "model-status": {"status": "available"}, "sla": "unsupported"},
    "machines": {},
    "applications": {
        "vault": {
            "charm": "ch:amd64/jammy/vault-236", "base": {"name": "ubuntu", "channel": "22.04/stable"}, "exposed": True,
            "charm-rev": 236, "charm-channel": "1.8/stable", "relations": {}, "status": {"status": "blocked"},
            "units": {"vault/10": SEALED, "vault/9": SEALED},
        },
        "router": {"charm": "local:jammy/mysql-router-3", "exposed": False, "charm-rev": 3, "units": {},
                   "status": {"status": "active"}, "subordinate-to": ["vault"]},
    },
    "relations": [
        {"key": "router:shared-db vault:shared-db", "interface": "mysql-shared", "scope": "container",
         "endpoints": [{"application": "router", "name": "shared-db", "role": "provider"},
                       {"application": "vault", "name": "shared-db", "role": "requirer"}]},
        {"key": "vault:cluster", "interface": "vault-ha", "scope": "global",
         "endpoints": [{"application": "vault", "name": "cluster", "role": "peer"}]},
    ],
    "remote-applications": {"db": {"offer-url": "main:admin/x.db", "status": {"status": "active"}, "life": "alive",
                                   "endpoints": [{"name": "db", "interface": "mysql", "role": "provider"}]}},
    "offers": {"o": {"application-name": "vault", "charm": "ch:vault", "endpoints": {
        "s": {"name": "secrets", "interface": "vault-kv", "role": "provider"}}}},
    "storage": [{
        "storage-tag": "storage-osd-devices-0", "kind": 1, "persistent": True, "status": {"status": "attached"},
        "attachments": {"unit-vault-9": {
            "unit-tag": "unit-vault-9", "machine-tag": "machine-3", "location": "/dev/sdb",
        }},
    }],
    "controller-timestamp": "2024-05-01T12:34:56.789Z",
}  # fmt: skip


def test_all_parts_of_a_status_are_shown() -> None:
    document = juju_status.formatted(FULL, "main")
    status = jubilant.Status._from_dict(dict(json.loads(json.dumps(document))))
    assert status.apps["router"].charm_origin == "local"
    assert status.apps["vault"].relations["cluster"][0].related_app == "vault"
    assert status.apps["vault"].relations["shared-db"][0].related_app == "router"
    assert list(status.get_units("router")) == ["router/0"]
    assert status.app_endpoints["db"].endpoints["db"].interface == "mysql"
    assert status.offers["o"].endpoints["s"].role == "provider"
    attachments = status.storage.storage["osd-devices/0"].attachments
    assert attachments
    assert attachments.units["vault/9"].location == "/dev/sdb"
    assert status.controller.timestamp == "12:34:56Z"
    printed = juju_status.tabular(document, relations=True)
    assert printed.index("vault/9") < printed.index("vault/10")
    assert "  router/0" in printed
    assert "router:shared-db      vault:shared-db  mysql-shared  subordinate" in printed
    assert "vault:cluster         vault:cluster    vault-ha      peer" in printed
    (line,) = [each for each in printed.splitlines() if each.startswith("router ")]
    assert " 1  mysql-router" in line
