"""Three servers: two that answer with their names, and one for NGINX."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pulumi.dynamic import ReadResult

from lab.hosts.testing import Guest, Hosts
from providers.common.raw import texts
from providers.hosts import session
from providers.hosts.crud.nginx import NginxSiteProvider
from tests.support.guests import guest, rack

__all__ = ["rack"]

PORT = 8080
APP = """\
import http.server, json, pathlib, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(self.headers)) if self.path == "/headers" else sys.argv[1]
        self.answer(503 if self.path == f"/not-on-{sys.argv[1]}" else 200, body)

    def do_POST(self):
        with pathlib.Path("/tmp/posts").open("a") as posts:
            posts.write("x")
        self.answer(503, "no")

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
UNIT = """\
[Service]
ExecStart=/usr/bin/python3 /srv/app.py {name}
[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Kit:
    """NGINX's server, and those behind it."""

    balancer: Guest
    members: tuple[Guest, ...]

    def inputs(self, **given: object) -> dict[str, object]:
        """Give the checked inputs of a site before all members."""
        front = self.balancer
        connection = {"name": front.name, "host": front.address, "user": front.user, "patience": 60}
        raw: dict[str, object] = {
            "connection": {**connection, "private_key_file": str(front.key_file)},
            "machine": "m1",
            "upstreams": [{"name": each.name, "address": each.address, "port": PORT} for each in self.members],
            **given,
        }
        checked = NginxSiteProvider().check({}, raw)
        assert not checked.failures
        return dict(checked.inputs)

    def members_with(self, name: str, **given: object) -> list[dict[str, object]]:
        """Give the upstreams, one of them with something of its own."""
        own: dict[str, dict[str, object]] = {name: given}
        return [
            {"name": each.name, "address": each.address, "port": PORT, **own.get(each.name, {})}
            for each in self.members
        ]

    def ask(self, times: int, url: str = "http://localhost/", options: str = "") -> list[str]:
        """Ask so many times, each over a connection of its own; "BODY STATUS" each."""
        command = f"curl -ks --max-time 20 {options} -w ' %{{http_code}}\\n' {url}"
        return self.balancer.run(f"for i in $(seq {times}); do {command}; done").splitlines()


@dataclass
class Held:
    """A site as a stack holds it."""

    kit: Kit
    id: str
    state: dict[str, object]

    def set(self, **given: object) -> None:
        """Bring it to other inputs."""
        news = self.kit.inputs(**given)
        self.state = dict(NginxSiteProvider().update(self.id, self.state, news).outs or {})

    def read(self) -> ReadResult:
        return NginxSiteProvider().read(self.id, self.state)

    def drift(self) -> list[str]:
        """Refresh; the names of what differs."""
        return list(texts(self.read().outs or {}, "drift"))


@pytest.fixture(scope="session")
def kit(rack: Hosts) -> Iterator[Kit]:
    names = ("front", "back1", "back2")
    for name in names:
        if name not in rack:
            rack.add(name, wait=False)
    front, *back = (guest(rack, name) for name in names)
    for each in (front, *back):
        each.wait()
    for each in back:
        each.run("sudo tee /srv/app.py >/dev/null", stdin=APP)
        each.run("sudo tee /etc/systemd/system/app.service >/dev/null", stdin=UNIT.format(name=each.name))
        each.run("sudo systemctl enable --now app")
    yield Kit(front, tuple(back))
    session.release()


@pytest.fixture
def site(kit: Kit) -> Iterator[Held]:
    """A site before both members, as `up` makes it."""
    made = NginxSiteProvider().create(kit.inputs())
    kit.balancer.run("sudo systemctl reload nginx")  # it forgets whom earlier tests made fail
    yield Held(kit, made.id, dict(made.outs or {}))
    for each in kit.members:
        each.start()
        each.run("sudo systemctl start app; sudo rm -f /tmp/posts")
