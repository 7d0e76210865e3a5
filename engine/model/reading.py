"""The typed edge of raw JSON: each function takes one member of an object, or says where and how it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast


class CodecError(ValueError):
    """The data is not what the format allows; the message names the place, the value and what is allowed."""


def shown(value: object) -> str:
    """Show a value in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_object(value: object, place: str) -> dict[str, object]:
    """Take a JSON object; null counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CodecError(f"{place} is {shown(value)}, it should be an object")
    return cast("dict[str, object]", value)


def as_list(value: object, place: str) -> list[object]:
    """Take a JSON array; null counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise CodecError(f"{place} is {shown(value)}, it should be a list")
    return cast("list[object]", value)


def as_text(value: object, place: str) -> str:
    """Take a string; null counts as empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CodecError(f"{place} is {shown(value)}, it should be a string")
    return value


def text(raw: Mapping[str, object], key: str, place: str) -> str:
    """Take a string member; a missing one is empty."""
    value = raw.get(key)
    return value if isinstance(value, str) else as_text(value, f"{place}.{key}")


def flag(raw: Mapping[str, object], key: str, place: str) -> bool:
    """Take a boolean member; a missing one is false."""
    value = raw.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise CodecError(f"{place}.{key} is {shown(value)}, it should be true or false")
    return value


def texts(raw: Mapping[str, object], key: str, place: str) -> tuple[str, ...]:
    """Take a list of strings; a missing one is empty."""
    value = raw.get(key)
    if value is None:
        return ()
    where = f"{place}.{key}"
    return tuple(as_text(item, where) for item in as_list(value, where))


def number(raw: Mapping[str, object], key: str, place: str) -> float:
    """Take a number; a missing one is 0."""
    value = raw.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CodecError(f"{place}.{key} is {shown(value)}, it should be a number")
    return value
