"""Questions to a person at a terminal; the caller makes sure that there is one."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

from engine.errors import CancelledError


def ask_passphrase(*, confirm: bool) -> Callable[[str], str]:
    """Give what asks for a passphrase without showing it; with `confirm`, until it was typed twice alike."""

    def ask(question: str) -> str:
        while True:
            first = getpass.getpass(question, stream=sys.stderr)
            if not confirm or getpass.getpass("Once more, to confirm: ", stream=sys.stderr) == first:
                return first
            sys.stderr.write("error: the two passphrases differ\n")

    return ask


def confirm_name(question: str, name: str) -> None:
    """Ask for a name to be typed before something is destroyed.

    Raises
    ------
    CancelledError: something else was typed.

    """
    sys.stderr.write(f"{question}\nPlease type its name ({name}) to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != name:
        raise CancelledError("the name was not confirmed: nothing was done")


def choose(question: str) -> str:
    """Ask for one line; empty if there was none."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()
