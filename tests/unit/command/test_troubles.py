"""Which failure of a dial is worth another one, and what it says."""

from __future__ import annotations

import socket

import asyncssh
import pytest

from plugins.command import settings
from plugins.command.dialing import Credentials, Dialer
from plugins.command.patience import Trouble
from plugins.command.values import Secret

KEY = asyncssh.generate_private_key("ssh-ed25519")  # pyright: ignore[reportUnknownMemberType] # untyped options
ENDPOINT = settings.connection({"connection": Secret({"host": "h", "user": "u", "password": Secret("p")})}).server


@pytest.mark.parametrize(
    ("error", "trouble", "said"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('h', 22)"), Trouble.UNREACHABLE, "connection refused"),
        (OSError(113, "x"), Trouble.UNREACHABLE, "no route to host"),
        (TimeoutError(), Trouble.UNREACHABLE, "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), Trouble.UNREACHABLE, "name or service not known"),
        (asyncssh.ConnectionLost("Connection lost"), Trouble.UNREACHABLE, "connection lost"),
        (asyncssh.ChannelOpenError(2, "Connect failed"), Trouble.UNREACHABLE, "connect failed"),
        (asyncssh.ChannelOpenError(1, "open failed"), Trouble.FINAL, "the proxy does not forward"),
        (
            asyncssh.PermissionDenied("Permission denied"),
            Trouble.REFUSED_LOGIN,
            "the login was refused; tried password",
        ),
        (asyncssh.DisconnectError(2, "Too many authentication failures"), Trouble.REFUSED_LOGIN, "too many authen"),
        (asyncssh.HostKeyNotVerifiable("x"), Trouble.FINAL, "does not show the key of hostKey (SHA256:"),
        (asyncssh.KeyExchangeFailed("no matching host key"), Trouble.FINAL, "does not show the key of hostKey"),
        (asyncssh.ProtocolNotSupported("version 1"), Trouble.FINAL, "share no way to talk: version 1"),
    ],
    ids=lambda item: type(item).__name__ if isinstance(item, Exception) else None,
)
def test_troubles(error: Exception, trouble: Trouble, said: str):
    found, reason = Dialer(ENDPOINT, "", None).judge(error, Credentials(None, None, KEY))
    assert found is trouble
    assert said in reason
