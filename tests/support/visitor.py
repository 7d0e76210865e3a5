"""A person before the task app, reduced to HTTP: pages, cookies, forms. Also what the demo shows of the running app.

python -m tests.support.visitor URL USER PASSWORD_FILE     a tour, told line by line; exit code 1 where it ends early
"""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path

_SERVER = re.compile(r"Answered by\s*(?:<[^>]*>\s*)*([a-z0-9-]+)")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TITLE = re.compile(r'<p class="title">([^<]*)</p>')
PATIENCE = 10.0


@dataclass(frozen=True)
class Page:
    """An answer: its status, where it came from after redirects, its text."""

    status: int
    url: str
    text: str

    @property
    def server(self) -> str:
        """Which server says that it answered; "" where the page doesn't say."""
        found = _SERVER.search(self.text)
        return found.group(1) if found else ""

    @property
    def titles(self) -> list[str]:
        return _TITLE.findall(self.text)


@dataclass
class Visitor:
    """A browser without eyes. Every request is a connection of its own."""

    base: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def get(self, path: str = "/") -> Page:
        return self._ask(path, None)

    def post(self, path: str, fields: dict[str, str], form: str = "/") -> Page:
        """Fill in the form that the page `form` shows, and send it."""
        token = _TOKEN.search(self.get(form).text)
        if token is None:
            raise AssertionError(f"{self.base}{form} shows no form")
        return self._ask(path, {**fields, "csrfmiddlewaretoken": token.group(1)})

    def add(self, title: str) -> Page:
        return self.post("/tasks/add", {"title": title, "notes": "", "due": ""})

    def log_in(self, user: str, password: str) -> bool:
        """Log in to the admin pages; says whether that worked."""
        where = "/admin/login/?next=/admin/"
        page = self.post(where, {"username": user, "password": password, "next": "/admin/"}, where)
        return page.status == 200 and "Log out" in page.text

    def health(self) -> dict[str, object]:
        return json.loads(self.get("/health").text)

    def _ask(self, path: str, fields: dict[str, str] | None) -> Page:
        url = urllib.parse.urljoin(self.base, path)
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        # an opener without proxies: the servers are in the rack, whatever the environment says of the world outside
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        request = urllib.request.Request(url, data, {"Referer": url})
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return Page(answer.status, answer.url, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, url, error.read().decode())


def tour(base: str, user: str, password: str) -> bool:
    """Show that it alternates, that /admin/ lets in, and that one server sees what another took in."""
    answered = [Visitor(base).get().server for _ in range(6)]
    print(f"six requests were answered by {', '.join(answered)}")
    visitor = Visitor(base)
    entered = visitor.log_in(user, password)
    print(f"/admin/ {'lets' if entered else 'does not let'} {user} in")
    title = _next(visitor.get().titles)
    print(f"a task was added through {visitor.add(title).server}")
    seen = {page.server for page in (visitor.get() for _ in range(4)) if title in page.titles}
    print(f"it is seen through {' and '.join(sorted(seen))}")
    return entered and len(set(answered)) == len(seen) > 1


def _next(written: list[str]) -> str:
    """Choose what to write down: the first thing to do that nobody has written down yet."""
    work = (
        "Mount the switch",
        "Cable server1 to server5",
        "Set the AMT passwords",
        "Put the router's DHCP out",
        "Label the rack",
    )
    return next((title for title in work if title not in written), f"Look after {len(written)} tasks")


if __name__ == "__main__":
    sys.exit(0 if tour(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_text().strip()) else 1)
