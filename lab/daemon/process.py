"""Starting and ending the daemon: one process per home, known by its pid and checked before it is touched."""

import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lab.daemon import control, netns
from lab.maas.home import Home

MODULE = "lab.daemon.run"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_POLL = 0.02


class LabError(Exception):
    """The lab cannot do it; one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where MAAS listens, and whether in the rack's namespace."""

    host: str
    port: int
    namespace: bool

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/MAAS"


@dataclass(frozen=True, slots=True)
class Start:
    """How a new MAAS begins: its rack and its pace. A MAAS with state goes on with what it has.

    `hosts`: deployed machines run as servers (lab.hosts). `bare`: main runs, and MAAS is still to be installed on it.
    """

    rack: str = "course"
    mode: str = "immediate"
    factor: float = 1.0
    hosts: bool = False
    bare: bool = False

    @property
    def arguments(self) -> list[str]:
        flags = {"--hosts": self.hosts, "--bare": self.bare}
        return [self.rack, self.mode, str(self.factor), *(name for name, wanted in flags.items() if wanted)]


@contextmanager
def alone(home: Home) -> Generator[None]:
    """Hold the home directory's lock, so that two commands do not start or end the daemon at once."""
    home.path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def running(home: Home) -> int | None:
    """Give the pid of this home's daemon, if it is alive and really ours."""
    try:
        pid = int(home.pid.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid if MODULE.encode() in command and os.fsencode(home.path) in command else None


def address_of(home: Home) -> Address:
    """Read where the running daemon listens."""
    facts = cast("dict[str, object]", json.loads(home.facts.read_text()))
    return Address(str(facts["host"]), int(str(facts["port"])), bool(facts["namespace"]))


def has_hosts(home: Home) -> bool:
    """Say whether the running daemon's machines run as servers."""
    facts = cast("dict[str, object]", json.loads(home.facts.read_text()))
    return facts.get("hosts") is True


def start(home: Home, address: Address, given: Start) -> None:
    """Start the daemon and wait until it answers."""
    clean(home)
    home.path.mkdir(parents=True, exist_ok=True)
    if address.namespace:
        _take_network(home)
    command = [sys.executable, "-m", MODULE, str(home.path), address.host, str(address.port)]
    command += given.arguments
    with home.log.open("ab") as log:
        process = subprocess.Popen(
            netns.inside(command) if address.namespace else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=Path(__file__).parent.parent.parent,
        )
    home.pid.write_text(f"{process.pid}\n")
    facts = {"host": address.host, "port": address.port, "namespace": address.namespace, "url": address.url}
    home.facts.write_text(json.dumps({**facts, "hosts": given.hosts}))
    try:
        _wait_until_up(home, process)
    except LabError:
        stop(home)
        raise


def _take_network(home: Home) -> None:
    other = netns.owner()
    if other is not None and other != home.path and running(Home(other)) is not None:
        raise LabError(f"The rack's network is in use by the lab at {other}; end it with `lab --home {other} down`.")
    netns.remove()
    netns.make(home.path)


def _wait_until_up(home: Home, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LabError(f"The lab did not start: {_last_line(home)} (all of it: {home.log})")
        try:
            control.ask(home.socket, "ping")
        except control.ControlError:
            time.sleep(_POLL)
        else:
            return
    raise LabError(f"The lab did not answer within {START_SECONDS:.0f} s; see {home.log}.")


def _last_line(home: Home) -> str:
    lines = [line for line in home.log.read_text().splitlines() if line.strip()]
    return lines[-1] if lines else "no word from it"


def stop(home: Home) -> bool:
    """End this home's daemon and take its network away; False when none ran."""
    pid = running(home)
    if pid is not None:
        _end(pid)
    clean(home)
    return pid is not None


def _end(pid: int) -> None:
    """Ask it to end, insist after a while. A pidfd, so that a reused pid is never hit."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if _ended(handle):
                break
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)
    _reap(pid)


def _ended(handle: int) -> bool:
    readable, _, _ = select.select([handle], [], [], STOP_SECONDS)
    return bool(readable)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        # it was started by another process of ours
        return


def clean(home: Home) -> None:
    """Remove what a daemon that is no longer there has left behind."""
    was_inside = home.facts.exists() and address_of(home).namespace
    if was_inside and os.geteuid() == 0 and netns.owner() in {home.path, None}:
        netns.remove()
    for path in (home.pid, home.socket, home.facts):
        path.unlink(missing_ok=True)


def purge(home: Home) -> None:
    """Forget the MAAS: its state, its secrets, its servers' disks, and Juju's controller. The daemon is down."""
    for name in ("state.json", "state.journal", "state.tmp"):
        (home / name).unlink(missing_ok=True)
    for path in (home.key, home.password, home.amt_password, home.ssh_key, home / "ssh-key.pub"):
        path.unlink(missing_ok=True)
    for folder in (home / "hosts", home / "git", home / "juju", home / "client", home / "main"):
        if folder.exists():
            shutil.rmtree(folder)
