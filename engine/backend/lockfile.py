"""Locks: a file per holder in the stack's lock folder; whoever finds another's file stays out.

    look ─> write mine ─> look again ─> (work) ─> remove mine

Two that begin at once both see the other and both stay out: nobody works on a stack with somebody else. A lock whose
process is gone from this host is removed, with a warning. Source: pulumi/pulumi pkg/backend/diy/lock.go.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import EngineError
from engine.files import atomic_write
from engine.model.reading import CodecError, as_object, number, text
from engine.model.timestamps import format_time, parse_time

_TICKS_NAME = "SC_CLK_TCK"
_CLOCK_SLACK = 2.0
"""Seconds by which a process may seem to begin after its own lock: the kernel's clock ticks coarsely."""


class LockedError(EngineError):
    """Somebody else works on the stack."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who made a lock: process id, user, host, and when."""

    path: Path
    pid: int
    user: str
    host: str
    since: datetime

    def on_this_host(self) -> bool:
        """Tell whether the lock was made here."""
        return self.host == socket.gethostname()

    @property
    def alive(self) -> bool:
        """Whether the process that made the lock still runs here; its number may have been given away since."""
        started = process_start(self.pid)
        return started is not None and started <= self.since.timestamp() + _CLOCK_SLACK

    def describe(self) -> str:
        """Say who it is, and whether they are still there."""
        state = ""
        if self.on_this_host():
            state = ", still running" if self.alive else ", no longer running"
        since = self.since.astimezone().isoformat(sep=" ", timespec="seconds")
        return f"{self.user}@{self.host} (pid {self.pid}{state}) since {since}"


def process_start(pid: int) -> float | None:
    """Give when a process of this machine began, in seconds since the epoch; None if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = next(
            line for line in Path("/proc/stat").read_text(encoding="utf-8").splitlines() if line[:6] == "btime "
        )
    except (OSError, StopIteration):
        return None
    zombie = fields[0] in {"Z", "X"}
    return None if zombie else int(boot.split()[1]) + int(fields[19]) / os.sysconf(_TICKS_NAME)


def read_holder(path: Path) -> Holder | None:
    """Read a lock; None if it went away meanwhile.

    Raises
    ------
    LockedError: the file is no lock that can be read.

    """
    try:
        raw = as_object(json.loads(path.read_text(encoding="utf-8")), "the lock")
        since = parse_time(text(raw, "timestamp", "lock"))
        return Holder(
            path, int(number(raw, "pid", "lock")), text(raw, "username", "lock"), text(raw, "hostname", "lock"), since
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, CodecError) as error:
        raise LockedError(f"the lock {path} cannot be read ({error}): `pulumi cancel` removes it") from error


class Lock:
    """One holder's lock on one stack."""

    def __init__(self, folder: Path, stack: str, warn: Callable[[str], None]) -> None:
        self._folder = folder
        self._stack = stack
        self._warn = warn
        self.path = folder / f"{uuid.uuid4()}.json"

    def acquire(self) -> None:
        """Take the lock; a LockedError says who holds it and how to end it."""
        self._check()
        atomic_write(self.path, self._content())
        try:
            self._check()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give the lock back; one that is gone already (`pulumi cancel`) is no error."""
        self.path.unlink(missing_ok=True)

    def _check(self) -> None:
        others = [holder for path in lock_files(self._folder, self.path) if (holder := read_holder(path)) is not None]
        alive = [holder for holder in others if not self._take_over(holder)]
        if alive:
            who = "; ".join(holder.describe() for holder in alive)
            raise LockedError(
                f"stack {self._stack!r} is locked by {who}: wait for it, or `pulumi cancel` if it will never end"
            )

    def _take_over(self, holder: Holder) -> bool:
        """Remove the lock of a process that is gone from this host; tell whether it was one."""
        if not holder.on_this_host() or holder.alive:
            return False
        holder.path.unlink(missing_ok=True)
        self._warn(f"the lock of {holder.describe()} was left behind on stack {self._stack!r}, and is removed")
        return True

    def _content(self) -> bytes:
        holder = {
            "pid": os.getpid(),
            "username": _user(),
            "hostname": socket.gethostname(),
            "timestamp": format_time(datetime.now(UTC)),
        }
        return json.dumps(holder, separators=(",", ":")).encode()


def lock_files(folder: Path, own: Path | None = None) -> list[Path]:
    """List the locks in a stack's lock folder, but for one's own."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == ".json" and path != own and path.name[0] != ".")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
