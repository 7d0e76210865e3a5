"""The course from a bare main to an app behind its balancer, then what goes wrong in it: one story, told in order.

Real servers, the committed stack, the real command. Each test begins where the one before it ended.
"""

import json
import re
import subprocess
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.course import Course, course_network, make_course
from tests.support.guests import skip_without_root

pytestmark = pytest.mark.slow

SERVERS = ("server1", "server2", "server3", "server4")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Generator[Course]:
    skip_without_root()
    folder = tmp_path_factory.mktemp("course")
    home = folder / "lab"
    home.mkdir()
    made = make_course(folder / "kit", home)
    with course_network():
        made.lab("up", "--reset", "--bare", timeout=900)
        try:
            yield made
        finally:
            made.lab("down")


def sessions(course: Course, server: str) -> int:
    """Count the SSH sessions that a server has seen, this question's own apart."""
    return int(course.ssh(server, "sudo journalctl --unit ssh --no-pager | grep -c Accepted")) - 1


def rows(course: Course) -> int:
    """Count the tasks in the database, asked of the server that has it."""
    database = course.app()["database"]
    command = f"sudo -u postgres psql -tA -d {database['name']} -c 'SELECT count(*) FROM tasks_task'"
    return int(course.ssh(str(database["server"]), command))


def repaired(course: Course, resource: str, *words: str) -> None:
    """Insist that a refreshing preview names what differs, that `up` mends it, and that nothing differs then."""
    seen = course.project.pulumi("preview", "-s", "baremetal", "--refresh", "--diff").ok().text
    assert resource in seen
    for word in words:
        assert word in seen
    course.project.up("--refresh").ok()
    course.project.pulumi("preview", "-s", "baremetal", "--refresh", "--expect-no-changes").ok()
    assert course.visitor().get("/health").status == 200


def test_from_a_bare_main_to_an_app_that_answers(course: Course) -> None:
    course.project.up().ok()
    assert "maas" in course.ssh("main", "snap list")
    answered = [course.visitor().get().server for _ in range(8)]
    assert set(answered) == {"server2", "server3"}
    assert all(one != other for one, other in pairwise(answered)), answered


def test_the_admin_lets_its_user_in_and_nobody_else(course: Course) -> None:
    password = str(course.project.outputs()["admin_password"])
    assert course.visitor().log_in("cloud", password)
    assert not course.visitor().log_in("cloud", "guessed")


def test_a_task_that_one_server_took_in_is_seen_through_the_other(course: Course) -> None:
    visitor = course.visitor()
    visitor.add("Bring the switch")
    seen = {page.server for page in (visitor.get() for _ in range(4)) if "Bring the switch" in page.titles}
    assert seen == {"server2", "server3"}


def test_a_second_up_opens_no_session_and_changes_nothing(course: Course) -> None:
    before = {server: sessions(course, server) for server in SERVERS}
    course.project.up("--expect-no-changes").ok()
    assert {server: sessions(course, server) - 1 for server in SERVERS} == before


def test_no_secret_stands_in_state_or_history_in_clear(course: Course) -> None:
    outputs = course.project.outputs()
    secrets = [str(outputs[name]) for name in ("admin_password", "database_password", "api_key")]
    secrets.append((course.home / "ssh-key").read_text().splitlines()[2])
    kept = [path for path in (course.project.folder / ".state").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        text = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], path


def test_a_stopped_service_is_seen_and_started(course: Course) -> None:
    course.ssh("server2", "sudo systemctl stop tasks.service tasks.socket")
    repaired(course, "server2")


def test_an_edited_file_is_seen_and_put_right(course: Course) -> None:
    course.ssh("server4", "sudo sed -i 's/8080/8099/' /etc/nginx/sites-enabled/*")
    repaired(course, "server4" if "server4" in json.dumps(course.app()) else "nginx")


def test_a_removed_package_is_seen_and_installed(course: Course) -> None:
    course.ssh("server4", "sudo apt-get -y purge 'nginx*' >/dev/null 2>&1")
    repaired(course, "balancer")


def test_the_database_moves_with_its_rows_while_the_old_server_answers(course: Course) -> None:
    visitor = course.visitor()
    for number in range(20):
        visitor.add(f"Task {number}")
    before = rows(course)
    assert before >= 20
    course.set("app.roles.database", "server2")
    seen = course.project.pulumi("preview", "-s", "baremetal", "--diff").ok().text
    assert re.search(r'name: "server1" => "server2"', seen), seen
    course.project.up().ok()
    assert course.app()["database"]["server"] == "server2"
    assert rows(course) == before
    assert "Task 19" in course.visitor().get().titles
    course.project.up("--expect-no-changes").ok()


def test_the_database_moves_from_its_last_backup_when_its_server_is_dead(course: Course) -> None:
    course.set("app.roles.database", "server1")
    course.project.up().ok()
    course.visitor().add("The last one before the backup")
    before = rows(course)
    course.ssh("server4", "sudo systemctl start postgres-backup-tasks.service")
    course.lab("hand", "kill", "server1")
    assert course.visitor().get("/health").status == 503
    course.set("app.roles.database", "server2")
    done = course.project.up().ok()
    assert "backup" in done.text
    assert rows(course) == before
    assert "The last one before the backup" in course.visitor().get().titles


def test_destroy_releases_all_servers_and_takes_maas_away(course: Course) -> None:
    course.lab("hand", "revive", "server1")
    course.project.pulumi("destroy", "-s", "baremetal", "--yes", "--skip-preview", timeout=600).ok()
    status = json.loads(course.lab("status", "--json"))
    assert [name for name in status["servers"] if name != "main"] == []
    assert "maas" not in course.ssh("main", "snap list 2>&1 || true")


def test_down_leaves_nothing(course: Course) -> None:
    course.lab("down")
    for command in ("ip netns list", "ip -br link"):
        assert "m2c" not in subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout
    assert not [path for path in Path("/sys/fs/cgroup").glob("*/m2c") if path.exists()]
    assert "m2c" not in Path("/proc/mounts").read_text().replace(str(course.home), "")
