"""The checkpoint around a deployment: its version, the stack's name, the features a reader must know. Pure.

    {"version": 3, "checkpoint": {"stack": "organization/project/stack", "latest": {deployment}}}  <──>  Checkpoint

Versions 1 and 2 are read and written back as 3; version 4 is version 3 plus features, read where all are known.
Source: pulumi/pulumi sdk/go/common/apitype/core.go (VersionedCheckpoint), pkg/resource/stack/checkpoint.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.model.reading import CodecError, as_list, as_object, shown, text, texts

CURRENT: Final = 3
WITH_FEATURES: Final = 4

_FEATURE_OF_FIELD: Final = {
    "refreshBeforeUpdate": "refreshBeforeUpdate",
    "resourceHooks": "hooks",
    "taint": "taint",
    "replaceWith": "replaceWith",
}
"""The fields of a resource that oblige a reader, with the features' names. Others make this engine refuse the state."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a stack's state file holds; `latest` is the raw deployment, None before the first one."""

    stack: str
    latest: Mapping[str, object] | None = None
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    """Members that this engine does not read (the stack's config of long ago); carried along untouched."""


def decode_checkpoint(raw: object) -> Checkpoint:
    """Read a state file's JSON.

    Raises
    ------
    CodecError: it is no checkpoint, or one of a version or with features that this engine does not know.

    """
    document = as_object(raw, "the checkpoint")
    if "checkpoint" not in document and "stack" not in document:
        raise CodecError("it holds no checkpoint: the member 'checkpoint' is missing")
    version = document.get("version", 0)
    _check_version(version, texts(document, "features", "the checkpoint"))
    inner = as_object(document.get("checkpoint", document), "checkpoint")
    latest = None if inner.get("latest") is None else as_object(inner["latest"], "latest")
    if latest is not None and version in {0, 1}:
        latest = _without_defaults(latest)
    extra = {key: item for key, item in inner.items() if key not in {"stack", "latest", "version"}}
    return Checkpoint(text(inner, "stack", "checkpoint"), latest, extra)


def _check_version(version: object, features: Iterable[str]) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise CodecError(f"its version is {shown(version)}, it should be a number from 1 to {WITH_FEATURES}")
    if version > WITH_FEATURES:
        raise CodecError(
            f"its version is {version}, and this engine knows up to {WITH_FEATURES}: a newer engine wrote it"
        )
    unknown = sorted(set(features) - set(_FEATURE_OF_FIELD.values()))
    if version == WITH_FEATURES and unknown:
        raise CodecError(
            f"it uses {', '.join(unknown)}, which this engine does not know: use the official pulumi for it"
        )


def _without_defaults(latest: dict[str, object]) -> dict[str, object]:
    """Drop what version 1 had and version 2 has no more: each resource's defaults."""
    resources = [as_object(item, "a resource") for item in as_list(latest.get("resources"), "resources")]
    return {**latest, "resources": [{k: v for k, v in item.items() if k != "defaults"} for item in resources]}


def features_of(deployment: Mapping[str, object]) -> list[str]:
    """Name the features that a reader of this deployment must know, sorted."""
    resources = [as_object(item, "a resource") for item in as_list(deployment.get("resources"), "resources")]
    return sorted({name for item in resources for key, name in _FEATURE_OF_FIELD.items() if item.get(key)})


def encode_checkpoint(checkpoint: Checkpoint) -> dict[str, object]:
    """Write a state file's JSON: version 3, or 4 where a feature asks for it."""
    inner: dict[str, object] = {"stack": checkpoint.stack, **checkpoint.extra}
    features: list[str] = []
    if checkpoint.latest is not None:
        inner["latest"] = dict(checkpoint.latest)
        features = features_of(checkpoint.latest)
    if features:
        return {"version": WITH_FEATURES, "features": features, "checkpoint": inner}
    return {"version": CURRENT, "checkpoint": inner}
