"""Six app servers take little longer than one: one build, one migration, all servers at the same time.

Real guests with an empty disk each time: packages, release, migration, servers, until all answer on their port.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.figures import Figure, seconds
from lab.hosts.testing import running_hosts
from providers.hosts import session
from providers.hosts.crud import appserver_rollout
from tests.lab.django.cluster import Cluster, Held, app_server, install_database, migration, release

MANY = 6


def run() -> Iterator[Figure]:
    """Time one server, then six; each in a project and on servers of its own."""
    one = timed(1)
    many = timed(MANY)
    yield Figure("an app on one server, from empty disks", one, "s")
    yield Figure(f"an app on {MANY} servers, from empty disks", many, "s")
    yield Figure(f"{MANY} servers / one", many / one, "x", 2.5)


def timed(count: int) -> float:
    """Make an app on so many servers; seconds."""
    with app_cluster(count) as cluster:
        return seconds(lambda: bring(cluster))


def bring(cluster: Cluster) -> list[Held]:
    """Make release, migration and servers as the engine does: what depends waits, the rest goes together."""
    first, built = cluster.servers[0], release()
    built.up(cluster.source(first))
    name = built.state["release"]
    migration().up(cluster.migration(first, name))
    held = [app_server() for _ in cluster.servers]
    together(cluster, held, name)
    return held


def together(cluster: Cluster, held: list[Held], name: str) -> None:
    """Bring all servers to a release at the same moment; raises what one raised."""
    appserver_rollout.forget()
    with ThreadPoolExecutor(len(held)) as pool:
        pairs = zip(held, cluster.servers, strict=True)
        for done in [pool.submit(each.up, cluster.server(guest, name)) for each, guest in pairs]:
            done.result()


@contextmanager
def app_cluster(count: int, *more: str) -> Generator[Cluster]:
    """Boot a database server, so many app servers, and `more`; in a project's folder of their own."""
    names = [f"app{number + 1}" for number in range(count)]
    before = os.getcwd()  # noqa: PTH109 - to be gone back to
    with tempfile.TemporaryDirectory() as folder, running_hosts(["database", *names, *more]) as guests:
        os.chdir(folder)
        try:
            install_database(guests["database"])
            yield Cluster(guests["database"], [guests[name] for name in names], dict(guests))
        finally:
            session.release()
            os.chdir(before)
