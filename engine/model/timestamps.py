"""Timestamps of the checkpoint: RFC 3339 with up to nine decimals, more than a datetime can hold.

`text -> Stamp -> text` is lossless: a Stamp is a datetime that remembers how it was written.
"""

from __future__ import annotations

from datetime import UTC, datetime

ZERO = "0001-01-01T00:00:00Z"
"""How 'never' is written."""


class Stamp(datetime):
    """A moment with its original text; one that was computed from another has none, and is written anew."""

    text: str = ""


def parse_time(text: str) -> Stamp:
    """Read an RFC 3339 timestamp.

    Raises
    ------
    ValueError: the text is none, or names no time zone.

    """
    stamp = Stamp.fromisoformat(text)
    if stamp.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: it should end with Z or an offset")
    stamp.text = text
    return stamp


def format_time(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC without trailing zeros; a Stamp as it was read."""
    if isinstance(moment, Stamp) and moment.text:
        return moment.text
    whole = moment.astimezone(UTC)
    fraction = f"{whole.microsecond:06d}".rstrip("0")
    return whole.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + (f".{fraction}" if fraction else "") + "Z"
