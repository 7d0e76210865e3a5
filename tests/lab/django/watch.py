"""Visitors: one request, or a steady stream of them while something else happens."""

import http.client
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import lab.hosts.testing as lab_hosts


def get(guest: lab_hosts.Guest, path: str = "/", port: int = 8080) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{guest.address}:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


def health(guest: lab_hosts.Guest, port: int = 8080) -> dict[str, str]:
    return json.loads(get(guest, "/health", port))


def log_in(guest: lab_hosts.Guest, user: str, password: str) -> str:
    """Log in to the admin of one server; the cookie that a browser would send from then on."""
    form = _answer(guest, "/admin/login/")
    token = form.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]
    fields = {"username": user, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = _answer(guest, "/admin/login/", f"csrftoken={token}", urllib.parse.urlencode(fields))
    cookies = " ".join(answer.headers.get_all("Set-Cookie") or ())
    return "sessionid=" + cookies.partition("sessionid=")[2].partition(";")[0]


def seen_by(guest: lab_hosts.Guest, cookie: str) -> str:
    """Get the admin's page with a cookie."""
    return _answer(guest, "/admin/", cookie).read().decode()


def _answer(guest: lab_hosts.Guest, path: str, cookie: str = "", form: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(guest.address, 8080, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    connection.request("POST" if form else "GET", path, form, {"Cookie": cookie, "Connection": "close", **kind})
    return connection.getresponse()


@dataclass
class Visits:
    """What a stream of requests came to: the releases that answered, in their order, and what failed."""

    releases: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    slowest: float = 0.0


@contextmanager
def visiting(guest: lab_hosts.Guest, every: float = 0.05) -> Generator[Visits]:
    """Ask for /health again and again, a connection each, as a balancer does."""
    visits, end = Visits(), threading.Event()

    def visit() -> None:
        while not end.wait(every):
            began = time.monotonic()
            try:
                visits.releases.append(health(guest)["release"])
            except (OSError, ValueError, http.client.HTTPException) as error:
                visits.failed.append(repr(error))
            visits.slowest = max(visits.slowest, time.monotonic() - began)

    threads = [threading.Thread(target=visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield visits
    finally:
        end.set()
        for thread in threads:
            thread.join()
