"""`python -m lab` as a person uses it: real processes, a real namespace where the test runs as root."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


class Lab:
    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lab", "--home", str(self.home), *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    def ok(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def status(self) -> Any:
        return json.loads(self.ok("status", "--json"))

    def pid(self) -> int:
        return int((self.home / "maas.pid").read_text())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def gone(pid: int) -> bool:
    """Whether a process has ended; a machine's init may take its time to reap it."""
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    # deep enough to show that the socket's path may be longer than Unix allows
    made = Lab(tmp_path / ("x" * 60) / ("y" * 60))
    yield made
    made("down")


def test_up_status_down(lab: Lab) -> None:
    listen = f"127.0.0.1:{free_port()}"
    said = lab.ok("up", "--listen", listen)
    assert f"http://{listen}/MAAS" in said
    assert "already" in lab.ok("up", "--listen", listen)
    for name in ("maas-api-key", "amt-password", "maas-password", "state.json"):
        assert stat.S_IMODE((lab.home / name).stat().st_mode) == 0o600
    key = lab.ok("key").strip()
    assert key.count(":") == 2
    with urllib.request.urlopen(f"http://{listen}/MAAS/api/2.0/version/", timeout=5) as answer:
        assert json.load(answer)["version"] == "3.5.10"
    assert key.split(":")[2] not in (lab.home / "maas.log").read_text()
    assert lab.status()["rack"][0]["name"] == "server1"
    assert "server1" in lab.ok("status")
    assert "\x1b" not in lab.ok("status")
    pid = lab.pid()
    assert lab.ok("down") == "The lab is down.\n"
    assert gone(pid)
    assert {path.name for path in lab.home.iterdir()} == {
        "maas-api-key", "maas-password", "amt-password", "ssh-key", "ssh-key.pub", "maas.log",
        "state.json", "state.journal",
    }  # fmt: skip
    assert lab("status").returncode == 1
    assert lab.ok("down", "--purge").startswith("The lab was not up.")
    assert {path.name for path in lab.home.iterdir()} == {"maas.log"}


def test_pace_fault_hand_events(lab: Lab) -> None:
    lab.ok("up", "--listen", f"127.0.0.1:{free_port()}", "--rack", "fleet:3")
    shown = json.loads(lab.ok("pace", "timed", "--factor", "0.1", "--deploying", "60"))
    assert shown == {"mode": "timed", "factor": 0.1, "phases": {"deploying": 60.0}}
    assert json.loads(lab.ok("pace"))["mode"] == "timed"
    lab.ok("fault", "add", "fail", "--machine", "fleet-0001", "--phase", "deploying", "--text", "boom", "--times", "2")
    assert "1: fail machine=fleet-0001 phase=deploying text=boom times=2" in lab.ok("fault", "list")
    assert lab.ok("fault", "clear", "1") == "1 taken away.\n"
    assert lab("fault", "clear", "9").stderr == "There is no fault 9.\n"
    refused = lab("hand", "discover", "fleet-0002")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "DHCP is off" in refused.stderr
    assert "set kernel_opts to quiet" in lab.ok("hand", "set-config", "kernel_opts", "quiet")
    assert lab.ok("events", "--level", "DEBUG") == ""
    assert lab("events", "nobody").returncode == 1
    assert lab("fault", "add", "flood").returncode == 2


def test_a_killed_daemon_comes_back_with_its_state(lab: Lab) -> None:
    listen = f"127.0.0.1:{free_port()}"
    lab.ok("up", "--listen", listen)
    lab.ok("hand", "set-config", "maas_name", "before-the-kill")
    key = lab.ok("key")
    pid = lab.pid()
    os.kill(pid, signal.SIGKILL)
    while not gone(pid):
        time.sleep(0.01)
    assert lab("status").returncode == 1
    assert "goes on with the state" in lab.ok("up", "--listen", listen)
    assert lab.ok("key") == key
    rows = json.loads((lab.home / "state.json").read_text())["rows"]
    assert ["settings", "maas_name", {"name": "maas_name", "value": "before-the-kill"}] in rows
    assert "It is empty" in lab.ok("up", "--listen", listen, "--reset")
    assert lab.ok("key") != key


def test_a_port_in_use_is_said_in_one_sentence(lab: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = lab("up", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert not (lab.home / "maas.pid").exists()


def test_wrong_words_are_refused(lab: Lab) -> None:
    assert "There is no rack 'moon'" in lab("up", "--rack", "moon").stderr
    assert "HOST:PORT" in lab("up", "--listen", "here").stderr
    assert "No lab answers" in lab("pace").stderr
    assert lab("--help").returncode == 0


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace needs root: run this test as root")


def _links() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout


def _routes() -> list[str]:
    """List the routes of this machine but those of private racks, which other tests make and end meanwhile."""
    shown = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if " dev m2t" not in line]


def _namespaces() -> str:
    return subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout


@pytest.mark.course_network
@needs_root
def test_the_namespace_comes_and_goes(lab: Lab) -> None:
    if "m2c-rack" in _namespaces():
        pytest.skip("a lab is up on this machine: its network is not taken from it")
    routes = _routes()
    lab.ok("up")
    assert "m2c0" in _links()
    with urllib.request.urlopen("http://172.16.0.3:5240/MAAS/api/2.0/version/", timeout=5) as answer:
        assert answer.status == 200
    other = Lab(lab.home.parent / "other")
    assert "in use by the lab at" in other("up").stderr
    pid = lab.pid()
    os.kill(pid, signal.SIGKILL)
    while not gone(pid):
        time.sleep(0.01)
    lab.ok("up")
    lab.ok("down")
    assert "m2c0" not in _links()
    assert "m2c-rack" not in _namespaces()
    assert not Path("/run/m2c-rack.json").exists()
    assert _routes() == routes


@pytest.mark.course_network
@needs_root
def test_a_network_that_is_routed_elsewhere_is_refused(lab: Lab) -> None:
    if "m2c-rack" in _namespaces():
        pytest.skip("a lab is up on this machine: its network is not taken from it")
    add = subprocess.run(["ip", "route", "add", "unreachable", "172.16.0.0/12"], capture_output=True, text=True)
    assert add.returncode == 0, add.stderr
    try:
        done = lab("up")
    finally:
        subprocess.run(["ip", "route", "del", "unreachable", "172.16.0.0/12"], check=True)
    assert done.returncode == 1
    assert "172.16.0.0/20 is already routed here (172.16.0.0/12" in done.stderr
    assert "m2c-rack" not in _namespaces()
