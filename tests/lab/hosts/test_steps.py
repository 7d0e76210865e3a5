"""Single steps on a real server: commands, their input and secrets, files there and back."""

import os
import threading
from pathlib import Path

import pytest

from lab.hosts.testing import Guest
from providers.hosts.errors import HostError, StepFailedError
from providers.hosts.session import Hosts, Server
from tests.lab.hosts.conftest import connection

SECRET = "s3cret'\"$(id) value"


def test_a_command_gets_its_input_and_environment_and_its_output_comes_back(server: Server):
    said = server.run("talk", 'echo "$GREETING"; cat; id -un; pwd', stdin="in\nput", env={"GREETING": SECRET})
    assert said == f"{SECRET}\nin\nputroot\n/\n"


@pytest.mark.parametrize("user", ["ubuntu", "nobody"])
def test_it_runs_as_whom_it_should(server: Server, user: str):
    assert server.run("who", "id -un", as_user=user) == f"{user}\n"


def test_what_failed_is_named_with_what_it_printed(server: Server):
    with pytest.raises(StepFailedError) as caught:
        server.run("the disk is there", "echo looking; echo no disk >&2; exit 3")
    assert str(caught.value) == 'd1: "the disk is there" failed. It printed:\n  looking\n  no disk'


def test_a_silent_failure_tells_its_status(server: Server):
    with pytest.raises(StepFailedError, match="Nothing, and ended with status 7"):
        server.run("x", "exit 7")


def test_secrets_are_in_no_error_and_no_progress(server: Server, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(StepFailedError) as caught:
        server.run("log in", 'echo "password $P is wrong"; exit 1', env={"P": SECRET}, secrets=(SECRET,))
    assert str(caught.value).endswith("password *** is wrong")
    assert SECRET not in "".join(capfd.readouterr())


def test_what_takes_too_long_is_ended_there_too(server: Server, guest: Guest):
    with pytest.raises(StepFailedError, match=r"started\n  It took too long, and was ended"):
        server.run("wait", "echo started; sleep 4242", timeout=1)
    assert "sleep 4242" not in guest.inside("ps", "-ef")


def test_a_status_of_its_own_is_not_taken_for_a_timeout(server: Server):
    with pytest.raises(StepFailedError, match="Nothing, and ended with status 124"):
        server.run("x", "exit 124")


def test_a_wrong_name_of_a_variable_is_told(server: Server):
    with pytest.raises(HostError, match="env has 'A B', but the name of a variable is letters"):
        server.run("x", "true", env={"A B": "c"})


def test_much_output_and_much_input(server: Server):
    said = server.run("count", "wc -c; seq 1 200000; seq 1 50000 >&2", stdin="x" * 3_000_000)
    assert said.startswith("3000000\n1\n2\n")
    assert said.endswith("\n200000\n")


def test_a_command_need_not_read_its_input(server: Server):
    assert server.run("ignore", "echo done", stdin="x" * 3_000_000) == "done\n"


def test_nothing_of_a_step_is_seen_on_the_server(server: Server, guest: Guest):
    """Every user sees the arguments of processes, and sudo logs them."""
    hold = "mkfifo /tmp/hold; chmod 666 /tmp/hold; read -r line < /tmp/hold; : hidden-in-command"
    thread = threading.Thread(target=lambda: server.run("hold", hold, stdin="hidden-in-stdin", env={"P": "hidden-env"}))
    thread.start()
    guest.run("until [ -p /tmp/hold ]; do :; done")
    seen = guest.inside("ps", "-efww")
    guest.run("echo go > /tmp/hold; sudo rm /tmp/hold")
    thread.join()
    logged = guest.inside("journalctl", "--no-pager")
    assert "IFS= read -r _command" in seen
    assert "sudo" in logged
    for text in (seen, logged):
        assert "hidden" not in text


def test_files_go_there_and_back_as_they_are(server: Server, guest: Guest, tmp_path: Path):
    content = os.urandom(300_000)
    local, back = tmp_path / "content", tmp_path / "back"
    local.write_bytes(content)
    server.send("the file is there", local, "/etc/it's here", mode="0640")
    assert guest.run("sudo stat -c '%a %U' \"/etc/it's here\"") == "640 root\n"
    server.fetch("the file is here", "/etc/it's here", back)
    assert back.read_bytes() == content
    assert back.stat().st_mode & 0o777 == 0o600
    server.run("clean", 'rm "/etc/it\'s here"')


def test_a_file_that_cannot_be_fetched_leaves_nothing(server: Server, tmp_path: Path):
    with pytest.raises(StepFailedError, match="No such file"):
        server.fetch("get it", "/nowhere", tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_put_leaves_nothing(server: Server, guest: Guest, tmp_path: Path):
    local = tmp_path / "x"
    local.write_text("content")
    server.run("prepare", "mkdir -p /srv/full && mount -t tmpfs -o size=4k none /srv/full && echo x > /srv/full/a")
    try:
        with pytest.raises(StepFailedError, match="No space left on device"):
            server.send("put it", local, "/srv/full/b")
        assert guest.run("ls -A /srv/full") == "a\n"
    finally:
        server.run("clean", "umount /srv/full")


def test_a_file_that_is_not_here_is_told(server: Server, tmp_path: Path):
    with pytest.raises(HostError, match=r"d1: .*/missing can't be read here: No such file"):
        server.send("put it", tmp_path / "missing", "/etc/x")


def test_a_link_is_followed_and_what_it_points_to_is_replaced(server: Server, tmp_path: Path):
    local = tmp_path / "x"
    local.write_text("new")
    server.run("prepare", "echo old > /srv/real; ln -sf /srv/real /srv/link")
    server.send("put it", local, "/srv/link")
    assert server.run("look", "cat /srv/real; readlink /srv/link; rm /srv/real /srv/link") == "new/srv/real\n"


def test_what_is_done_on_one_server_is_done_in_order(server: Server):
    server.run("prepare", "rm -f /tmp/order")
    step = "echo begin >> /tmp/order; sleep 0.05; echo end >> /tmp/order"
    threads = [threading.Thread(target=server.run, args=("step", step)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.run("look", "cat /tmp/order; rm /tmp/order") == "begin\nend\n" * 5


def test_one_connection_serves_a_server(hosts: Hosts, guest: Guest):
    for _ in range(3):
        hosts.on(connection(guest)).run("x", "true")
    sessions = [line for line in guest.inside("ps", "-ef").splitlines() if "sshd: ubuntu@notty" in line]
    assert len(sessions) == 1


def test_what_a_command_leaves_running_is_not_waited_for(server: Server, guest: Guest):
    assert server.run("start it", "sleep 300 & echo started") == "started\n"
    guest.run("sudo pkill sleep")


def test_a_command_that_takes_too_long_costs_no_connection(server: Server):
    with pytest.raises(StepFailedError, match="It took too long, and was ended"):
        server.run("wait", "sleep 4242", stdin="x" * 10_000_000, timeout=1)
    assert server.run("go on", "cat", stdin="x" * 100_000) == "x" * 100_000
