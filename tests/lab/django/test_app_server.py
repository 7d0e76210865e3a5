"""One app server on a real guest: what it is, what a refresh sees, what happens when a release doesn't run."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

from providers.hosts.errors import HostError, StepFailedError
from tests.lab.django.cluster import DATABASE_PASSWORD, SECRET_KEY, Cluster, Held, app_server, edition, release
from tests.lab.django.watch import get, health

RUNS = "tasks.service runs release {} as set"
ENVIRONMENT = "/etc/tasks/environment is as the program says"


@pytest.fixture
def running(cluster: Cluster, built: Held) -> Generator[Held]:
    """The second server, with the app's release."""
    held = app_server()
    held.up(cluster.server(cluster.servers[1], built.state["release"]))
    yield held
    if held.id:
        held.down()


def test_it_serves_pages_and_names_itself(cluster: Cluster, running: Held):
    second = cluster.servers[1]
    assert 'Answered by <strong class="server">j2</strong>' in get(second)
    assert "/static/tasks/style." in get(second)
    assert "Log in" in get(second, "/admin/login/?next=/admin/")
    assert not running.up(cluster.server(second, running.state["release"]))
    assert running.refresh() == []


def test_its_secrets_are_for_nobody_else(cluster: Cluster, running: Held):
    del running
    second = cluster.servers[1]
    assert second.run("stat -c '%a %U' /etc/tasks/environment").split() == ["600", "root"]
    process = second.run("systemctl show -p MainPID --value tasks.service").strip()
    environment = second.run(f"sudo cat /proc/{process}/environ").split("\0")
    assert f"SECRET_KEY={SECRET_KEY}" in environment, "systemd reads back what was written"
    everything = second.run("ps -eo args; sudo journalctl -u tasks --no-pager; sudo find /tmp /var/tmp -type f")
    assert DATABASE_PASSWORD not in everything
    assert second.run(f"ps -o user= -p {process}").strip() == "tasks"


def test_it_survives_a_reboot(cluster: Cluster, running: Held):
    second = cluster.servers[1]
    second.kill()
    second.start()
    assert health(second)["release"] == running.state["release"]


@pytest.mark.parametrize(
    ("deed", "seen"),
    [
        ("sudo systemctl stop tasks.service", [RUNS]),
        ("sudo systemctl stop tasks.socket tasks.service", ["tasks.socket listens on port 8080", RUNS]),
        ("sudo systemctl disable -q tasks.socket", ["tasks.socket listens on port 8080"]),
        ("echo DEBUG=1 | sudo tee -a /etc/tasks/environment", [ENVIRONMENT]),
        ("echo DEBUG=1 | sudo tee -a /etc/tasks/environment; sudo systemctl restart tasks", [ENVIRONMENT]),
        ("sudo rm /etc/tasks/gunicorn.py", ["/etc/tasks/gunicorn.py is as the program says"]),
        (
            "sudo sed -i s/User=tasks/User=root/ /etc/systemd/system/tasks.service; sudo systemctl daemon-reload",
            ["/etc/systemd/system/tasks.service is as the program says"],
        ),
        ("sudo sed -i /database/d /etc/hosts", ["/etc/hosts names {database} database"]),
        ("sudo ln -sfn /srv /srv/tasks/current", ["/srv/tasks/current is {}"]),
        ("sudo chmod 644 /etc/tasks/environment", [ENVIRONMENT]),
        ("sudo touch /srv/tasks/releases/{}/app/manage.py", ["Release {} is complete"]),
        ("sudo rm -r /srv/tasks/releases/{}", ["Release {} is complete"]),
    ],
)
def test_what_somebody_did_is_seen_by_name_and_repaired(cluster: Cluster, running: Held, deed: str, seen: list[str]):
    second, name = cluster.servers[1], running.state["release"]
    second.run(deed.replace("{}", name))
    words = {"database": f"{cluster.database.address}"}
    assert running.refresh() == [line.format(name, **words) for line in seen]
    assert running.up(cluster.server(second, name))
    assert running.refresh() == []
    assert health(second) == {"server": "j2", "release": name, "database": "ok"}
    assert second.run("systemctl show -p User --value tasks.service").strip() == "tasks"


def test_a_settings_change_reaches_the_running_process(cluster: Cluster, running: Held):
    second = cluster.servers[1]
    wanted = cluster.server(second, running.state["release"], **cluster.told(TIME_ZONE="Europe/Paris"))
    assert running.up(wanted)
    process = second.run("systemctl show -p MainPID --value tasks.service").strip()
    assert "TIME_ZONE=Europe/Paris" in second.run(f"sudo cat /proc/{process}/environ").split("\0")


def test_another_port_is_moved_to(cluster: Cluster, running: Held):
    second = cluster.servers[1]
    assert running.up(cluster.server(second, running.state["release"], port=8090))
    assert health(second, 8090)["server"] == "j2"
    with pytest.raises(OSError, match="refused"):
        health(second, 8080)


