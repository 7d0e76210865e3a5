"""What is not there yet: a controller that has just booted, a server to run juju on; told of when it never comes."""

import socket

import pytest

from lab.juju.testing import running_juju
from providers.hosts import session
from providers.hosts.errors import UnreachableError
from providers.juju.crud.controller import ControllerProvider, version_soon
from providers.juju.errors import Unreached


def closed_port() -> str:
    """Name an address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def test_it_is_dialled_again_until_it_answers():
    with running_juju() as juju:
        outs: dict[str, object] = {
            "addresses": [closed_port()],
            "ca_cert": juju.ca_cert,
            "username": juju.username,
            "password": juju.password,
        }
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                outs["addresses"] = list(juju.addresses)

        assert version_soon(outs, "main", pause) == "3.6.14"
        assert len(pauses) == 2


def test_one_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("providers.juju.crud.controller._TRIES", 3)
    pauses: list[float] = []
    outs: dict[str, object] = {"addresses": [closed_port()], "ca_cert": "", "username": "admin", "password": "secret"}
    with pytest.raises(Unreached, match="could not be reached to ask its version"):
        version_soon(outs, "main", pauses.append)
    assert len(pauses) == 2


def test_a_server_that_does_not_answer_is_told_before_it_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    monkeypatch.setattr("providers.juju.crud.controller.warn", told.append)
    host, _, port = closed_port().partition(":")
    way = {"name": "main", "host": host, "port": int(port), "user": "cloud", "password": "secret", "patience": 0}
    try:
        with pytest.raises(UnreachableError):
            ControllerProvider().create({"name": "lab", "connection": way, "channel": "3.6/stable"})
    finally:
        session.release()
    (line,) = told
    assert line.startswith(f"main does not answer over SSH at cloud@{host}:{port}; the last try said: ")
    assert "it is waited for" in line
