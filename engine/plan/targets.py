"""Targets: which resources an operation is limited to. Pure.

A pattern is a URN in which `*` stands for a part without ':' or '$' and `**` for anything, as in Pulumi.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Targets:
    """The URN patterns of --target, --replace or --exclude; an empty one limits nothing."""

    patterns: tuple[str, ...] = ()
    extra: frozenset[str] = field(default=frozenset())
    """URNs added by --target-dependents."""

    @property
    def given(self) -> bool:
        """Tell whether anything was asked for."""
        return bool(self.patterns)

    @cached_property
    def _regexes(self) -> list[re.Pattern[str]]:
        return [_to_regex(pattern) for pattern in self.patterns]

    def match(self, urn: str) -> bool:
        """Tell whether a URN is named."""
        return urn in self.extra or any(regex.fullmatch(urn) for regex in self._regexes)

    def unmatched(self, urns: Iterable[str]) -> list[str]:
        """List the patterns that name none of the URNs."""
        known = list(urns)
        return [
            pattern
            for pattern, regex in zip(self.patterns, self._regexes, strict=True)
            if not any(regex.fullmatch(urn) for urn in known)
        ]


def _to_regex(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*|\*)", pattern)
    kinds = {"**": ".*", "*": "[^:$]*"}
    return re.compile("".join(kinds.get(piece, re.escape(piece)) for piece in pieces))
