"""What units report: the guide's OpenStack before and after Vault's ceremony, and the charms' own rules."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from lab.juju import models as m
from lab.juju import vault
from lab.juju.errors import JujuError
from lab.juju.hub.behaviour import settled
from lab.juju.world import World, key
from lab.maas.world import Table
from tests.support.juju_worlds import (
    AFTER_VAULT,
    BEFORE_VAULT,
    MODEL,
    OPENSTACK,
    add_unit,
    deploy,
    empty,
    openstack,
    pairs,
    relate,
    run,
    says,
    settle,
)

INIT = vault.Request("PUT", "/v1/sys/init", {"secret_shares": 5, "secret_threshold": 3})


def ask(world: World, request: vault.Request, unit: str = "vault/0", now: float = 0.0) -> vault.Answer:
    return vault.answer(world, MODEL, unit, request, now)


def unseal(world: World, keys: list[str], unit: str = "vault/0") -> None:
    for each in keys:
        ask(world, vault.Request("PUT", "/v1/sys/unseal", {"key": each}), unit)


def ceremony(world: World) -> None:
    """Initialise, unseal, authorise, and make the root CA."""
    body = cast("dict[str, list[str]]", ask(world, INIT).body)
    unseal(world, body["keys"][:3])
    request = vault.Request("POST", "/v1/auth/token/create", {"ttl": "10m"}, str(body["root_token"]))
    auth = cast("dict[str, dict[str, str]]", ask(world, request).body)["auth"]
    assert run(world, "vault/0", "authorize-charm", token=auth["client_token"]).status == "completed"
    assert run(world, "vault/0", "generate-root-ca").status == "completed"


@pytest.mark.parametrize("profile", ["2023.2", "yoga"])
def test_the_guide_settles_all_active_after_the_ceremony_and_not_before(profile: str) -> None:
    world = openstack(profile)
    for left, right in pairs(BEFORE_VAULT):
        relate(world, left, right)
    settle(world)
    before = says(world)
    assert before["ceph-osd/0"] == "blocked: Missing relation: monitor"
    assert before["nova-compute/0"] == "blocked: Missing relations: image, messaging"
    assert before["vault/0"] == "blocked: Vault needs to be initialized"
    assert before["mysql-innodb-cluster/1"].startswith("active: Unit is ready: Mode: R/O, Cluster is ONLINE")
    assert before["vault-mysql-router/0"] == "active: Unit is ready"
    for left, right in pairs(AFTER_VAULT):
        relate(world, left, right)
    settle(world)
    waiting = says(world)
    assert waiting["vault/0"] == "blocked: Vault needs to be initialized"
    assert waiting["ovn-central/0"] == "waiting: 'certificates' awaiting server certificate data"
    assert waiting["ovn-chassis/0"].startswith("waiting: 'certificates' awaiting server certificate data")
    ceremony(world)
    settle(world)
    after = says(world)
    assert {unit: text for unit, text in after.items() if not text.startswith("active: ")} == {}
    assert after["ceph-mon/2"] == "active: Unit is ready and clustered"
    assert after["vault/0"] == "active: Unit is ready (active: true, mlock: disabled)"
    assert {each.application for each in world.units} == set(OPENSTACK)
    assert all(each.version for each in world.units)


def test_vault_s_ceremony_shows_each_step() -> None:
    world = empty()
    deploy(world, "vault", "vault", container=False)
    deploy(world, "keystone", "keystone")
    relate(world, "keystone:certificates", "vault:certificates")
    seen: list[str] = []

    def note() -> None:
        settle(world)
        seen.append(says(world)["vault/0"])

    note()
    body = cast("dict[str, list[str]]", ask(world, INIT).body)
    note()
    unseal(world, body["keys_base64"][2:])
    note()
    run(world, "vault/0", "authorize-charm", token=body["root_token"])
    note()
    run(world, "vault/0", "generate-root-ca")
    note()
    run(world, "vault/0", "restart")
    note()
    run(world, "vault/0", "pause")
    note()
    assert seen == [
        "blocked: Vault needs to be initialized",
        "blocked: Unit is sealed",
        "blocked: Vault charm not yet authorized: run authorize-charm action.",
        "blocked: Missing CA cert",
        "active: Unit is ready (active: true, mlock: enabled)",
        "blocked: Unit is sealed",
        "blocked: Vault service not running",
    ]


def test_what_the_charms_know_survives_a_restart_of_the_controller() -> None:
    world = openstack()
    for left, right in pairs(BEFORE_VAULT) + pairs(AFTER_VAULT):
        relate(world, left, right)
    settle(world)
    ceremony(world)
    settle(world)
    again = World()
    again.load(cast("list[tuple[str, str, object]]", json.loads(json.dumps(world.dump()))))
    assert says(again) == says(world)
    assert settle(again) == 0
    assert run(again, "vault/0", "get-root-ca").output == run(world, "vault/0", "get-root-ca").output


def test_every_unit_of_vault_is_unsealed_by_itself() -> None:
    world = empty()
    deploy(world, "vault", "vault", units=2)
    keys = cast("dict[str, list[str]]", ask(world, INIT).body)["keys"]
    unseal(world, keys[:3], "vault/0")
    settle(world)
    assert says(world)["vault/1"] == "blocked: Unit is sealed"
    unseal(world, keys[:3], "vault/1")
    run(world, "vault/0", "authorize-charm", token=str(_root(world)))
    settle(world)
    assert says(world)["vault/0"].startswith("blocked: Vault charm not yet authorized")


def _root(world: World) -> str:
    assert ask(world, INIT).body == {"errors": ["Vault is already initialized"]}
    return "s.not-the-token"


def test_a_vault_that_may_unlock_itself_does() -> None:
    world = empty()
    config = {"totally-unsecure-auto-unlock": True, "auto-generate-root-ca-cert": True}
    deploy(world, "vault", "vault", config=config)
    deploy(world, "ovn-central", "ovn-central", units=3)
    relate(world, "ovn-central:certificates", "vault:certificates")
    settle(world)
    assert says(world, ["vault/0"]) == {"vault/0": "active: Unit is ready (active: true, mlock: disabled)"}
    assert says(world)["ovn-central/2"] == "active: Unit is ready"


def test_a_ca_of_no_time_is_not_made() -> None:
    world = empty()
    config = {"totally-unsecure-auto-unlock": True, "auto-generate-root-ca-cert": True, "default-ca-ttl": "for ever"}
    deploy(world, "vault", "vault", config=config)
    deploy(world, "keystone", "keystone")
    relate(world, "keystone:certificates", "vault:certificates")
    settle(world)
    assert says(world)["vault/0"] == "blocked: Missing CA cert"


def test_data_that_arrived_stays_when_the_other_side_falls_back() -> None:
    world = empty()
    deploy(world, "rabbitmq-server", "rabbitmq-server")
    deploy(world, "cinder", "cinder")
    relate(world, "cinder:amqp", "rabbitmq-server:amqp")
    settle(world)
    assert says(world)["cinder/0"] == "blocked: Missing relations: database, identity"
    run(world, "rabbitmq-server/0", "pause")
    settle(world)
    assert says(world)["rabbitmq-server/0"] == "maintenance: Paused. Use 'resume' action to resume normal service."
    assert says(world)["cinder/0"] == "blocked: Missing relations: database, identity"
    run(world, "rabbitmq-server/0", "resume")
    settle(world)
    assert says(world)["rabbitmq-server/0"] == "active: Unit is ready"


def test_a_unit_in_error_runs_what_it_ran_before() -> None:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=3)
    settle(world)
    unit = world.units.get(key(MODEL, "db/2"))
    world.units.put(key(MODEL, "db/2"), replace(unit, phase="error", heard="config"))
    assert settled(world, MODEL, world.units.get(key(MODEL, "db/0")), 0.0).status.status == "active"
    world.units.put(key(MODEL, "db/2"), replace(unit, phase="error"))
    assert settled(world, MODEL, world.units.get(key(MODEL, "db/0")), 0.0).status.status == "waiting"


def test_a_relation_that_goes_is_missing_again() -> None:
    world = empty()
    deploy(world, "rabbitmq-server", "rabbitmq-server")
    deploy(world, "cinder", "cinder")
    relation = relate(world, "cinder:amqp", "rabbitmq-server:amqp")
    settle(world)
    assert world.applications.get(key(MODEL, "cinder")).facts["arrived"] == [relation.id]
    world.relations.put(key(MODEL, relation.id), replace(relation, life="dying"))
    settle(world)
    assert says(world)["cinder/0"] == "blocked: Missing relations: database, identity, messaging"
    assert world.applications.get(key(MODEL, "cinder")).facts["arrived"] == []


def test_missing_and_incomplete_relations_are_told_together() -> None:
    world = empty()
    deploy(world, "cinder", "cinder")
    deploy(world, "keystone", "keystone")
    relate(world, "cinder:identity-service", "keystone:identity-service")
    settle(world)
    assert says(world)["cinder/0"] == (
        "blocked: Missing relations: database, messaging; incomplete relations: identity"
    )


@pytest.mark.parametrize(
    ("units", "told"),
    [
        (1, "waiting: Instance not yet configured for clustering"),
        (2, "waiting: Instance not yet configured for clustering"),
        (3, "active: Unit is ready: Mode: R/W, Cluster is ONLINE and can tolerate up to ONE failure."),
        (5, "active: Unit is ready: Mode: R/W, Cluster is ONLINE and can tolerate up to 2 failures."),
    ],
)
def test_a_mysql_cluster_needs_three(units: int, told: str) -> None:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=units)
    settle(world)
    assert says(world)["db/0"] == told


@pytest.mark.parametrize(
    ("mons", "osds", "devices", "mon", "osd"),
    [
        (1, 3, "/dev/sdb", "blocked: Insufficient peer units to bootstrap cluster (require 3)", "waiting"),
        (3, 0, "/dev/sdb", "waiting: Monitor bootstrapped but waiting for number of OSDs", ""),
        (3, 2, "/dev/sdb", "waiting: Monitor bootstrapped but waiting for number of OSDs", "active"),
        (3, 2, "/dev/sdb /dev/sdc", "active: Unit is ready and clustered", "active: Unit is ready (2 OSD)"),
        (3, 3, None, "waiting: Monitor bootstrapped", "blocked: No block devices detected"),
    ],
)
def test_ceph_waits_for_monitors_and_disks(mons: int, osds: int, devices: str | None, mon: str, osd: str) -> None:
    world = empty()
    deploy(world, "mon", "ceph-mon", units=mons)
    deploy(world, "osd", "ceph-osd", units=osds, config={"osd-devices": devices})
    relate(world, "osd:mon", "mon:osd")
    settle(world)
    assert says(world)["mon/0"].startswith(mon)
    assert all(says(world)[f"osd/{number}"].startswith(osd) for number in range(osds))


def test_attached_storage_counts_as_a_disk() -> None:
    world = empty()
    deploy(world, "mon", "ceph-mon", units=3)
    app = deploy(world, "osd", "ceph-osd")
    world.applications.put(key(MODEL, "osd"), replace(app, storage={"osd-devices": m.StorageDirective("maas")}))
    held = m.Storage(MODEL, "osd-devices/0", "osd-devices", "block", "maas", 1024, unit="osd/0")
    world.storage.put(key(MODEL, held.id), held)
    relate(world, "osd:mon", "mon:osd")
    settle(world)
    assert says(world)["osd/0"] == "active: Unit is ready (1 OSD)"


def test_a_subordinate_meets_its_own_principal_only() -> None:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=3)
    deploy(world, "keystone", "keystone", units=2)
    deploy(world, "router", "mysql-router", principal="keystone")
    relate(world, "router:shared-db", "keystone:shared-db")
    relate(world, "router:db-router", "db:db-router")
    router = world.units.get(key(MODEL, "router/0"))
    world.units.put(key(MODEL, "router/0"), replace(router, phase="error", workload=m.Status("error")))
    stuck = world.units.get(key(MODEL, "keystone/0"))
    fine = replace(world.units.get(key(MODEL, "router/1")), workload=m.Status("active", "Unit is ready"))
    world.units.put(key(MODEL, "router/1"), fine)
    assert settled(world, MODEL, stuck, 0.0).status.message == "Incomplete relations: database"
    other = world.units.get(key(MODEL, "keystone/1"))
    assert settled(world, MODEL, other, 0.0).status.message == "Unit is ready"
    settle(world)
    assert says(world)["keystone/0"] == "active: Unit is ready"
    for number in (0, 1):
        row = world.units.get(key(MODEL, f"router/{number}"))
        world.units.put(key(MODEL, row.name), replace(row, workload=m.Status("waiting")))
    fresh = replace(world.units.get(key(MODEL, "keystone/0")), workload=m.Status("waiting"))
    assert settled(world, MODEL, fresh, 0.0).status.message == "Incomplete relations: database"
    ready = world.units.get(key(MODEL, "keystone/1"))
    assert settled(world, MODEL, ready, 0.0).status.message == "Unit is ready"


def test_grafana_and_prometheus_are_ready_alone() -> None:
    world = empty()
    deploy(world, "grafana", "grafana")
    deploy(world, "prometheus2", "prometheus2")
    relate(world, "prometheus2:grafana-source", "grafana:grafana-source")
    settle(world)
    assert says(world) == {"grafana/0": "active: Started grafana-server", "prometheus2/0": "active: Ready"}
    assert world.units.get(key(MODEL, "grafana/0")).ports == ("3000/tcp",)


def test_wordpress_waits_for_its_database_in_its_own_words() -> None:
    world = empty()
    deploy(world, "wordpress", "wordpress", "latest/edge")
    settle(world)
    assert says(world)["wordpress/0"] == "blocked: Missing relation to mysql"
    deploy(world, "mysql", "mysql")
    relate(world, "wordpress:db", "mysql:mysql")
    settle(world)
    assert says(world)["wordpress/0"] == "active: Ready"
    assert says(world)["mysql/0"] == "active: Primary"


def test_ubuntu_says_its_base_and_nothing_else() -> None:
    world = empty()
    deploy(world, "ubuntu", "ubuntu")
    settle(world)
    row = world.units.get(key(MODEL, "ubuntu/0"))
    assert (row.workload.status, row.workload.message, row.version) == ("active", "", "22.04")


def test_an_ovn_central_alone_asks_for_peers() -> None:
    world = empty()
    deploy(world, "ovn-central", "ovn-central")
    settle(world)
    assert says(world)["ovn-central/0"].startswith("blocked: Charm requires peers to operate")


def test_a_hacluster_needs_its_count() -> None:
    world = empty()
    deploy(world, "keystone", "keystone", units=3)
    deploy(world, "ha", "hacluster", principal="keystone")
    settle(world)
    assert says(world)["ha/0"] == "blocked: Missing required principal relation"
    relate(world, "keystone:ha", "ha:ha")
    settle(world)
    assert says(world)["ha/2"] == "active: Unit is ready and clustered"


def test_an_offer_of_another_model_serves_once_it_is_active() -> None:
    world = empty()
    deploy(world, "cinder", "cinder")
    remote = m.RemoteApplication(MODEL, "rabbit", "admin/other.rabbit", "u", status=m.Status("waiting"))
    world.remotes.put(key(MODEL, "rabbit"), remote)
    ends = (
        m.Endpoint("cinder", "amqp", "requirer", "rabbitmq"),
        m.Endpoint("rabbit", "amqp", "provider", "rabbitmq"),
    )
    world.relations.put(key(MODEL, 0), m.Relation(MODEL, 0, ends))
    settle(world)
    assert "incomplete relations: messaging" in says(world)["cinder/0"]
    world.remotes.put(key(MODEL, "rabbit"), replace(remote, status=m.Status("active")))
    settle(world)
    assert "incomplete" not in says(world)["cinder/0"]


def test_a_status_keeps_its_time_while_its_words_stay() -> None:
    world = empty()
    deploy(world, "keystone", "keystone")
    settle(world, now=5.0)
    unit = world.units.get(key(MODEL, "keystone/0"))
    assert settled(world, MODEL, unit, 99.0).status.since == 5.0


def test_a_unit_without_an_application_is_refused() -> None:
    unit = m.Unit(MODEL, "gone/0", "gone")
    with pytest.raises(JujuError, match='application "gone" not found'):
        settled(empty(), MODEL, unit, 0.0)


def counting(table: Table[object], reads: list[object]) -> Callable[[object], object]:
    find = table.find

    def counted(name: object) -> object:
        reads.append(name)
        return find(name)

    return counted


@pytest.mark.parametrize("size", [20, 200])
def test_a_hook_costs_what_its_neighbours_cost(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = empty()
    deploy(world, "rabbitmq-server", "rabbitmq-server")
    deploy(world, "cinder", "cinder")
    relate(world, "cinder:amqp", "rabbitmq-server:amqp")
    for number in range(size):
        deploy(world, f"glance-{number}", "glance")
        deploy(world, f"keystone-{number}", "keystone")
        relate(world, f"glance-{number}:identity-service", f"keystone-{number}:identity-service")
    unit = world.units.get(key(MODEL, "cinder/0"))
    settled(world, MODEL, unit, 0.0)
    reads: list[object] = []
    for table in world.tables():
        monkeypatch.setattr(table, "find", counting(table, reads))
    settled(world, MODEL, unit, 0.0)
    assert 0 < len(reads) < 30


def test_a_new_unit_is_seen_at_once() -> None:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=2)
    settle(world)
    add_unit(world, "db", 2)
    settle(world)
    assert says(world)["db/2"].startswith("active")
