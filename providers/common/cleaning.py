"""Cleaners of input fields: a raw value -> its normal form, or ValueError that completes "<field> ...".

Messages quote the value and say what is allowed; `secret` fields never quote. Pure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import cast

Clean = Callable[[object], object]

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


def text(value: object) -> str:
    """Accept any string."""
    if isinstance(value, str):
        return value
    raise ValueError(f"is {value!r}, but must be a string")


def filled(value: object) -> str:
    """Accept a string with more than spaces in it, stripped at both ends."""
    stripped = text(value).strip()
    if stripped:
        return stripped
    raise ValueError("is empty, but must hold at least one character")


def secret_text(value: object) -> str:
    """Accept a string that no message may show."""
    if isinstance(value, str):
        return value
    raise ValueError("must be a string (its value is a secret and is not shown)")


def secret_texts(value: object) -> dict[str, str]:
    """Accept an object of strings that no message may show."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)
        if all(isinstance(item, str) for item in pairs.values()):
            return {name: str(item) for name, item in pairs.items()}
    raise ValueError("must be an object of strings (its values are secret and are not shown)")


def flag(value: object) -> bool:
    """Accept true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"is {value!r}, but must be true or false")


def whole(low: int, high: int) -> Clean:
    """Make a cleaner of whole numbers from `low` to `high`, both included."""

    def clean(value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high and value % 1 == 0:
            return int(value)
        raise ValueError(f"is {value!r}, but must be a whole number from {low} to {high}")

    return clean


def matching(pattern: str, allowed: str) -> Clean:
    """Make a cleaner of strings that match the whole pattern; `allowed` completes "must be ..."."""
    compiled = re.compile(pattern)

    def clean(value: object) -> object:
        if isinstance(value, str) and compiled.fullmatch(value):
            return value
        raise ValueError(f"is {value!r}, but must be {allowed}")

    return clean


def one_of(*allowed: str) -> Clean:
    """Make a cleaner that accepts one of these words."""

    def clean(value: object) -> object:
        if value in allowed:
            return value
        raise ValueError(f"is {value!r}, but must be one of {', '.join(allowed)}")

    return clean


def each(clean: Clean, *, least: int = 0) -> Clean:
    """Make a cleaner of lists: every entry cleaned, doubled ones dropped, the order kept; `least` entries."""

    def clean_all(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError(f"is {value!r}, but must be a list")  # noqa: TRY004 - the contract of cleaners
        entries = [clean(item) for item in cast("Sequence[object]", value)]
        if len(entries) < least:
            raise ValueError(f"is empty, but must name at least {least}")
        return list(dict.fromkeys(entries))

    return clean_all


def mac(value: object) -> str:
    """Accept a MAC address, lower case with colons."""
    lowered = value.strip().lower().replace("-", ":") if isinstance(value, str) else ""
    if _MAC.fullmatch(lowered):
        return lowered
    raise ValueError(f"is {value!r}, but must be a MAC address such as 52:54:00:16:00:01")


def ip(value: object) -> str:
    """Accept an IP address in its shortest form."""
    try:
        return str(ip_address(text(value)))
    except ValueError:
        raise ValueError(f"is {value!r}, but must be an IP address such as 172.16.0.1") from None


def ip_or_empty(value: object) -> str:
    """Accept an IP address, or "" for none."""
    return "" if value == "" else ip(value)


def cidr(value: object) -> str:
    """Accept a network without host bits, e.g. 172.16.0.0/20."""
    try:
        return str(ip_network(text(value)))
    except ValueError:
        raise ValueError(f"is {value!r}, but must be a network without host bits such as 172.16.0.0/20") from None