def test_a_port_in_use_names_who_has_it(cluster: Cluster, built: Held):
    third = cluster.servers[2]
    third.run(
        "sudo systemd-run -q --unit=taker python3 -m http.server 8080;"
        " for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :8080 && break; sleep 0.2; done"
    )
    held = app_server()
    with pytest.raises(HostError, match=r"j3: port 8080 is in use by python3 \(process \d+\), so tasks can't listen"):
        held.up(cluster.server(third, built.state["release"]))
    third.run("sudo systemctl stop taker")
    held.up(cluster.server(third, built.state["release"]))
    assert health(third)["server"] == "j3", "once the port is free, the same inputs go on"
    held.down()


def test_a_release_that_cannot_answer_is_never_switched_to(cluster: Cluster, running: Held):
    second, name = cluster.servers[1], running.state["release"]
    started = second.run("systemctl show -p ExecMainStartTimestampMonotonic --value tasks.service")
    wrong = {"secret_env": {"SECRET_KEY": "k", "DATABASE_PASSWORD": "not-the-one"}}
    with pytest.raises(StepFailedError, match="answers in a process of its own") as failed:
        running.up({**cluster.server(second, name), **wrong})
    assert "GET /health answered 503" in failed.value.output
    assert "password authentication failed" in failed.value.output
    assert "not-the-one" not in str(failed.value)
    assert second.run("systemctl show -p ExecMainStartTimestampMonotonic --value tasks.service") == started


def test_a_release_that_fails_as_a_service_gives_way_to_the_one_before(cluster: Cluster, running: Held, tmp_path: Path):
    second, name = cluster.servers[1], running.state["release"]
    trap = '+\nimport sys\nif "gunicorn" in sys.modules:\n    raise RuntimeError("not under gunicorn")\n'
    broken = release()
    broken.up(cluster.source(cluster.servers[0], edition(tmp_path, "broken", {"tasks/settings.py": trap})))
    with pytest.raises(HostError) as failed:
        running.up(cluster.server(second, broken.state["release"]))
    said = str(failed.value)
    assert said.startswith(f"j2: release {broken.state['release']} does not run, so release {name} was put back")
    assert "not under gunicorn" in said, "the service's own words"
    assert health(second)["release"] == name
    assert second.run("readlink /srv/tasks/current").strip().endswith(name)
    assert running.refresh() == []


def test_a_first_release_that_fails_leaves_nothing_listening(cluster: Cluster, built: Held, tmp_path: Path):
    del built
    third = cluster.servers[2]
    trap = '+\nimport sys\nif "gunicorn" in sys.modules:\n    raise RuntimeError("not under gunicorn")\n'
    broken = release()
    broken.up(cluster.source(cluster.servers[0], edition(tmp_path, "broken", {"tasks/settings.py": trap})))
    with pytest.raises(HostError, match="and was stopped, since there was none before it"):
        app_server().up(cluster.server(third, broken.state["release"]))
    assert third.run("ss -ltnH 'sport = :8080'") == ""


def test_three_releases_stay(cluster: Cluster, running: Held, tmp_path: Path):
    second, name = cluster.servers[1], running.state["release"]
    second.run("for old in a b c d; do sudo mkdir -p /srv/tasks/releases/00000000000$old; done")
    second.run("sudo touch -d yesterday /srv/tasks/releases/00000000000[ab]")
    running.up(cluster.server(second, name, workers=3))
    there = second.run("ls /srv/tasks/releases").split()
    assert there == sorted(["00000000000c", "00000000000d", name])
    del tmp_path


def test_the_firewall_admits_the_port_where_it_filters(cluster: Cluster, running: Held):
    second, name = cluster.servers[1], running.state["release"]
    second.run("sudo ufw allow 22/tcp && sudo ufw --force enable")
    try:
        assert running.refresh() == ["The firewall admits 8080/tcp"]
        assert running.up(cluster.server(second, name))
        assert re.search(r"8080/tcp\s+ALLOW", second.run("sudo ufw status"))
        assert health(second)["server"] == "j2"
        running.down()
        assert "8080/tcp" not in second.run("sudo ufw status")
    finally:
        second.run("sudo ufw --force disable")


def test_destroy_leaves_nothing(cluster: Cluster, running: Held):
    second = cluster.servers[1]
    running.down()
    left = (
        "ls -d /srv/tasks /etc/tasks /var/cache/tasks /etc/systemd/system/tasks.* 2>/dev/null;"
        " getent passwd tasks; ss -ltnH 'sport = :8080'; grep database /etc/hosts"
    )
    assert second.run(left, check=False) == ""


def test_a_server_that_is_gone_counts_as_deleted(cluster: Cluster, running: Held, capsys: pytest.CaptureFixture[str]):
    second = cluster.servers[1]
    second.kill()
    try:
        assert running.refresh() == [], "its state stays as it was"
        running.down()
    finally:
        second.start()
    assert "counts as deleted" in "".join(capsys.readouterr())
