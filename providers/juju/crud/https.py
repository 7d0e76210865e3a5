"""Files for a controller, which takes them over HTTPS beside its websocket: local charms and resources.

Upload (method, path, headers, content) -> the first address that lets us in, its certificate checked -> the answer's
object, or an error of `errors` after what may be sent again was: anything that Juju did not do, and a PUT, of which a
second is like the first, also when its answer was lost. Source: juju 3.6 apiserver: basic authentication as user-NAME.
"""

import base64
import http.client
import itertools
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from providers.common import retry
from providers.common.progress import say
from providers.common.raw import Raw, as_mapping, mapping, text
from providers.juju.dialing import CONNECT, tls_for, unreachable
from providers.juju.endpoint import Endpoint
from providers.juju.errors import AnswerLost, Temporary, from_answer

_ANSWER_SECONDS: Final = 600.0
_POLICY: Final = retry.Policy()
_UNAVAILABLE: Final = 503


@dataclass(frozen=True)
class Upload:
    """A request; `path` with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


def send(
    endpoint: Endpoint, version: str, upload: Upload, purpose: str, pause: Callable[[float], None] = time.sleep
) -> Raw:
    """Send it to the controller, whose `version` is known; `purpose` completes "Juju refused to ..."."""
    started, waited = time.monotonic(), 0.0
    for attempt in itertools.count(1):
        try:
            return _tried(endpoint, version, upload, purpose)
        except Temporary as error:
            if isinstance(error, AnswerLost) and upload.method != "PUT":
                raise
            wait = retry.pause(_POLICY, attempt, max(time.monotonic() - started, waited))
            if wait is None:
                raise
            say(f"{error}; trying again in {wait:.1f} s")
        waited += wait
        pause(wait)
    raise AssertionError("the policy's budget ends every retry")


def _tried(endpoint: Endpoint, version: str, upload: Upload, purpose: str) -> Raw:
    failures: dict[str, BaseException] = {}
    for address in endpoint.addresses:
        connection = _Connection(address, endpoint)
        try:
            connection.connect()
        except OSError as error:
            failures[address] = error
            continue
        return _sent(connection, upload, _login(endpoint, version), purpose)
    raise unreachable(purpose, endpoint, failures)


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
        code = text(answer, "error-code") or ("try again" if status == _UNAVAILABLE else "")
        raise from_answer(purpose, _said(answer) or f"HTTP {status}", code)
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
