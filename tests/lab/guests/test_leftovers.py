"""Nothing of a rack is left on the machine, however it ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from lab.hosts import cgroups, network, private
from lab.hosts.net import COURSE, RackNet
from lab.hosts.testing import running_hosts
from tests.support.guests import skip_without_root

ROOT = Path(__file__).parents[3]
RESERVED = range(190, 200)
"""Private racks whose traces are looked for: other tests take the first that is free, from 0."""

HOLDER = f"""
import sys
from lab.hosts.testing import running_hosts
with running_hosts(["held1", "held2"], numbers=range({RESERVED.start}, {RESERVED.stop})) as hosts:
    print(hosts.net.prefix, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _as_root() -> None:
    skip_without_root()


def _of(prefix: str, names: Iterable[str]) -> set[str]:
    return {each for each in names if each.startswith(f"{prefix}-") or each == f"{prefix}0"}


def traces(prefix: str) -> set[str]:
    """Name what of a rack is on this machine: namespaces, links, cgroups, processes, mounts."""
    links = subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    trees = cgroups.here()
    assert trees
    return {
        *_of(prefix, network.namespaces()),
        *_of(prefix, (line.split("@")[0].split()[0] for line in links.splitlines())),
        *(str(tree / prefix) for tree in trees.all if (tree / prefix).exists()),
        *(f"process {pid}" for pid in cgroups.processes(trees, prefix)),
        *(line for line in mounts if f"/{prefix}-" in line or f"/{prefix}/" in line),
    }


def _wait_for(what: Iterable[int]) -> None:
    """Wait until processes have ended; whoever inherits them may take its time to reap them."""
    deadline = time.monotonic() + 20
    while any(_lives(pid) for pid in what):
        assert time.monotonic() < deadline, f"{what} live on"
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_rack_that_ends_leaves_nothing() -> None:
    with running_hosts(["a"], numbers=RESERVED) as hosts:
        prefix, home = hosts.net.prefix, hosts.home
        assert len(traces(prefix)) > 4
        hosts["a"].run("true")
    assert traces(prefix) == set()
    assert not home.exists()


def test_a_rack_whose_test_fails_leaves_nothing() -> None:
    prefixes: list[str] = []

    def fail() -> None:
        with running_hosts(["a"], numbers=RESERVED) as hosts:
            prefixes.append(hosts.net.prefix)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert traces(prefixes[0]) == set()


def _held() -> "tuple[subprocess.Popen[str], RackNet]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    prefix = holder.stdout.readline().strip()
    return holder, private.net(int(prefix.removeprefix("m2t")))


def test_guests_die_with_the_process_that_runs_them_and_the_rest_is_swept() -> None:
    holder, net = _held()
    try:
        trees = cgroups.here()
        assert trees
        guests = cgroups.processes(trees, net.prefix)
        assert len(guests) > 10
        assert cgroups.names(trees, net.prefix) == ["held1", "held2"]
    finally:
        holder.kill()
        holder.communicate()
    _wait_for(guests)
    assert cgroups.names(trees, net.prefix) == []
    with running_hosts(numbers=[int(net.prefix.removeprefix("m2t"))]) as hosts:  # the lock went with the process
        assert hosts.net == net
    assert traces(net.prefix) == set()
    assert not hosts.home.exists()


def test_two_racks_have_different_networks() -> None:
    with private.claimed(RESERVED) as first, private.claimed(RESERVED) as second:
        assert (first.prefix, first.subnet) != (second.prefix, second.subnet)


def test_a_network_of_somebody_else_is_left_to_him(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "routes", lambda: [{"dst": "172.16.0.0/12", "dev": "docker0"}])
    with pytest.raises(network.NetworkError, match="in use"):
        private.claimed(RESERVED).__enter__()


def test_a_route_that_only_refuses_keeps_no_rack_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "routes", lambda: [{"type": "unreachable", "dst": "172.16.0.0/12"}])
    with private.claimed(RESERVED) as net:
        assert net.prefix.startswith("m2t19")


class Lab:
    """`python -m lab` on the course's network."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str, check: bool = True) -> str:
        command = [sys.executable, "-m", "lab", "--home", str(self.home), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    @property
    def pid(self) -> int:
        return int((self.home / "maas.pid").read_text())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    if network.rack_exists(COURSE) or network.taken(COURSE):
        pytest.skip("another lab has the course's network")
    made = Lab(tmp_path)
    yield made
    made("down", check=False)


@pytest.mark.course_network
def test_a_lab_that_goes_down_leaves_nothing(lab: Lab) -> None:
    before = traces(COURSE.prefix)
    lab("up")
    assert "main" in lab("status")
    assert lab("ssh", "main", "hostname") == "main\n"
    assert (lab.home / "hosts" / "main").is_dir()
    assert "is up already" in lab("up")
    lab("down")
    assert traces(COURSE.prefix) == before == set()
    assert (lab.home / "hosts" / "main").is_dir()
    lab("down", "--purge")
    assert not (lab.home / "hosts").exists()


@pytest.mark.course_network
def test_a_killed_lab_leaves_no_guest_and_down_takes_the_rest(lab: Lab) -> None:
    lab("up")
    trees = cgroups.here()
    assert trees
    guests = cgroups.processes(trees, COURSE.prefix)
    pid = lab.pid
    os.kill(pid, signal.SIGKILL)
    _wait_for([pid, *guests])
    assert lab("down") == "The lab was not up.\n"
    assert traces(COURSE.prefix) == set()


@pytest.mark.course_network
def test_a_lab_comes_back_after_a_kill(lab: Lab) -> None:
    lab("up")
    lab("ssh", "main", "echo kept >kept; sync")
    os.kill(lab.pid, signal.SIGKILL)
    assert "goes on with the state it had" in lab("up")
    assert lab("ssh", "main", "cat kept") == "kept\n"


@pytest.mark.course_network
def test_git_add_publishes_to_servers(lab: Lab, tmp_path: Path) -> None:
    lab("up")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "file").write_text("x")
    url = lab("git", "add", str(tmp_path / "app"), "app").strip()
    assert url == f"{COURSE.mirror}/git/app.git"
    assert "refs/heads/main" in lab("ssh", "main", f"curl -sf {url}/info/refs")


@pytest.mark.course_network
def test_without_hosts_the_lab_is_maas_alone(lab: Lab) -> None:
    lab("up", "--no-hosts")
    trees = cgroups.here()
    assert trees
    assert cgroups.processes(trees, COURSE.prefix) == set()
    assert "Servers that run" not in lab("status")
