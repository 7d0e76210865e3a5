"""Environment variables for a remote command whose server does not take them by the channel. Pure.

The shell that runs the command reads `export` lines from the first bytes of its standard input, so that no value
stands on a command line; what follows on standard input is the command's own:

    sh -c 'eval "$(dd bs=1 count=N)"; exec $SHELL -c "$0"' COMMAND   <   N bytes of exports + the command's stdin

dd reads byte by byte, so it takes not one byte too many; every POSIX system has it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

PROBE: Final = "env"
"""Lists what of an environment the server accepted; also tells whether it is POSIX enough for a prelude."""

LONGEST: Final = 128 * 1024 - 4096
"""Bytes: Linux refuses to start a program with a longer variable (MAX_ARG_STRLEN, less its name)."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class PreludeError(ValueError):
    """An environment variable that no shell can hold."""


def check_names(environment: Mapping[str, str]) -> None:
    """Refuse names and values that cannot stand in an environment.

    Raises
    ------
    PreludeError: names the variable and what is allowed.

    """
    for name, value in environment.items():
        if not _NAME.fullmatch(name):
            raise PreludeError(f"environment: {name!r} is no name; allowed are letters, digits and _, no digit first")
        if "\0" in value:
            raise PreludeError(f"environment.{name} holds a NUL character, which no environment can hold")


def exports(environment: Mapping[str, str]) -> bytes:
    """Write the lines that set and export the variables in a POSIX shell."""
    check_names(environment)
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()))
    return "".join(lines).encode()


def wrapped(command: str, length: int) -> str:
    """Write the command line that first reads `length` bytes of exports from standard input."""
    script = f'eval "$(dd bs=1 count={length} 2>/dev/null)"; exec "${{SHELL:-/bin/sh}}" -c "$0"'
    return f"sh -c {shlex.quote(script)} {shlex.quote(command)}"


def accepted(probe: str, environment: Mapping[str, str]) -> frozenset[str]:
    """Name the variables that the answer to PROBE shows with their values."""
    listed = f"\n{probe}\n"
    return frozenset(name for name, value in environment.items() if f"\n{name}={value}\n" in listed)


def is_posix(probe: str) -> bool:
    """Tell whether the answer to PROBE is that of a POSIX system: its environment has a PATH."""
    return "\nPATH=" in f"\n{probe}"


def too_long(environment: Mapping[str, str]) -> list[str]:
    """Name the variables that no program could be started with."""
    return sorted(name for name, value in environment.items() if len(value.encode()) > LONGEST)
