"""Passwords as PostgreSQL stores them, and the login that proves one."""

import base64
import hashlib
import hmac
import socket
import struct
import threading
from contextlib import suppress

import pytest

from providers.hosts.crud import postgres_login
from providers.hosts.crud.postgres_login import RefusedError, answer, login
from providers.hosts.crud.postgres_scram import matches, verifier

# RFC 7677, section 3
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
FIRST = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def test_the_answer_is_that_of_the_rfc():
    final, signature = answer("pencil", "n=user,r=rOprNGfwEbeRWgbNEkqO", FIRST)
    assert final == (
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_verifier_is_one_of_its_password_alone():
    stored = verifier("pencil", SALT)
    assert stored == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert matches("pencil", stored)
    assert not matches("Pencil", stored)


@pytest.mark.parametrize(
    "stored", ["", "md5abc", "SCRAM-SHA-256$x:y$z", "SCRAM-SHA-256$0:AAAA$a:b", "SCRAM-SHA-256$1:?$a:b"]
)
def test_what_else_may_be_stored_is_no_match(stored: str):
    assert not matches("pencil", stored)


def serve(peer: socket.socket, password: str, tell: str = "") -> None:
    """Answer one login as PostgreSQL does; `tell` is an error to send instead."""

    def send(kind: bytes, body: bytes) -> None:
        peer.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def receive() -> bytes:
        size = struct.unpack("!i", peer.recv(5)[1:])[0]
        return peer.recv(size - 4)

    peer.recv(struct.unpack("!i", peer.recv(4))[0] - 4)
    if tell:
        send(b"E", b"SFATAL\0C28000\0M" + tell.encode() + b"\0\0")
        return
    send(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0")
    bare = receive().split(b"\0", 1)[1][4:].decode().split("n,,", 1)[1]
    first = f"{bare.split(',')[1]}server,s={base64.b64encode(SALT).decode()},i=4096"
    send(b"R", struct.pack("!i", 11) + first.encode())
    receive()
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 4096)
    final = f"{bare},{first},c=biws,r={first.split(',', maxsplit=1)[0][2:]}".encode()
    signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), final, "sha256")
    send(b"R", struct.pack("!i", 12) + b"v=" + base64.b64encode(signature))
    send(b"R", struct.pack("!i", 0))
    send(b"S", b"server_version\x0015.20\0")
    send(b"Z", b"I")
    peer.recv(5)


def served(peer: socket.socket, tell: str) -> None:
    with suppress(OSError):  # a client that does not trust us goes
        serve(peer, "pencil", tell)


def logged_in(password: str, tell: str = "") -> str:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=served, args=(theirs, tell), daemon=True)
        thread.start()
        try:
            return login(ours, "cloud", "tasks", password)
        finally:
            ours.close()
            thread.join(5)


def test_a_login_tells_the_version():
    assert logged_in("pencil") == "15.20"


def test_a_server_that_does_not_know_the_password_is_refused():
    with pytest.raises(RefusedError, match="it does not know the password itself"):
        logged_in("pen")


def test_the_servers_own_reason_is_told():
    with pytest.raises(RefusedError, match=r"no pg_hba\.conf entry for host"):
        logged_in("pencil", tell="no pg_hba.conf entry for host")


def test_nobody_there_is_status_one_and_told(capsys: pytest.CaptureFixture[str]):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = str(bound.getsockname()[1])
        names = {"PGDATABASE": "tasks", "PGUSER": "cloud", "PGPASSWORD": "secret"}
        assert postgres_login.main({"PGHOST": "127.0.0.1", "PGPORT": port, **names}) == 1
    told = capsys.readouterr().err
    assert f"127.0.0.1:{port}: " in told
    assert "secret" not in told
