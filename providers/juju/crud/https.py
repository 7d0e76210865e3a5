"""Files for a controller, which takes them over HTTPS beside its websocket: local charms and resources.

Upload (method, path, headers, content) -> the first address that lets us in, its certificate checked -> the answer's
object, or an error of `errors`. Source: juju 3.6 apiserver: basic authentication as user-NAME.
"""

import base64
import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.common.raw import Raw, as_mapping, mapping, text
from providers.juju.dialing import CONNECT, tls_for
from providers.juju.endpoint import Endpoint
from providers.juju.errors import AnswerLost, Unreached, from_answer

_ANSWER_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Upload:
    """A request; `path` with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


def send(endpoint: Endpoint, version: str, upload: Upload, purpose: str) -> Raw:
    """Send it to the controller, whose `version` is known; `purpose` completes "Juju refused to ..."."""
    failures: list[str] = []
    for address in endpoint.addresses:
        connection = _Connection(address, endpoint)
        try:
            connection.connect()
        except OSError as error:
            failures.append(f"{address}: {error}")
            continue
        return _sent(connection, upload, _login(endpoint, version), purpose)
    raise Unreached(f"Juju was not reached to {purpose}: {'; '.join(failures)}")


class _Connection(http.client.HTTPSConnection):
    """A connection to a controller, whose certificate is good for one name whatever its address."""

    def __init__(self, address: str, endpoint: Endpoint) -> None:
        tls = tls_for(endpoint)
        super().__init__(address, timeout=CONNECT, context=tls.context)
        self._tls = tls

    def connect(self) -> None:
        """Open it, under the name that the certificate has."""
        plain = socket.create_connection((self.host.strip("[]"), self.port), CONNECT)
        self.sock = self._tls.context.wrap_socket(plain, server_hostname=self._tls.name or self.host)
        self.sock.settimeout(_ANSWER_SECONDS)


def _login(endpoint: Endpoint, version: str) -> dict[str, str]:
    login = base64.b64encode(f"user-{endpoint.username}:{endpoint.password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {login}", "X-Juju-ClientVersion": version}


def _sent(connection: _Connection, upload: Upload, login: Mapping[str, str], purpose: str) -> Raw:
    try:
        connection.request(upload.method, upload.path, upload.content, {**upload.headers, **login})
        response = connection.getresponse()
        status, raw = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise AnswerLost(f"Juju's answer to the request to {purpose} was lost: {error}") from None
    finally:
        connection.close()
    answer = _json(raw)
    if status >= 300 or answer.get("error"):
        raise from_answer(purpose, _said(answer) or f"HTTP {status}", text(answer, "error-code"))
    return answer


def _said(answer: Raw) -> str:
    """Read an error, which is a text, or an object with its message."""
    error = answer.get("error")
    return text(mapping(answer, "error"), "message") if isinstance(error, dict) else text(answer, "error")


def _json(raw: bytes) -> Raw:
    try:
        return as_mapping(json.loads(raw), "Juju's answer")
    except (ValueError, TypeError):
        return {"error": raw[:200].decode("utf-8", "replace").strip()}
