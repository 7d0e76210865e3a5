"""Property values to and from the wire.

Wire form: google.protobuf.Struct, wrapped values as objects with a signature key (`engine.model.values`).
`decode` turns a Struct into values; `encode` turns values into a Struct, opening or keeping what the receiver
understands. The SDK and the plugins are separate programs, so everything that comes in is checked here.
Source: pulumi/pulumi proto docs, sdk/go/common/resource/plugin/rpc.go (meaning only).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.model.values import (
    ARCHIVE_SIG,
    ASSET_SIG,
    OUTPUT_SIG,
    REFERENCE_SIG,
    SECRET_SIG,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_STRING,
    Archive,
    Asset,
    Output,
    Properties,
    ResourceReference,
    Secret,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct
    from google.protobuf.struct_pb2 import Value as WireValue

UNKNOWN_STRINGS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class WireError(ValueError):
    """What came over the wire is no property value; the message names the place."""


@dataclass(frozen=True, slots=True)
class Accepts:
    """What the receiver of a Struct understands; what it doesn't is opened or left out."""

    secrets: bool = False
    unknowns: bool = True
    resources: bool = False
    outputs: bool = False


PROGRAM = Accepts(secrets=True, resources=True)


def decode(struct: Struct | None) -> Properties:
    """Turn a Struct into properties.

    Raises
    ------
    WireError: a wrapped value is malformed.

    """
    if struct is None:
        return {}
    return {key: decode_value(item, key) for key, item in struct.fields.items()}


def decode_value(wire: WireValue, place: str = "value") -> Value:
    """Turn one wire value into a value; `place` is the property path shown in errors."""
    match wire.WhichOneof("kind"):
        case "string_value":
            text = wire.string_value
            return UNKNOWN if text in UNKNOWN_STRINGS else text
        case "number_value":
            number = wire.number_value
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        case "bool_value":
            return wire.bool_value
        case "list_value":
            return [decode_value(item, f"{place}[{i}]") for i, item in enumerate(wire.list_value.values)]
        case "struct_value":
            fields = wire.struct_value.fields
            if SIGNATURE in fields:
                return _decode_wrapped(fields[SIGNATURE].string_value, fields, place)
            return {key: decode_value(item, f"{place}.{key}") for key, item in fields.items()}
        case _:
            return None


def _decode_wrapped(signature: str, fields: Mapping[str, WireValue], place: str) -> Value:
    reader = _READERS.get(signature)
    if reader is None:
        raise WireError(f"{place}: the signature {signature!r} is not one that Pulumi's protocol knows")
    return reader(fields, place)


def _decode_secret(fields: Mapping[str, WireValue], place: str) -> Value:
    if "value" not in fields:
        raise WireError(f"{place}: a secret came without its value")
    inner = decode_value(fields["value"], place)
    return inner if isinstance(inner, Secret) else Secret(inner)


def _decode_output(fields: Mapping[str, WireValue], place: str) -> Value:
    known = "value" in fields
    return Output(
        decode_value(fields["value"], place) if known else UNKNOWN,
        known,
        fields["secret"].bool_value if "secret" in fields else False,
        tuple(item.string_value for item in fields["dependencies"].list_value.values)
        if "dependencies" in fields
        else (),
    )


def _text(fields: Mapping[str, WireValue], key: str) -> str | None:
    if key not in fields or fields[key].WhichOneof("kind") != "string_value":
        return None
    return fields[key].string_value


def _decode_asset(fields: Mapping[str, WireValue], _place: str) -> Value:
    path, uri = _text(fields, "path") or None, _text(fields, "uri") or None
    text = _text(fields, "text") or (None if path or uri else "")
    return Asset(_text(fields, "hash") or "", text, path, uri)


def _decode_archive(fields: Mapping[str, WireValue], place: str) -> Value:
    assets: list[tuple[str, Asset | Archive]] | None = None
    if "assets" in fields and fields["assets"].WhichOneof("kind") == "struct_value":
        assets = []
        for key, item in fields["assets"].struct_value.fields.items():
            member = decode_value(item, f"{place}.{key}")
            if not isinstance(member, Asset | Archive):
                raise WireError(f"{place}.{key}: an archive holds assets and archives, this is neither")
            assets.append((key, member))
    return Archive(
        _text(fields, "hash") or "",
        tuple(assets) if assets is not None else None,
        _text(fields, "path") or None,
        _text(fields, "uri") or None,
    )


def _decode_reference(fields: Mapping[str, WireValue], place: str) -> Value:
    urn = _text(fields, "urn")
    if not urn:
        raise WireError(f"{place}: a resource reference came without a URN")
    text = _text(fields, "id")
    identity = UNKNOWN if text in UNKNOWN_STRINGS or (text == "" and "id" in fields) else text
    return ResourceReference(urn, identity, _text(fields, "packageVersion") or "")


