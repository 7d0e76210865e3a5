"""Property values as this plugin holds them. Pure.

A value is JSON, or one of: Secret(value), UNKNOWN (not computed yet, in previews), Asset, Archive.
Source: pulumi/pulumi sdk/go/common/resource/properties.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known after the update only."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file-like value: a text, a path on this machine, or a URI; `hash` is SHA-256 in hex, "" before it is known."""

    hash: str = ""
    text: str | None = None
    path: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder-like value: members by name, or a path (folder or archive file), or a URI; `hash` as for an Asset."""

    hash: str = ""
    assets: tuple[tuple[str, Asset | Archive], ...] | None = None
    path: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be shown."""

    value: Value


Value: TypeAlias = "bool | float | str | list[Value] | dict[str, Value] | Secret | Unknown | Asset | Archive | None"
Properties: TypeAlias = "dict[str, Value]"


def opened(value: Value) -> Value:
    """Take every secret wrapper away."""
    match value:
        case Secret(value=inner):
            return opened(inner)
        case list():
            return [opened(item) for item in value]
        case dict():
            return {key: opened(item) for key, item in value.items()}
        case _:
            return value


def has_unknown(value: Value) -> bool:
    """Tell whether any part of the value is not known yet."""
    match value:
        case Unknown():
            return True
        case Secret(value=inner):
            return has_unknown(inner)
        case list():
            return any(has_unknown(item) for item in value)
        case dict():
            return any(has_unknown(item) for item in value.values())
        case _:
            return False


def secret_texts(value: Value, inside: bool = False) -> Iterator[str]:
    """Yield the strings that stand inside secrets."""
    match value:
        case Secret(value=inner):
            yield from secret_texts(inner, inside=True)
        case str() if inside:
            yield value
        case Asset(text=str() as text) if inside:
            yield text
        case list():
            for item in value:
                yield from secret_texts(item, inside)
        case dict():
            for item in value.values():
                yield from secret_texts(item, inside)
        case _:
            pass


def made_secret(value: Value) -> Secret:
    """Mark a value secret, once."""
    return value if isinstance(value, Secret) else Secret(value)


def same(one: Value, other: Value) -> bool:
    """Compare as a diff does: assets and archives by their hash where both have one, unknowns never equal."""
    match one, other:
        case Secret(), Secret():
            return same(one.value, other.value)
        case Unknown(), _:
            return False
        case (Asset(), Asset()) | (Archive(), Archive()):
            return one.hash == other.hash if one.hash and other.hash else one == other
        case list(), list():
            return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
        case dict(), dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case (bool(), _) | (_, bool()):
            # True == 1 in Python, not in a program
            return one is other
        case _:
            return one == other
