"""Uploads to a controller that is away, busy, or does not answer: what is sent again, and what is not."""

import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from providers.juju.crud.https import Upload, send
from providers.juju.endpoint import Endpoint
from providers.juju.errors import AnswerLost, NotDone, Refused, SetupError, Unreached
from tests.unit.juju_client.scripted import PASSWORD, identity

DROP = 0
FILE = Upload("PUT", "/model/m/applications/a/resources/r", {}, b"rules")
CHARM = Upload("POST", "/model/m/charms", {}, b"zip")


class Door(BaseHTTPRequestHandler):
    """Answers with one status after the other, the last one for ever; `DROP` hangs up instead."""

    statuses: list[int]
    taken: list[str]

    def answer(self) -> None:
        self.taken.append(self.command)
        self.rfile.read(int(self.headers["Content-Length"]))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == DROP:
            self.close_connection = True
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"done": true}' if status < 300 else b"later")

    do_PUT = do_POST = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server has
        """Say nothing."""


@contextmanager
def served(*statuses: int) -> Generator[tuple[str, list[str]]]:
    """Give the address, and the methods of what comes in."""
    door = type("ThisDoor", (Door,), {"statuses": list(statuses), "taken": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), door) as server:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(identity().file)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", door.taken
        finally:
            server.shutdown()
            thread.join()


def sent(upload: Upload, *addresses: str, pause: Callable[[float], None] = lambda _: None, **other: Any) -> object:
    given: dict[str, Any] = {"ca_cert": identity().certificate, **other}
    endpoint = Endpoint(addresses, username="admin", password=PASSWORD, **given)
    return send(endpoint, "3.6.14", upload, "take a file", pause)


def test_what_juju_did_not_do_is_sent_again() -> None:
    pauses: list[float] = []
    with served(503, 503, 200) as (address, taken):
        assert sent(CHARM, address, pause=pauses.append) == {"done": True}
    assert (taken, pauses) == (["POST"] * 3, [0.5, 1.0])


def test_a_lost_answer_is_asked_for_again_only_where_that_does_no_harm() -> None:
    with served(DROP, 200) as (address, taken):
        assert sent(FILE, address) == {"done": True}
    assert taken == ["PUT"] * 2
    with served(DROP, 200) as (address, taken), pytest.raises(AnswerLost, match="Juju's answer to the request to take"):
        sent(CHARM, address)
    assert taken == ["POST"]


def test_a_refusal_is_told_at_once() -> None:
    with served(400) as (address, taken), pytest.raises(Refused, match="Juju refused to take a file: later"):
        sent(FILE, address)
    assert taken == ["PUT"]


def test_a_controller_that_stays_busy_or_away_says_so_in_the_end() -> None:
    with served(503) as (address, _taken), pytest.raises(NotDone, match="Juju was not able yet to take a file"):
        sent(FILE, address)
    with pytest.raises(Unreached, match=f"Juju could not be reached to take a file: {address} refused the connection"):
        sent(FILE, address)


def test_another_address_is_tried_at_once() -> None:
    pauses: list[float] = []
    with served(200) as (address, taken):
        assert sent(FILE, "127.0.0.1:1", address, pause=pauses.append) == {"done": True}
    assert (taken, pauses) == (["PUT"], [])


def test_a_certificate_of_somebody_else_is_not_asked_again() -> None:
    with served(200) as (address, taken), pytest.raises(SetupError, match="is not signed by an authority"):
        sent(FILE, address, ca_cert="")
    assert taken == []
