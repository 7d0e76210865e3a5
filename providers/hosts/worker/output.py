"""What a command on a server printed.

chunks of bytes -> `lines` -> lines of text -> Ran. Pure.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """A command that ended: exit status (None: it took too long), standard output, and (stream, line) as printed."""

    status: int | None
    stdout: bytes
    lines: tuple[tuple[str, str], ...]

    @property
    def told(self) -> str:
        """Both streams, line by line, as they came; what else there is to say of how it ended."""
        lines = [line for _, line in self.lines]
        if self.status is None:
            lines.append("It took too long, and was ended.")
        elif not lines:
            lines.append(f"Nothing, and ended with status {self.status}.")
        return "\n".join(lines)


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Cut UTF-8 text, in pieces of any size, into lines without their ends; what is not UTF-8 shows as U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from whole
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest
