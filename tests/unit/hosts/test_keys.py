"""Fingerprints as ssh-keygen prints them, and private keys of every kind as text."""

import subprocess
from pathlib import Path

import pytest

from providers.hosts.connection import Connection
from providers.hosts.errors import HostKeyError, LoginError
from providers.hosts.worker.keys import fingerprint, login_key
from providers.hosts.worker.link import check_host_key

KINDS = [("ed25519", ()), ("ecdsa", ("-b", "384")), ("rsa", ("-b", "2048")), ("rsa", ("-b", "2048", "-m", "PEM"))]


def key_pair(folder: Path, kind: str, options: tuple[str, ...], passphrase: str = "") -> Path:
    file = folder / "key"
    command = ["ssh-keygen", "-q", "-t", kind, *options, "-N", passphrase, "-C", "", "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("passphrase", ["", "correct horse"])
def test_a_key_is_read_from_its_text(tmp_path: Path, kind: str, options: tuple[str, ...], passphrase: str):
    file = key_pair(tmp_path, kind, options, passphrase)
    connection = Connection("s", "h", private_key=file.read_text(), passphrase=passphrase)
    key = login_key(connection)
    assert key is not None
    public = file.with_suffix(".pub").read_text().split()
    assert [key.get_name(), key.get_base64()] == public[:2]


def test_a_fingerprint_is_what_ssh_keygen_says(tmp_path: Path):
    file = key_pair(tmp_path, "ed25519", ())
    said = subprocess.run(["ssh-keygen", "-lf", str(file)], check=True, capture_output=True, text=True).stdout
    kind, digest = fingerprint(file.with_suffix(".pub").read_text()).split()
    assert kind == "ssh-ed25519"
    assert digest in said.split()


def test_a_missing_passphrase_is_told(tmp_path: Path):
    text = key_pair(tmp_path, "ed25519", (), "secret phrase").read_text()
    with pytest.raises(LoginError, match="server2: the key k has a passphrase, but none is given"):
        login_key(Connection("server2", "h", private_key_file="k", private_key=text))


def test_a_wrong_passphrase_is_told(tmp_path: Path):
    text = key_pair(tmp_path, "ed25519", (), "secret phrase").read_text()
    with pytest.raises(LoginError, match="or the passphrase is wrong") as caught:
        login_key(Connection("server2", "h", private_key=text, passphrase="wrong phrase"))
    assert "wrong phrase" not in str(caught.value)


def test_what_is_no_key_is_told_without_showing_it():
    with pytest.raises(LoginError, match="private_key is no private key of a kind that is known") as caught:
        login_key(Connection("server2", "h", private_key="not a key at all"))
    assert "not a key" not in str(caught.value)


def test_a_changed_host_key_names_both(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    known, shown = (
        key_pair(tmp_path / name, "ed25519", ()).with_suffix(".pub").read_text().strip() for name in ("a", "b")
    )
    connection = Connection("server2", "172.16.0.12", host_key=known)
    check_host_key(connection, known)
    check_host_key(Connection("server2", "172.16.0.12"), shown)
    with pytest.raises(HostKeyError) as caught:
        check_host_key(connection, shown)
    message = str(caught.value)
    assert message.startswith("server2 (ubuntu@172.16.0.12:22) shows the host key ssh-ed25519 SHA256:")
    assert fingerprint(known) in message
    assert fingerprint(shown) in message
