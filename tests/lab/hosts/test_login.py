"""Every way to log in to a real server, and what is said when it is refused."""

import subprocess
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hosts.testing import Guest
from providers.hosts.connection import Connection
from providers.hosts.errors import HostKeyError, LoginError, UnreachableError
from providers.hosts.session import Hosts
from tests.lab.hosts.conftest import connection

PASSWORD = "pass of the 'test'"


def new_key(folder: Path, passphrase: str = "") -> Path:
    file = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(file)], check=True)
    return file


def reload(guest: Guest) -> None:
    """Have sshd read its settings; it does not listen for a moment."""
    guest.run("sudo systemctl reload ssh")
    guest.wait()


@pytest.fixture
def admitted(guest: Guest, tmp_path: Path) -> Generator[Path]:
    """A key with a passphrase that the server admits for this test."""
    file = new_key(tmp_path, "pass phrase")
    known = "/home/ubuntu/.ssh/authorized_keys"
    guest.run(f"cp {known} {known}.before && cat >> {known}", stdin=file.with_suffix(".pub").read_text())
    yield file
    guest.run(f"mv {known}.before {known}")


def who(hosts: Hosts, way: Connection) -> str:
    return hosts.on(way).run("who", "echo $SUDO_USER").strip()


def test_the_key_as_a_file_and_as_text(hosts: Hosts, guest: Guest):
    assert who(hosts, connection(guest)) == "ubuntu"
    assert who(hosts, connection(guest, private_key_file="", private_key=guest.key_file.read_text())) == "ubuntu"


def test_a_key_with_a_passphrase(hosts: Hosts, guest: Guest, admitted: Path):
    assert who(hosts, connection(guest, private_key_file=str(admitted), passphrase="pass phrase")) == "ubuntu"
    with pytest.raises(LoginError, match=r"d1: the key .*/key has a passphrase, but none is given"):
        who(hosts, connection(guest, private_key_file=str(admitted)))
    with pytest.raises(LoginError, match="or the passphrase is wrong"):
        who(hosts, connection(guest, private_key_file=str(admitted), passphrase="another"))


def test_a_password(hosts: Hosts, guest: Guest, tmp_path: Path):
    guest.run("sudo chpasswd", stdin=f"ubuntu:{PASSWORD}\n")
    settings = "/etc/ssh/sshd_config.d/00-test.conf"
    guest.run(f"echo PasswordAuthentication yes | sudo tee {settings}")
    reload(guest)
    try:
        assert who(hosts, connection(guest, private_key_file="", password=PASSWORD)) == "ubuntu"
        refused = new_key(tmp_path)
        assert who(hosts, connection(guest, private_key_file=str(refused), password=PASSWORD)) == "ubuntu"
        with pytest.raises(LoginError, match="refuses the login of ubuntu with this password") as caught:
            who(hosts, connection(guest, private_key_file="", password="wrong password"))
        assert "wrong password" not in str(caught.value)
    finally:
        guest.run(f"sudo rm {settings}")
        reload(guest)


def test_a_key_that_is_not_admitted_is_told_at_once_with_its_fingerprint(hosts: Hosts, guest: Guest, tmp_path: Path):
    file = new_key(tmp_path)
    said = subprocess.run(["ssh-keygen", "-lf", str(file)], check=True, capture_output=True, text=True).stdout
    started = time.monotonic()
    with pytest.raises(LoginError) as caught:
        who(hosts, connection(guest, private_key_file=str(file), patience=60.0))
    assert time.monotonic() - started < 10
    assert str(caught.value).startswith(f"d1 (ubuntu@{guest.address}:22) refuses the login of ubuntu with the key ssh-")
    assert said.split()[1] in str(caught.value)


def test_a_user_that_is_not_there_is_named(hosts: Hosts, guest: Guest):
    with pytest.raises(LoginError, match="refuses the login of nobody-here"):
        who(hosts, connection(guest, user="nobody-here"))


def test_a_key_file_that_is_not_there_is_named(hosts: Hosts, guest: Guest):
    with pytest.raises(LoginError, match="d1: private_key_file is '/nowhere', which can't be read: No such file"):
        who(hosts, connection(guest, private_key_file="/nowhere"))


