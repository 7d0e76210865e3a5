"""Secrets out of what people see.

text + secrets -> `masker` -> the same text with *** in their place, in every spelling that shells, SQL, JSON and URLs
give them. Pure.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
"""Shorter secrets can't be told from ordinary text, and hiding them would hide everything."""


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """Make a function that hides these secrets in a text."""
    spellings = {spelling for secret in secrets for line in _lines(secret) for spelling in _spellings(line)}
    if not spellings:
        return lambda text: text
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(MASK, text)


def _lines(secret: str) -> Iterable[str]:
    """Split a secret of many lines, such as a key, since output may show any of them; its head and foot are public."""
    lines = secret.splitlines()
    whole = secret.strip()
    chosen = [line.strip() for line in lines if len(lines) > 1 and not line.startswith("-----")]
    return [part for part in (secret, whole, *chosen) if len(part) >= SHORTEST]


def _spellings(secret: str) -> Iterable[str]:
    return (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        shlex.quote(secret).removeprefix("'").removesuffix("'"),
        secret.replace("'", "''"),
        quote(secret, safe=""),
        quote_plus(secret),
    )
