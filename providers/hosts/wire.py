"""What the two processes say to each other: one JSON object per line.

Request -> `encode` -> line on the worker's standard input -> `request`; Reply (any number that only tell, then one that
ends the call) -> `encode` -> line on its standard output -> `reply`. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import cast

from providers.common.raw import Raw, as_mapping, mapping, text, whole

SAY, DONE, FAILED = "say", "done", "failed"


@dataclass(frozen=True)
class Request:
    """One call: what to do (`plan`, `apply`, `run`, ...), and with what."""

    id: int
    do: str
    body: Raw = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Reply:
    """A word about a call: `say` a line of progress, `done` with a result, `failed` with an error."""

    id: int
    kind: str
    body: Raw = field(default_factory=dict[str, object])


def encode(message: Request | Reply) -> bytes:
    """Write a message as a line, newline included. Raises TypeError for what JSON can't hold."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def request(line: bytes) -> Request:
    """Read a request."""
    raw = _object(line)
    return Request(whole(raw, "id"), text(raw, "do"), mapping(raw, "body"))


def reply(line: bytes) -> Reply:
    """Read a reply."""
    raw = _object(line)
    return Reply(whole(raw, "id"), text(raw, "kind"), mapping(raw, "body"))


def _object(line: bytes) -> Mapping[str, object]:
    return as_mapping(cast("object", json.loads(line)), "a message")
