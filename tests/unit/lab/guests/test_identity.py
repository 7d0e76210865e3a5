"""The files of a disk: what an installer would write."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.hosts import identity
from lab.hosts.disk import Disk
from lab.hosts.net import COURSE
from lab.hosts.spec import HostSpec

PLAIN = HostSpec("server2", (), ("ssh-ed25519 AAAA one\n", "ssh-ed25519 BBBB two"))


def test_a_plain_server() -> None:
    written = identity.files(PLAIN, COURSE)
    assert written["/etc/hostname"].text == "server2\n"
    keys = written["/home/ubuntu/.ssh/authorized_keys"]
    assert (keys.text, keys.mode, keys.owner) == ("ssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n", 0o600, 1000)
    assert written["/etc/apt/sources.list"].text == "deb [trusted=yes] http://172.16.0.3:5248/debian ./\n"
    assert "index-url = http://172.16.0.3:5248/simple" in written["/etc/pip.conf"].text
    assert identity.CLOUD_INIT_OFF in written
    assert written["/etc/resolv.conf"].text == ""


def test_user_data_switches_cloud_init_on() -> None:
    wanted = HostSpec("server2", (), (), user="jane", user_data="#cloud-config\n")
    written = identity.files(wanted, COURSE)
    assert written[f"{identity.SEED}/user-data"].text == "#cloud-config\n"
    assert "local-hostname: server2" in written[f"{identity.SEED}/meta-data"].text
    assert "name: jane" in written["/etc/cloud/cloud.cfg.d/99-lab.cfg"].text
    assert identity.CLOUD_INIT_OFF not in written


def test_a_delay_comes_and_goes() -> None:
    [(path, file)] = identity.at_boot(HostSpec("a", (), (), ssh_delay=2.5)).items()
    assert "ssh.service.d" in path
    assert file
    assert "sleep 2.5" in file.text
    assert identity.at_boot(PLAIN) == {path: None}


@pytest.mark.parametrize(
    ("path", "text", "at", "mode", "owner"),
    [
        ("/etc/x", "x", "/etc/x", 0o644, 0),
        ("/usr/bin/snap", "#!/bin/sh\n", "/usr/bin/snap", 0o755, 0),
        ("/bin/tool", "#!/bin/sh\n", "/usr/bin/tool", 0o755, 0),
        ("/lib/systemd/system/a.service", "[Unit]", "/usr/lib/systemd/system/a.service", 0o644, 0),
        ("/home/ubuntu/note", "x", "/home/ubuntu/note", 0o644, 1000),
        ("/library/x", "x", "/library/x", 0o644, 0),
    ],
)
def test_given_files(path: str, text: str, at: str, mode: int, owner: int) -> None:
    written = identity.files(HostSpec("a", (), (), files={path: text}), COURSE)[at]
    assert (written.text, written.mode, written.owner, written.group) == (text, mode, owner, owner)


def test_given_files_win() -> None:
    written = identity.files(HostSpec("a", (), (), files={"/etc/hostname": "b\n"}), COURSE)
    assert written["/etc/hostname"].text == "b\n"


def test_every_disk_has_its_own_key_and_id() -> None:
    one, two = identity.drawn(PLAIN), identity.drawn(PLAIN)
    assert one.keys() == two.keys()
    assert not [path for path in one if one[path].text == two[path].text]
    assert one["/etc/ssh/ssh_host_ed25519_key"].mode == 0o600


words = st.from_regex(r"[a-z_][a-z0-9_-]{0,10}", fullmatch=True)


@given(words.filter(lambda word: word != "ubuntu"), words)
def test_only_whole_names_are_renamed(other: str, after: str) -> None:
    text = f"{other}:x:1:1::/home/{other}:/bin/sh\nubuntu:x:1000:1000::/home/ubuntu:/bin/bash\nsudo:x:27:ubuntu\n"
    assert identity.renamed(text, "ubuntu", after) == (
        f"{other}:x:1:1::/home/{other}:/bin/sh\n{after}:x:1000:1000::/home/{after}:/bin/bash\nsudo:x:27:{after}\n"
    )


@pytest.mark.parametrize(
    ("said", "words_"), [("", ""), ("one\n", "one"), ("one\n\ntwo\nthree\n\n", "two / three"), ("\xff\n", "\xff")]
)
def test_the_last_words_of_a_console(tmp_path: Path, said: str, words_: str) -> None:
    disk = Disk(tmp_path, Path("/base"))
    assert disk.last_words() == ""
    disk.console.write_text(said)
    assert disk.last_words() == words_
