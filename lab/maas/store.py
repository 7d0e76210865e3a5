"""The world on disk: a snapshot, and a journal of what changed since.

A call appends the rows it touched as one line before it is answered, so a call costs O(rows touched), however large the
world is. A line is handed to the kernel before the answer: a killed daemon (kill -9) loses nothing that it answered.
fsync is left to the snapshots, because only a crash of the whole machine could lose lines, and a lab ends with it.
When the journal outgrows the snapshot, the world is written anew: temporary file, fsync, rename, then an empty journal.
Each journal names the snapshot it continues, so a crash between the two steps replays nothing twice.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from lab.maas.world import Change

_LEAST = 1_000_000
"""Bytes that a journal may always have before it is folded into a snapshot."""


class FileStore:
    """Reads and writes `state.json` and `state.journal` in a directory."""

    def __init__(self, directory: Path) -> None:
        self._snapshot = directory / "state.json"
        self._journal = directory / "state.journal"
        self._generation = 0
        self._limit = _LEAST
        self._written = 0
        self._descriptor: int | None = None
        self._dump: Callable[[], list[Change]] | None = None

    def read(self) -> list[Change]:
        """All changes that make the world as it was; none when there is no state yet."""
        if not self._snapshot.exists():
            return []
        try:
            document = cast("dict[str, object]", json.loads(self._snapshot.read_text()))
        except ValueError as error:
            raise ValueError(f"{self._snapshot} is no state of the lab: {error}.") from error
        self._generation = int(str(document["generation"]))
        return [*cast("list[Change]", document["rows"]), *self._replay()]

    def _replay(self) -> list[Change]:
        changes: list[Change] = []
        lines = self._journal.read_bytes().split(b"\n") if self._journal.exists() else []
        # what follows the last line end was cut off by a kill: its call was never answered
        for number, line in enumerate(lines[:-1]):
            entry: object = json.loads(line)
            if number == 0 and entry != {"generation": self._generation}:
                return []
            if number > 0:
                changes += cast("list[Change]", entry)
        return changes

    def on_growth(self, dump: Callable[[], list[Change]]) -> None:
        """Tell how to get the whole world when the journal has grown too long."""
        self._dump = dump

    def append(self, changes: list[Change]) -> None:
        if self._descriptor is None:
            raise RuntimeError("The store has no snapshot yet; write one before appending to its journal.")
        self._written += _write(self._descriptor, json.dumps(changes, separators=(",", ":")))
        if self._written > self._limit and self._dump:
            self.snapshot(self._dump())

    def snapshot(self, rows: list[Change]) -> None:
        """Write the whole world, atomically, and begin a new journal."""
        self._generation += 1
        text = json.dumps({"generation": self._generation, "rows": rows}, separators=(",", ":"))
        _replace(self._snapshot, text)
        self.close()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._descriptor = os.open(self._journal, flags, 0o600)
        self._written = _write(self._descriptor, json.dumps({"generation": self._generation}))
        self._limit = max(_LEAST, len(text))

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _write(descriptor: int, line: str) -> int:
    data = f"{line}\n".encode()
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
    return len(data)


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
