"""Servers by their names: each order returns at once, a thread per server carries it out.

start / stop / destroy -> orders of one Server, in order -> on_booted, on_exit
"""

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lab.hosts import base, cache, cgroups, limits, run, spec
from lab.hosts.cache import CacheError
from lab.hosts.disk import Disk
from lab.hosts.guest import Place, Reason
from lab.hosts.net import COURSE, RackNet
from lab.hosts.server import Booted, Exited, Off, On, Quit, Server
from lab.hosts.spec import HostSpec


def _ignore_booted(_name: str) -> None:
    """Nobody wants to know."""


def _ignore_exit(_name: str, _reason: Reason) -> None:
    """Nobody wants to know."""


class Fleet:
    """The servers whose disks lie in HOME/hosts. Safe to use from any thread.

    Orders return at once and are carried out in order for each server. `on_booted(name)` comes when sshd answers,
    `on_exit(name, reason)` when a server ends without an order: "reboot" (it boots again), "poweroff", "died". Both are
    called in the server's own thread and must not wait for it. The rack's network is there before (network.rack_up).
    """

    def __init__(
        self,
        home: Path,
        net: RackNet = COURSE,
        *,
        base_path: Path | None = None,
        on_booted: Booted = _ignore_booted,
        on_exit: Exited = _ignore_exit,
    ) -> None:
        trees = cgroups.here()
        if trees is None:
            raise CacheError(NO_CGROUP2)
        limits.widen()
        self.path = home / "hosts"
        self.on_booted = on_booted
        self.on_exit = on_exit
        self._place = Place(net, trees, base_path or base.get(print))
        self._held = cache.hold(self._place.base)
        self._servers: dict[str, Server] = {}
        self._lock = threading.Lock()

    def start(self, wanted: HostSpec) -> None:
        """Switch a server on: it boots with the disk it has, or with a new one. Nothing happens if it is on.

        Raises ValueError for a spec that no server can have.
        """
        spec.check(wanted)
        self._server(wanted.name).order(On(wanted))

    def stop(self, name: str) -> None:
        """Switch it off hard, as pulling the plug does; its disk stays."""
        if name in self._servers:
            self._servers[name].order(Off("keep"))

    def destroy(self, name: str) -> None:
        """Switch it off and forget its disk."""
        self._server(name).order(Off("forget"))

    def running(self, name: str) -> bool:
        """Whether it is on (not: whether it has booted)."""
        return name in self._servers and self._servers[name].running

    def names(self) -> list[str]:
        """Name the servers that are on."""
        return sorted(name for name, server in list(self._servers.items()) if server.running)

    def wait_booted(self, name: str, timeout: float) -> bool:
        """Wait until sshd answers; False when it doesn't in time, or the server is off by then. Seconds."""
        return name in self._servers and self._servers[name].wait_booted(timeout)

    def settle(self, timeout: float = 30) -> bool:
        """Wait until every order is carried out: what was stopped is gone, what was destroyed has no files."""
        deadline = time.monotonic() + timeout
        return all(server.settle(max(deadline - time.monotonic(), 0)) for server in list(self._servers.values()))

    def failure(self, name: str) -> str:
        """Say why it last ended by itself or could not start; "" if it did not."""
        return self._servers[name].failure if name in self._servers else ""

    def inside(self, name: str, command: Sequence[str]) -> str:
        """Run a command in a running server, as its root, without SSH; its output.

        Raises LookupError when it is off, CacheError with its words when the command fails.
        """
        system = self._servers[name].system if name in self._servers else None
        if system is None:
            raise LookupError(f"{name} is not running.")
        entered = ["nsenter", f"--target={system}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return run.output([*entered, "--root", "--wdns=/", *command])

    def close(self) -> None:
        """Switch all servers off and wait until nothing of them is left but their disks."""
        with self._lock:
            servers = list(self._servers.values())
            self._servers.clear()
        for server in servers:
            server.order(Off("keep"))
            server.order(Quit())
        for server in servers:
            server.join()
        if self._held:
            os.close(self._held)
            self._held = 0

    def _server(self, name: str) -> Server:
        with self._lock:
            if name not in self._servers:
                disk = Disk(self.path / name, self._place.base)
                self._servers[name] = Server(disk, self._place, self._booted, self._exited)
            return self._servers[name]

    def _booted(self, name: str) -> None:
        self.on_booted(name)

    def _exited(self, name: str, reason: Reason) -> None:
        self.on_exit(name, reason)


NO_CGROUP2: Final = (
    "Servers need a cgroup v2 tree, and none is mounted here; `mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified` does."
)
