"""The actions of the lab's charms (pure).

(Scene, name, params) ─> `act` ─> Outcome;  by the charm's `kind` or name first, then what many charms share

An action that a charm has and the lab does not play ends as failed, and says so.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import yaml

from lab.juju.hub import execs, vault_actions
from lab.juju.hub.document import section
from lab.juju.hub.execs import LEADER, address, hostname
from lab.juju.hub.kinds import devices, extra_disks
from lab.juju.hub.outcome import EXECS, Outcome, checked, failed
from lab.juju.hub.scene import Scene

__all__ = ["Outcome", "act"]

Handler: TypeAlias = Callable[[Scene, Mapping[str, object]], Outcome]


def act(scene: Scene, name: str, params: Mapping[str, object]) -> Outcome:
    """Run an action; JujuError "bad request" for one that the charm does not have or that does not fit."""
    given = checked(scene.charm, scene.app.charm, scene.unit.name, name, params)
    if name in EXECS:
        return execs.run(scene, given)
    own = _OWN.get(scene.script.kind) or _OWN.get(scene.charm.name) or {}
    handler = own.get(name) or _SHARED.get(name)
    if handler is None:
        return failed(f'the lab plays no action "{name}" of charm "{scene.charm.name}"')
    return handler(scene, given)


def _nothing(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome()


def _pause(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(unit_facts={"paused": True})


def _resume(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(unit_facts={"paused": None})


def _upgrade(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    if not scene.option("action-managed-upgrade"):
        return Outcome(output={"outcome": "action-managed-upgrade config is False, skipped upgrade."})
    return Outcome(output={"outcome": "no upgrade available."})


_SHARED: Final[Mapping[str, Handler]] = {
    "pause": _pause,
    "resume": _resume,
    "openstack-upgrade": _upgrade,
    "restart-mysqlrouter": _nothing,
    "start-mysqlrouter": _resume,
    "stop-mysqlrouter": _pause,
    "restart-services": _nothing,
    "run-deferred-hooks": _nothing,
    "show-deferred-events": lambda _scene, _params: Outcome(output={"output": "{}\n"}),
}


def _admin_password(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    found = scene.fact(LEADER).get("admin_passwd")
    return Outcome(output={"admin-password": found}) if found else failed("admin_passwd is not set yet")


def _rotate_admin(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    if not scene.unit.leader:
        return failed("This action can only be run on the leader unit")
    return Outcome(facts={LEADER: {**scene.fact(LEADER), "admin_passwd": scene.world.draw(32)}})


def _usernames(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    found = {end.application for each in scene.related("identity-service") for end, _ in scene.others(each)}
    return Outcome(output={"usernames": ",".join(sorted(found))})


def _grafana_password(scene: Scene) -> str:
    chosen = scene.option("admin_password")
    return str(chosen) if chosen else scene.secret("admin")


def _login_info(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    url = str(scene.option("root_url") or "")
    if not url.startswith("http"):
        url = f"http://{address(scene)}:{scene.option('port')}"
    return Outcome(output={"url": url, "username": "admin", "password": _grafana_password(scene)})


def _show_password(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(output={"password": _grafana_password(scene)})


def _import_dashboard(scene: Scene, params: Mapping[str, object]) -> Outcome:
    try:
        said = cast("object", json.loads(base64.b64decode(str(params["dashboard"])).decode()))
    except binascii.Error:
        return failed("Failed to base64 decode dashboard!")
    except ValueError as error:
        return failed(f"Fail to json decode the dashboard: {error}")
    title = str(section(section(said).get("dashboard")).get("title") or "")
    if not title:
        return failed("Dashboard has no title")
    names = [str(each) for each in cast("Sequence[object]", scene.app.facts.get("dashboards") or ())]
    return Outcome(output={"loaded": title}, facts={"dashboards": sorted({*names, title})})


def _pools(scene: Scene) -> list[str]:
    """Give a Ceph cluster's pools: its own, its clients', and those that actions made."""
    clients = {end.application for each in scene.related("client") for end, _ in scene.others(each)}
    gateways = {end.application for each in scene.related("radosgw") for end, _ in scene.others(each)}
    made = [str(each) for each in cast("Sequence[object]", scene.app.facts.get("pools") or ())]
    return [".mgr", *sorted(clients), *([".rgw.root"] if gateways else []), *made]


def _list_pools(scene: Scene, params: Mapping[str, object]) -> Outcome:
    named = list(enumerate(_pools(scene), 1))
    if params.get("format") == "json":
        return Outcome(output={"message": json.dumps([{"poolnum": at, "poolname": name} for at, name in named])})
    return Outcome(output={"message": "".join(f"{at} {name}\n" for at, name in named)})


def _create_pool(scene: Scene, params: Mapping[str, object]) -> Outcome:
    made = [str(each) for each in cast("Sequence[object]", scene.app.facts.get("pools") or ())]
    return Outcome(facts={"pools": list(dict.fromkeys([*made, str(params.get("name"))]))})


def _delete_pool(scene: Scene, params: Mapping[str, object]) -> Outcome:
    made = [str(each) for each in cast("Sequence[object]", scene.app.facts.get("pools") or ())]
    name = str(params.get("name"))
    if name not in made:
        return failed(f"Error deleting pool: pool '{name}' does not exist")
    return Outcome(facts={"pools": [each for each in made if each != name]})


def _ceph_health(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(output={"message": "HEALTH_WARN noout flag(s) set" if scene.app.facts.get("noout") else "HEALTH_OK"})


def _quorum_status(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    names = [each.name.replace("/", "-") for each in scene.peers()]
    return Outcome(output={"message": json.dumps({"quorum": list(range(len(names))), "quorum_names": names})})


def _noout(value: object, word: str) -> Handler:
    return lambda _scene, _params: Outcome(
        output={"message": f"Ceph osd noout has been {word}"}, facts={"noout": value}
    )


def _list_disks(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(output={"disks": "[]", "blacklist": "[]", "non-pristine": json.dumps(devices(scene))})


def _named(params: Mapping[str, object], name: str) -> list[str]:
    """Read a list of disks or OSDs: separated by blanks or commas."""
    return str(params.get(name) or "").replace(",", " ").split()


def _add_disk(scene: Scene, params: Mapping[str, object]) -> Outcome:
    more = _named(params, "osd-devices")
    known = [each for each in more if each in devices(scene)]
    if known:
        return failed(f"Device already in use: {', '.join(known)}")
    return Outcome(unit_facts={"disks": [*extra_disks(scene), *more]})


def _remove_disk(scene: Scene, params: Mapping[str, object]) -> Outcome:
    gone = _named(params, "osd-devices")
    held = extra_disks(scene)
    other = [each for each in gone if each not in held]
    if other:
        return failed(f"Device is not one that add-disk added: {', '.join(other)}")
    return Outcome(unit_facts={"disks": [each for each in held if each not in gone] or None})


def _zap_disk(scene: Scene, params: Mapping[str, object]) -> Outcome:
    if not params.get("i-really-mean-it"):
        return failed("i-really-mean-it is a required parameter")
    used = [each for each in _named(params, "devices") if each in devices(scene)]
    return failed(f"1 devices are mounted: {', '.join(used)}") if used else Outcome()


def _osds_out(word: str, *, out: bool) -> Handler:
    def run(scene: Scene, params: Mapping[str, object]) -> Outcome:
        asked = _named(params, "osds")
        if not asked:
            return failed("osds parameter is empty")
        held = {str(each) for each in cast("Sequence[object]", scene.unit.facts.get("out") or ())}
        kept = set[str]() if "all" in asked else held - set(asked)
        left = held | set(asked) if out else kept
        return Outcome(output={"message": f"osds {word}: {', '.join(asked)}"}, unit_facts={"out": sorted(left) or None})

    return run


def _raft_state(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    servers = {
        each.name: {"status": "leader" if each.leader else "voter", "healthy": True, "node_status": "alive"}
        for each in scene.peers()
    }
    return Outcome(output={"output": yaml.safe_dump({"healthy": True, "servers": servers})})


def _node_name(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(output={"node-name": hostname(scene)})


def _compute_nodes(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    state = {True: "disabled", False: "enabled"}
    nodes = [
        {"host": hostname(scene), "status": state[bool(scene.unit.facts.get("disabled"))], "state": "up"},
    ]
    return Outcome(output={"node-name": hostname(scene), "compute-nodes": json.dumps(nodes)})


def _scheduling(value: object) -> Handler:
    return lambda _scene, _params: Outcome(unit_facts={"disabled": value})


def _mysql_status(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    name = str(scene.option("cluster-name") or "jujuCluster")
    members = {
        each.name: {"mode": "R/W" if each.leader else "R/O", "status": "ONLINE", "role": "HA"} for each in scene.peers()
    }
    shown = {"clusterName": name, "defaultReplicaSet": {"name": "default", "status": "OK", "topology": members}}
    return Outcome(output={"cluster-status": json.dumps(shown), "outcome": "success"})


def _rabbit_status(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    nodes = ", ".join(f"rabbit@{each.name.replace('/', '-')}" for each in scene.peers())
    return Outcome(output={"output": f"Cluster status of node rabbit@{hostname(scene)}\nRunning Nodes\n{nodes}\n"})


def _ovn_status(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    role = "leader" if scene.unit.leader else "follower"
    text = f"role: {role}\nservers: {len(scene.peers())}\nstatus: cluster member\n"
    return Outcome(output={"ovnnb": text, "ovnsb": text})


def _mysql_password(scene: Scene, params: Mapping[str, object]) -> Outcome:
    user = str(params.get("username") or "root")
    return Outcome(output={"username": user, "password": scene.secret(user)})


_OWN: Final[Mapping[str, Mapping[str, Handler]]] = {
    "vault": {**vault_actions.HANDLERS, "raft-state": _raft_state},
    "keystone": {
        "get-admin-password": _admin_password,
        "rotate-admin-password": _rotate_admin,
        "list-service-usernames": _usernames,
    },
    "grafana": {
        "get-login-info": _login_info,
        "get-admin-password": _show_password,
        "import-dashboard": _import_dashboard,
    },
    "ceph-mon": {
        "list-pools": _list_pools,
        "create-pool": _create_pool,
        "delete-pool": _delete_pool,
        "get-health": _ceph_health,
        "get-quorum-status": _quorum_status,
        "set-noout": _noout(value=True, word="set"),
        "unset-noout": _noout(value=None, word="unset"),
    },
    "ceph-osd": {
        "list-disks": _list_disks,
        "add-disk": _add_disk,
        "remove-disk": _remove_disk,
        "zap-disk": _zap_disk,
        "osd-out": _osds_out("out", out=True),
        "osd-in": _osds_out("in", out=False),
    },
    "nova-compute": {
        "node-name": _node_name,
        "instance-count": lambda _scene, _params: Outcome(output={"instance-count": "0"}),
        "list-compute-nodes": _compute_nodes,
        "disable": _scheduling(value=True),
        "enable": _scheduling(value=None),
        "remove-from-cloud": _scheduling(value=True),
        "register-to-cloud": _scheduling(value=None),
    },
    "mysql-innodb-cluster": {"cluster-status": _mysql_status},
    "rabbitmq-server": {"cluster-status": _rabbit_status},
    "ovn-central": {"cluster-status": _ovn_status},
    "mysql": {"get-password": _mysql_password, "get-cluster-status": _mysql_status},
    "prometheus2": {"validate-config": lambda _scene, _params: Outcome(output={"result": "SUCCESS"})},
}
