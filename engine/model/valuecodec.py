"""Property values as a checkpoint's JSON, both ways. Pure: what encrypts is handed in as a Crypter.

    JSON ── decode_value ──> Value ── encode_value ──> JSON
               │ a secret's text                │ a known secret keeps its old text, a new one is encrypted
               └───────────── Crypter ──────────┘

Source: pulumi/pulumi pkg/resource/stack/deployment.go (SerializePropertyValue, DeserializePropertyValue).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from engine.model.reading import CodecError, as_list, as_object, as_text, shown
from engine.model.values import (
    ARCHIVE_SIG,
    ASSET_SIG,
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
    flatten_outputs,
)

FLOAT_SIG: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
"""Marks a number that JSON has no notation for: NaN and the infinities, as the hex digits of the IEEE 754 double."""

MAX_INTEGRAL: Final = 1e21
"""From here on integral numbers are written in exponent form, as Go does."""

_HTML = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"})


class Crypter(Protocol):
    """What opens and closes secrets; the plaintext is the JSON text of the value."""

    def encrypt(self, plaintext: str) -> str:
        """Close a text, differently each time."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """Open a text; raises where the key does not fit."""
        ...

    def recall(self, ciphertext: str) -> str | None:
        """Give the plaintext of a text that this very crypter made or opened before, else None."""
        ...


class BlindCrypter:
    """Opens every secret as '[secret]': enough to show a stack without its passphrase, useless to save one."""

    def encrypt(self, plaintext: str) -> str:
        """Refuse: what was blinded must never be written back."""
        raise CodecError(f"a blinded secret cannot be stored ({len(plaintext)} characters)")

    def decrypt(self, ciphertext: str) -> str:
        """Give the JSON text '[secret]' for every non-empty text."""
        return '"[secret]"' if ciphertext else "null"

    def recall(self, ciphertext: str) -> str | None:
        """Remember nothing."""
        return None


class _Inner:
    """The crypter inside a secret: nothing is encrypted twice."""

    def encrypt(self, plaintext: str) -> str:
        return plaintext

    def decrypt(self, ciphertext: str) -> str:
        return ciphertext

    def recall(self, ciphertext: str) -> str | None:
        return ciphertext


_INNER: Final = _Inner()


def secret_text(encoded: object) -> str:
    """Write encoded JSON the way secrets hold it: compact, keys sorted, HTML's own characters escaped."""
    return json.dumps(encoded, ensure_ascii=False, separators=(",", ":"), sort_keys=True).translate(_HTML)


def decode_properties(raw: Mapping[str, object], crypter: Crypter) -> Properties:
    """Decode each property (see `decode_value`)."""
    return {key: decode_value(item, crypter) for key, item in raw.items()}


def decode_value(raw: object, crypter: Crypter) -> Value:
    """Decode one value of a checkpoint.

    Raises
    ------
    CodecError: a wrapped value is malformed or of a kind that this engine does not know.

    """
    match raw:
        case str():
            return UNKNOWN if raw == UNKNOWN_STRING else raw
        case None | bool() | int() | float():
            return raw
        case list():
            return [decode_value(item, crypter) for item in as_list(raw, "a value")]  # pyright: ignore[reportUnknownArgumentType] # JSON
        case dict():
            members = as_object(raw, "a value")  # pyright: ignore[reportUnknownArgumentType] # JSON
            return _decode_wrapped(members, crypter) if SIGNATURE in members else decode_properties(members, crypter)
        case _:
            raise CodecError(f"{shown(raw)} is no JSON value")


def _decode_wrapped(raw: dict[str, object], crypter: Crypter) -> Value:
    signature = raw[SIGNATURE]
    if signature == SECRET_SIG:
        return _decode_secret(raw, crypter)
    decode = _WRAPPED.get(signature) if isinstance(signature, str) else None
    if decode is None:
        raise CodecError(f"a value has the signature {shown(signature)}, which this engine does not know")
    return decode(raw)


def _decode_secret(raw: dict[str, object], crypter: Crypter) -> Secret:
    cipher, plain = raw.get("ciphertext"), raw.get("plaintext")
    if isinstance(cipher, str) and plain is None:
        return Secret(_decode_plaintext(crypter.decrypt(cipher)), cipher)
    if isinstance(plain, str) and cipher is None:
        return Secret(_decode_plaintext(plain))
    raise CodecError("a secret must have exactly one of ciphertext and plaintext")


def _decode_plaintext(plaintext: str) -> Value:
    try:
        parsed: object = json.loads(plaintext)
    except json.JSONDecodeError as error:
        raise CodecError("a secret's plaintext is not JSON") from error
    return decode_value(parsed, _INNER)


def _optional_text(raw: dict[str, object], key: str) -> str | None:
    value = raw.get(key)
    return None if value is None else as_text(value, key)


