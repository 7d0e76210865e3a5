"""MAAS's orders carried out by a fleet of hosts.

    Service ─ install, boot, power_off, destroy, fill_disk ─> HostsDriver ─> Fleet ─> hosts
    Service <─ saw: up | lost | off ─ HostsDriver <─ booted, ended, or silent for too long ─ Fleet

Orders return at once: the fleet queues them per host, and what runs inside a host waits for a thread of its own.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, Protocol

from lab.hosts.cache import CacheError
from lab.hosts.spec import HostSpec
from lab.maas.models import Install, Sight
from lab.rackhosts import disks
from lab.rackhosts.specs import host_spec

BOOT_SECONDS: Final = 180.0
"""How long a host may take to answer by SSH; twelve that boot at once on two cores need a few of them."""

_log = logging.getLogger("lab")


class Hosts(Protocol):
    """What the driver needs of `lab.hosts.fleet.Fleet`."""

    on_booted: Callable[[str], None]
    on_exit: Callable[[str, Literal["reboot", "poweroff", "died"]], None]

    def start(self, wanted: HostSpec) -> None: ...
    def stop(self, name: str) -> None: ...
    def destroy(self, name: str) -> None: ...
    def running(self, name: str) -> bool: ...
    def failure(self, name: str) -> str: ...
    def inside(self, name: str, command: Sequence[str]) -> str: ...


class HostsDriver:
    """Runs the rack's machines on a fleet; `saw` is told what became of each (`Service.saw`)."""

    hosted = True

    def __init__(self, hosts: Hosts, saw: Callable[[str, Sight], None], patience: float = BOOT_SECONDS) -> None:
        self._hosts = hosts
        self._saw = saw
        self._patience = patience
        self._alarms: dict[str, threading.Timer] = {}
        self._full: dict[str, str] = {}
        self._inside = ThreadPoolExecutor(1, thread_name_prefix="inside hosts")
        hosts.on_booted = self._booted
        hosts.on_exit = self._ended

    def install(self, system: Install, ssh_delay: float) -> None:
        """Start the machine with a fresh disk that holds this system."""
        self._hosts.destroy(system.machine)
        self.boot(system, ssh_delay)

    def boot(self, system: Install, ssh_delay: float) -> None:
        """Start the machine from the disk that it has."""
        try:
            self._hosts.start(host_spec(system, ssh_delay))
        except ValueError as error:
            _log.error("%s cannot run as a host: %s", system.machine, error)
            self._watch(system.machine, 0.0)
        else:
            self._watch(system.machine, self._patience + ssh_delay)

    def power_off(self, machine: str) -> None:
        """Stop the machine, its disk kept."""
        self._unwatch(machine)
        self._hosts.stop(machine)

    def destroy(self, machine: str) -> None:
        """Stop the machine and forget its disk."""
        self._unwatch(machine)
        self._hosts.destroy(machine)

    def fill_disk(self, machine: str, path: str) -> None:
        """Let writes below `path` fail for want of space, at later boots too; an empty path gives all space back."""
        before = self._full.pop(machine, "")
        if path:
            self._full[machine] = path
        if self._hosts.running(machine):
            self._inside.submit(self._refill, machine, before, path)

    def close(self) -> None:
        """Wait for nothing any more; the fleet is its owner's to close."""
        for machine in list(self._alarms):
            self._unwatch(machine)
        self._inside.shutdown()

    def _refill(self, machine: str, before: str, path: str) -> None:
        try:
            if before:
                self._hosts.inside(machine, disks.free(before))
            if path:
                self._hosts.inside(machine, disks.fill(path))
        except LookupError:
            return  # it is off: the next boot fills the disk
        except CacheError as error:
            _log.warning("%s: its disk could not be filled: %s", machine, error)

    def _booted(self, machine: str) -> None:
        self._unwatch(machine)
        path = self._full.get(machine, "")
        if path:
            self._refill(machine, "", path)
        self._saw_one(machine, "up")

    def _ended(self, machine: str, reason: Literal["reboot", "poweroff", "died"]) -> None:
        _log.info("%s ended: %s %s", machine, reason, self._hosts.failure(machine))
        if reason == "reboot" or self._hosts.running(machine):
            return
        waited = self._unwatch(machine)
        self._saw_one(machine, "off")
        if waited:
            self._saw_one(machine, "lost")

    def _watch(self, machine: str, seconds: float) -> None:
        self._unwatch(machine)
        alarm = threading.Timer(seconds, self._silent, (machine,))
        alarm.daemon = True
        self._alarms[machine] = alarm
        alarm.start()

    def _unwatch(self, machine: str) -> bool:
        """End the wait for a machine's first answer; False when none was under way."""
        alarm = self._alarms.pop(machine, None)
        if alarm is not None:
            alarm.cancel()
        return alarm is not None

    def _silent(self, machine: str) -> None:
        if self._alarms.pop(machine, None) is not None:
            _log.warning("%s has not answered by SSH for %.0f s", machine, self._patience)
            self._saw_one(machine, "lost")

    def _saw_one(self, machine: str, sight: Sight) -> None:
        try:
            self._saw(machine, sight)
        except Exception:  # noqa: BLE001 # what a host does must not end the thread that runs it
            _log.exception("%s is %s, and MAAS failed to take it in", machine, sight)
