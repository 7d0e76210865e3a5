"""What actions and `juju exec` answer, and what they change."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.juju import vault
from lab.juju.errors import JujuError
from lab.juju.hub.behaviour import EXEC, act
from lab.juju.hub.outcome import Outcome
from lab.juju.world import World, key
from tests.support.juju_worlds import MODEL, deploy, empty, relate, run, says, settle


def open_vault(world: World, *, authorized: bool = True) -> str:
    """Deploy, initialise and unseal a Vault; gives its root token."""
    deploy(world, "vault", "vault", units=2)
    made = vault.answer(
        world, MODEL, "vault/0", vault.Request("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1}), 0.0
    )
    body = cast("dict[str, list[str]]", made.body)
    for unit in ("vault/0", "vault/1"):
        vault.answer(world, MODEL, unit, vault.Request("PUT", "sys/unseal", {"key": body["keys"][0]}), 0.0)
    if authorized:
        run(world, "vault/0", "authorize-charm", token=str(body["root_token"]))
    return str(body["root_token"])


def output(outcome: Outcome, name: str = "output") -> str:
    assert (outcome.status, outcome.message) == ("completed", "")
    return str(outcome.output[name])


def test_the_root_ca_is_a_certificate_that_signs() -> None:
    world = empty()
    open_vault(world)
    pem = output(run(world, "vault/0", "generate-root-ca", ttl="100h"))
    ca = x509.load_pem_x509_certificate(pem.encode())
    assert ca.subject == ca.issuer
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert output(run(world, "vault/1", "get-root-ca")) == pem
    again = run(world, "vault/0", "generate-root-ca")
    assert (again.status, again.message) == ("failed", "PKI CA already configured")
    made = run(world, "vault/0", "generate-certificate", common_name="api.example", sans="10.0.0.1 b", ttl="1h")
    answer = cast("dict[str, str]", made.output["output"])
    cert = x509.load_pem_x509_certificate(answer["certificate"].encode())
    cert.verify_directly_issued_by(ca)
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example", "b"]
    assert run(world, "vault/0", "disable-pki").status == "completed"
    assert run(world, "vault/0", "get-root-ca").message == "CA not ready"


def signed(request: str) -> str:
    """Sign a request with a CA of a person's own."""
    asked = x509.load_pem_x509_csr(request.encode())
    private = ec.generate_private_key(ec.SECP256R1())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "company")]))
        .public_key(asked.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
    )
    return made.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_an_outside_ca_signs_vault_s_request() -> None:
    world = empty()
    open_vault(world)
    deploy(world, "keystone", "keystone")
    relate(world, "keystone:certificates", "vault:certificates")
    request = output(run(world, "vault/0", "get-csr", organization="School", common_name="Middle"))
    assert "School" in x509.load_pem_x509_csr(request.encode()).subject.rfc4514_string()
    settle(world)
    assert says(world)["vault/0"] == "blocked: Missing CA cert"
    stranger = run(world, "vault/0", "upload-signed-csr", pem=b64(signed(other_request())), root_ca=b64("root"))
    assert stranger.status == "failed"
    assert run(world, "vault/0", "upload-signed-csr", pem="%%%").status == "failed"
    assert run(world, "vault/0", "upload-signed-csr", pem=b64("no certificate")).status == "failed"
    pem = signed(request)
    assert run(world, "vault/0", "upload-signed-csr", pem=b64(pem), root_ca=b64("the root")).status == "completed"
    settle(world)
    assert says(world)["vault/0"].startswith("active")
    assert output(run(world, "vault/0", "get-root-ca")) == pem
    assert world.applications.get(key(MODEL, "vault")).facts["root-ca"] == "the root"


def other_request() -> str:
    world = empty("another seed")
    open_vault(world)
    return output(run(world, "vault/0", "get-csr"))


