"""python-libmaas's bones layer, typed: it turns an action of the API's own description into a signed request.

description document + key -> `Bones`; (handler, action, URI parameters, data) -> `Request` for our own connection.
Only the pure half of bones is used: its own transport opens a connection per call and cannot run in a thread
without an event loop. libmaas brings half a second of imports of its own, so it comes with the first call.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import urlsplit, urlunsplit

from providers.maas.endpoint import Endpoint

Data = Mapping[str, object]


@dataclass(frozen=True)
class Request:
    """One HTTP request, signed; `headers` hold the key's secret, so the repr leaves them out."""

    method: str
    url: str
    body: bytes | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class _Call(Protocol):
    def prepare(self, data: dict[str, object]) -> tuple[str, bytes | None, dict[str, str]]: ...


class _Action(Protocol):
    method: str

    def bind(self, **params: object) -> _Call: ...


class Bones:
    """The API as its description document tells it."""

    def __init__(self, description: Data, endpoint: Endpoint) -> None:
        import maas.client.bones as libmaas

        self._origin = urlsplit(endpoint.url)
        self._session = libmaas.SessionAPI(description, tuple(endpoint.key.split(":")))

    def method(self, handler: str, action: str) -> str:
        """Name the HTTP method of an action."""
        return self._action(handler, action).method

    def request(self, handler: str, action: str, params: Data, data: Data) -> Request:
        """Build the request; None values are left out, nested mappings become `name_key`, lists repeat the name."""
        found = self._action(handler, action)
        url, body, headers = found.bind(**params).prepare(dict(_flat(data)))
        return Request(found.method, self._here(url), body, {**headers, "Accept": "application/json,*/*;q=0.9"})

    def _action(self, handler: str, action: str) -> _Action:
        found: object = getattr(getattr(self._session, handler, None), action, None)
        if found is None:
            raise LookupError(f"this MAAS's API description has no {handler}.{action}")
        return cast("_Action", found)

    def _here(self, url: str) -> str:
        # The description names the host that MAAS believes in; behind a proxy or a tunnel only the given URL works.
        parts = urlsplit(url)
        return urlunsplit((self._origin.scheme, self._origin.netloc, parts.path, parts.query, ""))


def _flat(data: Data) -> Iterator[tuple[str, object]]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            nested = cast("Mapping[str, object]", value)
            yield from ((f"{name}_{key}", _plain(item)) for key, item in nested.items())
        elif value is not None:
            yield name, _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # Pulumi's wire has only floats; MAAS's forms want whole numbers without a point
    return value if callable(value) else str(value)
