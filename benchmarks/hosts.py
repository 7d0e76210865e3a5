"""Servers that run: twelve that are deployed together take hardly longer than one, and cost little of the machine.

MAAS works at timed pace, so one server takes 60 s whatever the lab does; what twelve take beyond is the lab's. At the
immediate pace what a boot costs is counted by the kernel, in the cgroups of the servers.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, seconds
from lab.hosts import cgroups
from lab.hosts.guest import SSH
from lab.hosts.testing import Hosts, running_hosts
from lab.rackhosts.testing import running_rack
from tests.lab.maas.conftest import Raw
from tests.lab.rack.conftest import Site

SERVERS = 12
DEPLOYING = 60.0
"""Seconds."""
PATIENCE = 300.0
PAUSE = 0.05
"""Seconds between two looks at servers that boot."""


def run() -> Iterator[Figure]:
    """Deploy one and twelve through MAAS, then boot servers without it and count what they cost."""
    yield from deployments()
    yield from boots()


def deployments() -> Iterator[Figure]:
    """Time from the order to the last SSH answer."""
    with running_rack(name=f"fleet:{SERVERS + 1}") as rack:
        site = Site(rack, Raw(rack.maas))
        site.prepare()
        names = [each.name for each in rack.maas.service.world.rack]
        for name in names:
            site.ready(name)
        rack.maas.pace("timed", deploying=DEPLOYING)
        one = seconds(lambda: deploy(site, names[:1]))
        all_of_them = seconds(lambda: deploy(site, names[1:]))
        yield Figure("one server at a pace of 60 s answers SSH", one, "s")
        yield Figure(f"{SERVERS} together / one", all_of_them / one, "x", 1.25)


def deploy(site: Site, names: Sequence[str]) -> None:
    """Order all, then wait for each one's login."""
    for name in names:
        site.op(name, "deploy")
    until(lambda: all(site.status(name) == "Deployed" for name in names))
    until(lambda: all(site.answers(name) for name in names))


def boots() -> Iterator[Figure]:
    """Boot servers without MAAS; the processor time is theirs and that of the process that starts them."""
    trees = cgroups.here()
    if trees is None:
        raise RuntimeError("servers need a cgroup v2 tree")
    with running_hosts(["first"]) as hosts:
        names = [f"server{number}" for number in range(SERVERS)]
        before = own_cpu()
        together = seconds(lambda: boot(hosts, names))
        mine = own_cpu() - before
        theirs = sum(cpu(trees.unified / hosts.net.prefix / name) for name in names)
        yield Figure(f"{SERVERS} servers boot together, until port {SSH} answers", together, "s")
        yield Figure("processor time of a server", (theirs + mine) / SERVERS, "s", 1.0)
        hosts["first"].kill()
        yield Figure("one server on again, with its disk", seconds(hosts["first"].start), "s")


def boot(hosts: Hosts, names: Sequence[str]) -> None:
    """Order all, then wait for each."""
    for name in names:
        hosts.add(name, wait=False)
    for name in names:
        hosts[name].wait()


def own_cpu() -> float:
    """Seconds of processor time of this process and of those that it has ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def cpu(group: Path) -> float:
    """Seconds of processor time of all that has run in a group."""
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6


def until(what: Callable[[], bool]) -> None:
    """Wait for something real."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the servers did not boot within {PATIENCE:.0f} s")
        time.sleep(PAUSE)
