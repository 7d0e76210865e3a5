"""Calls to MAAS by the names of its own API description.

(handler, action, parameters, data) -> a signed request (`bones`) -> `connection` -> JSON, or text if MAAS sends text.
The description document is fetched once per process, at the first call.
"""

import json
import threading
from collections.abc import Mapping, Sequence

from providers.common.raw import Raw, as_mapping, as_mappings
from providers.maas.bones import Bones, Data, Request
from providers.maas.connection import Answer, Connection, Intent
from providers.maas.endpoint import Endpoint

REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent twice: MAAS's PUT sets values, a DELETE that was done answers 404 the second time."""


class Client:
    """One MAAS, one user. Safe for use from many threads."""

    def __init__(self, endpoint: Endpoint, connection: Connection) -> None:
        self.endpoint = endpoint
        self._connection = connection
        self._bones: Bones | None = None
        self._lock = threading.Lock()

    def call(
        self,
        target: str,
        purpose: str,
        params: Data | None = None,
        data: Data | None = None,
        *,
        repeatable: bool | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        """Call `target` ("Machines.allocate") and return the JSON value, or the text.

        `params` fill the URI, `data` is the query of a GET or the body; `purpose` completes "MAAS refused to ...".
        `repeatable` None: by the method. Raises the errors of `errors`.
        """
        handler, action = target.split(".")
        bones = self._described()
        again = bones.method(handler, action) in REPEATABLE if repeatable is None else repeatable
        answer = self._connection.send(
            lambda: bones.request(handler, action, params or {}, data or {}), Intent(purpose, again, tuple(secrets))
        )
        return _value(answer)

    def one(self, target: str, purpose: str, params: Data | None = None, data: Data | None = None) -> Raw:
        """Call and expect one object."""
        return as_mapping(self.call(target, purpose, params, data), f"MAAS's answer to {target}")

    def many(self, target: str, purpose: str, params: Data | None = None, data: Data | None = None) -> tuple[Raw, ...]:
        """Call and expect a list of objects."""
        return as_mappings(self.call(target, purpose, params, data), f"MAAS's answer to {target}")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _described(self) -> Bones:
        with self._lock:
            if self._bones is None:
                url = f"{self.endpoint.api}describe/"
                request = Request("GET", url, None, {"Accept": "application/json"})
                answer = self._connection.send(lambda: request, Intent("describe its API", repeatable=True))
                self._bones = Bones(as_mapping(_value(answer), f"the description at {url}"), self.endpoint)
            return self._bones


def _value(answer: Answer) -> object:
    text = answer.body.decode("utf-8")
    return json.loads(text) if "json" in _content_type(answer.headers) else text


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")
