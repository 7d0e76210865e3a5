"""The stream, made safe: characters that it cannot encode are replaced, and a reader that went away is no error."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from engine.display.text import Line, paint

_DEFAULT_SIZE = os.terminal_size((80, 24))


class Sink:
    """Writes lines to a stream. After the first failure to write it says nothing more."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        self.color = color
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self.unicode = self.encoding.lower().replace("_", "-").startswith("utf")
        self._stream = stream
        self._broken = False

    def lines(self, lines: Iterable[Line]) -> None:
        """Write whole lines and flush them."""
        text = "".join(paint(line, color=self.color) + "\n" for line in lines)
        if text:
            self.write(text)
            self.flush()

    def write(self, text: str) -> int:
        """Write text as far as the stream's encoding allows."""
        shown = text.encode(self.encoding, "replace").decode(self.encoding)
        if not self._broken:
            try:
                self._stream.write(shown)
            except (OSError, ValueError):  # the pipe's reader went away, or the stream was closed
                self._broken = True
        return len(text)

    def flush(self) -> None:
        """Hand over what was written."""
        if not self._broken:
            try:
                self._stream.flush()
            except (OSError, ValueError):  # see write
                self._broken = True

    def size(self) -> os.terminal_size:
        """Measure the terminal: columns and lines."""
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):  # no terminal
            return _DEFAULT_SIZE
        return size if size.columns and size.lines else _DEFAULT_SIZE
