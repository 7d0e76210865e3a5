"""Charms that report more than their relations: Vault, Ceph, MySQL's cluster, OVN, hacluster (pure).

Scene ─> KINDS[kind] ─> (status, message), or None where nothing special is to be said

Words and their order: the charms' own assess_status (opendev openstack/charm-*, canonical/charm-ovn-central).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

from lab.juju import vault
from lab.juju.hub import pki
from lab.juju.hub.scene import SERVES, Scene, here
from lab.juju.hub.sight import sight
from lab.juju.models import Application, Unit
from lab.juju.world import World

Said: TypeAlias = tuple[str, str] | None


def _vault(scene: Scene) -> Said:
    health = vault.health(scene.app, scene.unit)
    if scene.unit.facts.get("paused"):
        return "blocked", "Vault service not running"
    if not health.initialized:
        return "blocked", "Vault needs to be initialized"
    if health.sealed:
        return "blocked", "Unit is sealed"
    if not vault.authorized(scene.app):
        return "blocked", "Vault charm not yet authorized: run authorize-charm action."
    if scene.unit.leader and scene.is_related("certificates") and not vault.has_ca(scene.app):
        return "blocked", "Missing CA cert"
    return "active", f"Unit is ready (active: {str(not health.standby).lower()}, mlock: {_mlock(scene)})"


def _mlock(scene: Scene) -> str:
    inside = "/" in scene.unit.machine
    return "disabled" if inside or scene.option("disable-mlock") else "enabled"


def extra_disks(scene: Scene) -> list[str]:
    """Give the disks that actions added to a ceph-osd unit."""
    return [str(each) for each in cast("Sequence[object]", scene.unit.facts.get("disks") or ())]


def devices(scene: Scene) -> list[str]:
    """Give the block devices that a ceph-osd unit takes: of its config, of actions, and the storage attached to it."""
    named = str(scene.option("osd-devices") or "").split()
    stored = scene.world.storage.of(scene.model) if "osd-devices" in scene.app.storage else ()
    attached = [each.id for each in stored if (each.label, each.unit) == ("osd-devices", scene.unit.name)]
    return list(dict.fromkeys([*named, *extra_disks(scene), *attached]))


def _ceph_osd(scene: Scene) -> Said:
    if not scene.is_related("mon"):
        return "blocked", "Missing relation: monitor"
    if not scene.complete("mon"):
        return "waiting", "Incomplete relation: monitor"
    if scene.option("osd-encrypt") and scene.option("osd-encrypt-keymanager") == "vault":
        if not scene.is_related("secrets-storage"):
            return "blocked", "Missing relation: vault"
        if not scene.complete("secrets-storage"):
            return "waiting", "Incomplete relation: vault"
    found = len(devices(scene))
    if not found:
        return "blocked", "No block devices detected using current configuration"
    return "active", f"Unit is ready ({found} OSD)"


def _ceph_mon(scene: Scene) -> Said:
    wanted = scene.number("monitor-count", 3)
    if len(scene.peers()) < wanted:
        return "blocked", f"Insufficient peer units to bootstrap cluster (require {wanted})"
    expected = scene.number("expected-osd-count") or 3
    if _osds(scene) >= expected:
        return "active", "Unit is ready and clustered"
    if not scene.is_related("osd"):
        return "blocked", "Missing relation: OSD"
    return "waiting", (f"Monitor bootstrapped but waiting for number of OSDs to reach expected-osd-count ({expected})")


_HELD: Final = re.compile(r"\((\d+) OSD\)")


def _osds(scene: Scene) -> int:
    """Count the disks that run: what active ceph-osd units say that they hold."""
    return sum(
        int(found[1])
        for relation in scene.related("osd")
        for _, unit in scene.others(relation)
        if unit.workload.status == "active" and (found := _HELD.search(unit.workload.message))
    )


def _quorum(world: World, app: Application, _unit: Unit) -> bool:
    """Say whether the monitors have bootstrapped, and so give out keys."""
    wanted = app.config.get("monitor-count", 3)
    found = sum(here(each) for each in sight(world).units(world, app.model, app.name))
    return found >= (wanted if isinstance(wanted, int) else 3)


def _mysql_cluster(scene: Scene) -> Said:
    count = len(scene.peers())
    if count < 3:  # MySQL's group replication needs three
        return "waiting", "Instance not yet configured for clustering"
    spare = (count - 1) // 2
    failures = "ONE failure" if spare == 1 else f"{spare} failures"
    mode = "R/W" if scene.unit.leader else "R/O"
    return "active", f"Unit is ready: Mode: {mode}, Cluster is ONLINE and can tolerate up to {failures}."


def _ovn_central(scene: Scene) -> Said:
    if len(scene.peers()) < 2:  # a peer
        return "blocked", "Charm requires peers to operate, add more units. A minimum of 3 is required for HA"
    return None


def _ovn_ready(scene: Scene) -> str:
    """Say who leads the databases: the leader, as at bootstrap."""
    return "Unit is ready (leader: ovnnb_db, ovnsb_db northd: active)" if scene.unit.leader else "Unit is ready"


def _hacluster(scene: Scene) -> Said:
    wanted = scene.number("cluster_count", 3)
    if not scene.is_related("ha"):
        return "blocked", "Missing required principal relation"
    if len(scene.peers()) < wanted:
        return "blocked", f"Insufficient peer units for ha cluster (require {wanted})"
    return "active", "Unit is ready and clustered"


def _mysql(scene: Scene) -> Said:
    return ("active", "Primary") if scene.unit.leader else None


def _keystone_facts(scene: Scene) -> Mapping[str, object]:
    """Give the administrator's password to the leader's data, once there is a database to keep it in."""
    held = scene.fact("leader")
    if held.get("admin_passwd") or not scene.unit.leader or not scene.complete("shared-db"):
        return {}
    chosen = str(scene.option("admin-password") or "None")
    return {"leader": {**held, "admin_passwd": scene.secret("admin") if chosen == "None" else chosen}}


def _vault_facts(scene: Scene) -> Mapping[str, object]:
    """Unlock a Vault that its config says to unlock, and give it a CA that its config says to make."""
    if not scene.unit.leader:
        return {}
    if scene.option("totally-unsecure-auto-unlock") and not scene.app.facts.get("vault"):
        return {"vault": vault.unlocked(scene.secret("unseal")), vault.ACCESS: scene.secret("role")}
    ready = vault.authorized(scene.app) and not vault.health(scene.app, scene.unit).sealed
    if not ready or not scene.option("auto-generate-root-ca-cert") or scene.fact("pki"):
        return {}
    try:
        ttl = vault.seconds(scene.option("default-ca-ttl"))
    except vault.VaultError:
        return {}  # no CA can be made for such a time: the unit goes on saying that it misses one
    made = pki.authority(scene.secret("ca"), scene.now, ttl)
    return {vault.ROOT_CA: made.pem, "pki": {"seed": made.seed, "kind": "root", "pem": made.pem}}


FACTS: Final[Mapping[str, Callable[[Scene], Mapping[str, object]]]] = {
    "keystone": _keystone_facts,
    "vault": _vault_facts,
}
"""What a charm's leader notes at the end of a hook."""

READY: Final[Mapping[str, Callable[[Scene], str]]] = {"ovn-central": _ovn_ready}
"""The message when all is well, of charms that say more than `active`."""

KINDS: Final[Mapping[str, Callable[[Scene], Said]]] = {
    "vault": _vault,
    "ceph-osd": _ceph_osd,
    "ceph-mon": _ceph_mon,
    "mysql-innodb-cluster": _mysql_cluster,
    "ovn-central": _ovn_central,
    "hacluster": _hacluster,
    "mysql": _mysql,
}

SERVES.update(
    {
        "quorum": _quorum,
        "ca": lambda _world, app, _unit: vault.has_ca(app),
        "authorized": lambda _world, app, _unit: vault.authorized(app),
    }
)
