"""Where guests live in the cgroup trees: finding the trees is pure, the rest touches only the rack's own groups.

/proc/mounts -> Trees -> one group for each server in each tree    PREFIX/NAME
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CONTROLLERS: Final = ("cpu", "memory", "pids")
_PATIENCE: Final = 10.0
_PAUSE: Final = 0.005
"""Seconds between two looks at processes that are ending."""


@dataclass(frozen=True, slots=True)
class Trees:
    """The mount points of cgroup v2, and of the v1 controllers that a hybrid machine has beside it."""

    unified: Path
    legacy: tuple[Path, ...] = ()

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.unified, *self.legacy)


def find(mounts: str) -> Trees | None:
    """Read /proc/mounts; None where no cgroup v2 tree is mounted, without which no systemd boots in a guest."""
    rows = [line.split() for line in mounts.splitlines()]
    unified = next((Path(row[1]) for row in rows if row[2] == "cgroup2"), None)
    legacy = tuple(Path(row[1]) for row in rows if row[2] == "cgroup" and set(_CONTROLLERS) & set(row[3].split(",")))
    return Trees(unified, legacy) if unified else None


def here() -> Trees | None:
    return find(Path("/proc/mounts").read_text())


def make(trees: Trees, prefix: str, name: str) -> list[Path]:
    """Make the server's groups; OSError where the tree cannot be written."""
    groups = [tree / prefix / name for tree in trees.all]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
        group.chmod(0o755)  # the guest's users look into it, whatever umask this process has
    if not trees.legacy:
        for parent in (trees.unified, trees.unified / prefix):
            _delegate(parent)
    return groups


def _delegate(parent: Path) -> None:
    """Let children have the controllers, one by one: a tree that may not pass one on boots guests all the same."""
    for controller in _CONTROLLERS:
        with suppress(OSError):
            (parent / "cgroup.subtree_control").write_text(f"+{controller}")


def remove(trees: Trees, prefix: str, name: str = "") -> None:
    """Remove the groups of a server, or of the whole rack, the deepest first."""
    for tree in trees.all:
        top = tree / prefix / name
        for directory, _, _ in os.walk(top, topdown=False):
            with suppress(FileNotFoundError):
                Path(directory).rmdir()


def processes(trees: Trees, prefix: str, name: str = "") -> set[int]:
    """List who lives in the groups of a server, or of the whole rack."""
    return {pid for tree in trees.all for pid in _members(tree / prefix / name)}


def _members(top: Path) -> Iterator[int]:
    for directory, _, _ in os.walk(top):
        with suppress(OSError):  # a group may end while it is read
            yield from map(int, (Path(directory) / "cgroup.procs").read_text().split())


def names(trees: Trees, prefix: str) -> list[str]:
    """Name the servers that run: whose groups have members."""
    top = trees.unified / prefix
    return sorted(each.name for each in top.iterdir() if any(_members(each))) if top.is_dir() else []


def empty(trees: Trees, prefix: str, name: str = "") -> None:
    """Kill everything in the groups, until nobody is left; OSError when somebody stays."""
    deadline = time.monotonic() + _PATIENCE
    while found := processes(trees, prefix, name):
        for pid in found:
            _kill(pid, lambda pid: pid in processes(trees, prefix, name))
        if time.monotonic() > deadline:
            raise OSError(f"the processes {sorted(found)} of the cgroup {prefix}/{name} do not end")
        time.sleep(_PAUSE)


def _kill(pid: int, is_member: Callable[[int], bool]) -> None:
    """End a process, if it is still the one that was found once it is held."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if is_member(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
