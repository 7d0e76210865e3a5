"""One server of a fleet: a thread that carries out its orders, and tells what becomes of it.

order (On, Off, Quit) -> queue -> thread: boot a Guest, watch it, end it -> on_booted, on_exit
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from lab.hosts.disk import Disk
from lab.hosts.guest import Guest, Place, Reason, end
from lab.hosts.network import NetworkError
from lab.hosts.spec import HostSpec

Booted = Callable[[str], None]
Exited = Callable[[str, Reason], None]

_log = logging.getLogger(__name__)

_PROBE: Final = 0.03
"""Seconds between two looks for sshd."""


@dataclass(frozen=True, slots=True)
class On:
    """Boot with this spec."""

    spec: HostSpec


@dataclass(frozen=True, slots=True)
class Off:
    """Pull the plug; keep or forget the disk."""

    disk: Literal["keep", "forget"]


class Quit:
    """The thread's last order."""


Order = On | Off | Quit


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
        self._orders: deque[Order] = deque()
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

    def order(self, order: Order) -> None:
        """Add an order; what is wanted counts at once. A server that is on is not started again."""
        with self._changed:
            if isinstance(order, On) and self._on:
                return
            self._on, self._booted = isinstance(order, On), False
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
        while not isinstance(order := self._next(), Quit):
            if isinstance(order, On):
                self._run(order.spec)
            elif order.disk == "forget":
                self._clear(self._disk.forget)
            self._idle()

    def _next(self) -> Order:
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
