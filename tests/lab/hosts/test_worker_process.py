"""The worker as a process: it ends with its parent, its crash is one sentence, and another takes over."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from providers.hosts.connection import Connection
from providers.hosts.errors import HostError, UnreachableError, WorkerEndedError
from providers.hosts.session import Hosts

ROOT = Path(__file__).resolve().parents[3]
NOBODY = Connection("nobody", "127.0.0.1", port=9, password="secret-password", patience=0)
SILENT = Connection("silent", "192.0.2.1", password="secret-password", patience=60)
"""An address that never answers: kept for documentation."""


@pytest.fixture
def hosts() -> Generator[Hosts]:
    hosts = Hosts()
    yield hosts
    hosts.close()


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_of(hosts: Hosts) -> int:
    pid = hosts.worker.pid
    assert pid is not None
    return pid


def test_an_answer_comes_without_any_server(hosts: Hosts):
    with pytest.raises(UnreachableError, match="nobody does not answer over SSH at"):
        hosts.on(NOBODY).run("look", "true")
    assert not hosts.on(NOBODY).reachable(0)


def test_nothing_of_it_is_on_its_command_line(hosts: Hosts):
    hosts.on(NOBODY).reachable(0)
    line = Path(f"/proc/{pid_of(hosts)}/cmdline").read_bytes()
    assert b"secret-password" not in line
    assert b"providers.hosts.worker" in line


def test_a_killed_worker_is_one_error_for_each_caller_and_the_next_call_starts_another(hosts: Hosts):
    hosts.on(NOBODY).reachable(0)
    first = pid_of(hosts)
    caught: list[BaseException] = []

    def call() -> None:
        try:
            hosts.on(SILENT).run("wait", "true")
        except HostError as error:
            caught.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    running = hosts.worker._running
    assert running is not None
    assert eventually(lambda: len(running.inboxes) == len(threads))
    os.kill(first, signal.SIGKILL)
    for thread in threads:
        thread.join(10)
    assert [type(error) for error in caught] == [WorkerEndedError] * 3
    assert "was ended by SIGKILL and said nothing\nIt was to do this on silent: wait." in str(caught[0])
    assert not hosts.on(NOBODY).reachable(0)
    assert pid_of(hosts) != first


def test_its_last_words_are_told_without_secrets(tmp_path: Path):
    from providers.hosts.process import Worker

    dying = tmp_path / "dying.py"
    dying.write_text("import sys; sys.stdin.readline(); sys.exit('out of luck: secret-password')")
    worker = Worker((sys.executable, str(dying)))
    with pytest.raises(WorkerEndedError) as caught:
        Hosts(worker).on(NOBODY).run("look", "true")
    assert "ended with status 1. Its last words were:\n  out of luck: ***\n" in str(caught.value)
    worker.close()


def test_it_ends_when_it_is_let_go(hosts: Hosts):
    hosts.on(NOBODY).reachable(0)
    pid = pid_of(hosts)
    hosts.close()
    assert not alive(pid)


def test_it_ends_when_its_parent_is_killed():
    code = """
import sys, time
from providers.hosts.connection import Connection
from providers.hosts import session
session.current().on(Connection("n", "127.0.0.1", port=9, password="p", patience=0)).reachable(0)
print(session.current().worker.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    assert eventually(lambda: not alive(pid))


def test_it_ends_with_a_parent_that_just_returns():
    code = """
from providers.hosts.connection import Connection
from providers.hosts import session
session.current().on(Connection("n", "127.0.0.1", port=9, password="p", patience=0)).reachable(0)
print(session.current().worker.pid)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert eventually(lambda: not alive(int(done.stdout)))


def test_an_interrupt_is_for_the_engine(hosts: Hosts):
    hosts.on(NOBODY).reachable(0)
    pid = pid_of(hosts)
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    assert not hosts.on(NOBODY).reachable(0)
    assert pid_of(hosts) == pid


def test_only_the_worker_loads_the_heavy_libraries():
    code = """
import sys
import providers.hosts
import providers.hosts.session, providers.hosts.crud.base
loaded = [name for name in sys.modules if name.split(".")[0] in {"pyinfra", "gevent", "paramiko"}]
assert not loaded, loaded[:5]
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
