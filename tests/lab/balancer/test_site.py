"""NGINX on a real server before two others: turns, shares, failures, drift, and settings that it does not take."""

import itertools
import json
import urllib.request

import pytest

from lab.hosts.testing import Guest
from providers.hosts.crud.base import server_of
from providers.hosts.crud.nginx import NginxSiteProvider, data
from providers.hosts.errors import HostError, StepFailedError
from tests.lab.balancer.conftest import PORT, Held
from tests.support.certificates import certificate_text, key_text, new_key

MASTER = "systemctl show nginx -p MainPID --value"
AVAILABLE = "/etc/nginx/sites-available/app"


def test_requests_take_strict_turns(site: Held) -> None:
    assert int(site.kit.balancer.run("pgrep -c -f 'nginx: worker'")) > 1
    answers = site.kit.ask(20)
    assert set(answers) == {"back1 200", "back2 200"}
    assert all(one != next_one for one, next_one in itertools.pairwise(answers))


def test_a_second_time_changes_nothing(site: Held) -> None:
    assert server_of(site.state).apply("nginx", data(site.state)) == ()
    assert site.drift() == []


def test_weights_are_shares_and_a_change_does_not_restart(site: Held) -> None:
    before = site.kit.balancer.run(MASTER)
    site.set(upstreams=site.kit.members_with("back1", weight=3))
    answers = site.kit.ask(40)
    assert (answers.count("back1 200"), answers.count("back2 200")) == (30, 10)
    assert site.kit.balancer.run(MASTER) == before


def test_a_drained_server_gets_nothing(site: Held) -> None:
    site.set(upstreams=site.kit.members_with("back1", down=True))
    assert set(site.kit.ask(6)) == {"back2 200"}


def test_when_up_ends_nobody_is_served_by_the_old_config(site: Held) -> None:
    for served, drained in [("back1", "back2"), ("back2", "back1")] * 4:
        site.set(upstreams=site.kit.members_with(drained, down=True))
        with urllib.request.urlopen(f"http://{site.kit.balancer.address}/", timeout=20) as answer:
            assert answer.read().decode() == served


def test_a_stopped_service_fails_nobody(site: Held) -> None:
    site.kit.members[0].run("sudo systemctl stop app")
    assert site.kit.ask(10) == ["back2 200"] * 10


def test_a_dead_server_fails_nobody_and_costs_a_second_only_now_and_then(site: Held) -> None:
    site.kit.members[0].kill()
    command = "curl -so /dev/null -w '%{http_code} %{time_total}\\n' http://localhost/"
    answers = site.kit.balancer.run(f"for i in $(seq 20); do {command}; done").split()
    assert answers[::2] == ["200"] * 20
    assert sum(float(seconds) > 0.9 for seconds in answers[1::2]) < 5  # 10 of them met it first, if nobody learned


def test_a_get_that_one_server_refuses_goes_to_the_other(site: Held) -> None:
    assert site.kit.ask(4, "http://localhost/not-on-back1") == ["back2 200"] * 4


def test_a_post_is_never_sent_twice(site: Held) -> None:
    assert site.kit.ask(1, options="-X POST") == ["no 503"]
    assert sum(len(each.run("cat /tmp/posts || :")) for each in site.kit.members) == 1


def test_the_app_learns_who_asks_and_for_what(site: Held) -> None:
    shown, _, status = site.kit.ask(1, "http://localhost/headers", "-H 'Host: tasks.test:8001'")[0].rpartition(" ")
    headers = json.loads(shown)
    assert (status, headers["Host"], headers["X-Forwarded-Host"]) == ("200", "tasks.test:8001", "tasks.test:8001")
    assert (headers["X-Forwarded-For"], headers["X-Real-IP"]) == ("127.0.0.1", "127.0.0.1")
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "80")
    assert "Server: nginx" in site.kit.balancer.run("curl -si http://localhost/").splitlines()


def test_a_setting_that_nginx_refuses_leaves_all_as_it_was(site: Held) -> None:
    front = site.kit.balancer
    before = front.run(f"cat {AVAILABLE}; {MASTER}; ls /etc/nginx/sites-enabled /etc | grep nginx")
    with pytest.raises(StepFailedError) as caught:
        site.set(upstreams=[{"name": "a", "address": "nowhere.invalid", "port": 80}])
    assert caught.value.server == "front"
    assert 'host not found in upstream "nowhere.invalid:80" in /etc/nginx/sites-enabled/app' in str(caught.value)
    assert front.run(f"cat {AVAILABLE}; {MASTER}; ls /etc/nginx/sites-enabled /etc | grep nginx") == before
    assert set(site.kit.ask(4)) == {"back1 200", "back2 200"}
    assert site.drift() == []


