"""A deployment of checkpoint version 3 as a Snapshot, and back. Pure.

    {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"}  <──>  Snapshot

What this engine does not read (a resource's stack trace, the manifest's plugins, the snapshot's metadata) travels in
`extra` and is written back in its place.
Source: pulumi/pulumi sdk/go/common/apitype/core.go (DeploymentV3, ResourceV3, ManifestV1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from engine.model.reading import CodecError, as_list, as_object, flag, number, text, texts
from engine.model.snapshot import SecretsProvider, Snapshot
from engine.model.state import CustomTimeouts, Operation, ResourceState
from engine.model.timestamps import ZERO, Stamp, format_time, parse_time
from engine.model.valuecodec import Crypter, decode_properties, encode_properties
from engine.model.values import Properties

# fmt: off - one name a line would hide the order
FIELDS: Final = (
    "urn",
    "custom",
    "delete",
    "id",
    "type",
    "inputs",
    "outputs",
    "parent",
    "protect",
    "taint",
    "external",
    "dependencies",
    "initErrors",
    "provider",
    "propertyDependencies",
    "pendingReplacement",
    "additionalSecretOutputs",
    "aliases",
    "customTimeouts",
    "importID",
    "retainOnDelete",
    "deletedWith",
    "replaceWith",
    "created",
    "modified",
    "sourcePosition",
    "stackTrace",
    "ignoreChanges",
    "hideDiff",
    "replaceOnChanges",
    "replacementTrigger",
    "refreshBeforeUpdate",
    "viewOf",
    "resourceHooks",
    "extensionRef",
    "snippetID",
)
# fmt: on
"""A resource's fields in the order in which they are written."""

_CARRIED = frozenset(
    ("stackTrace", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "resourceHooks", "extensionRef", "snippetID")
)
_READ = frozenset(FIELDS) - _CARRIED
_DEPLOYMENT_READ = frozenset(("manifest", "secrets_providers", "resources", "pending_operations"))
_TIMEOUTS = ("create", "update", "delete")


def decode_deployment(raw: Mapping[str, object], crypter: Crypter) -> Snapshot:
    """Read a deployment, version 3.

    Raises
    ------
    CodecError: a part has the wrong shape; the message names it.

    """
    manifest = as_object(raw.get("manifest"), "manifest")
    extra: dict[str, object] = {key: item for key, item in raw.items() if key not in _DEPLOYMENT_READ}
    if rest := {key: item for key, item in manifest.items() if key not in {"time", "magic", "version"}}:
        extra["manifest"] = rest
    resources = as_list(raw.get("resources"), "resources")
    pending = as_list(raw.get("pending_operations"), "pending_operations")
    return Snapshot(
        resources=tuple(decode_resource(item, crypter, f"resource {n}") for n, item in enumerate(resources, 1)),
        pending=tuple(_decode_operation(item, crypter, f"pending operation {n}") for n, item in enumerate(pending, 1)),
        secrets=decode_secrets_provider(raw),
        time=_decode_time(manifest, "time", "manifest"),
        version=text(manifest, "version", "manifest"),
        extra=extra,
    )


def decode_secrets_provider(raw: Mapping[str, object]) -> SecretsProvider | None:
    """Read who closed the deployment's secrets, without opening any."""
    provider = as_object(raw.get("secrets_providers"), "secrets_providers")
    kind = text(provider, "type", "secrets_providers")
    state = as_object(provider.get("state"), "secrets_providers.state")
    return SecretsProvider(kind, state) if kind else None


def _decode_time(raw: Mapping[str, object], key: str, place: str) -> Stamp | None:
    written = text(raw, key, place)
    if written in {"", ZERO}:
        return None
    try:
        return parse_time(written)
    except ValueError as error:
        raise CodecError(f"{place}.{key} is {written!r}, it should be an RFC 3339 time") from error


def _decode_operation(raw: object, crypter: Crypter, place: str) -> Operation:
    members = as_object(raw, place)
    return Operation(
        decode_resource(members.get("resource"), crypter, f"{place}'s resource"), text(members, "type", place)
    )


def decode_resource(item: object, crypter: Crypter, place: str = "resource") -> ResourceState:
    """Read one resource; `place` says where it stands, for messages.

    Raises
    ------
    CodecError: a field is missing or malformed.

    """
    raw = as_object(item, place)
    urn, type_ = text(raw, "urn", place), text(raw, "type", place)
    if not urn:
        raise CodecError(f"{place} has no urn")
    place = urn
    if not type_:
        raise CodecError(f"{place} has no type")
    custom, id_ = flag(raw, "custom", place), text(raw, "id", place)
    if id_ and not custom:
        raise CodecError(f"{place} is no custom resource but has the id {id_!r}")
    timeouts, extra = _decode_timeouts(raw, place)
    return ResourceState(
        urn=urn,
        type=type_,
        custom=custom,
        id=id_,
        delete=flag(raw, "delete", place),
        inputs=_decode_properties(raw, "inputs", place, crypter),
        outputs=_decode_properties(raw, "outputs", place, crypter),
        parent=text(raw, "parent", place),
        protect=flag(raw, "protect", place),
        taint=flag(raw, "taint", place),
        external=flag(raw, "external", place),
        dependencies=texts(raw, "dependencies", place),
        init_errors=texts(raw, "initErrors", place),
        provider=text(raw, "provider", place),
        property_dependencies=_decode_property_dependencies(raw, place),
        pending_replacement=flag(raw, "pendingReplacement", place),
        additional_secret_outputs=texts(raw, "additionalSecretOutputs", place),
        aliases=texts(raw, "aliases", place),
        custom_timeouts=timeouts,
        import_id=text(raw, "importID", place),
        retain_on_delete=flag(raw, "retainOnDelete", place),
        deleted_with=text(raw, "deletedWith", place),
        replace_with=texts(raw, "replaceWith", place),
        created=_decode_time(raw, "created", place),
        modified=_decode_time(raw, "modified", place),
        source_position=text(raw, "sourcePosition", place),
        ignore_changes=texts(raw, "ignoreChanges", place),
        replace_on_changes=texts(raw, "replaceOnChanges", place),
        hide_diff=texts(raw, "hideDiff", place),
        extra=extra,
    )


