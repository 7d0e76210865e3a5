"""Charmed OpenStack as one component: its order, its budget, scaling by one number, what hands do to it."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, cast

import psutil
import pytest

from lab.juju.testing import RunningJuju
from tests.lab.juju_stack.conftest import Stage


@contextmanager
def seen_meanwhile(juju: RunningJuju) -> Generator[dict[str, set[str]]]:
    """Collect what the units of each application say while something runs."""
    said: dict[str, set[str]] = defaultdict(set)

    def look() -> None:
        world = juju.service.world
        for unit in list(world.units):
            said[unit.application].add(f"{unit.workload.status}: {unit.workload.message}")

    stop = juju.service.subscribe(look)
    try:
        yield said
    finally:
        stop()


BEFORE = {
    # at once: each application is there before anything is joined to it
    "immediate": {
        "vault": "blocked: Vault needs to be initialized",
        "ceph-osd": "blocked: Missing relation: monitor",
        "nova-compute": "blocked: Missing relations: ",
    },
    # in time: all is joined before the first charm is installed, and waits for what it is joined to
    "timed": {
        "vault": "blocked: ",
        "keystone": "waiting: Incomplete relations: ",
        "nova-compute": "waiting: Incomplete relations: image",
    },
}


@pytest.mark.parametrize("pace", ["immediate", "timed"])
def test_the_deployment_finds_its_order(openstack: Stage, pace: Literal["immediate", "timed"]):
    """Vault is sealed, ceph is blocked, and the up neither hangs on them nor goes on without them."""
    openstack.juju.pace(pace, factor=0.01)
    with seen_meanwhile(openstack.juju) as said:
        openstack.project.up().ok()
    for name, words in BEFORE[pace].items():
        assert any(each.startswith(words) for each in said[name]), said[name]
    assert openstack.statuses() == {"active"}
    outputs = openstack.project.outputs()
    assert str(outputs["keystone_url"]).startswith("https://127.")
    assert outputs["password"]


def test_calls_and_logins(openstack: Stage):
    openstack.project.up().ok()
    assert sorted(model == "" for _, model in openstack.juju.logins) == [False, True]
    deploys = openstack.juju.call_counts()[("Application", "DeployFromRepository")]
    assert deploys == 26

    openstack.juju.calls.clear()
    openstack.juju.logins.clear()
    openstack.project.pulumi("preview", "-s", "dev", "--expect-no-changes").ok()
    openstack.project.up("--expect-no-changes").ok()
    assert openstack.juju.calls == []
    assert openstack.juju.logins == []

    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()
    assert len(openstack.juju.calls) <= 10
    assert len(openstack.juju.logins) == 2


def test_one_number_scales_out_and_in_and_storage_survives(openstack: Stage):
    openstack.project.configure({"storage": "maas,1,100G"})
    openstack.project.up().ok()
    openstack.project.configure({"nodes": 4})
    planned = openstack.project.planned()
    changing = {name: ops for name, ops in planned.items() if ops != {"same"} and name != "trial-dev"}
    assert changing == {
        "cloud-server2": {"create"},
        "cloud-ceph-osd": {"update"},
        "cloud-nova-compute": {"update"},
        "cloud-settled": {"update"},
        "cloud-layout": {"update"},
    }
    seen = openstack.project.pulumi("preview", "-s", "dev").ok()
    for name in ("ceph-osd", "nova-compute"):
        assert f"    {name}: adds a unit on server2\n" in seen.text
    before = openstack.units("ceph-osd")
    openstack.project.up().ok()
    assert set(openstack.units("ceph-osd")) - set(before) == {"ceph-osd/3"}
    assert set(openstack.units("nova-compute")) == {f"nova-compute/{number}" for number in range(4)}
    assert openstack.statuses() == {"active"}
    storage = {each.id for each in openstack.juju.service.world.storage}
    assert len(storage) == 4

    openstack.project.configure({"nodes": 3})
    seen = openstack.project.pulumi("preview", "-s", "dev", "--diff").ok()
    for name in ("ceph-osd", "nova-compute"):
        assert f"    {name}: removes {name}/3 (its place server2 is not asked for any more)\n" in seen.text
    openstack.project.up().ok()
    assert openstack.units("ceph-osd") == before
    assert set(openstack.units("nova-compute")) == {f"nova-compute/{number}" for number in range(3)}
    assert {each.id for each in openstack.juju.service.world.storage} == storage, "storage is nobody's to destroy"
    openstack.project.up("--expect-no-changes").ok()


TABLE = """\
    what runs where:
      server3: ceph-osd, nova-compute; in containers ceph-mon, ceph-radosgw, glance, keystone, mysql-innodb-cluster, \
