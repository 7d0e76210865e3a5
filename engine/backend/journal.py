"""The journal on disk: one line an entry, safe before anything builds on it, folded into the state file at the end.

    entry ─> line ─┐
    entry ─> line ─┼─> one write, one fsync (as many lines as have gathered) ─> every waiting step goes on
    entry ─> line ─┘

`.pulumi/journals/<project>/<stack>.jsonl`. The first line names the state file that the entries build on, by its
hash; the last, `{"saved": ...}`, the state file that they have become. So a process that ends at any instant leaves
either a journal that the next command folds in (`recover`), or one that it can tell to be done with. The official
engine writes the whole state file at every step instead; to it, an unfolded journal is a stack whose lock is held.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from engine.errors import EngineError
from engine.files import sync_folder
from engine.model.codec import decode_resource, encode_resource
from engine.model.journal import Begin, Drop, End, Entry, Keep, Put, Settle, fold
from engine.model.reading import CodecError, as_object, texts
from engine.model.snapshot import Snapshot
from engine.model.state import Operation
from engine.model.valuecodec import Crypter

FORMAT: Final = 1


class JournalError(EngineError):
    """A journal can't be written or read."""


def journal_path(bookkeeping: Path, project: str, stack: str) -> Path:
    """Give the place of a stack's journal."""
    return bookkeeping / "journals" / project / f"{stack}.jsonl"


def state_hash(data: bytes) -> str:
    """Name a state file's content."""
    return hashlib.sha256(data).hexdigest()


class Journal:
    """An open journal: `write` returns when the entry is safe."""

    def __init__(self, path: Path, base: str, crypter: Crypter) -> None:
        self._path = path
        self._crypter = crypter
        self._lines: list[bytes] = [_line({"journal": FORMAT, "base": base})]
        self._waiting: list[asyncio.Future[None]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._problem: JournalError | None = None
        self._disk = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        sync_folder(path.parent)

    async def write(self, entry: Entry) -> None:
        """Take an entry, and return when it is on disk; a Keep is nothing that a kill could lose, and doesn't wait.

        Raises
        ------
        JournalError: the disk refused; nothing that was not written has been asked of a provider.

        """
        if self._problem is not None:
            raise self._problem
        self._lines.append(_line(encode_entry(entry, self._crypter)))
        if isinstance(entry, Keep):
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            lines, self._lines = self._lines, []
            waiting, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._append, b"".join(lines))
            except OSError as error:
                self._fail(waiting, error)
            else:
                for done in waiting:
                    if not done.done():
                        done.set_result(None)
        self._flusher = None

    def _fail(self, waiting: list[asyncio.Future[None]], error: OSError) -> None:
        # What follows a gap or half a line could not be read back, so nothing is written after it.
        self._problem = JournalError(f"the journal {self._path} can't be written: {error.strerror or error}")
        for done in [*waiting, *self._waiting]:
            if not done.done():
                done.set_exception(self._problem)
        self._waiting = []

    def _append(self, data: bytes) -> None:
        with self._disk:
            while data:
                data = data[os.write(self._file, data) :]
            os.fdatasync(self._file)

    def finish(self, saved: str, save: Callable[[], None]) -> None:
        """Fold away: note the hash of the state file to come, write it, and take the journal off the disk."""
        if self._problem is None:
            self._append(b"".join([*self._lines, _line({"saved": saved})]))
        save()
        self.discard()

    def discard(self) -> None:
        """Take the journal off the disk: nothing in it is needed any more."""
        with self._disk:
            os.close(self._file)
        self._path.unlink(missing_ok=True)


def _line(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def encode_entry(entry: Entry, crypter: Crypter) -> dict[str, object]:
    """Write an entry as JSON, secrets closed."""
    match entry:
        case Begin(number=number, operation=operation):
            return {"begin": number, "type": operation.type, "resource": encode_resource(operation.resource, crypter)}
        case End(number=number):
            return {"end": number}
        case Put(key=key, state=state, removes=removes, retires=retires, ends=ends):
            places = {"removes": list(removes), "retires": list(retires)}
            return {"put": key, **places, "ends": ends, "resource": encode_resource(state, crypter)}
        case Keep(key=key):
            return {"keep": key}
        case Drop(key=key, ends=ends):
            return {"drop": key, "ends": ends}
        case Settle(urn=urn, type=type_):
            return {"settle": urn, "type": type_}


def decode_entry(raw: Mapping[str, object], crypter: Crypter) -> Entry:
    """Read an entry.

    Raises
    ------
    CodecError: it is none.

    """
    match raw:
        case {"begin": int(number), "type": str(type_), "resource": resource}:
            return Begin(number, Operation(decode_resource(resource, crypter), type_))
        case {"end": int(number)}:
            return End(number)
        case {"put": str(key), "ends": int() | None as ends, "resource": resource}:
            removes, retires = (texts(dict(raw), name, "entry") for name in ("removes", "retires"))
            return Put(key, decode_resource(resource, crypter), removes, retires, ends)
        case {"keep": str(key)}:
            return Keep(key)
        case {"drop": str(key), "ends": int() | None as ends}:
            return Drop(key, ends)
        case {"settle": str(urn), "type": str(type_)}:
            return Settle(urn, type_)
        case _:
            raise CodecError(f"{json.dumps(raw)[:80]} is no journal entry")


def read_journal(path: Path) -> list[dict[str, object]]:
    """Read a journal's whole lines; a last line that a kill cut short never counted, and is left out."""
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    return list(_documents(whole, path))


def _documents(data: bytes, path: Path) -> Iterator[dict[str, object]]:
    for number, line in enumerate(data.splitlines(), 1):
        try:
            yield as_object(json.loads(line), f"line {number}")
        except (ValueError, CodecError) as error:
            raise JournalError(f"{path} is corrupt in line {number}: {error}; the state file is untouched") from error


def recover(
    documents: list[dict[str, object]], current: str, base: Callable[[], Snapshot], crypter: Crypter
) -> Snapshot | None:
    """Fold an orphaned journal onto the state file that it builds on; None where that has happened already.

    Raises
    ------
    JournalError: the state file is neither the one before nor the one after: someone else has changed it since; or the
        entries are none, or speak of resources that the state file doesn't hold.

    """
    if not documents or documents[-1].get("saved") == current:
        return None
    if all("keep" in raw or "saved" in raw for raw in documents[1:]):  # nothing was done: no matter who came since
        return None
    if documents[0].get("base") != current:
        raise JournalError("the state file has been changed since the journal was begun")
    snapshot = base()
    entries = (decode_entry(raw, crypter) for raw in documents[1:] if "saved" not in raw)
    try:
        return fold(snapshot, entries)
    except CodecError as error:
        raise JournalError(f"one of its lines makes no sense: {error}") from error
    except KeyError as error:
        raise JournalError(f"it speaks of the resource {error}, which isn't there") from error