def _decode_asset(raw: dict[str, object]) -> Asset:
    path, uri = _optional_text(raw, "path"), _optional_text(raw, "uri")
    text = _optional_text(raw, "text")
    if path is None and uri is None and text is None:
        text = ""
    return Asset(_optional_text(raw, "hash") or "", text, path, uri)


def _decode_archive(raw: dict[str, object]) -> Archive:
    members = raw.get("assets")
    assets = None
    if members is not None:
        assets = tuple((name, _decode_member(name, item)) for name, item in as_object(members, "assets").items())
    return Archive(_optional_text(raw, "hash") or "", assets, _optional_text(raw, "path"), _optional_text(raw, "uri"))


def _decode_member(name: str, raw: object) -> Asset | Archive:
    value = decode_value(raw, _INNER)
    if isinstance(value, Asset | Archive):
        return value
    raise CodecError(f"the archive member {name!r} is neither an asset nor an archive")


def _decode_reference(raw: dict[str, object]) -> ResourceReference:
    urn = raw.get("urn")
    if not isinstance(urn, str):
        raise CodecError(f"a resource reference has the URN {shown(urn)}, it should be a string")
    id_ = _optional_text(raw, "id")
    version = as_text(raw.get("packageVersion"), "packageVersion")
    return ResourceReference(urn, UNKNOWN if id_ == UNKNOWN_STRING else id_, version)


def _decode_float(raw: dict[str, object]) -> float:
    digits = as_text(raw.get("value"), "value")
    try:
        result: float = struct.unpack(">d", bytes.fromhex(digits))[0]
    except (ValueError, struct.error) as error:
        raise CodecError(f"a number has the bits {shown(digits)}, they should be 16 hex digits") from error
    return result


_WRAPPED: Final[Mapping[str, Callable[[dict[str, object]], Value]]] = {
    ASSET_SIG: _decode_asset,
    ARCHIVE_SIG: _decode_archive,
    REFERENCE_SIG: _decode_reference,
    FLOAT_SIG: _decode_float,
}


def encode_properties(properties: Mapping[str, Value], crypter: Crypter, *, show: bool = False) -> dict[str, object]:
    """Encode each property, keys sorted (see `encode_value`)."""
    return {key: encode_value(properties[key], crypter, show=show) for key in sorted(properties)}


def encode_value(value: Value, crypter: Crypter, *, show: bool = False) -> object:
    """Encode one value for a checkpoint; with `show`, secrets are written in clear."""
    match value:
        case float():
            return _encode_float(value)
        case None | bool() | int() | str():
            return value
        case list():
            return [encode_value(item, crypter, show=show) for item in value]
        case dict():
            return encode_properties(value, crypter, show=show)
        case Secret():
            return _encode_secret(value, crypter, show=show)
        case Output():
            return encode_value(flatten_outputs(value), crypter, show=show)
        case Unknown():
            return UNKNOWN_STRING
        case Asset() | Archive():
            return _encode_file(value)
        case ResourceReference():
            return _encode_reference(value)


def _encode_float(value: float) -> object:
    if math.isfinite(value):
        return int(value) if value.is_integer() and abs(value) < MAX_INTEGRAL else value
    return {SIGNATURE: FLOAT_SIG, "value": struct.pack(">d", value).hex()}


def _encode_secret(value: Secret, crypter: Crypter, *, show: bool) -> dict[str, object]:
    plaintext = secret_text(encode_value(value.element, _INNER, show=show))
    if show:
        return {SIGNATURE: SECRET_SIG, "plaintext": plaintext}
    old = value.ciphertext
    known = crypter.recall(old) if old else None
    if known is not None and (known == plaintext or secret_text(json.loads(known)) == plaintext):
        return {SIGNATURE: SECRET_SIG, "ciphertext": old}
    return {SIGNATURE: SECRET_SIG, "ciphertext": crypter.encrypt(plaintext)}


def _encode_file(value: Asset | Archive) -> dict[str, object]:
    result: dict[str, object] = {SIGNATURE: ASSET_SIG if isinstance(value, Asset) else ARCHIVE_SIG}
    if isinstance(value, Archive) and value.assets is not None:
        result["assets"] = {name: _encode_file(item) for name, item in sorted(value.assets, key=lambda pair: pair[0])}
    if value.hash:
        result["hash"] = value.hash
    if value.path is not None:
        result["path"] = value.path
    if isinstance(value, Asset) and value.text is not None:
        result["text"] = value.text
    if value.uri is not None:
        result["uri"] = value.uri
    return result


def _encode_reference(value: ResourceReference) -> dict[str, object]:
    result: dict[str, object] = {SIGNATURE: REFERENCE_SIG}
    if value.id is not None:
        result["id"] = UNKNOWN_STRING if isinstance(value.id, Unknown) else value.id
    return {**result, "packageVersion": value.version, "urn": value.urn}