nova-cloud-controller, ovn-central, placement, vault
      server4: ceph-osd, nova-compute; in containers ceph-mon, cinder, mysql-innodb-cluster, neutron-api, ovn-central
      server5: ceph-osd, nova-compute; in containers ceph-mon, mysql-innodb-cluster, openstack-dashboard, ovn-central, \
rabbitmq-server
    the longest chain of steps, by what each usually takes: 1590s: machine 600s > container of vault 180s > """


def test_a_first_preview_says_what_runs_where_and_what_takes_longest(openstack: Stage):
    assert TABLE in openstack.project.pulumi("preview", "-s", "dev").ok().text
    done = openstack.project.up().ok()
    assert "what runs where" in done.text
    assert "what runs where" not in openstack.project.pulumi("preview", "-s", "dev").ok().text
    assert openstack.juju.service.world.applications  # and the up was no other than the preview


CLUSTERS = ("ceph-mon", "mysql-innodb-cluster", "ovn-central")
MOVED = "ceph-mon, mysql-innodb-cluster, openstack-dashboard, ovn-central, rabbitmq-server would leave their containers"


def _hosts(openstack: Stage, application: str) -> list[str]:
    """Give the servers that hold an application's units."""
    with openstack.juju.service.transaction() as world:
        names = {one.id: one.hostname for one in world.machines if one.model != world.meta.controller_model}
        units = [unit for unit in world.units if unit.application == application]
        return sorted(names[unit.machine.partition("/")[0]] for unit in units)


def _refused(openstack: Stage, sentence: str) -> None:
    """Insist that neither a preview nor an `up` goes on, and that nothing is asked of Juju."""
    openstack.juju.calls.clear()
    for refused in (openstack.project.pulumi("preview", "-s", "dev"), openstack.project.up()):
        assert refused.code != 0
        assert sentence in refused.text
        assert "Traceback" not in refused.text
    assert openstack.juju.calls == []


def test_fewer_nodes_than_the_control_plane_is_spread_over(openstack: Stage):
    openstack.project.up().ok()
    openstack.project.configure({"nodes": 2})
    least = f"juju:openstack.nodes is 2, so {MOVED} on server5 and what only those hold: it must be at least 3, or "
    _refused(openstack, f"{least}juju:openstack.spread must be 2, which moves them")

    openstack.project.configure({"spread": 2})
    seen = openstack.project.pulumi("preview", "-s", "dev").ok()
    moved = "removes mysql-innodb-cluster/2 (its place lxd on server5 is not asked for any more)"
    assert f"mysql-innodb-cluster: adds a unit in lxd on server4; {moved}\n" in seen.text
    gone = "its place lxd on server5 is not asked for any more; no unit stays that has its data"
    assert f"rabbitmq-server: adds a unit in lxd on server4; removes rabbitmq-server/0 ({gone})\n" in seen.text
    openstack.project.up().ok()
    assert openstack.statuses() == {"active"}
    for name in CLUSTERS:
        assert _hosts(openstack, name) == ["server3", "server4", "server4"]
    assert "server5" not in {one.hostname for one in openstack.juju.service.world.machines}
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