DRIFT = {
    "service stopped": ("systemctl stop nginx", "NGINX runs, and starts with the server"),
    "not enabled": ("systemctl disable nginx", "NGINX runs, and starts with the server"),
    "file edited": (f"sed -i s/weight=1/weight=9/ {AVAILABLE}", f"{AVAILABLE} is as described"),
    "link removed": ("rm /etc/nginx/sites-enabled/app", "/etc/nginx/sites-enabled/app leads to"),
    "package removed": ("apt-get purge -qq -y nginx nginx-common", "NGINX is installed"),
    "a site of others": (
        "sh -c 'echo \"server { listen 80; server_name a.test; }\" > /etc/nginx/conf.d/a.conf'",
        "/etc/nginx/conf.d/a.conf takes none of its requests",
    ),
    "the default site": (
        "sh -c 'apt-get install -qq -y nginx; ln -s ../sites-available/default /etc/nginx/sites-enabled/default'",
        "/etc/nginx/sites-enabled/default takes none of its requests",
    ),
}


@pytest.mark.parametrize("case", DRIFT)
def test_drift_is_named_and_repaired(site: Held, case: str) -> None:
    spoil, said = DRIFT[case]
    site.kit.balancer.run(f"sudo {spoil}")
    found = site.drift()
    assert [each for each in found if said in each]
    inputs = site.kit.inputs()
    difference = NginxSiteProvider().diff(site.id, {**site.state, "drift": found}, inputs)
    assert difference.changes
    assert not difference.replaces
    site.set()
    assert site.drift() == []
    assert set(site.kit.ask(2)) == {"back1 200", "back2 200"}


def test_https_and_back(site: Held) -> None:
    key, front = new_key(), site.kit.balancer
    secret = key_text(key)
    site.set(certificate=certificate_text(key), private_key=secret)
    assert site.drift() == []
    assert set(site.kit.ask(2, "https://localhost/")) == {"back1 200", "back2 200"}
    redirect = front.run("curl -so /dev/null -w '%{http_code} %{redirect_url}' 'http://localhost/x?y'")
    assert redirect == "308 https://localhost/x?y"
    assert front.run("sudo stat -c '%a %U' /etc/nginx/tls/app.key") == "600 root\n"
    front.run("sudo chmod 644 /etc/nginx/tls/app.key")
    assert ["/etc/nginx/tls/app.key is as described" in each for each in site.drift()] == [True]
    site.set()
    assert set(site.kit.ask(2)) == {"back1 200", "back2 200"}
    assert front.run("ls /etc/nginx/tls") == ""


def test_a_port_of_another_program_is_told_by_its_name(site: Held) -> None:
    front = site.kit.balancer
    front.run("sudo systemd-run --quiet --unit taken python3 -m http.server 81")
    _until_listening(front, 81)
    try:
        with pytest.raises(HostError, match=r"front: port 81 is in use by python3 \(process \d+\)"):
            site.set(port=81)
    finally:
        front.run("sudo systemctl stop taken")
    assert site.drift() == []
    site.set(port=81)
    assert set(site.kit.ask(2, "http://localhost:81/")) == {"back1 200", "back2 200"}


def test_a_deleted_site_is_gone_and_nginx_with_it_unless_it_has_another(site: Held) -> None:
    front = site.kit.balancer
    second = NginxSiteProvider().create(site.kit.inputs(name="second", port=PORT + 1))
    NginxSiteProvider().delete(site.id, site.state)
    assert site.kit.ask(1, f"http://localhost:{PORT + 1}/")[0].endswith("200")
    assert front.run("ls /etc/nginx/sites-enabled") == "second\n"
    NginxSiteProvider().delete(second.id, dict(second.outs or {}))
    assert front.run("ls /etc/nginx/sites-enabled; systemctl is-active nginx || :") == "inactive\n"
    NginxSiteProvider().delete(second.id, dict(second.outs or {}))


def _until_listening(server: Guest, port: int) -> None:
    server.run(f"until ss -Hltn 'sport = :{port}' | grep -q .; do :; done")


def test_a_firewall_that_filters_admits_the_site_and_no_longer_when_it_is_gone(site: Held) -> None:
    front = site.kit.balancer
    front.run("sudo ufw allow 22/tcp && sudo ufw --force enable")
    try:
        assert site.drift() == ["The firewall admits 80/tcp"]
        site.set(port=81)
        assert _admitted(front) == {"22/tcp", "81/tcp"}
        site.set()
        assert _admitted(front) == {"22/tcp", "80/tcp"}
        assert site.drift() == []
        NginxSiteProvider().delete(site.id, site.state)
        assert _admitted(front) == {"22/tcp"}
    finally:
        front.run("sudo ufw --force disable; sudo ufw --force reset")


def _admitted(server: Guest) -> set[str]:
    rows = [line.split() for line in server.run("sudo ufw status").splitlines()]
    return {row[0] for row in rows if row[1:] == ["ALLOW", "Anywhere"]}
