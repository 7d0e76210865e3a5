"""Log in to PostgreSQL over TCP with SCRAM-SHA-256, with nothing but Python's standard library.

Runs on the server that is to be served: `python3 -` with this file as its input, and PGHOST, PGPORT, PGDATABASE, PGUSER
and PGPASSWORD in its environment. Prints the version of the PostgreSQL that let it in, or why it was not let in, with
status 1. For Python 3.8 and newer.
Source: PostgreSQL 15, chapters 55.2 (message flow), 55.3 (SASL) and 55.7 (formats); RFC 5802. For Python 3.8 and newer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import socket
import struct
import sys

SECONDS = 10.0
"""How long each answer may take."""
PROTOCOL = 196608
"""Version 3.0."""
_SASL, _CONTINUE, _FINAL, _OK = 10, 11, 12, 0


class RefusedError(Exception):
    """PostgreSQL, or what answers in its place, does not let us in."""


def fields(text: str) -> dict[str, str]:
    """Split a SCRAM message: `r=...,s=...,i=4096`."""
    return dict(part.split("=", 1) for part in text.split(",") if "=" in part)


def answer(password: str, bare: str, first: str) -> tuple[str, bytes]:
    """Compute the client's last message, and the signature that proves the server knows the password too.

    `bare`: the client's first message without its header; `first`: the server's.
    """
    given = fields(first)
    salt, iterations = base64.b64decode(given["s"]), int(given["i"])
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.new(salted, b"Client Key", "sha256").digest()
    final = f"c={base64.b64encode(b'n,,').decode()},r={given['r']}"
    message = f"{bare},{first},{final}".encode()
    signature = hmac.new(hashlib.sha256(client).digest(), message, "sha256").digest()
    proof = bytes(a ^ b for a, b in zip(client, signature))  # noqa: B905 - Python 3.8 has no strict=, and both are digests
    server = hmac.new(hmac.new(salted, b"Server Key", "sha256").digest(), message, "sha256").digest()
    return f"{final},p={base64.b64encode(proof).decode()}", server


class Client:
    """One connection."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer

    def start(self, user: str, database: str) -> None:
        body = b"".join(part.encode() + b"\0" for part in ("user", user, "database", database)) + b"\0"
        self._peer.sendall(struct.pack("!ii", len(body) + 8, PROTOCOL) + body)

    def send(self, kind: bytes, body: bytes) -> None:
        self._peer.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def receive(self) -> tuple[bytes, bytes]:
        kind = self._exactly(1)
        size: int = struct.unpack("!i", self._exactly(4))[0]
        body = self._exactly(size - 4)
        if kind == b"E":
            told = {part[:1]: part[1:] for part in body.split(b"\0") if part}
            raise RefusedError(told.get(b"M", b"it gave no reason").decode(errors="replace"))
        return kind, body

    def authentication(self, expected: int) -> bytes:
        kind, body = self.receive()
        found: int = struct.unpack("!i", body[:4])[0] if kind == b"R" and len(body) >= 4 else -1
        if found != expected:
            raise RefusedError(f"it asks for a login of kind {found}, but SCRAM-SHA-256 was expected (kind {expected})")
        return body[4:]

    def _exactly(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            chunk = self._peer.recv(size - len(read))
            if not chunk:
                raise RefusedError("it closed the connection, so it may be no PostgreSQL")
            read += chunk
        return read


def login(peer: socket.socket, user: str, database: str, password: str) -> str:
    """Log in, and return the server's version. Raises RefusedError and OSError."""
    client = Client(peer)
    client.start(user, database)
    client.authentication(_SASL)
    bare = f"n=,r={secrets.token_urlsafe(18)}"
    first = f"n,,{bare}".encode()
    client.send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
    final, signature = answer(password, bare, client.authentication(_CONTINUE).decode())
    client.send(b"p", final.encode())
    proven = fields(client.authentication(_FINAL).decode()).get("v", "")
    if not hmac.compare_digest(base64.b64decode(proven), signature):
        raise RefusedError("it does not know the password itself, so it is another server than it says")
    client.authentication(_OK)
    return _version(client)


def _version(client: Client) -> str:
    version = ""
    while True:
        kind, body = client.receive()
        if kind == b"S" and body.startswith(b"server_version\0"):
            version = body.split(b"\0")[1].decode()
        if kind == b"Z":
            client.send(b"X", b"")
            return version


def main(environment: dict[str, str]) -> int:
    """Log in as the environment says."""
    host, port = environment["PGHOST"], int(environment["PGPORT"])
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as peer:
            print(login(peer, environment["PGUSER"], environment["PGDATABASE"], environment["PGPASSWORD"]))
    except (OSError, RefusedError, ValueError, KeyError) as error:
        print(f"{host}:{port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(dict(os.environ)))
