"""A MAAS that does not run, on a server whose `snap` and `maas` are stand-ins that start and stop a real service.

The lab's own main has no services to stop: there MAAS answers exactly while it is installed.
"""

from collections.abc import Iterator

import pytest

from lab.hosts.testing import Guest, Hosts
from providers.hosts import session
from providers.hosts.connection import Connection
from providers.hosts.session import Server
from tests.support.guests import guest, rack

__all__ = ["rack"]

URL = "http://127.0.0.1:5240/MAAS"
SNAP = """\
#!/bin/sh
case "$1" in
  list) printf 'Name Version Rev Tracking Publisher Notes\\nmaas 3.5.3-1 1 3.5/stable canonical -\\n'
        printf 'maas-test-db 14 1 latest/stable canonical -\\n' ;;
  restart) exec systemctl restart maas ;;
  *) echo "error: unknown command" >&2; exit 64 ;;
esac
"""
MAAS = """\
#!/bin/sh
[ "$1 $2" = "config --parsable" ] || exit 2
printf 'mode=region+rack\\nmaas_url=%s\\n' "$(cat /srv/url)"
"""
UNIT = """\
[Service]
ExecStart=/usr/bin/python3 -m http.server --directory /srv/www 5240
"""


def put(server: Guest, path: str, text: str, mode: str = "755") -> None:
    server.run(f"sudo tee {path} >/dev/null && sudo chmod {mode} {path}", stdin=text)


@pytest.fixture
def main(rack: Hosts) -> Iterator[tuple[Guest, Server]]:
    server = guest(rack, "stopped")
    put(server, "/usr/local/bin/snap", SNAP)
    put(server, "/usr/local/bin/maas", MAAS)
    put(server, "/etc/systemd/system/maas.service", UNIT, "644")
    server.run("sudo mkdir -p /srv/www/MAAS/api/2.0/version && sudo systemctl daemon-reload")
    put(server, "/srv/url", URL, "644")
    way = Connection("main", server.address, user=server.user, private_key_file=str(server.key_file))
    yield server, session.current().on(way)
    session.release()


def test_a_stopped_maas_is_started_and_waited_for(main: tuple[Guest, Server]) -> None:
    server, way = main
    wanted = {"url": URL, "channel": "3.5/stable", "adopted": False}
    stopped = (f"MAAS runs and answers at {URL}",)
    assert way.plan("maas_region", wanted) == stopped
    assert way.apply("maas_region", wanted) == stopped
    assert server.run("systemctl is-active maas") == "active\n"
    assert way.apply("maas_region", wanted) == ()


def test_channel_and_url_are_kept_of_an_adopted_maas_alone(main: tuple[Guest, Server]) -> None:
    server, way = main
    server.run("sudo systemctl start maas")
    wanted = {"url": URL, "channel": "3.6/stable", "adopted": False}
    assert way.plan("maas_region", wanted) == ("The snap maas is of 3.6/stable",)
    assert way.plan("maas_region", {**wanted, "adopted": True}) == ()
    put(server, "/srv/url", "http://main:5240/MAAS", "644")
    wanted["channel"] = "3.5/stable"
    assert way.plan("maas_region", wanted) == (f"MAAS's own URL is {URL}",)
    assert way.plan("maas_region", {**wanted, "adopted": True}) == ()
