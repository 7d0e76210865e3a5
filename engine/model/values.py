"""Property values: what a resource's inputs and outputs are made of.

A value is None, a bool, a number, a string, a list, a dict with string keys, or one of the wrappers below. The wire
(`engine.deploy.wire`, protobuf Struct) and the checkpoint (`engine.model.codec`, JSON) both translate to this form.
Source: pulumi/pulumi, proto/pulumi/*.proto and sdk/go/common/resource (signature keys).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, Union

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks an object as a wrapped value, on the wire and in a checkpoint."""

SECRET_SIG: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a public marker, no password
ASSET_SIG: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIG: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE_SIG: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIG: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How an unknown value of any type crosses the wire."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only the real operation can tell; appears in previews."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is never shown or stored in clear.

    `ciphertext` remembers how the value was stored, so that an unchanged secret keeps its text in the checkpoint;
    it takes no part in comparisons.
    """

    element: Value
    ciphertext: str | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        return "Secret([secret])"


@dataclass(frozen=True, slots=True)
class Output:
    """A value with its dependencies, as programs send it where the monitor accepts output values."""

    element: Value
    known: bool = True
    secret: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file-like value: text, a path or a URI, and its SHA-256 once it is known."""

    hash: str = ""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder-like value: assets by name, a path or a URI, and its SHA-256 once it is known."""

    hash: str = ""
    assets: tuple[tuple[str, Asset | Archive], ...] | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A reference to a resource by URN, and by id where it is a custom one (id None: a component)."""

    urn: str
    id: str | Unknown | None = None
    version: str = ""


Value: TypeAlias = Union[
    bool,
    int,
    float,
    str,
    "list[Value]",
    "dict[str, Value]",
    Unknown,
    Secret,
    Output,
    Asset,
    Archive,
    ResourceReference,
    None,
]
Properties: TypeAlias = dict[str, Value]


def contains_unknown(value: Value) -> bool:
    """Tell whether any part of the value is not known yet."""
    match value:
        case Unknown():
            return True
        case Secret(element=element):
            return contains_unknown(element)
        case Output(element=element, known=known):
            return not known or contains_unknown(element)
        case list():
            return any(contains_unknown(item) for item in value)
        case dict():
            return any(contains_unknown(item) for item in value.values())
        case ResourceReference(id=Unknown()):
            return True
        case _:
            return False


def contains_secret(value: Value) -> bool:
    """Tell whether any part of the value is secret."""
    match value:
        case Secret():
            return True
        case Output(element=element, secret=secret):
            return secret or contains_secret(element)
        case list():
            return any(contains_secret(item) for item in value)
        case dict():
            return any(contains_secret(item) for item in value.values())
        case _:
            return False


def strip_secrets(value: Value) -> Value:
    """Open every secret: the value as a provider that does not accept secrets sees it."""
    match value:
        case Secret(element=element):
            return strip_secrets(element)
        case list():
            return [strip_secrets(item) for item in value]
        case dict():
            return {key: strip_secrets(item) for key, item in value.items()}
        case _:
            return value


def make_secret(value: Value) -> Value:
    """Mark a value secret, once."""
    return value if isinstance(value, Secret) else Secret(value)


def mark_secrets(outputs: Properties, keys: tuple[str, ...]) -> Properties:
    """Mark the outputs that the program declared secret (additionalSecretOutputs)."""
    return {key: make_secret(item) if key in keys else item for key, item in outputs.items()}


def flatten_outputs(value: Value) -> Value:
    """Replace output values by plain, secret or unknown ones: what inputs look like in a state."""
    match value:
        case Output(element=element, known=known, secret=secret):
            inner = flatten_outputs(element) if known else UNKNOWN
            return make_secret(inner) if secret else inner
        case Secret(element=element, ciphertext=text):
            inner = flatten_outputs(element)
            return inner if isinstance(inner, Secret) else Secret(inner, text)
        case list():
            return [flatten_outputs(item) for item in value]
        case dict():
            return {key: flatten_outputs(item) for key, item in value.items()}
        case _:
            return value


def flatten_properties(properties: Mapping[str, Value]) -> Properties:
    """Flatten every property (see `flatten_outputs`)."""
    return {key: flatten_outputs(item) for key, item in properties.items()}


def secret_texts(value: Value, inside: bool = False) -> Iterator[str]:
    """Yield the strings inside secrets: what a display filter has to look for."""
    match value:
        case Secret(element=element):
            yield from secret_texts(element, inside=True)
        case Output(element=element, secret=secret):
            yield from secret_texts(element, inside or secret)
        case str() if inside and value:
            yield value
        case list():
            for item in value:
                yield from secret_texts(item, inside)
        case dict():
            for item in value.values():
                yield from secret_texts(item, inside)
        case _:
            return
