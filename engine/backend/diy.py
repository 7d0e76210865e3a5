"""The DIY backend in a folder: stacks' state files, their backups, history and locks, as Pulumi lays them out.

    FileBackend.open(url) ─> list_stacks · create · load · save · remove · lock · back_up · add_history · history

Source: pulumi/pulumi pkg/backend/diy (backend.go, state.go, store.go, meta.go).
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Final

from engine.backend.history import UpdateRecord, decode_record, encode_record
from engine.backend.layout import Layout, StackRef, stack_name
from engine.backend.lockfile import Holder, Lock, lock_files, read_holder
from engine.backend.statefile import pack, parse_state, render_state, unpack
from engine.backend.url import BackendUrl
from engine.errors import EngineError, StackNotFoundError
from engine.files import atomic_write
from engine.model.checkpoint import Checkpoint
from engine.model.reading import CodecError

VERSION: Final = 1
"""The layout's version: 0 had no projects."""

_TRUE = frozenset(("1", "true"))


class StackExistsError(EngineError):
    """There is a stack of this name already."""


class FileBackend:
    """A backend's folder. `warn` takes sentences that a person should see though all went well."""

    def __init__(self, url: BackendUrl, env: Mapping[str, str], warn: Callable[[str], None] | None = None) -> None:
        self.url = url
        self.layout = Layout(url.root)
        self.warn = warn or _ignore
        self._env = env

    @classmethod
    def open(cls, url: BackendUrl, env: Mapping[str, str], warn: Callable[[str], None] | None = None) -> FileBackend:
        """Open a folder, which must be there; a new one is given its layout's version.

        Raises
        ------
        EngineError: there is no such folder, or it has a layout that this engine does not use.

        """
        if not url.root.is_dir():
            raise EngineError(
                f"the backend {url.text} (from {url.source}) is the folder {url.root}, which does not exist"
            )
        backend = cls(url, env, warn)
        backend._check_layout()
        return backend

    def _check_layout(self) -> None:
        meta = self.layout.meta
        try:
            text = meta.read_text(encoding="utf-8")
        except FileNotFoundError:
            if any(stack_name(path.name) for path in _files(self.layout.stacks)):
                raise _legacy(self.layout.root) from None
            atomic_write(meta, f"version: {VERSION}\n".encode())
            return
        match = re.search(r"^\s*\"?version\"?\s*:\s*([0-9]+)", text, re.MULTILINE)
        if match is None:
            raise EngineError(f"{meta} is corrupt: it should say `version: {VERSION}`")
        if int(match[1]) == 0:
            raise _legacy(self.layout.root)
        if int(match[1]) != VERSION:
            raise EngineError(
                f"{meta} has the version {match[1]}, and this engine knows {VERSION}: a newer one wrote it"
            )

    def list_stacks(self) -> list[StackRef]:
        """Name all stacks of all projects, sorted."""
        found: set[StackRef] = set()
        for project in _folders(self.layout.stacks):
            names = (stack_name(path.name) for path in _files(project))
            found.update(StackRef(project.name, name) for name in names if name is not None)
        return sorted(found)

    def exists(self, ref: StackRef) -> bool:
        """Tell whether there is such a stack."""
        return any(path.is_file() for path in self.layout.state_files(ref))

    def state_file(self, ref: StackRef) -> Path:
        """Give where a stack's state stands, or would: the youngest of the plain and compressed ones."""
        there = [path for path in self.layout.state_files(ref) if path.is_file()]
        if there:
            return max(there, key=lambda path: path.stat().st_mtime_ns)
        plain, gzipped, _ = self.layout.state_files(ref)
        return gzipped if self._env.get("PULUMI_DIY_BACKEND_GZIP", "").lower() in _TRUE else plain

    def create(self, ref: StackRef, latest: Mapping[str, object] | None = None) -> None:
        """Make a stack, empty or with a first deployment.

        Raises
        ------
        StackExistsError: there is one of this name.
        LockedError: somebody is making it at this moment.

        """
        with self.lock(ref):
            if self.exists(ref):
                raise StackExistsError(f"there is a stack {ref.qualified} already")
            self.save(ref, Checkpoint(ref.qualified, latest))

    def load(self, ref: StackRef) -> Checkpoint:
        """Read a stack's state.

        Raises
        ------
        StackNotFoundError: there is no such stack.
        StateFileError: the file is not a checkpoint that this engine reads.

        """
        path = self.state_file(ref)
        try:
            return parse_state(path.read_bytes(), path)
        except FileNotFoundError:
            raise StackNotFoundError(f"there is no stack {ref.qualified} in {self.url.text}") from None

    def save(self, ref: StackRef, checkpoint: Checkpoint) -> None:
        """Replace a stack's state, in one piece; the former file stays as .bak, compression stays as it was."""
        path = self.state_file(ref)
        if path.suffix == ".zst":
            unpack(path.read_bytes(), path)
        if path.is_file():
            _write(Path(f"{path}.bak"), path.read_bytes())
        _write(path, render_state(checkpoint, path))

    def remove(self, ref: StackRef, *, backups: bool = False) -> None:
        """Remove a stack with its history and tags; its last state stays as .bak unless its backups go too."""
        path = self.state_file(ref)
        if backups:
            for old in (Path(f"{path}.bak"), *_files(self.layout.backups(ref))):
                _unlink(old)
        elif path.is_file():
            _write(Path(f"{path}.bak"), path.read_bytes())
        for old in (path, self.layout.tags(ref), *_files(self.layout.history(ref))):
            _unlink(old)

    @contextlib.contextmanager
    def lock(self, ref: StackRef) -> Generator[None]:
        """Hold a stack's lock; a LockedError says who else does."""
        lock = Lock(self.layout.locks(ref), ref.qualified, self.warn)
        lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def holders(self, ref: StackRef) -> list[Holder]:
        """Name who holds a stack's lock."""
        found = (read_holder(path) for path in lock_files(self.layout.locks(ref)))
        return [holder for holder in found if holder is not None]

    def break_locks(self, ref: StackRef) -> int:
        """Remove all locks of a stack, whoever holds them; tell how many."""
        files = lock_files(self.layout.locks(ref))
        for path in files:
            _unlink(path)
        return len(files)

    def back_up(self, ref: StackRef) -> Path | None:
        """Copy a stack's state among its backups; None where PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS is set."""
        if self._env.get("PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS", "").lower() in _TRUE:
            return None
        path = self.state_file(ref)
        suffix = path.name.removeprefix(ref.name)
        copy = self.layout.backups(ref) / f"{ref.name}.{time.time_ns()}{suffix}"
        _write(copy, path.read_bytes())
        return copy

    def add_history(self, ref: StackRef, record: UpdateRecord) -> None:
        """Keep a record of an update, and a copy of the state after it."""
        state = self.state_file(ref)
        stem = self.layout.history(ref) / f"{ref.name}-{time.time_ns()}"
        ending = "json.gz" if state.suffix == ".gz" else "json"
        entry = Path(f"{stem}.history.{ending}")
        _write(entry, pack(encode_record(record), entry))
        _write(Path(f"{stem}.checkpoint.{ending}"), state.read_bytes())

    def history(self, ref: StackRef) -> list[UpdateRecord]:
        """Read a stack's update records, the youngest first.

        Raises
        ------
        EngineError: one of them cannot be read; the message names it.

        """
        files = [path for path in _files(self.layout.history(ref)) if re.search(r"\.history\.json(\.gz)?\Z", path.name)]
        return [_read_record(path) for path in sorted(files, key=lambda path: path.name, reverse=True)]


def _read_record(path: Path) -> UpdateRecord:
    try:
        return decode_record(unpack(path.read_bytes(), path))
    except CodecError as error:
        raise EngineError(f"{path} is corrupt: {error}") from error


def _legacy(root: Path) -> EngineError:
    return EngineError(
        f"{root} has the layout without projects: the official engine's `pulumi state upgrade` converts it"
    )


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _attributes(path: Path) -> Path:
    """Name the neighbour in which the official engine keeps a file's checksum."""
    return Path(f"{path}.attrs")


def _write(path: Path, data: bytes) -> None:
    """Write a file and drop the checksum of its former content."""
    atomic_write(path, data)
    _attributes(path).unlink(missing_ok=True)


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)
    _attributes(path).unlink(missing_ok=True)


def _ignore(_message: str) -> None:
    return