def test_more_nodes_for_a_control_plane_that_had_too_few(openstack: Stage):
    openstack.project.configure({"nodes": 2})
    openstack.project.up().ok()
    openstack.project.configure({"nodes": 3})
    stay = "juju:openstack.spread must be 2 to leave them there, or 3 to move them"
    _refused(openstack, f"juju:openstack.nodes is 3, so {MOVED} on server4 and what only those hold: {stay}")

    openstack.project.configure({"spread": 2})
    moving = {name for name, ops in openstack.project.planned().items() if ops != {"same"}}
    assert moving == {
        "trial-dev",
        *(f"cloud-{name}" for name in ("layout", "server5", "ceph-osd", "nova-compute", "settled")),
    }
    openstack.project.configure({"spread": 3})
    openstack.project.up().ok()
    assert openstack.statuses() == {"active"}
    for name in CLUSTERS:
        assert _hosts(openstack, name) == ["server3", "server4", "server5"]
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


def test_vault_moves_and_is_unsealed_where_it_is_then(openstack: Stage):
    openstack.project.up().ok()
    openstack.project.configure({"nodes": 4, "spread": 4})
    openstack.project.up().ok()
    assert _hosts(openstack, "vault") == ["server2"]
    assert openstack.statuses() == {"active"}
    openstack.project.configure({"nodes": 3, "spread": 3})
    openstack.project.up().ok()
    assert _hosts(openstack, "vault") == ["server3"]
    assert openstack.statuses() == {"active"}
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


DRIFTS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "unit added": (("add-unit", "nova-compute"), ["cloud-nova-compute", "nova-compute/3"]),
    "unit removed": (("remove-unit", "ceph-osd/1"), ["cloud-ceph-osd"]),
    "config changed": (("config", "keystone", "debug", "true"), []),
    "config of ours changed": (("config", "nova-compute", "virt-type", "kvm"), ["cloud-nova-compute", "virt-type"]),
    "relation removed": (
        ("remove-relation", "cinder:amqp", "rabbitmq-server:amqp"),
        ["cloud-cinder-amqp-rabbitmq-server"],
    ),
    "machine removed": (("remove-machine", "server5"), ["cloud-server5"]),
    "vault sealed": (("seal", "vault/0"), ["cloud-vault-init", "vault/0"]),
}


@pytest.mark.parametrize("name", [each for each in DRIFTS if DRIFTS[each][1]])
def test_drift_by_hand_is_seen_named_and_repaired(openstack: Stage, name: str):
    hand, named = DRIFTS[name]
    openstack.project.up().ok()
    machines = openstack.machines()
    openstack.juju.hand(*(machines[word].id if word in machines else word for word in hand))
    seen = openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--diff", "--expect-no-changes")
    assert seen.code != 0, seen.text
    for words in named:
        assert words in seen.text
    openstack.project.up("--refresh").ok()
    assert openstack.statuses() == {"active"}
    assert len(openstack.units("ceph-osd")) == 3
    assert len(openstack.units("nova-compute")) == 3
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


@pytest.mark.parametrize(
    ("how", "server", "says"),
    [
        ("lost", "server5", "agent is not communicating with the server; on it: "),
        ("lost with vault on it", "server3", "start it again in MAAS, or give force with a reason"),
        ("released in MAAS by hand", "server4", "unknown: missing; on it: "),
    ],
    ids=["lost", "lost with vault on it", "released in MAAS by hand"],
)
def test_a_lost_machine_is_seen_named_refused_with_advice_and_repaired_with_a_reason(
    openstack: Stage, how: str, server: str, says: str
):
    """It may be a cable: nothing is taken away until somebody says why, and nothing waits for what does not come."""
    openstack.project.up().ok()
    before = {name: row.id for name, row in openstack.machines().items()}
    name = f"machine {before[server]} ({server})"
    if how.startswith("lost"):
        openstack.juju.hand("lose-machine", before[server])
    else:
        openstack.release(server)
    seen = openstack.project.pulumi("preview", "-s", "dev", "--refresh").ok()
    assert f"{name} is lost and is not replaced" in seen.text

    failed = openstack.project.up("--refresh")
    assert failed.code != 0
    assert f"{name} is lost, Juju says down: " in failed.text
    assert says in failed.text
    assert "Settled (cloud-settled) updating" not in failed.text, "it is told before the long waits"
    assert {name: row.id for name, row in openstack.machines().items()} == before

    openstack.project.configure({"force": "its mainboard is dead"})
    seen = openstack.project.pulumi("preview", "-s", "dev", "--refresh").ok()
    assert f"{name} is lost and is replaced, because its mainboard is dead" in seen.text
    assert "+-1 to replace" in seen.text
    openstack.project.up("--refresh").ok()
    assert openstack.statuses() == {"active"}
    assert {name: row.id for name, row in openstack.machines().items()} == {**before, server: "3"}
    assert len(openstack.units("ceph-osd")) == len(openstack.units("nova-compute")) == 3
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


