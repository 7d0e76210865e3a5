"""Storage directives: what storage each unit gets, as the juju command writes it: "maas,3,10G".

text or {pool, size, count} per label -> `clean` -> normal texts -> `wire` for the API. Pure.
Source: juju 3.6 internal/storage/constraints.go: pool, count and size in any order, sizes in MiB.
"""

import math
import re
from collections.abc import Mapping
from typing import Final, cast

from providers.common.raw import Raw, text, whole

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)([MGTPEZY])(?:I?B)?", re.IGNORECASE)
_POOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_UNITS: Final = "MGTPEZY"
_ALLOWED: Final = 'must be pool, count and size, such as "maas,3,10G", or an object of them'


def clean(value: object) -> dict[str, str]:
    """Accept an object of directives by label; ValueError completes "<field> ..."."""
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must be an object of storage directives by label")  # noqa: TRY004 - the contract of cleaners
    given = cast("Raw", value)
    return {label: _written(parse(label, given[label])) for label in given if given[label] is not None}


def parse(label: str, value: object) -> dict[str, object]:
    """Read one directive: {"pool"?, "size"? (MiB), "count"}."""
    if isinstance(value, Mapping):
        raw = cast("Raw", value)
        value = ",".join(part for part in (text(raw, "pool"), str(whole(raw, "count") or 1), text(raw, "size")) if part)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"has {label} = {value!r}, which {_ALLOWED}")
    found: dict[str, object] = {"count": 1}
    for word in value.split(","):
        name, part = _part(label, word.strip(), value)
        found[name] = part
    return found


def wire(directives: Mapping[str, object]) -> dict[str, object]:
    """Give the API's storage constraints by label."""
    return {label: parse(label, directive) for label, directive in directives.items()}


def _part(label: str, word: str, value: str) -> tuple[str, object]:
    size = _SIZE.fullmatch(word)
    if size:
        return "size", math.ceil(float(size[1]) * 1024 ** _UNITS.index(size[2].upper()))
    if word.isdecimal() and int(word) > 0:
        return "count", int(word)
    if _POOL.fullmatch(word):
        return "pool", word
    raise ValueError(f"has {label} = {value!r}, which {_ALLOWED}")


def _written(parsed: Mapping[str, object]) -> str:
    size = f"{parsed['size']}M" if "size" in parsed else ""
    return ",".join(part for part in (text(parsed, "pool"), str(parsed["count"]), size) if part)
