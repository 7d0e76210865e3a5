"""Redaction: known secrets are taken out of messages that others wrote.

Values carry their secrecy with them; messages (a provider's error, a program's print) do not. So the secrets' texts are
looked for, in the forms in which messages tend to quote them.
"""

from __future__ import annotations

from collections.abc import Iterator

MASK = "[secret]"
_SHORTEST = 4
"""Shorter texts occur by chance in every other word."""
_SHORTEST_LINE = 16
"""Lines of a long secret (a private key) are secrets too, when they are long enough to say something."""


class Redactor:
    """A set of secret texts. Grows while a deployment runs; `add` and `redact` may be called from any thread."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()

    def add(self, text: str) -> None:
        """Remember a secret; texts of fewer than four characters are ignored."""
        self._texts |= frozenset(_forms(text))

    def redact(self, message: str) -> str:
        """Give the message with every known secret replaced by '[secret]', overlapping ones as one."""
        spans = sorted(span for text in self._texts if text in message for span in _spans(text, message))
        if not spans:
            return message
        parts: list[str] = []
        end = 0
        for start, stop in spans:
            if start >= end:
                parts += [message[end:start], MASK]
            end = max(end, stop)
        return "".join([*parts, message[end:]])


def _forms(text: str) -> Iterator[str]:
    import json
    from urllib.parse import quote, quote_plus

    stripped = text.strip()
    whole = [text, stripped, json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe=""), quote_plus(text)]
    yield from (form for form in whole if len(form) >= _SHORTEST and len(stripped) >= _SHORTEST)
    lines = [line.strip() for line in stripped.splitlines()]
    yield from (line for line in lines if len(line) >= _SHORTEST_LINE)


def _spans(text: str, message: str) -> Iterator[tuple[int, int]]:
    at = message.find(text)
    while at >= 0:
        yield at, at + len(text)
        at = message.find(text, at + 1)
