"""Servers by their names: each order returns at once, a thread per server carries it out.

start / stop / destroy -> orders of one server, in order -> Guest -> on_booted, on_exit
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lab.hosts import base, cache, cgroups, limits, run, spec
from lab.hosts.cache import CacheError
from lab.hosts.disk import Disk
from lab.hosts.guest import Guest, Place, Reason, end
from lab.hosts.net import COURSE, RackNet
from lab.hosts.network import NetworkError
from lab.hosts.spec import HostSpec

Booted = Callable[[str], None]
Exited = Callable[[str, Reason], None]

_log = logging.getLogger(__name__)

_PROBE: Final = 0.03
"""Seconds between two looks for sshd."""

_DisksFate = Literal["keep", "forget"]


@dataclass(frozen=True, slots=True)
class _On:
    spec: HostSpec


@dataclass(frozen=True, slots=True)
class _Off:
    disk: _DisksFate


class _Quit:
    """The thread's last order."""


_Order = _On | _Off | _Quit


class Server:
    """One server of a fleet: what is wanted of it, what it is, and the thread between."""

    def __init__(self, disk: Disk, place: Place, on_booted: Booted, on_exit: Exited) -> None:
        self.name = disk.path.name
        self.failure = ""
        self._disk = disk
        self._place = place
        self._on_booted = on_booted
        self._on_exit = on_exit
        self._changed = threading.Condition()
        self._orders: deque[_Order] = deque()
        self._on = False
        self._booted = False
        self._busy = False
        self._guest: Guest | None = None
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._live, name=f"server {self.name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is on: from the order to start until the order to stop, or until it ended by itself."""
        return self._on

    @property
    def system(self) -> int | None:
        """The pid of its systemd; None while it is off or its boot has just begun."""
        guest = self._guest
        return guest.system if guest else None

    def order(self, order: _Order) -> None:
        """Add an order; what is wanted counts at once. A server that is on is not started again."""
        with self._changed:
            if isinstance(order, _On) and self._on:
                return
            self._on, self._booted = isinstance(order, _On), False
            self._orders.append(order)
            self._changed.notify_all()
            os.eventfd_write(self._waker, 1)

    def wait_booted(self, timeout: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._booted or not self._on, timeout)
            return self._booted

    def settle(self, timeout: float) -> bool:
        """Wait until no order is left to carry out: it has been started, or is gone."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._orders and not self._busy, timeout)

    def join(self) -> None:
        self._thread.join()
        os.close(self._waker)

    def _live(self) -> None:
        while not isinstance(order := self._next(), _Quit):
            if isinstance(order, _On):
                self._run(order.spec)
            elif order.disk == "forget":
                self._clear(self._disk.forget)
            self._idle()

    def _next(self) -> _Order:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._orders))
            self._busy = True
            return self._orders.popleft()

    def _idle(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _run(self, wanted: HostSpec) -> None:
        """Boot it, and again as often as it restarts by itself."""
        again = True
        while again:
            reason = self._boot(wanted)
            again = reason is not None and self._ended(reason)

    def _ended(self, reason: Reason) -> bool:
        """Tell that it ended by itself, unless an order came meanwhile; whether it boots again."""
        with self._changed:
            if self._orders:
                return False
            self._booted = False
            self._on = reason == "reboot"
            self._changed.notify_all()
        self._call(lambda: self._on_exit(self.name, reason))
        return reason == "reboot"

    def _boot(self, wanted: HostSpec) -> Reason | None:
        """Run it until it ends; None when an order ended it."""
        try:
            guest = self._guest = Guest(wanted, self._disk, self._place)
        except (OSError, NetworkError) as error:
            self.failure = f"{self.name} cannot be started: {error}"
            self._clear(lambda: end(wanted, self._place))
            return "died"
        try:
            return self._watch(guest)
        finally:
            self._guest = None
            self._clear(guest.down)

    def _clear(self, away: Callable[[], None]) -> None:
        """Take away what is left; what stays is told, and the next boot or the sweep tries again."""
        try:
            away()
        except OSError:
            _log.exception("something of the server %s is left", self.name)

    def _watch(self, guest: Guest) -> Reason | None:
        self._idle()
        answering = False
        while not guest.ended(self._waker, None if answering else _PROBE):
            if self._interrupted():
                return None
            if not answering and guest.answers():
                answering = True
                self._tell_booted()
        reason = guest.reason()
        words = self._disk.last_words() or "without a word"
        self.failure = f"{self.name} ended: {words}." if reason == "died" else ""
        return reason

    def _interrupted(self) -> bool:
        try:
            os.eventfd_read(self._waker)
        except BlockingIOError:
            return False
        with self._changed:
            return bool(self._orders)

    def _tell_booted(self) -> None:
        with self._changed:
            if not self._on:
                return
            self._booted = True
            self._changed.notify_all()
        self._call(lambda: self._on_booted(self.name))

    def _call(self, told: Callable[[], None]) -> None:
        try:
            told()
        except Exception:  # noqa: BLE001 # whatever a listener does wrong, the server's thread goes on
            _log.exception("nobody took in what became of the server %s", self.name)


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
        self._server(wanted.name).order(_On(wanted))

    def stop(self, name: str) -> None:
        """Switch it off hard, as pulling the plug does; its disk stays."""
        if name in self._servers:
            self._servers[name].order(_Off("keep"))

    def destroy(self, name: str) -> None:
        """Switch it off and forget its disk."""
        self._server(name).order(_Off("forget"))

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
            server.order(_Off("keep"))
            server.order(_Quit())
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
