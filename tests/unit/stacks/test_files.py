"""Texts in files: read once, secrets in the config win, every unusable file is told at once."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from stacks.config import ConfigError, parse_baremetal
from stacks.config.filereader import read_text
from stacks.config.files import load_texts
from tests.unit.stacks.kit import KIT

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5BBBB"


def kit(**changes: Any) -> Any:
    return parse_baremetal(deepcopy(KIT) | changes)


def missing(path: str) -> str:
    raise FileNotFoundError(2, "no", path)


def test_each_file_is_read_once_and_stripped() -> None:
    read: list[str] = []

    def reader(path: str) -> str:
        read.append(path)
        return "hunter3\n"

    texts = load_texts(kit(power={"type": "amt", "passwordFile": "pw"}), reader)
    assert texts.passwords == {"server1": "hunter3", "server2": "hunter3", "server3": "hunter3"}
    assert read == ["pw"]


def test_a_secret_in_the_config_wins_over_a_file() -> None:
    texts = load_texts(kit(power={"type": "amt", "password": "hunter2", "passwordFile": "pw"}), missing)
    assert texts.passwords["server1"] == "hunter2"


def test_a_servers_own_password_wins_over_the_one_for_all() -> None:
    servers = deepcopy(KIT["servers"])
    servers[0]["power"]["passwordFile"] = "own"
    texts = load_texts(kit(servers=servers), lambda _: "own secret")
    assert (texts.passwords["server1"], texts.passwords["server2"]) == ("own secret", "hunter2")


def test_user_data_comes_as_text_or_from_a_file_unchanged() -> None:
    deploy = {"server1": {"userData": "#cloud-config\n"}, "server2": {"userDataFile": "two.yaml"}}
    texts = load_texts(kit(deploy=deploy), lambda path: f"#cloud-config {path}\n")
    assert texts.user_data == {"server1": "#cloud-config\n", "server2": "#cloud-config two.yaml\n"}


def test_ssh_keys_keep_their_order_and_lose_their_line_ends() -> None:
    texts = load_texts(kit(sshKeys=[{"file": "a.pub"}, {"key": f"{KEY} me"}]), lambda _: f"{KEY}  main\n")
    assert texts.ssh_keys == (f"{KEY} main", f"{KEY} me")


def test_every_unusable_file_is_told_at_once_without_its_content() -> None:
    def reader(path: str) -> str:
        if path == "latin":
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        return {"private": "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2", "empty": " \n"}.get(path) or missing(path)

    settings = kit(
        sshKeys=[{"file": "private"}],
        power={"type": "amt", "passwordFile": "gone"},
        deploy={"server1": {"userDataFile": "latin"}, "server2": {"userDataFile": "empty"}},
    )
    with pytest.raises(ConfigError) as caught:
        load_texts(settings, reader)
    assert [problem.text for problem in caught.value.problems] == [
        "baremetal:sshKeys[0].file is 'private', but must be a file with the public half of an SSH key (.pub).",
        "baremetal:power.passwordFile is 'gone', but must be a file that can be read, from the project's folder (no).",
        "baremetal:deploy.server1.userDataFile is 'latin', but must be a text file in UTF-8.",
        "baremetal:deploy.server2.userDataFile is 'empty', but must be a file that is not empty.",
    ]


def test_texts_do_not_show_their_secrets() -> None:
    assert "hunter2" not in repr(load_texts(kit(), missing))


def test_a_path_may_begin_with_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key.pub").write_text("text")
    assert read_text("~/key.pub") == "text"
