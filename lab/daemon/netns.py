"""The course's network on this machine: the rack's namespaces with the lab that owns them, as root.

host  m2c0 172.16.15.254/20  <-veth->  bridge br0, namespace m2c-rack  <-veth->  eth0 172.16.0.3/20, namespace m2c-main

The daemon runs in m2c-main, servers in namespaces of their own on the same bridge (lab.hosts). Reachable from this
machine alone: nothing is forwarded or translated, nothing on the host changes but the veth. `/run/m2c-rack.json` says
whose the network is, so that a lab in another directory does not take it away.
"""

import json
from pathlib import Path
from typing import Final, cast

from lab.hosts import network, sweep
from lab.hosts.net import COURSE, MAIN
from lab.hosts.network import NetworkError

NAMESPACE: Final = COURSE.namespace(MAIN)
"""Where the daemon runs."""
MAAS_ADDRESS: Final = COURSE.main
OWNER: Final = Path("/run/m2c-rack.json")


def overlap(routes: list[dict[str, object]]) -> str | None:
    """Find the route that already leads into the course's network, as `ip route` prints it; None when it is free."""
    return network.overlap(routes, COURSE)


def check_free() -> None:
    """Refuse where something else already routes the rack's network."""
    taken = network.taken(COURSE)
    if taken:
        raise NetworkError(
            f"{COURSE.subnet} is already routed here ({taken}), so the lab cannot use it; remove that route, "
            "or start with --loopback."
        )


def make(home: Path) -> None:
    """Make the namespaces and links, for the lab at `home`."""
    check_free()
    OWNER.write_text(json.dumps({"home": str(home)}))
    try:
        network.rack_up(COURSE)
    except NetworkError:
        OWNER.unlink(missing_ok=True)
        raise


def owner() -> Path | None:
    """Say which home the network belongs to."""
    try:
        return Path(str(cast("dict[str, object]", json.loads(OWNER.read_text()))["home"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def remove() -> None:
    """Remove servers, namespaces and links, whatever is left of them."""
    sweep.sweep(COURSE)
    OWNER.unlink(missing_ok=True)


def inside(command: list[str]) -> list[str]:
    """Wrap a command so that it runs in the namespace, with this machine's mounts; `nsenter` replaces itself."""
    return ["nsenter", f"--net={network.NAMED / NAMESPACE}", *command]
