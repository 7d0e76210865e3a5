"""What a person may see of a text: secrets cut out of it. Pure.

inputs ─> hidden(inputs) ─> Mask ─> mask(text) with [secret] where a secret stood
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from plugins.command.values import Properties, Value, opened, secret_texts

SHOWN: Final = "[secret]"
_SHORTEST = 4
"""Shorter secrets are let be: to cut every `a` or `1` out of a text hides nothing and spoils the text."""
_SHORTEST_LINE = 8
_IN_CONNECTION = ("password", "privateKey", "privateKeyPassword")


class Mask:
    """Cuts some texts out of others, the longest first; of a text of several lines also its longer lines."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found: set[str] = set()
        for secret in secrets:
            whole = secret.strip()
            found |= {part for part in (secret, whole) if len(part.strip()) >= _SHORTEST}
            lines = (line.strip() for line in whole.splitlines()) if "\n" in whole else ()
            found |= {line for line in lines if len(line) >= _SHORTEST_LINE}
        longest_first = sorted(found, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """Give the text as it may be shown."""
        return self._pattern.sub(SHOWN, text) if self._pattern else text

    def hides(self, text: str) -> bool:
        """Tell whether the text holds a secret."""
        return bool(self._pattern and self._pattern.search(text))


def mask_of(*properties: Properties) -> Mask:
    """Make the mask of a resource's properties: everything secret but the harmless parts of `connection`."""
    return Mask(text for each in properties for text in _hidden(each))


def _hidden(properties: Properties) -> Iterable[str]:
    for name, item in properties.items():
        if name == "connection":
            # secret as a whole in the state, yet a message without host and user would help nobody
            yield from _credentials(opened(item))
        else:
            yield from secret_texts(item)


def _credentials(connection: Value) -> Iterable[str]:
    if not isinstance(connection, dict):
        return
    yield from (item for name in _IN_CONNECTION if isinstance(item := connection.get(name), str))
    yield from _credentials(connection.get("proxy"))
