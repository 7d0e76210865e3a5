"""google.protobuf.Struct to values and back. Pure.

    Struct ── read_properties ──> {name: Value} ── write_properties ──> Struct

Source of the signatures: pulumi/pulumi sdk/go/common/resource/sig/sig.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from plugins.command.values import UNKNOWN, Archive, Asset, Properties, Secret, Unknown, Value

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct
    from google.protobuf.struct_pb2 import Value as WireValue

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of the protocol
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,  # a string
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def read_properties(struct: Struct) -> Properties:
    """Read a Struct; nulls at the top are left out, as Pulumi leaves them out."""
    read = {key: read_value(item) for key, item in struct.fields.items()}
    return {key: item for key, item in read.items() if item is not None}


def read_value(wire: WireValue) -> Value:
    """Read one value; a wrapper of a kind that no property here has (a resource reference) stays an object."""
    match wire.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if wire.string_value in UNKNOWN_TEXTS else wire.string_value
        case "number_value":
            return wire.number_value
        case "bool_value":
            return wire.bool_value
        case "list_value":
            return [read_value(item) for item in wire.list_value.values]
        case "struct_value":
            return _read_object(wire.struct_value.fields)
        case _:
            return None


def _read_object(fields: Mapping[str, WireValue]) -> Value:
    match fields[SIGNATURE].string_value if SIGNATURE in fields else "":
        case "1b47061264138c4ac30d75fd1eb44270":
            return Secret(read_value(fields["value"])) if "value" in fields else Secret(None)
        case "d0e6a833031e9bbcd3f4e8bde6ca49a4":
            inner = read_value(fields["value"]) if "value" in fields else UNKNOWN
            return Secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
        case "c44067f5952c0a294b673a41bacd8c17":
            return _read_asset(fields)
        case "0def7320c3a5731c473e5ecbe6d01bc7":
            return _read_archive(fields)
        case _:
            return {key: read_value(item) for key, item in fields.items()}


def _text(fields: Mapping[str, WireValue], key: str) -> str:
    return fields[key].string_value if key in fields else ""


def _read_asset(fields: Mapping[str, WireValue]) -> Asset:
    path, uri = _text(fields, "path"), _text(fields, "uri")
    # an empty text beside a path is filling, alone it is an empty file
    text = _text(fields, "text") if not path and not uri and "text" in fields else None
    return Asset(_text(fields, "hash"), text, path, uri)


def _read_archive(fields: Mapping[str, WireValue]) -> Archive:
    path, uri = _text(fields, "path"), _text(fields, "uri")
    if path or uri or "assets" not in fields:
        return Archive(_text(fields, "hash"), None, path, uri)
    members = ((key, read_value(item)) for key, item in fields["assets"].struct_value.fields.items())
    kept = tuple(sorted((key, item) for key, item in members if isinstance(item, Asset | Archive)))
    return Archive(_text(fields, "hash"), kept)


def write_properties(properties: Properties, struct: Struct) -> Struct:
    """Write properties into an empty Struct and give it."""
    for key, item in properties.items():
        write_value(item, struct.fields[key])
    return struct


def write_value(value: Value, wire: WireValue) -> None:
    """Write one value into an empty wire value."""
    match value:
        case None:
            wire.null_value = 0  # pyright: ignore[reportAttributeAccessIssue] # the stub knows the enum's type only
        case bool():
            wire.bool_value = value
        case float() | int():
            wire.number_value = value
        case str():
            wire.string_value = value
        case Unknown():
            wire.string_value = UNKNOWN_TEXT
        case list():
            wire.list_value.SetInParent()
            for item in value:
                write_value(item, wire.list_value.values.add())
        case dict():
            _write_object(value, wire)
        case Secret() | Asset() | Archive():
            _write_object(_wrapper(value), wire)


def _write_object(members: Mapping[str, Value], wire: WireValue) -> None:
    wire.struct_value.SetInParent()
    for key, item in members.items():
        write_value(item, wire.struct_value.fields[key])


def _wrapper(value: Secret | Asset | Archive) -> Properties:
    match value:
        case Secret(value=Unknown()):
            return {SIGNATURE: OUTPUT, "secret": True}
        case Secret(value=inner):
            return {SIGNATURE: SECRET, "value": inner}
        case Asset():
            return _asset_fields(value)
        case Archive():
            return _archive_fields(value)


def _asset_fields(asset: Asset) -> Properties:
    fields: Properties = {SIGNATURE: ASSET, "hash": asset.hash}
    if asset.text is not None:
        return {**fields, "text": asset.text}
    return {**fields, "path": asset.path} if asset.path else {**fields, "uri": asset.uri}


def _archive_fields(archive: Archive) -> Properties:
    fields: Properties = {SIGNATURE: ARCHIVE, "hash": archive.hash}
    if archive.assets is not None:
        return {**fields, "assets": dict[str, Value](archive.assets)}
    return {**fields, "path": archive.path} if archive.path else {**fields, "uri": archive.uri}
