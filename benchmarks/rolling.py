"""An app's servers behind NGINX, asked 50 times a second: while a release rolls through them, and when one dies.

A visitor who waits for nobody: requests start at their time, however slow the ones before. Every tenth adds a task:
a POST that NGINX never sends twice, so that nothing but the app servers themselves can save it.
"""

from __future__ import annotations

import http.client
import re
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.app_servers import app_cluster, bring, together
from benchmarks.figures import Figure, seconds
from providers.hosts.crud.nginx import NginxSiteProvider
from tests.lab.django.cluster import Cluster, Held, edition, release

RATE = 50
"""Requests a second."""
SERVERS = 3
AFTER = 5.0
"""Seconds after a server died in which a few requests may fail."""


def run() -> Iterator[Figure]:
    """Roll a release through three servers, then pull the plug of one."""
    with app_cluster(SERVERS, "balancer") as cluster:
        held = bring(cluster)
        address = _balanced(cluster)
        with tempfile.TemporaryDirectory() as folder, asking(address) as visits:
            newer = _newer(cluster, Path(folder))
            visits.begin()
            took = seconds(lambda: together(cluster, held, newer))
            rolled = visits.end()
        yield Figure(f"a release through {SERVERS} servers", took, "s")
        yield Figure("requests meanwhile", len(rolled), "")
        yield Figure("of them failed", sum(not each.good for each in rolled), "", 0)
        yield Figure("the slowest of them", max(each.took for each in rolled), "s")
        yield from _failover(cluster, address)


def _failover(cluster: Cluster, address: str) -> Iterator[Figure]:
    with asking(address) as visits:
        time.sleep(2)
        visits.begin()
        cluster.servers[1].kill()
        time.sleep(AFTER)
        first = visits.end()
        visits.begin()
        time.sleep(15)
        later = visits.end()
    yield Figure(f"a server dies: % failed within {AFTER:.0f} s", _failed(first), "%", 1)
    yield Figure("% failed in the 15 s after", _failed(later), "%", 0)


def _failed(visits: list[Visit]) -> float:
    return 100 * sum(not each.good for each in visits) / len(visits)


def _balanced(cluster: Cluster) -> str:
    """Put NGINX before the app servers; its address."""
    balancer = cluster.others["balancer"]
    upstreams = [{"name": guest.name, "address": guest.address, "port": 8080} for guest in cluster.servers]
    Held(NginxSiteProvider()).up({**cluster.on(balancer), "upstreams": upstreams})
    return balancer.address


def _newer(cluster: Cluster, folder: Path) -> str:
    """Build another release of the app; its id."""
    held = release()
    held.up(cluster.source(cluster.servers[0], edition(folder, "newer", {"tasks/forms.py": "+\n# newer\n"})))
    return held.state["release"]


@dataclass(frozen=True)
class Visit:
    """One request: when it began (monotonic seconds), how long it took, whether it was answered as it should be."""

    began: float
    took: float
    good: bool


@dataclass
class Visits:
    """Requests so far, and where a stretch of them began."""

    done: list[Visit] = field(default_factory=list[Visit])
    since: float = 0.0

    def begin(self) -> None:
        """Begin a stretch."""
        self.since = time.monotonic()

    def end(self) -> list[Visit]:
        """End it, once what began in it has come to its end; give its requests."""
        until = time.monotonic()
        time.sleep(1)
        return [each for each in list(self.done) if self.since <= each.began < until]


@contextmanager
def asking(address: str) -> Generator[Visits]:
    """Ask RATE times a second until the block ends."""
    visits, stop = Visits(), threading.Event()
    token = _token(address)

    def visit(number: int) -> None:
        began = time.monotonic()
        good = _asked(address, token if number % 10 == 0 else "")
        visits.done.append(Visit(began, time.monotonic() - began, good))

    def drive() -> None:
        with ThreadPoolExecutor(200) as pool:
            start = time.monotonic()
            number = 0
            while not stop.wait(max(0.0, start + number / RATE - time.monotonic())):
                pool.submit(visit, number)
                number += 1

    driver = threading.Thread(target=drive)
    driver.start()
    try:
        yield visits
    finally:
        stop.set()
        driver.join()


def _asked(address: str, token: str) -> bool:
    """Ask for the list, or add a task where there is a token."""
    connection = http.client.HTTPConnection(address, timeout=40)
    try:
        if token:
            body = urllib.parse.urlencode({"title": "Rolled", "csrfmiddlewaretoken": token})
            kind = "application/x-www-form-urlencoded"
            connection.request("POST", "/tasks/add", body, {"Cookie": f"csrftoken={token}", "Content-Type": kind})
            return connection.getresponse().status == http.HTTPStatus.FOUND
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status == http.HTTPStatus.OK and b'"database": "ok"' in answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _token(address: str) -> str:
    """Get a token for forms from the page, as a browser does; its cookie's secret serves as one too."""
    connection = http.client.HTTPConnection(address, timeout=40)
    connection.request("GET", "/")
    answer = connection.getresponse()
    found = re.search(r"csrftoken=(\w+)", answer.headers.get("Set-Cookie", ""))
    connection.close()
    if found is None:
        raise RuntimeError(f"the page at {address} brings no form: {answer.status} {answer.reason}")
    return found[1]
