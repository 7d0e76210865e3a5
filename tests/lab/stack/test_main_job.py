"""The main job, act by act: up, no change, drift seen, repaired, destroyed; and nothing secret left anywhere."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import cast

import psutil
import pytest

from tests.lab.stack.conftest import Kit
from tests.support.project import PASSPHRASE

DEPLOYED = {"server1", "server2", "server3", "server4"}
ALL = DEPLOYED | {"server5"}


def test_the_main_job(kit: Kit):
    up = kit.project.up().ok()
    assert "failed" not in up.text
    assert kit.hostnames("Deployed") == DEPLOYED
    assert kit.hostnames("Ready") == {"server5"}
    bridges = {
        str(machine["hostname"]): [
            nic["name"] for nic in cast("list[dict[str, object]]", machine["interface_set"]) if nic["type"] == "bridge"
        ]
        for machine in kit.maas.machines()
    }
    assert bridges == {name: ["br-ex"] for name in ALL}

    kit.project.up("--expect-no-changes").ok()
    kit.project.pulumi("preview", "-s", "baremetal", "--refresh", "--expect-no-changes").ok()

    outputs = kit.project.outputs()
    assert outputs["api_key"] == kit.maas.api_key
    machines = cast("dict[str, dict[str, object]]", outputs["machines"])
    assert set(machines) == ALL
    assert {name for name, machine in machines.items() if machine["status"] == "Deployed"} == DEPLOYED

    kit.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview").ok()
    assert kit.maas.machines() == []
    assert kit.project.resources() == []


DRIFTS = {
    "released": (("release", "server3"), "server3"),
    "powered off": (("power-off", "server4"), "server4"),
    "renamed": (("rename", "server5", "workbench"), "server5"),
    "untagged": (("retag", "server2", "-reserve"), "server2"),
    "deleted": (("delete", "server5"), "server5"),
    "bridge deleted": (("bridge-delete", "server5", "br-ex"), "server5"),
    "subnet's DNS changed": (("subnet-dns", "172.16.0.0/20", "9.9.9.9"), "172.16.0.0-20"),
    "setting changed": (("set-config", "upstream_dns", "9.9.9.9"), "maas-settings"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_by_hand_is_seen_and_repaired(kit: Kit, name: str):
    hand, named = DRIFTS[name]
    kit.project.up().ok()
    kit.maas.hand(*hand)

    seen = kit.project.pulumi("preview", "-s", "baremetal", "--refresh", "--expect-no-changes")
    assert seen.code != 0, seen.text
    assert named in seen.text
    hardware = {str(machine["system_id"]) for machine in kit.maas.machines()}
    assert "deleted original" not in seen.text

    kit.project.up("--refresh").ok()
    assert kit.hostnames("Deployed") == DEPLOYED
    assert kit.hostnames("Ready") == {"server5"}
    assert hardware <= {str(machine["system_id"]) for machine in kit.maas.machines()}, "drift must not delete hardware"
    kit.project.pulumi("preview", "-s", "baremetal", "--refresh", "--expect-no-changes").ok()


def test_a_machine_that_fails_says_why_and_the_next_up_goes_on(kit: Kit):
    kit.maas.fault("fail", machine="server2", phase="deploying", text="curtin: no space left on device", times=1)
    failed = kit.project.up()
    assert failed.code != 0
    assert "curtin: no space left on device" in failed.text
    assert "server2" in failed.text
    assert "Traceback" not in failed.text
    kit.project.up().ok()
    assert kit.hostnames("Deployed") == DEPLOYED


def arguments_while_running(running: subprocess.Popen[str]) -> set[str]:
    """Collect the command lines of a process and of all that it starts, as others on the machine could read them."""
    seen: set[str] = set()
    while running.poll() is None:
        with suppress(psutil.Error):
            parent = psutil.Process(running.pid)
            for process in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.Error):
                    seen.update(process.cmdline())
        time.sleep(0.1)  # a look every now and then, at a real process
    return seen


def test_no_secret_is_left_anywhere(kit: Kit, tmp_path: Path):
    secrets = [kit.maas.api_key, kit.maas.api_key.rsplit(":", 1)[1], kit.maas.amt_password, PASSPHRASE]
    kit.maas.pace("timed", factor=0.003)
    running = kit.project.start("up", "-s", "baremetal", "--yes", "--skip-preview", "--debug")
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(running.communicate)
        arguments = arguments_while_running(running)
        out, err = reading.result()
    assert running.returncode == 0, out + err
    assert any("_dynamic_main.py" in argument for argument in arguments)
    kit.maas.hand("power-off", "server1")
    texts = {"output": out + err, "arguments": "\n".join(arguments)}
    for args in (
        ("preview", "--refresh", "--diff"),
        ("up", "--yes", "--refresh", "--diff"),
        ("refresh", "--yes", "--json"),
    ):
        texts[" ".join(args)] = kit.project.pulumi(*args, "-s", "baremetal").text
    texts["bad key"] = kit.project.pulumi("stack", "output", "-s", "baremetal", "--json").text
    own = {".lab", ".home"}
    for path in kit.project.folder.rglob("*"):
        if (
            path.is_file()
            and not path.is_symlink()
            and not own.intersection(path.relative_to(kit.project.folder).parts)
        ):
            texts[str(path)] = path.read_bytes().decode("utf-8", "replace")
    assert any("history" in name for name in texts)
    assert any("backups" in name for name in texts)
    for name, text in texts.items():
        for secret in secrets:
            assert secret not in text, f"a secret is in {name}"
            assert json.dumps(secret)[1:-1] not in text, f"a secret is in {name}"