def _decode_properties(raw: Mapping[str, object], key: str, place: str, crypter: Crypter) -> Properties:
    try:
        return decode_properties(as_object(raw.get(key), f"{place}.{key}"), crypter)
    except CodecError as error:
        raise CodecError(f"{place}, {key}: {error}") from error


def _decode_property_dependencies(raw: Mapping[str, object], place: str) -> dict[str, tuple[str, ...]]:
    where = f"{place}.propertyDependencies"
    members = as_object(raw.get("propertyDependencies"), where)
    return {key: texts(members, key, where) for key in members}


def _decode_timeouts(raw: Mapping[str, object], place: str) -> tuple[CustomTimeouts | None, dict[str, object]]:
    """Read the timeouts; the second result is the resource's `extra`, with the timeouts that are not read."""
    extra: dict[str, object] = (
        {key: item for key, item in raw.items() if key not in _READ} if raw.keys() - _READ else {}
    )
    if raw.get("customTimeouts") is None:
        return None, extra
    where = f"{place}.customTimeouts"
    members = as_object(raw["customTimeouts"], where)
    if rest := {key: item for key, item in members.items() if key not in _TIMEOUTS}:
        extra["customTimeouts"] = rest
    return CustomTimeouts(*(number(members, key, where) for key in _TIMEOUTS)), extra


def encode_deployment(snapshot: Snapshot, crypter: Crypter, *, show_secrets: bool = False) -> dict[str, object]:
    """Write a snapshot as a deployment, version 3; with `show_secrets`, in clear.

    A secret that `crypter` knows by its ciphertext keeps it; so an unchanged resource keeps its text.
    """
    extra = dict(snapshot.extra)
    manifest: dict[str, object] = {
        "time": format_time(snapshot.time) if snapshot.time else ZERO,
        "magic": hashlib.sha256(snapshot.version.encode()).hexdigest() if snapshot.version else "",
        "version": snapshot.version,
        **as_object(extra.pop("manifest", None), "manifest"),
    }
    result: dict[str, object] = {"manifest": manifest}
    if snapshot.secrets is not None:
        result["secrets_providers"] = {"type": snapshot.secrets.type, "state": dict(snapshot.secrets.state)}
    if snapshot.resources:
        result["resources"] = [encode_resource(item, crypter, show_secrets=show_secrets) for item in snapshot.resources]
    if snapshot.pending:
        result["pending_operations"] = [
            {"resource": encode_resource(item.resource, crypter, show_secrets=show_secrets), "type": item.type}
            for item in snapshot.pending
        ]
    return {**result, "metadata": extra.pop("metadata", {}), **extra}


def encode_resource(state: ResourceState, crypter: Crypter, *, show_secrets: bool = False) -> dict[str, object]:
    """Write one resource, its fields in ResourceV3's order; what is empty is left out."""
    known: dict[str, object] = {
        "urn": state.urn,
        "custom": state.custom,
        "delete": state.delete,
        "id": state.id,
        "type": state.type,
        "inputs": encode_properties(state.inputs, crypter, show=show_secrets),
        "outputs": encode_properties(state.outputs, crypter, show=show_secrets),
        "parent": state.parent,
        "protect": state.protect,
        "taint": state.taint,
        "external": state.external,
        "dependencies": state.dependencies,
        "initErrors": state.init_errors,
        "provider": state.provider,
        "propertyDependencies": {
            key: list(state.property_dependencies[key]) for key in sorted(state.property_dependencies)
        },
        "pendingReplacement": state.pending_replacement,
        "additionalSecretOutputs": state.additional_secret_outputs,
        "aliases": state.aliases,
        "customTimeouts": None,
        "importID": state.import_id,
        "retainOnDelete": state.retain_on_delete,
        "deletedWith": state.deleted_with,
        "replaceWith": state.replace_with,
        "created": _encode_time(state.created),
        "modified": _encode_time(state.modified),
        "sourcePosition": state.source_position,
        "ignoreChanges": state.ignore_changes,
        "hideDiff": state.hide_diff,
        "replaceOnChanges": state.replace_on_changes,
    }
    fields: dict[str, object] = {key: _plain(item) for key, item in known.items() if item or key == "custom"}
    if state.custom_timeouts is None and not state.extra:
        return fields
    return _in_order({**fields, **state.extra, **_encode_timeouts(state)})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] # tuples of texts


def _encode_time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _encode_timeouts(state: ResourceState) -> dict[str, object]:
    if state.custom_timeouts is None:
        return {}
    timeouts = state.custom_timeouts
    pairs = zip(_TIMEOUTS, (timeouts.create, timeouts.update, timeouts.delete), strict=True)
    written = {key: int(seconds) if float(seconds).is_integer() else seconds for key, seconds in pairs if seconds}
    return {"customTimeouts": {**written, **as_object(state.extra.get("customTimeouts"), "customTimeouts")}}


def _in_order(fields: dict[str, object]) -> dict[str, object]:
    ordered = {key: fields[key] for key in FIELDS if key in fields}
    return {**ordered, **fields}
