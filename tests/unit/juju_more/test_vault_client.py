"""The vault's client against answers that no healthy vault gives."""

import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from providers.juju.vault import Seal, Vault, VaultRefusedError, VaultSilentError
from tests.support.certificates import certificate_text, key_text, new_key

Answer = tuple[int, str]


@contextmanager
def answering(answer: Callable[[str, str], Answer | None], tls: ssl.SSLContext | None = None) -> Generator[str]:
    """Serve what `answer` makes of path and body; None hangs up. Gives "127.0.0.1:port"."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            found = answer(self.path, self.rfile.read(length).decode() + str(self.headers))
            if found is None:
                self.close_connection = True
                return
            self.send_response(found[0])
            self.end_headers()
            self.wfile.write(found[1].encode())

        do_GET = do_POST = do_PUT  # noqa: N815 - http.server looks for these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_what_is_echoed_is_masked() -> None:
    def echo(_path: str, sent: str) -> Answer:
        return 400, f'{{"errors": ["not this: {sent.splitlines()[0].replace(chr(34), "")}"]}}'

    with answering(echo) as where, pytest.raises(VaultRefusedError) as caught:
        Vault(f"http://{where}").unseal("0123456789abcdef")
    assert "refused to take an unseal key: not this:" in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)


def test_a_token_is_sent_in_the_header_and_masked() -> None:
    def echo(_path: str, sent: str) -> Answer:
        assert "X-Vault-Token: s.the-root-token" in sent
        return 403, "proxy says\nno to s.the-root-token"

    with answering(echo) as where, pytest.raises(VaultRefusedError) as caught:
        Vault(f"http://{where}").token("s.the-root-token", 10)
    assert str(caught.value).endswith("refused to make a token: proxy says no to ***")


@pytest.mark.parametrize("body", ["<html>", "[]", "", "5"])
def test_what_is_no_vault_is_said(body: str) -> None:
    with answering(lambda _path, _sent: (200, body)) as where, pytest.raises(VaultSilentError, match="is not a vault"):
        Vault(f"http://{where}").seal()


def test_an_answer_without_words_shows_its_status() -> None:
    with answering(lambda _path, _sent: (502, "")) as where, pytest.raises(VaultRefusedError, match="HTTP 502"):
        Vault(f"http://{where}").seal()


def test_a_hung_up_call_is_silence() -> None:
    with answering(lambda _path, _sent: None) as where, pytest.raises(VaultSilentError, match="does not answer: "):
        Vault(f"http://{where}").init(5, 3)


def test_nobody_there() -> None:
    with answering(lambda _path, _sent: None) as where:
        pass
    with pytest.raises(VaultSilentError, match="does not answer: connection refused"):
        Vault(f"http://{where}").seal()


def test_https_is_verified(tmp_path: Path) -> None:
    key = new_key()
    certificate = certificate_text(key, "localhost")
    (tmp_path / "both.pem").write_text(certificate + key_text(key))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "both.pem")
    shown = '{"initialized": true, "sealed": true, "t": 3, "n": 5, "progress": 1}'
    with answering(lambda _path, _sent: (200, shown), tls) as where:
        url = f"https://{where.replace('127.0.0.1', 'localhost')}"
        assert Vault(url, certificate).seal() == Seal(initialized=True, sealed=True, threshold=3, shares=5, progress=1)
        with pytest.raises(VaultSilentError, match="certificate"):
            Vault(url).seal()
