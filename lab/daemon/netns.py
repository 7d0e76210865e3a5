"""The rack's network: one namespace with a veth pair to the host, as root.

    host  m2c0 172.16.15.254/20  <-veth->  eth0 172.16.0.3/20  namespace m2c-rack

Reachable from this machine alone: nothing is forwarded or translated, nothing on the host changes but the veth.
`/run/m2c-rack.json` says whose it is, so that a lab in another directory does not take it away.
"""

import ipaddress
import json
import subprocess
from pathlib import Path
from typing import Final, cast

NAMESPACE: Final = "m2c-rack"
HOST_END: Final = "m2c0"
HOST_ADDRESS: Final = "172.16.15.254"
MAAS_ADDRESS: Final = "172.16.0.3"
NETWORK: Final = ipaddress.ip_network("172.16.0.0/20")
OWNER: Final = Path("/run/m2c-rack.json")


class NetworkError(Exception):
    """The namespace cannot be made; the message says why, for a person."""


def _ip(*arguments: str) -> str:
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NetworkError("The namespace needs the command `ip` (iproute2); or start with --loopback.") from error
    if done.returncode:
        raise NetworkError(f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}.")
    return done.stdout


def exists() -> bool:
    listed = cast("list[dict[str, object]]", json.loads(_ip("-j", "netns", "list") or "[]"))
    return any(each["name"] == NAMESPACE for each in listed)


def overlap(routes: list[dict[str, object]]) -> str | None:
    """Find the route that already leads into the rack's network, as `ip route` prints it; None when it is free."""
    for route in routes:
        destination = str(route.get("dst", "default"))
        if destination == "default" or route.get("dev") == HOST_END:
            continue
        if ipaddress.ip_network(destination).overlaps(NETWORK):
            return f"{destination} dev {route.get('dev', '?')}"
    return None


def check_free() -> None:
    """Refuse where something else already routes the rack's network."""
    taken = overlap(cast("list[dict[str, object]]", json.loads(_ip("-j", "-4", "route") or "[]")))
    if taken:
        raise NetworkError(
            f"{NETWORK} is already routed here ({taken}), so the lab cannot use it; remove that route, "
            "or start with --loopback."
        )


def make(home: Path) -> None:
    """Make the namespace and both ends of the pair."""
    check_free()
    _ip("netns", "add", NAMESPACE)
    OWNER.write_text(json.dumps({"home": str(home)}))
    try:
        _ip("link", "add", HOST_END, "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE)
        _ip("address", "add", f"{HOST_ADDRESS}/{NETWORK.prefixlen}", "dev", HOST_END)
        _ip("link", "set", HOST_END, "up")
        _ip("-n", NAMESPACE, "link", "set", "lo", "up")
        _ip("-n", NAMESPACE, "address", "add", f"{MAAS_ADDRESS}/{NETWORK.prefixlen}", "dev", "eth0")
        _ip("-n", NAMESPACE, "link", "set", "eth0", "up")
    except NetworkError:
        remove()
        raise


def owner() -> Path | None:
    """Say which home the namespace belongs to."""
    try:
        return Path(str(cast("dict[str, object]", json.loads(OWNER.read_text()))["home"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def remove() -> None:
    """Remove the pair and the namespace, whatever is left of them."""
    links = cast("list[dict[str, object]]", json.loads(_ip("-j", "link") or "[]"))
    if any(each.get("ifname") == HOST_END for each in links):
        _ip("link", "delete", HOST_END)
    if exists():
        _ip("netns", "delete", NAMESPACE)
    OWNER.unlink(missing_ok=True)


def inside(command: list[str]) -> list[str]:
    """Wrap a command so that it runs in the namespace; `ip` replaces itself, so the process id stays."""
    return ["ip", "netns", "exec", NAMESPACE, *command]
