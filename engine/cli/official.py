"""Which engine runs: an official `pulumi` on PATH is handed the whole command, unless PULUMI_ENGINE=embedded.

A `pulumi` on PATH is ours if it is the script that runs now, or a script that names this package. Handing over is
counted in the environment: a wrapper that leads back here is not followed round and round.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from engine.errors import EngineError

CHOICE: Final = "PULUMI_ENGINE"
_DEPTH: Final = "PULUMI_ENGINE_DEPTH"
_MAX_DEPTH: Final = 3
"""An official pulumi may run programs that run pulumi again; deeper than this it is a wrapper around ourselves."""
_MARKER: Final = b"engine.cli.main"


def choose_engine(env: Mapping[str, str], script: Path) -> Path | None:
    """Find the official pulumi that is to run; None if it is ourselves.

    Raises
    ------
    EngineError: PULUMI_ENGINE has no known value, or asks for the official engine and there is none.

    """
    choice = env.get(CHOICE, "")
    if choice not in {"", "embedded", "official"}:
        raise EngineError(f"{CHOICE} is {choice!r}: embedded and official are allowed")
    if choice == "embedded":
        return None
    found = find_official(env, script) if _depth(env) < _MAX_DEPTH else None
    if found is None and choice == "official":
        raise EngineError(f"{CHOICE} is 'official', and there is no official pulumi on PATH")
    return found


def find_official(env: Mapping[str, str], script: Path) -> Path | None:
    """Find the first `pulumi` on PATH that is not ours."""
    for folder in env.get("PATH", "").split(os.pathsep):
        candidate = Path(folder or ".") / "pulumi"
        if os.access(candidate, os.X_OK) and candidate.is_file() and not is_ours(candidate, script):
            return candidate
    return None


def is_ours(candidate: Path, script: Path) -> bool:
    """Tell whether a `pulumi` is this engine's: the running script, or another environment's."""
    if script.exists() and candidate.samefile(script):
        return True
    try:
        with candidate.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and _MARKER in head


def _depth(env: Mapping[str, str]) -> int:
    text = env.get(_DEPTH, "0")
    return int(text) if text.isdecimal() else 0


def hand_over(official: Path, argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become the official pulumi."""
    os.execve(official, ["pulumi", *argv], {**env, _DEPTH: str(_depth(env) + 1)})  # noqa: S606 no shell is involved
