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
    }
    before = openstack.units("ceph-osd")
    openstack.project.up().ok()
    assert set(openstack.units("ceph-osd")) - set(before) == {"ceph-osd/3"}
    assert set(openstack.units("nova-compute")) == {f"nova-compute/{number}" for number in range(4)}
    assert openstack.statuses() == {"active"}
    storage = {each.id for each in openstack.juju.service.world.storage}
    assert len(storage) == 4

    openstack.project.configure({"nodes": 3})
    seen = openstack.project.pulumi("preview", "-s", "dev", "--diff").ok()
    assert "ceph-osd/3" in seen.text
    assert "nova-compute/3" in seen.text
    openstack.project.up().ok()
    assert openstack.units("ceph-osd") == before
    assert set(openstack.units("nova-compute")) == {f"nova-compute/{number}" for number in range(3)}
    assert {each.id for each in openstack.juju.service.world.storage} == storage, "storage is nobody's to destroy"
    openstack.project.up("--expect-no-changes").ok()


DRIFTS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "unit added": (("add-unit", "nova-compute"), ["cloud-nova-compute", "nova-compute/3"]),
    "unit removed": (("remove-unit", "ceph-osd/1"), ["cloud-ceph-osd"]),
    "config changed": (("config", "keystone", "debug", "true"), []),
    "config of ours changed": (("config", "nova-compute", "virt-type", "kvm"), ["cloud-nova-compute", "virt-type"]),
    "relation removed": (
        ("remove-relation", "cinder:amqp", "rabbitmq-server:amqp"),
        ["cloud-cinder-amqp-rabbitmq-server"],
    ),
    "machine lost": (("remove-machine", "2"), ["cloud-server5"]),
    "vault sealed": (("seal", "vault/0"), ["cloud-vault-init", "vault/0"]),
}


@pytest.mark.parametrize("name", [each for each in DRIFTS if DRIFTS[each][1]])
def test_drift_by_hand_is_seen_named_and_repaired(openstack: Stage, name: str):
    hand, named = DRIFTS[name]
    openstack.project.up().ok()
    openstack.juju.hand(*hand)
    seen = openstack.project.pulumi("preview", "-s", "dev", "--refresh", "--diff", "--expect-no-changes")
    assert seen.code != 0, seen.text
    for words in named:
        assert words in seen.text
    openstack.project.up("--refresh").ok()
    assert openstack.statuses() == {"active"}
    assert len(openstack.units("ceph-osd")) == 3
    assert len(openstack.units("nova-compute")) == 3
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
