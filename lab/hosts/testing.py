"""Servers for tests: real guests in a rack of the test's own, without MAAS.

with running_hosts(["a", "b"]) as hosts:
    hosts["a"].run("systemctl is-system-running")
    hosts["b"].kill()
"""

import shutil
import subprocess
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lab.hosts import base, cache, enter, mirror, network, private, served, ssh, sweep
from lab.hosts.cache import Say
from lab.hosts.fleet import Fleet
from lab.hosts.mirror import Mirror
from lab.hosts.net import RackNet, mac_of
from lab.hosts.spec import HostSpec, Nic
from lab.maas.home import write_key_pair

BOOT: Final = 60.0
"""Seconds that a guest may take to boot on a machine that does much else."""

_FIRST: Final = 10
"""The last part of the first server's address."""


@dataclass(frozen=True)
class Guest:
    """A server of a test. `stop` and `kill` pull the plug, `start` boots it with the disk that it has."""

    spec: HostSpec
    key_file: Path
    fleet: Fleet = field(repr=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def address(self) -> str:
        return self.spec.address

    @property
    def user(self) -> str:
        return self.spec.user

    @property
    def running(self) -> bool:
        return self.fleet.running(self.name)

    def run(self, command: str, *, check: bool = True, stdin: str = "") -> str:
        """Run a shell command over SSH; its standard output. With `check`, CalledProcessError tells what it printed."""
        argv = ssh.command(self.key_file, self.user, self.address, [command])
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
        if check and done.returncode:
            words = f"{done.stdout}{done.stderr}"
            raise AssertionError(f"{self.name}: `{command}` ended with status {done.returncode}: {words}")
        return done.stdout

    def inside(self, *command: str) -> str:
        """Run a command as root without SSH, whatever is wrong with its network or sshd; its output."""
        return self.fleet.inside(self.name, command)

    def kill(self) -> None:
        """Switch it off, without a word to what runs on it; its disk stays."""
        self.fleet.stop(self.name)
        if not self.fleet.settle():
            raise TimeoutError(f"{self.name} could not be switched off in time")

    stop = kill

    def start(self, *, wait: bool = True) -> None:
        """Switch it on again."""
        self.fleet.start(self.spec)
        if wait:
            self.wait()

    def install_again(self, *, wait: bool = True) -> None:
        """Forget its disk and boot a new one: another host key, nothing installed."""
        self.fleet.destroy(self.name)
        self.start(wait=wait)

    def wait(self, timeout: float = BOOT) -> None:
        """Wait until it answers SSH, also after a reboot that it does by itself."""
        if not self.fleet.wait_booted(self.name, timeout):
            raise TimeoutError(f"{self.name} did not answer SSH in {timeout:.0f} s. {self.fleet.failure(self.name)}")


class Hosts(dict[str, Guest]):
    """The servers of a rack by name."""

    def __init__(self, net: RackNet, home: Path, fleet: Fleet) -> None:
        super().__init__()
        self.net = net
        self.home = home
        self.fleet = fleet
        self.key_file = home / "ssh-key"

    @property
    def mirror(self) -> str:
        """The URL of the package mirror, as servers reach it: /debian, /simple, /git below it."""
        return self.net.mirror

    @property
    def git(self) -> Path:
        """Where published repositories lie."""
        return self.home / served.GIT

    def spec(self, name: str, **given: object) -> HostSpec:
        """Give the spec of the next server; `given` are further fields of HostSpec."""
        address = self.net.interface(self.net.main.rsplit(".", 1)[0] + f".{_FIRST + len(self)}")
        nic = Nic("eth0", mac_of(f"{self.net.prefix}/{name}"), (address,))
        key = self.key_file.with_name("ssh-key.pub").read_text()
        plain = HostSpec(name, (nic,), (key,), gateway=self.net.router)
        return replace(plain, **given)

    def add(self, wanted: str | HostSpec, *, wait: bool = True) -> Guest:
        """Boot one more server; a spec without cards gets this rack's card, gateway and key."""
        spec = self._filled(wanted)
        self[spec.name] = Guest(spec, self.key_file, self.fleet)
        self[spec.name].start(wait=wait)
        return self[spec.name]

    def _filled(self, wanted: str | HostSpec) -> HostSpec:
        if isinstance(wanted, str):
            return self.spec(wanted)
        if wanted.nics:
            return wanted
        plain = self.spec(wanted.name)
        keys = (*wanted.authorized_keys, *plain.authorized_keys)
        return replace(wanted, nics=plain.nics, gateway=plain.gateway, authorized_keys=keys)

    def publish(self, source: Path, name: str) -> str:
        """Publish a repository or folder; the URL that servers clone it from."""
        return f"{self.mirror}/git/{served.publish(source, name, self.git).name}"


def _silent(_text: str) -> None:
    """Say nothing: a test does not tell how the cache grows."""


@contextmanager
def running_hosts(
    wanted: Sequence[str | HostSpec] = (), *, say: Say = _silent, numbers: Iterable[int] | None = None
) -> Generator[Hosts]:
    """Boot servers in a private rack, wait until all answer SSH, and leave nothing of them behind.

    Names give plain servers with a card eth0 in 172.21.N.0/24. The first call on a machine makes base and mirror, which
    takes a minute. Root only; see `needs.missing`.
    """
    base_path = base.get(say)
    filled = mirror.get(base_path, say)
    with private.claimed(numbers or private.NUMBERS) as net, _clean(net) as home:
        network.rack_up(net)
        with _open(net, home, base_path, filled) as hosts:
            for each in wanted:
                hosts.add(each, wait=False)
            for guest in hosts.values():
                guest.wait()
            yield hosts


@contextmanager
def _clean(net: RackNet) -> Generator[Path]:
    """Give an empty home; what a rack of this number left when its process was killed goes first."""
    home = cache.root() / ".racks" / net.prefix

    def clean() -> None:
        sweep.sweep(net)
        if home.exists():
            shutil.rmtree(home)

    clean()
    home.mkdir(parents=True, mode=0o700)
    try:
        yield home
    finally:
        clean()


@contextmanager
def _open(net: RackNet, home: Path, base_path: Path, filled: Mirror) -> Generator[Hosts]:
    write_key_pair(home / "ssh-key")

    async def start() -> Callable[[], Awaitable[None]]:
        return (await served.serve(net.main, net.mirror_port, filled, home / served.GIT)).cleanup

    with enter.serving(net.namespace("main"), start):
        fleet = Fleet(home, net, base_path=base_path)
        try:
            yield Hosts(net, home, fleet)
        finally:
            fleet.close()
