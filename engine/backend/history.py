"""Update records: what was done to a stack, when, and how it ended. Record <─> `<stack>-<unix ns>.history.json`.

Source: pulumi/pulumi pkg/backend/updates.go (UpdateInfo).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.reading import CodecError, as_object, number, shown, text


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """One update; times are whole seconds since the epoch, `config` stands as in the stack file, secrets closed."""

    kind: str
    """update, preview, refresh, destroy or resource-import."""
    start: int
    end: int
    result: str
    """in-progress, succeeded or failed."""
    message: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    config: Mapping[str, object] = field(default_factory=dict[str, object])
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    version: int = 0


def encode_record(record: UpdateRecord) -> bytes:
    """Write a record."""
    raw: dict[str, object] = {
        "kind": record.kind,
        "startTime": record.start,
        "message": record.message,
        "environment": dict(sorted(record.environment.items())),
        "config": dict(sorted(record.config.items())),
        "version": record.version,
        "result": record.result,
        "endTime": record.end,
    }
    if record.changes:
        raw["resourceChanges"] = dict(sorted(record.changes.items()))
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()


def decode_record(data: bytes) -> UpdateRecord:
    """Read a record.

    Raises
    ------
    CodecError: it is none.

    """
    try:
        raw = as_object(json.loads(data), "the record")
    except ValueError as error:
        raise CodecError(f"{shown(data)} is no update record: {error}") from error
    changes = as_object(raw.get("resourceChanges"), "resourceChanges")
    environment = as_object(raw.get("environment"), "environment")
    return UpdateRecord(
        kind=text(raw, "kind", "record"),
        start=int(number(raw, "startTime", "record")),
        end=int(number(raw, "endTime", "record")),
        result=text(raw, "result", "record"),
        message=text(raw, "message", "record"),
        environment={key: text(environment, key, "environment") for key in environment},
        config=as_object(raw.get("config"), "config"),
        changes={key: int(number(changes, key, "resourceChanges")) for key in changes},
        version=int(number(raw, "version", "record")),
    )
