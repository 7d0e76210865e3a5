"""A controller that ends lets go of its clients' connections, whether they say farewell or not."""

import socket
import ssl

import psutil

from lab.juju.testing import running_juju

UPGRADE = (
    b"GET /api HTTP/1.1\r\nHost: juju\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def served(host: str, port: int) -> list[str]:
    """List this process's connections at an address, by their state."""
    found = psutil.Process().net_connections("tcp")
    return [each.status for each in found if tuple(each.laddr) == (host, port) and each.fd != -1]


def test_a_client_that_says_no_farewell_is_let_go_of() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with running_juju() as juju:
        host, _, port = juju.addresses[0].rpartition(":")
        client = context.wrap_socket(socket.create_connection((host, int(port))))
        client.sendall(UPGRADE)
        assert client.recv(12) == b"HTTP/1.1 101"
        assert "ESTABLISHED" in served(host, int(port))
    try:
        assert served(host, int(port)) == []
    finally:
        client.close()