def test_the_charm_wants_a_live_token_of_root() -> None:
    world = empty()
    root = open_vault(world, authorized=False)
    made = vault.answer(
        world, MODEL, "vault/0", vault.Request("POST", "auth/token/create", {"ttl": "10m"}, root), 1000.0
    )
    token = cast("dict[str, dict[str, str]]", made.body)["auth"]["client_token"]
    late = run(world, "vault/0", "authorize-charm", now=1600.0, token=token)
    assert late.status == "failed"
    assert "permission denied" in late.message
    weak = vault.answer(
        world, MODEL, "vault/0", vault.Request("POST", "auth/token/create", {"policies": ["rooter"]}, root), 0.0
    )
    poor = cast("dict[str, dict[str, str]]", weak.body)["auth"]["client_token"]
    assert run(world, "vault/0", "authorize-charm", token=poor).status == "failed"
    early = run(world, "vault/0", "generate-root-ca")
    assert early.message == "Cannot initialise local client"
    assert run(world, "vault/0", "authorize-charm", now=1599.0, token=token).status == "completed"


@pytest.mark.parametrize("action", ["authorize-charm", "generate-root-ca", "get-csr", "disable-pki", "refresh-secrets"])
def test_vault_s_leader_alone_may_do_some_things(action: str) -> None:
    world = empty()
    root = open_vault(world)
    told = run(world, "vault/1", action, token=root)
    assert (told.status, told.message) == ("failed", "Please run action on lead unit")


def test_a_sealed_vault_says_so() -> None:
    world = empty()
    root = open_vault(world)
    run(world, "vault/0", "restart")
    assert "Vault is sealed" in run(world, "vault/0", "authorize-charm", token=root).message
    deploy(world, "fresh", "vault")
    assert "not initialized" in run(world, "fresh/0", "generate-root-ca").message


@pytest.mark.parametrize(
    ("action", "params", "words"),
    [
        ("dance", {}, 'action "dance" not defined on unit "vault/0"'),
        ("authorize-charm", {}, '"token" property is missing and required'),
        ("authorize-charm", {"token": 5}, "(root).token : must be of type string, given 5"),
        ("generate-root-ca", {"allow-any-name": 1}, "must be of type boolean"),
        ("generate-root-ca", {"allowed-domains": "a,b"}, "must be of type array"),
    ],
)
def test_what_is_no_action_is_refused_in_juju_s_words(action: str, params: dict[str, object], words: str) -> None:
    world = empty()
    deploy(world, "vault", "vault")
    with pytest.raises(JujuError) as caught:
        act(world, MODEL, world.units.get(key(MODEL, "vault/0")), action, params, 0.0)
    assert words in caught.value.message


def test_a_charm_without_actions_says_so() -> None:
    world = empty()
    deploy(world, "ubuntu", "ubuntu")
    with pytest.raises(JujuError, match='no actions defined on charm "ch:amd64/jammy/ubuntu-26"'):
        run(world, "ubuntu/0", "x")


def test_an_action_that_the_lab_does_not_play_fails_and_says_so() -> None:
    world = empty()
    deploy(world, "keystone", "keystone")
    told = run(world, "keystone/0", "security-checklist")
    assert told.status == "failed"
    assert "security-checklist" in told.message


def exec_(world: World, unit: str, command: str) -> dict[str, object]:
    return dict(run(world, unit, "juju-exec", command=command).output)


def keystone(config: dict[str, object] | None = None) -> World:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=3)
    deploy(world, "keystone", "keystone", config=config)
    deploy(world, "router", "mysql-router", principal="keystone")
    relate(world, "router:shared-db", "keystone:shared-db")
    relate(world, "router:db-router", "db:db-router")
    return world


def test_the_administrator_s_password_comes_from_the_leader_s_data() -> None:
    world = keystone()
    assert exec_(world, "keystone/0", "leader-get admin_passwd") == {"return-code": 0}
    assert run(world, "keystone/0", "get-admin-password").status == "failed"
    settle(world)
    told = exec_(world, "keystone/0", "leader-get admin_passwd")
    first = str(told["stdout"]).strip()
    assert len(first) == 32
    assert output(run(world, "keystone/0", "get-admin-password"), "admin-password") == first
    run(world, "keystone/0", "rotate-admin-password")
    settle(world)
    second = output(run(world, "keystone/0", "get-admin-password"), "admin-password")
    assert second != first
    assert exec_(world, "keystone/0", "leader-get")["stdout"] == f"admin_passwd: {second}\n"


