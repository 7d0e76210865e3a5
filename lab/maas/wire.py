"""The raw edge: HTTP requests into typed calls, results into bodies.

A `Request` is what the server read; `Data` is its form, whatever the encoding: urlencoded, or multipart whose parts may
be base64 (python-libmaas sends every part so); a `Call` is what a handler gets; a `Reply` is what goes back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qsl

from lab.maas.errors import BadRequestError, FormError
from lab.maas.models import User
from lab.maas.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is decoded and starts with /MAAS/; `origin` is scheme and host as the client named them."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    content_type: str = ""
    body: bytes = b""
    authorization: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a status, a body, its type, further headers."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def reply(result: object, status: int = 200) -> Reply:
    """Turn what a handler returned into an answer: a Reply as it is, a string as text, anything else as JSON."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, str):
        return Reply(status, result.encode())
    return Reply(status, json.dumps(result).encode(), "application/json")


NO_CONTENT = Reply(204)


class Data:
    """The parameters of one call; names may repeat. Getters answer None for what was not sent."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        return list(self._values)

    def get(self, name: str) -> str | None:
        values = self._values.get(name)
        return values[-1].strip() if values else None

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        return default if value is None else value

    def all(self, name: str) -> list[str]:
        return [value.strip() for value in self._values.get(name, [])]

    def items(self, name: str) -> list[str]:
        """All the values of a name, each split at commas: MAAS takes lists either way."""
        return [part.strip() for value in self.all(name) for part in value.split(",") if part.strip()]

    def words(self, name: str) -> list[str]:
        """All the values of a name, split at commas and blanks."""
        return [part for value in self.items(name) for part in value.split()]

    def mandatory(self, name: str) -> str:
        """Give the value, or 400 "No provided name!" in MAAS's words."""
        value = self.get(name)
        if not value:
            raise BadRequestError(f"No provided {name}!")
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        value = self.get(name)
        return default if value is None or value == "" else value.lower() in {"true", "1", "on", "yes"}

    def integer(self, name: str) -> int | None:
        value = self.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except ValueError as error:
            raise FormError({name: "Enter a whole number."}) from error


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets: the world, the time in it, who asks, the holes of the path, the parameters."""

    world: World
    now: float
    caller: User | None
    params: Mapping[str, str]
    data: Data
    request: Request

    @property
    def user(self) -> User:
        """The caller of an action that is not open to strangers."""
        if self.caller is None:
            raise LookupError("An action that needs a caller was routed without one.")
        return self.caller


def form_of(request: Request) -> tuple[list[tuple[str, str]], str | None]:
    """All parameters of a request, those of the query, then those of the body; and the operation that it names, if any.

    That is an `op` of the query that isn't empty, else the body's: gomaasapi, and with it Juju and Terraform, puts an
    empty `op` into the query of each POST that has none.
    """
    body = _body(request)
    return [*request.query, *body], dict(request.query).get("op") or dict(body).get("op")


def _body(request: Request) -> list[tuple[str, str]]:
    kind = request.content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return parse_qsl(request.body.decode(), keep_blank_values=True)
    if kind == "multipart/form-data":
        return _parts(request.content_type, request.body)
    return []


def uploads(request: Request) -> dict[str, bytes]:
    """Give the files of a form by the names of their parts; {} for a form without any."""
    if not request.content_type.lower().startswith("multipart/form-data"):
        return {}
    message = message_from_bytes(b"Content-Type: " + request.content_type.encode() + b"\r\n\r\n" + request.body)
    parts = [each for each in message.walk() if not each.is_multipart() and each.get_filename() is not None]
    return {str(each.get_param("name", header="content-disposition")): _bytes(each) for each in parts}


def _bytes(part: "Message[str, str]") -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _parts(content_type: str, body: bytes) -> list[tuple[str, str]]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return [_part(each) for each in message.walk() if not each.is_multipart()]


def _part(part: "Message[str, str]") -> tuple[str, str]:
    name, raw = part.get_param("name", header="content-disposition"), _bytes(part)
    try:
        return str(name or ""), raw.decode()
    except UnicodeDecodeError:
        # a file part: latin-1 keeps its bytes
        return str(name or ""), raw.decode("latin-1")
