"""The commands that make a rack and its servers (pure): what a spec means to `ip`, `mount` and `unshare`.

rack_up / guest_up -> [Command] for network.run     boot_script, launch -> argv for guest
"""

import ipaddress
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.hosts.net import BRIDGE, MAIN, RackNet, mac_of, port
from lab.hosts.spec import HostSpec, Nic

_DROPPED: Final = ("mknod", "sys_module", "sys_rawio", "sys_time", "syslog")
"""Capabilities that reach past a guest: this machine's devices, kernel, clock and messages."""

_JOIN: Final = (
    'for file; do echo $$ >"$file"; done; exec unshare --mount --propagation private --pid --fork '
    '--kill-child=SIGKILL --uts --ipc --cgroup sh "$0"'
)


@dataclass(frozen=True, slots=True)
class Command:
    """Arguments of `ip`; `lines` go to its standard input, as `ip -batch -` takes them."""

    arguments: tuple[str, ...]
    lines: tuple[str, ...] = ()

    @property
    def argv(self) -> list[str]:
        return ["ip", *self.arguments, *(["-batch", "-"] if self.lines else [])]


def rack_up(net: RackNet) -> list[Command]:
    """Make the bridge, this machine's link to it, and main's.

    A bridge without a MAC of its own takes one of its ports', and another one as servers come and go.
    """
    main = net.namespace(MAIN)
    return [
        Command(("netns", "add", net.rack)),
        Command(("netns", "add", main)),
        Command(
            ("-n", net.rack),
            (
                "link set lo up",
                f"link add {BRIDGE} address {mac_of(BRIDGE)} type bridge",
                f"address add {net.interface(net.router)} dev {BRIDGE}",
                f"link set {BRIDGE} up",
                f"link add {port(MAIN, 0)} type veth peer name eth0 address {mac_of(MAIN)} netns {main}",
                f"link set {port(MAIN, 0)} master {BRIDGE} up",
            ),
        ),
        Command(
            ("-n", main),
            (
                "link set lo up",
                f"address add {net.interface(net.main)} dev eth0",
                "link set eth0 up",
                f"route add default via {net.router}",
            ),
        ),
        Command(("link", "add", net.host_link, "type", "veth", "peer", "name", "host", "netns", net.rack)),
        Command(("-n", net.rack, "link", "set", "host", "master", BRIDGE, "up")),
        Command(("address", "add", net.interface(net.host), "dev", net.host_link)),
        Command(("link", "set", net.host_link, "up")),
    ]


def guest_up(net: RackNet, spec: HostSpec) -> list[Command]:
    """Make a server's namespace with its cards, addresses and default route."""
    namespace = net.namespace(spec.name)
    ports = [
        line
        for index, nic in enumerate(spec.nics)
        for line in (
            f"link add {port(spec.name, index)} type veth peer name {nic.name} address {nic.mac} netns {namespace}",
            f"link set {port(spec.name, index)} master {BRIDGE} up",
        )
    ]
    inside = ["link set lo up", *(line for nic in spec.nics for line in _card(nic)), *_default_route(spec)]
    return [
        Command(("netns", "add", namespace)),
        *([Command(("-n", net.rack), tuple(ports))] if ports else []),
        Command(("-n", namespace), tuple(inside)),
    ]


def guest_down(net: RackNet, spec: HostSpec) -> list[Command]:
    """Take a server's cards off the bridge, then its namespace away.

    The cards go first: a namespace ends some time after its deletion, and the names on the bridge are taken until then.
    """
    return [
        *(Command(("-n", net.rack, "link", "delete", port(spec.name, index))) for index in range(len(spec.nics))),
        Command(("netns", "delete", net.namespace(spec.name))),
    ]


def _card(nic: Nic) -> list[str]:
    bridge = [f"link add {nic.bridge} address {nic.mac} type bridge", f"link set {nic.name} master {nic.bridge}"]
    return [
        *(bridge if nic.bridge else []),
        f"link set {nic.name} up",
        *([f"link set {nic.bridge} up"] if nic.bridge else []),
        *(f"address add {address} dev {nic.carrier}" for address in nic.addresses),
    ]


def _default_route(spec: HostSpec) -> list[str]:
    """Route by the gateway where a card reaches it; a server whose cards have other networks has no way out."""
    if not spec.gateway:
        return []
    gateway = ipaddress.ip_address(spec.gateway)
    reached = any(gateway in ipaddress.ip_interface(each).network for nic in spec.nics for each in nic.addresses)
    return [f"route add default via {spec.gateway}"] if reached else []


def launch(namespace: str, script: Path, groups: Sequence[Path]) -> list[str]:
    """Run the boot script as the first process of new namespaces, in the cgroups `groups`.

    It dies with the thread that starts it (--pdeathsig), the guest with it (--kill-child).
    """
    entered = ["nsenter", f"--net=/run/netns/{namespace}", "sh", "-euc", _JOIN, str(script)]
    return ["setpriv", "--pdeathsig", "KILL", *entered, *(str(each / "cgroup.procs") for each in groups)]


def boot_script(spec: HostSpec, disk: Path, base: Path) -> str:
    """Write the script that mounts a root in the directory `disk` and gives it to systemd.

    sysfs and most of /proc/sys are read-only: they are this machine's. /proc/sys/net belongs to the namespace.
    """
    return _SCRIPT.format(
        name=spec.name,
        disk=shlex.quote(str(disk)),
        base=shlex.quote(str(base)),
        binds="\n".join(_bind(source, target) for source, target in spec.binds.items()),
        dropped=",-".join(_DROPPED),
    )


def _bind(source: str, target: str) -> str:
    outside, inside = shlex.quote(source), shlex.quote(target.lstrip("/"))
    folder = shlex.quote(str(Path(target.lstrip("/")).parent))
    make = f"if [ -d {outside} ]; then mkdir -p {inside}; else mkdir -p {folder}; : >>{inside}; fi"
    return f"{make}\nmount --bind {outside} {inside}"


_SCRIPT: Final = """\
set -eu
umask 022
hostname {name}
cd {disk}
rm -rf work/work/incompat
mount -t overlay -o lowerdir={base},upperdir=upper,workdir=work,volatile overlay root
cd root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw proc/sys/net
if [ -e proc/sysrq-trigger ]; then
  mount --bind proc/sysrq-trigger proc/sysrq-trigger
  mount -o remount,bind,ro proc/sysrq-trigger
fi
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs tmp
for device in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "dev/${{device%:*}}" c 1 "${{device#*:}}"
done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t cgroup2 cgroup2 sys/fs/cgroup
{binds}
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=lab \\
  setpriv --bounding-set -{dropped} /lib/systemd/systemd --system
"""