def test_a_password_of_the_config_is_taken() -> None:
    world = keystone({"admin-password": "secret"})
    settle(world)
    assert exec_(world, "keystone/0", "leader-get admin_passwd")["stdout"] == "secret\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("is-leader", {"return-code": 0, "stdout": "True\n"}),
        ("unit-get private-address", {"return-code": 0, "stdout": "10.0.0.3\n"}),
        ("hostname", {"return-code": 0, "stdout": "host-3\n"}),
        ("config-get region", {"return-code": 0, "stdout": "RegionOne\n"}),
        ("config-get --format=yaml debug", {"return-code": 0, "stdout": "False\n"}),
        ("relation-ids shared-db", {"return-code": 0, "stdout": "shared-db:0\n"}),
        ("status-get", {"return-code": 0, "stdout": "active\n"}),
        ("reboot now", {"return-code": 127, "stderr": "/bin/bash: line 1: reboot: command not found\n"}),
    ],
)
def test_hook_tools_answer(command: str, told: dict[str, object]) -> None:
    world = keystone()
    settle(world)
    assert exec_(world, "keystone/0", command) == told


def test_a_command_that_is_none_ends_badly() -> None:
    world = keystone()
    assert run(world, "keystone/0", "juju-exec", command="  ").status == "failed"
    assert exec_(world, "keystone/0", "leader-get 'x")["return-code"] == 2
    assert "leader-get" in EXEC


def test_grafana_s_login_can_be_asked_for() -> None:
    world = empty()
    deploy(world, "grafana", "grafana")
    told = run(world, "grafana/0", "get-login-info").output
    assert (told["url"], told["username"]) == ("http://10.0.0.0:3000", "admin")
    assert set(told) == {"url", "username", "password"}
    assert run(world, "grafana/0", "get-admin-password").output["password"] == told["password"]


def test_grafana_takes_a_dashboard_in_base64() -> None:
    world = empty()
    deploy(world, "grafana", "grafana")
    for refused in ("{", *(base64.b64encode(each).decode() for each in (b"{", b"[]", b'{"title": "disks"}', b"\xff"))):
        assert run(world, "grafana/0", "import-dashboard", dashboard=refused).status == "failed"
    given = base64.b64encode(b'{"dashboard": {"title": "disks"}, "overwrite": true}').decode()
    assert run(world, "grafana/0", "import-dashboard", dashboard=given).output == {"loaded": "disks"}
    assert world.applications.get(key(MODEL, "grafana")).facts["dashboards"] == ["disks"]


def test_a_chosen_password_of_grafana_is_shown() -> None:
    world = empty()
    deploy(world, "grafana", "grafana", config={"admin_password": "mine", "root_url": "https://g.example/"})
    told = run(world, "grafana/0", "get-login-info").output
    assert (told["password"], told["url"]) == ("mine", "https://g.example/")


def test_ceph_s_actions_keep_pools_and_flags() -> None:
    world = empty()
    deploy(world, "mon", "ceph-mon", units=3)
    deploy(world, "glance", "glance")
    relate(world, "glance:ceph", "mon:client")
    run(world, "mon/0", "create-pool", name="extra")
    assert output(run(world, "mon/0", "list-pools"), "message") == "1 .mgr\n2 glance\n3 extra\n"
    shown = json.loads(output(run(world, "mon/0", "list-pools", format="json"), "message"))
    assert [each["poolname"] for each in shown] == [".mgr", "glance", "extra"]
    assert run(world, "mon/0", "delete-pool", name="glance").status == "failed"
    run(world, "mon/0", "delete-pool", name="extra")
    assert "extra" not in output(run(world, "mon/0", "list-pools"), "message")
    assert output(run(world, "mon/0", "get-health"), "message") == "HEALTH_OK"
    run(world, "mon/0", "set-noout")
    assert "noout" in output(run(world, "mon/0", "get-health"), "message")
    run(world, "mon/0", "unset-noout")
    assert output(run(world, "mon/0", "get-health"), "message") == "HEALTH_OK"
    assert json.loads(output(run(world, "mon/0", "get-quorum-status"), "message"))["quorum"] == [0, 1, 2]