_READERS: dict[str, Callable[[Mapping[str, WireValue], str], Value]] = {
    SECRET_SIG: _decode_secret,
    OUTPUT_SIG: _decode_output,
    ASSET_SIG: _decode_asset,
    ARCHIVE_SIG: _decode_archive,
    REFERENCE_SIG: _decode_reference,
}


def encode(properties: Mapping[str, Value], accepts: Accepts) -> Struct:
    """Turn properties into a Struct for a receiver that understands `accepts`; unknowns it can't take are left out."""
    from google.protobuf.struct_pb2 import Struct

    struct = Struct()
    for key, item in properties.items():
        if isinstance(item, Unknown) and not accepts.unknowns:
            continue
        _write(struct.fields[key], item, accepts)
    return struct


def encode_value(value: Value, accepts: Accepts) -> WireValue:
    """Turn one value into a wire value."""
    from google.protobuf.struct_pb2 import Value as WireValue

    wire = WireValue()
    _write(wire, value, accepts)
    return wire


def _write(wire: WireValue, value: Value, accepts: Accepts) -> None:
    match value:
        case None | bool() | int() | float() | str():
            _write_scalar(wire, value)
        case list():
            _write_list(wire, value, accepts)
        case dict():
            _write_object(wire, value, accepts)
        case Unknown():
            wire.string_value = UNKNOWN_STRING
        case Secret(element=element):
            _write_secret(wire, element, accepts)
        case Output():
            _write_output(wire, value, accepts)
        case Asset():
            _write_signed(wire, ASSET_SIG, hash=value.hash, text=value.text, path=value.path, uri=value.uri)
        case Archive():
            _write_archive(wire, value, accepts)
        case ResourceReference():
            _write_reference(wire, value, accepts)


def _write_scalar(wire: WireValue, value: bool | float | str | None) -> None:
    if value is None:
        wire.null_value = 0  # pyright: ignore[reportAttributeAccessIssue] the stub wants the enum's name
    elif isinstance(value, bool):
        wire.bool_value = value
    elif isinstance(value, str):
        wire.string_value = value
    else:
        wire.number_value = value


def _write_list(wire: WireValue, items: list[Value], accepts: Accepts) -> None:
    target = wire.list_value
    target.SetInParent()
    for item in items:
        _write(target.values.add(), item, accepts)


def _write_object(wire: WireValue, items: Mapping[str, Value], accepts: Accepts) -> None:
    target = wire.struct_value
    target.SetInParent()
    for key, item in items.items():
        _write(target.fields[key], item, accepts)


def _write_secret(wire: WireValue, element: Value, accepts: Accepts) -> None:
    if not accepts.secrets:
        _write(wire, element, accepts)
        return
    fields = wire.struct_value.fields
    fields[SIGNATURE].string_value = SECRET_SIG
    _write(fields["value"], element, accepts)


def _write_output(wire: WireValue, value: Output, accepts: Accepts) -> None:
    if not accepts.outputs:
        inner: Value = value.element if value.known else UNKNOWN
        _write(wire, Secret(inner) if value.secret else inner, accepts)
        return
    fields = wire.struct_value.fields
    fields[SIGNATURE].string_value = OUTPUT_SIG
    if value.known:
        _write(fields["value"], value.element, accepts)
    if value.secret:
        fields["secret"].bool_value = True
    if value.dependencies:
        _write_list(fields["dependencies"], list(value.dependencies), accepts)


def _write_signed(wire: WireValue, signature: str, **texts: str | None) -> None:
    fields = wire.struct_value.fields
    fields[SIGNATURE].string_value = signature
    for key, text in texts.items():
        if text is not None:
            fields[key].string_value = text


def _write_archive(wire: WireValue, value: Archive, accepts: Accepts) -> None:
    _write_signed(wire, ARCHIVE_SIG, hash=value.hash, path=value.path, uri=value.uri)
    if value.assets is not None:
        _write_object(wire.struct_value.fields["assets"], dict(value.assets), accepts)


def _write_reference(wire: WireValue, value: ResourceReference, accepts: Accepts) -> None:
    if not accepts.resources:  # an old receiver sees a custom resource's id, or a component's URN
        _write(wire, value.urn if value.id is None else value.id, accepts)
        return
    identity = UNKNOWN_STRING if isinstance(value.id, Unknown) else value.id
    version = value.version or None
    _write_signed(wire, REFERENCE_SIG, urn=value.urn, id=identity, packageVersion=version)
