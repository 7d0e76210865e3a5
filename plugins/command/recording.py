"""What a command writes: kept whole for the state, told line by line as it comes, its end quoted in an error.

bytes of stdout, stderr ─> Recorder ─> Teller (lines)
                                  └──> text(stream) · last_lines()
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

from plugins.command.masking import Mask
from plugins.command.telling import Teller

Stream = Literal["stdout", "stderr"]
_QUOTED: Final = 15
_LONGEST_LINE: Final = 64 * 1024
"""Bytes after which an unfinished line is told in pieces: a progress bar that never ends its line."""


class Recorder:
    """Takes the bytes of one run."""

    def __init__(self, teller: Teller, logged: frozenset[str]) -> None:
        self._teller = teller
        self._logged = logged
        self._whole: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._line: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._ends: dict[Stream, deque[str]] = {"stdout": deque(maxlen=_QUOTED), "stderr": deque(maxlen=_QUOTED)}

    async def take(self, stream: Stream, data: bytes) -> None:
        """Take what came; empty data is the stream's end."""
        self._whole[stream] += data
        *lines, rest = (bytes(self._line[stream]) + data).split(b"\n")
        if not data or len(rest) > _LONGEST_LINE:
            lines, rest = ([*lines, rest] if rest else lines), b""
        self._line[stream] = bytearray(rest)
        for line in lines:
            await self._tell(stream, line.decode("utf-8", "replace").rstrip("\r"))

    async def _tell(self, stream: Stream, line: str) -> None:
        self._ends[stream].append(line)
        if stream in self._logged:
            await self._teller.status(line)

    def text(self, stream: Stream) -> str:
        """Give all of a stream as text, without its last line end; what is no UTF-8 becomes U+FFFD."""
        return self._whole[stream].decode("utf-8", "replace").removesuffix("\n")

    def last_lines(self) -> list[str]:
        """Give the last lines of stderr, of stdout where stderr is silent; at most 15."""
        said = [line for line in self._ends["stderr"] if line.strip()]
        return said or [line for line in self._ends["stdout"] if line.strip()]


def failure(what: str, recorder: Recorder) -> str:
    """Write the sentence of a command that failed: what happened, and the last lines that it wrote."""
    lines = recorder.last_lines()
    if not lines:
        return f"{what}; it wrote nothing"
    return "\n  ".join((f"{what}; its last lines:", *lines))


def shown(command: str, mask: Mask) -> str:
    """Give a command in short, for an error: its first line, at most 80 characters.

    Secrets are cut out here, for of a shortened or quoted text no mask would know them any more.
    """
    whole = mask(command).strip()
    first = whole.split("\n", 1)[0]
    return repr(first if first == whole and len(first) <= 80 else f"{first[:80]}…")