def test_disks_come_and_go_by_actions() -> None:
    world = empty()
    deploy(world, "mon", "ceph-mon", units=3)
    deploy(world, "osd", "ceph-osd", config={"osd-devices": "/dev/sdb"})
    relate(world, "osd:mon", "mon:osd")
    assert run(world, "osd/0", "add-disk", osd_devices="/dev/sdc").status == "completed"
    settle(world)
    assert says(world)["osd/0"] == "active: Unit is ready (2 OSD)"
    assert json.loads(output(run(world, "osd/0", "list-disks"), "non-pristine")) == ["/dev/sdb", "/dev/sdc"]
    assert run(world, "osd/0", "add-disk", osd_devices="/dev/sdc").status == "failed"
    assert run(world, "osd/0", "zap-disk", devices="/dev/sdc", i_really_mean_it=True).status == "failed"
    assert run(world, "osd/0", "remove-disk", osd_devices="/dev/sdb").status == "failed"
    assert run(world, "osd/0", "remove-disk", osd_devices="/dev/sdc").status == "completed"
    settle(world)
    assert says(world)["osd/0"] == "active: Unit is ready (1 OSD)"
    assert run(world, "osd/0", "zap-disk", devices="/dev/sdc", i_really_mean_it=False).status == "failed"
    assert run(world, "osd/0", "zap-disk", devices="/dev/sdc", i_really_mean_it=True).status == "completed"


def test_osds_are_taken_out_and_in() -> None:
    world = empty()
    deploy(world, "osd", "ceph-osd")
    run(world, "osd/0", "osd-out", osds="0,1")
    assert world.units.get(key(MODEL, "osd/0")).facts == {"out": ["0", "1"]}
    run(world, "osd/0", "osd-in", osds="0")
    assert world.units.get(key(MODEL, "osd/0")).facts == {"out": ["1"]}
    run(world, "osd/0", "osd-in", osds="all")
    assert world.units.get(key(MODEL, "osd/0")).facts == {}
    assert run(world, "osd/0", "osd-out", osds="").status == "failed"


def test_compute_nodes_can_be_taken_out() -> None:
    world = empty()
    deploy(world, "nova-compute", "nova-compute")
    assert output(run(world, "nova-compute/0", "node-name"), "node-name") == "host-0"
    run(world, "nova-compute/0", "disable")
    told = json.loads(output(run(world, "nova-compute/0", "list-compute-nodes"), "compute-nodes"))
    assert told[0]["status"] == "disabled"
    run(world, "nova-compute/0", "enable")
    assert world.units.get(key(MODEL, "nova-compute/0")).facts == {}
    assert output(run(world, "nova-compute/0", "instance-count"), "instance-count") == "0"


def test_clusters_show_their_members() -> None:
    world = empty()
    deploy(world, "db", "mysql-innodb-cluster", units=3)
    deploy(world, "rabbitmq-server", "rabbitmq-server")
    deploy(world, "ovn", "ovn-central", units=3)
    told = json.loads(output(run(world, "db/1", "cluster-status"), "cluster-status"))
    assert told["defaultReplicaSet"]["topology"]["db/0"]["mode"] == "R/W"
    assert "rabbit@rabbitmq-server-0" in output(run(world, "rabbitmq-server/0", "cluster-status"))
    assert "leader" in output(run(world, "ovn/0", "cluster-status"), "ovnnb")
    assert "status: leader" in output(run_raft(world))
    assert "follower" in output(run(world, "ovn/1", "cluster-status"), "ovnsb")


def run_raft(world: World) -> Outcome:
    deploy(world, "vault", "vault", units=3)
    return run(world, "vault/0", "raft-state")


def test_an_upgrade_is_skipped_unless_the_config_asks_for_it() -> None:
    world = empty()
    app = deploy(world, "cinder", "cinder")
    assert "skipped" in output(run(world, "cinder/0", "openstack-upgrade"), "outcome")
    world.applications.put(key(MODEL, "cinder"), replace(app, config={"action-managed-upgrade": True}))
    assert output(run(world, "cinder/0", "openstack-upgrade"), "outcome") == "no upgrade available."


def test_keystone_s_services_are_its_clients() -> None:
    world = empty()
    deploy(world, "keystone", "keystone")
    for name in ("cinder", "glance"):
        deploy(world, name, name)
        relate(world, f"{name}:identity-service", "keystone:identity-service")
    assert output(run(world, "keystone/0", "list-service-usernames"), "usernames") == "cinder,glance"
