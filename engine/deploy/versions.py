"""Version ranges such as `>=3.5.0 !3.7.7 || >4.0.0`. Pure.

Comparators side by side must all hold; `||` parts alternatives. Source: the SDK's require_pulumi_version.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from engine.deploy.errors import DeploymentError

_COMPARATOR = re.compile(r"(>=|<=|!=|==|>|<|=|!)?\s*v?(\d+)\.(\d+)\.(\d+)")
_Version = tuple[int, ...]
_OPERATORS: dict[str, Callable[[_Version, _Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "!=": operator.ne,
    "!": operator.ne,
}


def in_range(version: str, wanted: str) -> bool:
    """Tell whether a version lies in a range.

    Raises
    ------
    DeploymentError: the range makes no sense; the message shows what would.

    """
    own = tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
    return any(_all_hold(own, alternative.strip(), wanted) for alternative in wanted.split("||"))


def _all_hold(own: _Version, comparators: str, wanted: str) -> bool:
    found = list(_COMPARATOR.finditer(comparators))
    if not found or _COMPARATOR.sub("", comparators).strip():
        raise DeploymentError(f"{wanted!r} is not a version range: it should look like '>=3.5.0 <4.0.0'")
    return all(_OPERATORS.get(match[1], operator.eq)(own, tuple(map(int, match.groups()[1:]))) for match in found)
