"""Running the commands of `commands`: a rack's namespaces and links come, are seen and go."""

import ipaddress
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from lab.hosts import commands
from lab.hosts.commands import Command
from lab.hosts.net import MAIN, RackNet
from lab.hosts.spec import HostSpec

NAMED: Final = Path("/run/netns")
_FORWARD: Final = "/proc/sys/net/ipv4/ip_forward"


class NetworkError(Exception):
    """The network cannot be made; the message says why, for a person."""


def run(command: Command) -> str:
    """Run one command; its output."""
    done = _done(command)
    if done.returncode:
        raise NetworkError(f"`{' '.join(command.argv)}` failed: {done.stderr.strip()}.")
    return done.stdout


def _done(command: Command) -> "subprocess.CompletedProcess[str]":
    given = "".join(f"{line}\n" for line in command.lines) or None
    try:
        return subprocess.run(command.argv, input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NetworkError("The namespace needs the command `ip` (iproute2); or start with --loopback.") from error


def run_all(commands: Iterable[Command]) -> None:
    for command in commands:
        run(command)


def namespaces() -> list[str]:
    """Name the network namespaces of this machine that have names."""
    return sorted(each.name for each in NAMED.iterdir()) if NAMED.is_dir() else []


def rack_exists(net: RackNet) -> bool:
    return net.rack in namespaces()


def overlap(routes: list[dict[str, object]], net: RackNet) -> str | None:
    """Find the route that already leads into the rack's network, as `ip -j route` gives it; None when it is free."""
    for route in routes:
        destination = str(route.get("dst", "default"))
        if destination == "default" or route.get("dev") == net.host_link:
            continue
        if ipaddress.ip_network(destination).overlaps(ipaddress.ip_network(net.subnet)):
            return f"{destination} dev {route.get('dev', '?')}"
    return None


def taken(net: RackNet) -> str | None:
    """Give what else this machine routes into the rack's network."""
    return overlap(routes(), net)


def routes() -> list[dict[str, object]]:
    """Give this machine's IPv4 routes, as `ip -j route` has them."""
    return cast("list[dict[str, object]]", json.loads(run(Command(("-j", "-4", "route"))) or "[]"))


def rack_up(net: RackNet) -> None:
    """Make the rack's network; what was made of it goes again when something fails."""
    try:
        run_all(commands.rack_up(net))
        _refuse_way_out(net)
    except NetworkError:
        rack_down(net)
        raise


def _refuse_way_out(net: RackNet) -> None:
    """Let the bridge's namespace answer 'network unreachable' at once: it routes, but knows no way out.

    Without that, whatever a server sends elsewhere vanishes and its program waits for minutes.
    """
    run(Command(("netns", "exec", net.rack, "sh", "-c", f"echo 1 >{_FORWARD}")))


def rack_down(net: RackNet) -> None:
    """Take away every namespace of the rack and this machine's link, whatever is left of them."""
    links = cast("list[dict[str, object]]", json.loads(run(Command(("-j", "link"))) or "[]"))
    if any(each.get("ifname") == net.host_link for each in links):
        run(Command(("link", "delete", net.host_link)))
    for namespace in filter(net.owns, namespaces()):
        run(Command(("netns", "delete", namespace)))


def guest_up(net: RackNet, spec: HostSpec) -> None:
    """Make a server's network; main's exists as long as the rack does."""
    if spec.name == MAIN:
        return
    guest_down(net, spec)
    run_all(commands.guest_up(net, spec))


def guest_down(net: RackNet, spec: HostSpec) -> None:
    """Take a server's network away, as far as it is there."""
    if spec.name != MAIN:
        for command in commands.guest_down(net, spec):
            _done(command)
