"""Keeps a child process from outliving the engine: `_leash.py PARENT_PID COMMAND...`, or `hold` in a Python child.

The kernel is asked to kill the process when the engine's spawning thread ends (Linux: PR_SET_PDEATHSIG, kept across
exec). Asking in the child, not between fork and exec, leaves the engine free to spawn with vfork beside gRPC's threads.
Runs with any Python; standard library only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CANNOT_START = 127


def hold(parent: int) -> None:
    """Die with process `parent`; ends this process at once if that one is gone. Does nothing but on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # another parent is the engine's death before the call above, or an interpreter behind a wrapper's fork
    if os.getppid() != parent and not _runs(parent):
        os._exit(128 + signal.SIGKILL)


def _runs(process: int) -> bool:
    try:
        state = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        )
    except OSError:
        return False
    return state != "Z"


def _run(parent: int, command: list[str]) -> None:
    hold(parent)
    try:
        os.execvp(command[0], command)  # noqa: S606 - a command given as a list is what this launcher is for
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        sys.exit(_CANNOT_START)


if __name__ == "__main__":
    _run(int(sys.argv[1]), sys.argv[2:])
