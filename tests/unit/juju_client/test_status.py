"""FullStatus as Juju writes it: nested, with nulls, and older."""

import pytest

from providers.common.raw import Raw
from providers.juju.errors import JujuError
from providers.juju.models import details, summary
from providers.juju.status_wire import charm_name, charm_revision, parse


def word(status: str, info: str = "") -> Raw:
    return {"status": status, "info": info, "since": None, "data": None, "life": "", "kind": "", "err": None}


VAULT = {
    "charm": "ch:amd64/jammy/vault-220",
    "charm-channel": "1.8/stable",
    "base": {"name": "ubuntu", "channel": "22.04/stable"},
    "exposed": True,
    "exposed-endpoints": {"": {"expose-to-cidrs": ["0.0.0.0/0"], "expose-to-spaces": None}, "db": None},
    "relations": {"shared-db": ["router"], "ha": None},
    "subordinate-to": None,
    "status": word("blocked", "Vault needs to be initialized"),
    "units": {
        "vault/0": {
            "workload-status": word("blocked", "Vault needs to be initialized"),
            "agent-status": word("idle"),
            "machine": "3/lxd/0",
            "opened-ports": ["8200/tcp"],
            "public-address": "10.0.0.7",
            "leader": True,
            "subordinates": {"router/0": {"workload-status": word("active"), "agent-status": None, "machine": ""}},
        },
        "vault/10": None,
    },
}
STATUS: Raw = {
    "model": {
        "name": "openstack",
        "cloud-tag": "cloud-maas-one",
        "version": "3.6.14",
        "model-status": word("available"),
    },
    "machines": {
        "3": {
            "id": "3",
            "instance-id": "abc",
            "agent-status": {**word("started"), "life": "dying"},
            "containers": {"3/lxd/0": {"id": "3/lxd/0", "agent-status": word("pending"), "ip-addresses": None}},
        }
    },
    "applications": {"vault": VAULT, "router": {"subordinate-to": ["vault"], "units": None, "charm-rev": 111}},
    "remote-applications": None,
    "offers": {"db": {"endpoints": {"db": {"name": "shared-db", "limit": 0}}, "application-name": "vault"}},
    "relations": [{"id": 7, "key": "vault:shared-db router:shared-db", "endpoints": None}],
    "storage": [
        {
            "storage-tag": "storage-osd-devices-0",
            "kind": 1,
            "owner-tag": "unit-ceph-osd-0",
            "status": {"status": "attached"},
            "attachments": {"unit-ceph-osd-0": {"unit-tag": "unit-ceph-osd-0", "location": "/dev/sdb"}},
        }
    ],
    "volumes": [{"storage": {"storage-tag": "storage-osd-devices-0"}, "info": {"size": 2048, "pool": "maas"}}],
    "filesystems": None,
    "branches": {},
    "something-new": [1],
}


def test_units_are_found_under_their_principals() -> None:
    status = parse(STATUS)
    router = status.applications["router"]
    assert router.subordinate
    assert router.units["router/0"].principal == "vault/0"
    assert router.units["router/0"].machine == "3/lxd/0"
    leader = status.unit("vault/leader")
    assert leader is not None
    assert (leader.name, leader.number, leader.subordinates) == ("vault/0", 0, ("router/0",))
    assert leader.workload.line == "blocked: Vault needs to be initialized"
    assert [unit.name for unit in status.units_on("3")] == ["vault/0"]
    assert status.unit("router/leader") is status.unit("gone/0") is None


def test_the_rest_is_read() -> None:
    status = parse(STATUS)
    vault = status.applications["vault"]
    assert (vault.charm_name, vault.revision, vault.base, vault.life) == ("vault", 220, "ubuntu@22.04", "alive")
    assert vault.exposed_endpoints[""].cidrs == ("0.0.0.0/0",)
    assert vault.relations == {"shared-db": ("router",), "ha": ()}
    assert status.applications["router"].revision == 111
    assert set(status.machines) == {"3", "3/lxd/0"}
    assert (status.machines["3"].life, status.machines["3/lxd/0"].parent) == ("dying", "3")
    disk = status.storage["osd-devices/0"]
    assert (disk.unit, disk.owner, disk.size, disk.pool, disk.location) == (
        "ceph-osd/0",
        "ceph-osd/0",
        2048,
        "maas",
        "/dev/sdb",
    )
    assert status.offers["db"].endpoints["db"].name == "shared-db"
    assert (status.model.cloud, status.relations[0].id, status.remote_applications) == ("maas-one", 7, {})


def test_an_older_juju_names_series() -> None:
    status = parse({"applications": {"a": {"charm": "cs:wordpress-5", "series": "bionic", "base": None}}})
    assert (status.applications["a"].base, status.applications["a"].revision) == ("ubuntu@18.04", 5)


@pytest.mark.parametrize(
    ("url", "name", "revision"),
    [
        ("ch:amd64/jammy/mysql-innodb-cluster-43", "mysql-innodb-cluster", 43),
        ("local:jammy/wordpress-0", "wordpress", 0),
        ("cs:~user/bionic/a-b-12", "a-b", 12),
        ("ubuntu", "ubuntu", -1),
        ("prometheus2", "prometheus2", -1),
        ("", "", -1),
    ],
)
def test_charm_urls(url: str, name: str, revision: int) -> None:
    assert (charm_name(url), charm_revision(url)) == (name, revision)


@pytest.mark.parametrize("odd", [{"applications": [1]}, {"machines": {"0": 1}}, {"relations": [{"id": "x"}]}])
def test_what_is_no_status_is_said(odd: Raw) -> None:
    with pytest.raises(JujuError, match=r"Juju's status can't be read: .* must be"):
        parse(odd)


def test_summaries_of_both_ages() -> None:
    three = {"uuid": "1", "name": "m", "owner-tag": "user-admin", "cloud-credential-tag": "cloudcred-a%5fb_admin_key"}
    four = {"uuid": "1", "name": "m", "qualifier": "admin", "cloud-credential-tag": "cloudcred-a%5fb_admin_key"}
    assert summary(three) == summary(four)
    assert (summary(four).owner, summary(four).credential) == ("admin", "key")


def test_details_of_an_application() -> None:
    info = {"constraints": {"mem": 8192}, "endpoint-bindings": {"": "alpha"}, "exposed-endpoints": {"db": None}}
    config = {"config": {"port": {"value": 80, "type": "int", "source": "user"}, "name": {"value": None}}}
    found = details("a", info, config)
    assert (found.config, found.constraints, found.bindings) == ({"port": 80}, {"mem": 8192}, {"": "alpha"})
    assert found.exposed_endpoints["db"].cidrs == ()
