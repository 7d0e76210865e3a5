"""What a person finds on a server of the lab: real guests, reached over SSH."""

import os
import re
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hosts import cgroups
from lab.hosts.guest import Reason
from lab.hosts.spec import HostSpec, Nic
from lab.hosts.testing import Guest, Hosts
from tests.support.guests import guest

KEY = "/etc/ssh/ssh_host_ed25519_key.pub"

CLOUD_CONFIG = """#cloud-config
users:
  - default
  - {name: eve, groups: sudo}
package_update: true
packages: [acl, zstd]
write_files:
  - {path: /srv/written, content: hello}
runcmd:
  - [sh, -c, "echo ran >/srv/ran"]
"""


class Ends:
    """The ends that a fleet tells, one after the other."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Reason]] = []
        self._changed = threading.Condition()

    def add(self, name: str, reason: Reason) -> None:
        with self._changed:
            self.seen.append((name, reason))
            self._changed.notify_all()

    def wait(self, count: int) -> list[tuple[str, Reason]]:
        with self._changed:
            self._changed.wait_for(lambda: len(self.seen) >= count, 30)
        return self.seen


@contextmanager
def ends(hosts: Hosts) -> Generator[Ends]:
    told = Ends()
    before, hosts.fleet.on_exit = hosts.fleet.on_exit, told.add
    try:
        yield told
    finally:
        hosts.fleet.on_exit = before


@pytest.fixture
def plain(rack: Hosts) -> Guest:
    """A server that tests read, and leave as it was."""
    return guest(rack, "plain")


def test_a_server_is_what_was_ordered(rack: Hosts, plain: Guest) -> None:
    assert plain.run("hostname") == "plain\n"
    assert plain.run("systemctl is-system-running --wait") == "running\n"
    assert plain.run("systemctl --failed --no-legend") == ""
    assert plain.run("sudo -n id -un") == "root\n"
    assert plain.run("id -nG") == "ubuntu adm sudo\n"
    assert f"inet {plain.address}/24" in plain.run("ip -4 address show dev eth0")
    assert f"default via {rack.net.router} dev eth0" in plain.run("ip route")
    assert plain.run("cat /sys/class/net/eth0/address").strip() == plain.spec.nics[0].mac
    assert plain.run("echo $LANG") == "C.UTF-8\n"
    assert plain.run("stat -c '%a %U' ~/.ssh ~/.ssh/authorized_keys /etc /root") == (
        "700 ubuntu\n600 ubuntu\n755 root\n700 root\n"
    )


def test_two_servers_differ_and_reach_each_other(rack: Hosts, plain: Guest) -> None:
    other = guest(rack, "other")
    assert plain.run(f"cat {KEY} /etc/machine-id") != other.run(f"cat {KEY} /etc/machine-id")
    plain.run(f"ping -c 1 -W 2 {other.address}")


def test_nothing_leads_out_of_the_rack_and_says_so_at_once(plain: Guest) -> None:
    assert "Couldn't connect" in plain.run("curl -sS --max-time 5 http://192.0.2.1/ 2>&1", check=False)


def test_a_server_cannot_change_the_machine_below_it(plain: Guest) -> None:
    assert "Read-only" in plain.run("sudo sh -c 'echo 1 >/proc/sys/vm/swappiness' 2>&1", check=False)
    assert "not permitted" in plain.run("sudo mknod /root/disk b 254 0 2>&1", check=False)
    assert "not permitted" in plain.run("sudo date -s 2030-01-01 2>&1", check=False)
    plain.run("sudo sysctl -qw net.ipv4.ip_nonlocal_bind=1")


def test_a_reboot_is_seen_and_keeps_the_disk(rack: Hosts) -> None:
    server = guest(rack, "reboots")
    key = server.run(f"echo kept >kept; cat {KEY}")
    with ends(rack) as told:
        server.run("sudo systemctl reboot", check=False)
        assert told.wait(1) == [("reboots", "reboot")]
        assert server.running
        server.wait()
    assert server.run(f"cat {KEY}") == key
    assert server.run("cat kept") == "kept\n"


def test_a_power_off_inside_is_seen(rack: Hosts) -> None:
    server = guest(rack, "offs")
    with ends(rack) as told:
        server.run("echo kept >kept; sync; sudo poweroff", check=False)
        assert told.wait(1) == [("offs", "poweroff")]
        assert not server.running
        assert not rack.fleet.wait_booted("offs", 0)
        assert "offs" not in rack.fleet.names()
        server.start()
        assert server.run("cat kept") == "kept\n"
        assert told.seen == [("offs", "poweroff")]


def test_a_death_is_seen(rack: Hosts) -> None:
    server = guest(rack, "dies")
    trees = cgroups.here()
    assert trees
    with ends(rack) as told:
        for pid in cgroups.processes(trees, rack.net.prefix, "dies"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert told.wait(1) == [("dies", "died")]
    assert not server.running


def test_orders_are_not_told_as_ends(rack: Hosts) -> None:
    server = guest(rack, "ordered")
    with ends(rack) as told:
        server.kill()
        assert not server.running
        server.start()
        server.install_again()
        rack.fleet.start(server.spec)  # it is on already
        rack.fleet.settle()
    assert told.seen == []


def test_installed_again_it_is_another_server(rack: Hosts) -> None:
    server = guest(rack, "again")
    before = server.run(f"echo old >old; cat {KEY}")
    server.install_again()
    assert server.run(f"cat {KEY}") != before
    assert server.run("cat old 2>/dev/null || echo none") == "none\n"


def test_a_destroyed_server_leaves_no_disk(rack: Hosts) -> None:
    server = guest(rack, "gone")
    assert (rack.fleet.path / "gone").is_dir()
    rack.fleet.destroy("gone")
    assert rack.fleet.settle()
    assert not (rack.fleet.path / "gone").exists()
    assert not server.running
    with pytest.raises(LookupError, match="gone is not running"):
        server.inside("true")


def test_packages_come_from_the_mirror(rack: Hosts) -> None:
    server = guest(rack, "packages")
    server.run("sudo apt-get -q update")
    server.run("sudo DEBIAN_FRONTEND=noninteractive apt-get -qy install nginx python3-venv git")
    assert "200 OK" in server.run("curl -sI http://127.0.0.1/")
    server.run("python3 -m venv v && v/bin/pip install -q Django==5.2.19 'psycopg[binary]'")
    assert server.run("v/bin/python -c 'import django, psycopg; print(django.__version__)'") == "5.2.19\n"
    assert "nobody-made-this" in server.run("v/bin/pip install nobody-made-this 2>&1", check=False)


def test_a_published_folder_and_repository_can_be_cloned(rack: Hosts, tmp_path: Path) -> None:
    server = guest(rack, "packages")
    server.run("sudo apt-get -q update && sudo apt-get -qy install git")
    (tmp_path / "greeting").write_text("hello\n")
    first = rack.publish(tmp_path, "greetings")
    assert server.run(f"rm -rf greetings && git clone -q {first} && cat greetings/greeting") == "hello\n"
    second = rack.publish(rack.git / "greetings.git", "copy")
    assert re.fullmatch(r"[0-9a-f]{40}\trefs/heads/main\n", server.run(f"git ls-remote {second} refs/heads/main"))


def test_ufw_closes_and_opens_ports(rack: Hosts, plain: Guest) -> None:
    server = guest(rack, "walled")
    server.run("sudo ufw allow 22/tcp && sudo ufw allow 5432/tcp && sudo ufw --force enable")
    for port in (5432, 5433):
        server.run(f"sudo systemd-run --quiet python3 -m http.server {port}")
    reach = f"curl -s --retry 20 --retry-connrefused --retry-delay 1 --max-time 20 -o /dev/null http://{server.address}"
    plain.run(f"{reach}:5432/")
    assert plain.run(f"curl -s --max-time 2 http://{server.address}:5433/ || echo closed", check=False) == "closed\n"


def test_user_data_is_carried_out_by_cloud_init(rack: Hosts) -> None:
    server = rack.add(HostSpec("inits", (), (), user_data=CLOUD_CONFIG))
    assert "status: done" in server.run("cloud-init status --wait")
    assert server.run("cat /srv/written /srv/ran") == "helloran\n"
    assert "eve" in server.run("id eve")
    assert server.run("systemctl is-system-running --wait") == "running\n"
    assert server.run("command -v zstd") == "/usr/bin/zstd\n"


def test_a_script_as_user_data_runs_once(rack: Hosts) -> None:
    server = rack.add(HostSpec("scripted", (), (), user_data="#!/bin/sh\nhostname >>/srv/ran\n"))
    server.run("cloud-init status --wait")
    server.kill()
    server.start()
    server.run("cloud-init status --wait")
    assert server.run("cat /srv/ran") == "scripted\n"


def test_files_binds_users_and_a_bridge(rack: Hosts, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "outside").write_text("from outside\n")
    plain = rack.spec("special")
    nic = Nic("enp1s0", plain.nics[0].mac, plain.nics[0].addresses, bridge="br-ex")
    spec = HostSpec(
        "special",
        (nic,),
        plain.authorized_keys,
        user="jane",
        gateway=rack.net.router,
        nameservers=("192.0.2.53",),
        hosts={"database": "192.0.2.5"},
        files={"/usr/bin/greet": "#!/bin/sh\necho greeting\n", "/home/jane/note": "a note\n", "/lib/x": "x\n"},
        binds={str(tmp_path): "/mnt/shared", str(tmp_path / "outside"): "/etc/one-file"},
    )
    server = rack.add(spec)
    assert server.run("id -un; greet; cat note /lib/x /mnt/shared/outside /etc/one-file; stat -c %U note") == (
        "jane\ngreeting\na note\nx\nfrom outside\nfrom outside\njane\n"
    )
    assert server.run("ls /home; sudo -n id -un; readlink /lib") == "jane\nroot\nusr/lib\n"
    assert server.run("cat /etc/resolv.conf") == "nameserver 192.0.2.53\n"
    assert server.run("getent hosts database").split() == ["192.0.2.5", "database"]
    assert "br-ex" in server.run("ip -brief link show master br-ex; ip route")
    assert server.run("cat /sys/class/net/br-ex/address /sys/class/net/enp1s0/address") == f"{nic.mac}\n" * 2


def test_sshd_that_starts_late(rack: Hosts) -> None:
    began = time.monotonic()
    rack.add(HostSpec("late", (), (), ssh_delay=1.5))
    assert time.monotonic() - began > 1.5


def test_a_server_that_cannot_boot_says_why(rack: Hosts) -> None:
    spec = HostSpec("broken", (), (), binds={"/nowhere/at/all": "/mnt/x"})
    with pytest.raises(TimeoutError, match=r"broken did not answer SSH .*mount.*/nowhere/at/all"):
        rack.add(spec)


def test_what_is_changed_on_a_server_survives_its_reboots(rack: Hosts) -> None:
    server = guest(rack, "changes")
    server.run("echo 192.0.2.5 database | sudo tee -a /etc/hosts && echo '# mine' >>~/.ssh/authorized_keys")
    server.run("sudo hostnamectl hostname another && sudo rm -r /etc/cloud /etc/pip.conf")
    server.kill()
    server.start()
    assert server.run(
        "getent hosts database; hostname; tail -n 1 ~/.ssh/authorized_keys; ls -d /etc/cloud 2>&1 || true"
    ) == ("192.0.2.5       database\nanother\n# mine\nls: cannot access '/etc/cloud': No such file or directory\n")


def test_a_delay_of_sshd_is_for_one_boot(rack: Hosts) -> None:
    server = rack.add(HostSpec("delays", (), (), ssh_delay=0.2))
    assert "sleep 0.2" in server.run("systemctl cat ssh")
    server.kill()
    rack.fleet.start(replace(server.spec, ssh_delay=0))
    server.wait()
    assert "sleep" not in server.run("systemctl cat ssh")


@pytest.mark.parametrize("way", ["ln -s {outside} {folder}", "true"])
def test_a_guest_cannot_lead_the_installer_out_of_its_disk(rack: Hosts, tmp_path: Path, way: str) -> None:
    server = guest(rack, "sly")
    folder = "/etc/systemd/system"
    server.run(f"sudo sh -c 'mv {folder} /root/system; {way.format(outside=tmp_path, folder=folder)}; sync'")
    server.kill()
    rack.fleet.start(replace(server.spec, ssh_delay=0.1))
    rack.fleet.settle()
    assert list(tmp_path.iterdir()) == []
    assert (rack.fleet.path / "sly/upper" / folder.lstrip("/")).is_dir()
    server.install_again()