def test_a_login_without_sudo_is_told_in_sudos_words(hosts: Hosts, guest: Guest):
    from providers.hosts.errors import StepFailedError

    guest.run("sudo useradd -m -s /bin/sh plain && sudo cp -r ~/.ssh /home/plain/ && sudo chown -R plain /home/plain")
    try:
        way = connection(guest, user="plain")
        assert hosts.on(way).run("who", "id -un", as_user="plain") == "plain\n"
        with pytest.raises(StepFailedError, match="sudo: a password is required"):
            hosts.on(way).run("who", "id -un")
    finally:
        hosts.close()
        guest.run("sudo userdel -rf plain", check=False)


def test_the_host_key_is_the_servers_own(hosts: Hosts, guest: Guest):
    kind, body = guest.run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2]
    assert hosts.on(connection(guest)).host_key == f"{kind} {body}"


def test_another_host_key_than_the_known_one_is_refused_whatever_the_login(hosts: Hosts, guest: Guest, tmp_path: Path):
    known = " ".join(new_key(tmp_path).with_suffix(".pub").read_text().split()[:2])
    with pytest.raises(HostKeyError, match=r"d1 \(ubuntu@.*:22\) shows the host key ssh-ed25519 SHA256:.*, but the"):
        who(hosts, connection(guest, host_key=known))
    hosts.close()
    with pytest.raises(HostKeyError):
        who(hosts, connection(guest, host_key=known))


def test_a_known_key_of_another_kind_is_asked_for(hosts: Hosts, guest: Guest):
    file = "/etc/ssh/ssh_host_ecdsa_key"
    public = guest.run(f"[ -f {file} ] || sudo ssh-keygen -q -t ecdsa -N '' -f {file}; cat {file}.pub")
    reload(guest)
    known = " ".join(public.split()[:2])
    server = hosts.on(connection(guest, host_key=known))
    assert server.run("x", "echo fine") == "fine\n"
    assert server.host_key == known
    assert hosts.on(connection(guest)).run("x", "echo fine") == "fine\n"


def test_through_another_server(hosts: Hosts, guest: Guest, other: Guest):
    behind = connection(other, proxy=connection(guest))
    said = hosts.on(behind).run("from", 'echo "$SUDO_USER"; hostname; ss -Htn state established sport = :22')
    assert said.split()[:2] == ["ubuntu", "d2"]
    assert guest.address in said


def test_through_a_server_that_is_not_there(hosts: Hosts, guest: Guest):
    gate = Connection("gate", "127.0.0.1", port=9, password="x", patience=0)
    with pytest.raises(UnreachableError, match="d1 is reached through gate, but gate does not answer over SSH at"):
        who(hosts, connection(guest, proxy=gate, patience=0.0))


def test_a_port_that_is_closed_behind_another_server(hosts: Hosts, guest: Guest, other: Guest):
    behind = replace(connection(other, proxy=connection(guest)), port=9, patience=0.0)
    with pytest.raises(UnreachableError, match=r"d2 does not answer over SSH at ubuntu@.*:9 through d1; the last"):
        who(hosts, behind)


def test_a_server_that_boots_is_waited_for(hosts: Hosts, guest: Guest, capfd: pytest.CaptureFixture[str]):
    guest.kill()
    guest.start(wait=False)
    assert hosts.on(connection(guest, patience=60.0)).run("x", "echo fine") == "fine\n"
    assert "traceback" not in "".join(capfd.readouterr()).lower()


def test_logins_that_are_not_allowed_yet_are_waited_for(hosts: Hosts, guest: Guest):
    """While a system boots, pam_nologin closes the connection of everybody who may log in."""
    hosts.close()
    later = "systemd-run --on-active=2 --timer-property=AccuracySec=100ms"
    guest.run(f"echo 'System is booting up' | sudo tee /run/nologin && sudo {later} rm /run/nologin")
    assert hosts.on(connection(guest)).run("x", "echo fine") == "fine\n"
    guest.run("! [ -e /run/nologin ]")


@pytest.mark.slow
def test_a_server_that_loses_its_power_in_the_middle_is_noticed(hosts: Hosts, guest: Guest):
    import threading

    from providers.hosts.errors import StepFailedError

    caught: list[StepFailedError] = []

    def run() -> None:
        try:
            hosts.on(connection(guest)).run("wait", "sleep 4242")
        except StepFailedError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    guest.run("until pgrep -x sleep; do :; done")
    guest.kill()
    try:
        thread.join(40)
        assert "The connection was lost while it ran" in str(caught[0])
    finally:
        guest.start()