def test_a_machine_that_is_started_again_is_all_there(openstack: Stage):
    openstack.project.up().ok()
    before = {row.id for row in openstack.machines().values()}
    openstack.juju.hand("lose-machine", "0")
    assert openstack.project.up("--refresh").code != 0
    openstack.juju.hand("find-machine", "0")
    openstack.project.up("--refresh").ok()
    assert openstack.statuses() == {"active"}
    assert {row.id for row in openstack.machines().values()} == before
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


def test_what_a_person_set_beside_us_is_left_alone(openstack: Stage):
    openstack.project.up().ok()
    openstack.juju.hand(*DRIFTS["config changed"][0])
    openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--expect-no-changes").ok()


@pytest.mark.parametrize("pace", ["immediate", "timed"])
def test_destroy_leaves_nothing(openstack: Stage, pace: Literal["immediate", "timed"]):
    openstack.project.up().ok()
    openstack.juju.pace(pace, factor=0.02)  # in time, containers go some time after their last unit
    openstack.project.pulumi("destroy", "-s", "dev", "--yes", "--skip-preview").ok()
    with openstack.juju.service.transaction() as world:
        assert [each.name for each in world.models] == ["controller"]
        assert len(world.units) == 0
    assert openstack.project.resources() == []


def test_an_unknown_option_is_named_with_its_nearest(openstack: Stage):
    openstack.project.configure({"options": {"keystone": {"debg": True}}})
    failed = openstack.project.up()
    assert failed.code != 0
    assert "debg" in failed.text
    assert "debug" in failed.text
    assert "Traceback" not in failed.text


def test_no_secret_is_left_anywhere(openstack: Stage):
    arguments: set[str] = set()
    running = openstack.project.start("up", "-s", "dev", "--yes", "--skip-preview", "--debug")
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            with suppress(psutil.Error):
                own = psutil.Process(running.pid)
                for process in (own, *own.children(recursive=True)):
                    with suppress(psutil.Error):
                        arguments.update(process.cmdline())

    watching = threading.Thread(target=look)
    watching.start()
    out, err = running.communicate(timeout=300)
    done.set()
    watching.join()
    assert running.returncode == 0, out + err
    outputs = openstack.project.outputs()
    keys = [str(each) for each in cast("list[object]", outputs["keys"])]
    assert len(keys) == 5
    secrets = [openstack.juju.password, str(outputs["password"]), str(outputs["token"]), *keys]
    texts = {"output": out + err, "arguments": "\n".join(arguments)}
    for args in (("preview", "--refresh", "--diff"), ("stack", "output", "--json"), ("stack", "export")):
        texts[" ".join(args)] = openstack.project.pulumi(*args, "-s", "dev").text
    for path in (openstack.project.folder / ".state").rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_bytes().decode("utf-8", "replace")
    assert len(texts) > 5
    for name, text in texts.items():
        for secret in secrets:
            assert secret not in text, f"a secret is in {name}"
            assert json.dumps(secret)[1:-1] not in text, f"a secret is in {name}"


def test_files_are_for_their_owner(openstack: Stage):
    path = Path(openstack.project.folder / "controller.json")
    assert path.stat().st_mode & 0o077 == 0
