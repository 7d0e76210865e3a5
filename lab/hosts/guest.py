"""One server that runs: its process, from the boot script to its end.

disk, network (told by arp), cgroups -> boot: Guest -> wait: Booted | End(reason) -> down
"""

import logging
import os
import select
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lab.hosts import arp, cgroups, commands, network
from lab.hosts.cgroups import Trees
from lab.hosts.disk import Disk
from lab.hosts.net import RackNet
from lab.hosts.spec import HostSpec

Reason = Literal["reboot", "poweroff", "died"]

_log = logging.getLogger(__name__)

SSH: Final = 22
_LISTEN: Final = "0A"
"""TCP_LISTEN, as /proc/net/tcp writes it."""
_REASONS: Final[dict[int, Reason]] = {-signal.SIGHUP: "reboot", -signal.SIGINT: "poweroff"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where servers run."""

    net: RackNet
    trees: Trees
    base: Path


class Guest:
    """A started server. Made, used and ended by one thread, with which its process dies."""

    def __init__(self, spec: HostSpec, disk: Disk, place: Place) -> None:
        self.spec = spec
        self._disk = disk
        self._place = place
        disk.prepare(spec, place.net)
        network.guest_up(place.net, spec)
        _announce(spec, place.net)
        groups = cgroups.make(place.trees, place.net.prefix, spec.name)
        with disk.console.open("wb") as console:
            self._process = subprocess.Popen(
                commands.launch(place.net.namespace(spec.name), disk.script, groups),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self._handle = os.pidfd_open(self._process.pid)

    @property
    def init(self) -> int | None:
        """The pid of the guest's first process, as this machine counts; None before it runs or after its end."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with suppress(OSError, IndexError):
            return int(children.read_text().split()[0])
        return None

    @property
    def system(self) -> int | None:
        """The pid of the guest's systemd; None while its boot script still sees this machine's files."""
        init = self.init
        with suppress(OSError):
            if init is not None and Path(f"/proc/{init}/comm").read_text() == "systemd\n":
                return init
        return None

    def ended(self, waker: int, timeout: float | None) -> bool:
        """Wait for its end, until `waker` becomes readable or `timeout` seconds are over; whether it has ended."""
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        poll.register(waker, select.POLLIN)
        ready = poll.poll(None if timeout is None else timeout * 1000)
        return any(descriptor == self._handle for descriptor, _ in ready)

    def answers(self) -> bool:
        """Whether sshd listens and users may log in, which they may not from early in the boot until late in it.

        Looked up in /proc: a connection made to try it would leave an error in the server's own log.
        """
        system = self.system
        if system is None:
            return False
        with suppress(OSError):
            table = Path(f"/proc/{system}/net/tcp").read_text()
            return listens(table, SSH) and not Path(f"/proc/{system}/root/run/nologin").exists()
        return False

    def reason(self) -> Reason:
        """Say how it ended: the kernel tells a restart by SIGHUP and a halt by SIGINT of the first process."""
        code = self._process.wait()
        return _REASONS.get(code, "died")

    def down(self) -> None:
        """End what runs of it, and take its network and cgroups away; its disk stays."""
        init = self.init
        if init is not None:
            with suppress(ProcessLookupError):
                os.kill(init, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        os.close(self._handle)
        end(self.spec, self._place)


def _announce(spec: HostSpec, net: RackNet) -> None:
    if not arp.announce(net, net.namespace(spec.name), arp.announcements(spec)):
        _log.warning(
            "%s comes up, but its network does not carry yet: who knew its addresses keeps what he knew", spec.name
        )


def listens(table: str, port: int) -> bool:
    """Look in the text of /proc/PID/net/tcp for a socket that listens at the port (pure)."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == _LISTEN for row in rows if len(row) > 3)


def end(spec: HostSpec, place: Place) -> None:
    """Remove what a server's processes leave: members of its groups, the groups, its network."""
    cgroups.empty(place.trees, place.net.prefix, spec.name)
    cgroups.remove(place.trees, place.net.prefix, spec.name)
    network.guest_down(place.net, spec)
