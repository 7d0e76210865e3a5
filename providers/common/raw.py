"""Reading loosely typed mappings (JSON bodies, Pulumi property bags) into typed values.

Mapping[str, object] -> one typed value; what is absent or null becomes the type's empty value, a wrong type raises
`TypeError` naming the field, the value's type and the type expected. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import cast

Raw = Mapping[str, object]


def text(raw: Raw, name: str) -> str:
    """Read the string at `name`; "" where absent. A number reads as its digits (Pulumi has only floats)."""
    value = raw.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    raise _wrong(name, value, "a string")


def whole(raw: Raw, name: str) -> int:
    """Read the whole number at `name`; 0 where absent. Floats without fraction count: Pulumi has no others."""
    value = raw.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise _wrong(name, value, "a whole number")
    return int(value)


def maybe_whole(raw: Raw, name: str) -> int | None:
    """Like `whole`, None where absent."""
    return None if raw.get(name) is None else whole(raw, name)


def decimal(raw: Raw, name: str) -> float:
    """Read the number at `name`; 0.0 where absent."""
    value = raw.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, value, "a number")
    return float(value)


def flag(raw: Raw, name: str) -> bool:
    """Read the truth value at `name`; False where absent."""
    value = raw.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def items(raw: Raw, name: str) -> Sequence[object]:
    """Read the list at `name`; empty where absent."""
    value = raw.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise _wrong(name, value, "a list")
    return cast("Sequence[object]", value)


def texts(raw: Raw, name: str) -> tuple[str, ...]:
    """Read the list of strings at `name`; empty where absent."""
    return tuple(text({name: item}, name) for item in items(raw, name))


def mapping(raw: Raw, name: str) -> Raw:
    """Read the object at `name`; empty where absent (and where MAAS says "" for "no parameters")."""
    value = raw.get(name)
    if value is None or value == "":
        return {}
    return as_mapping(value, name)


def mappings(raw: Raw, name: str) -> tuple[Raw, ...]:
    """Read the list of objects at `name`; empty where absent."""
    return tuple(as_mapping(item, name) for item in items(raw, name))


def as_mapping(value: object, name: str) -> Raw:
    """`value` as an object; `name` says in the error where it came from."""
    if not isinstance(value, dict):
        raise _wrong(name, value, "an object")
    return cast("Raw", value)


def as_mappings(value: object, name: str) -> tuple[Raw, ...]:
    """`value` as a list of objects; `name` says in the error where it came from."""
    return mappings({name: value}, name)


def _wrong(name: str, value: object, expected: str) -> TypeError:
    return TypeError(f"{name} is {type(value).__name__}, but must be {expected}")
