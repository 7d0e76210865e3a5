"""What can go wrong with a server; every message is for a person.

    HostError
    ├── UnreachableError     nothing answers at that address, or no SSH
    ├── HostKeyError         it answers with another host key than the known one
    ├── LoginError           it answers, but not to this user with this key or password
    ├── StepFailedError      a step ran and failed: which server, which step, what it printed
    └── WorkerEndedError     the process that holds the connections ended by itself

error -> `to_raw` -> one JSON object -> `from_raw` -> the same error in the other process. Pure.
"""

import re
from collections.abc import Callable, Mapping

from providers.common.raw import text

Mask = Callable[[str], str]

LAST_LINES = 20
"""So many lines of what a failed step printed are shown."""


class HostError(Exception):
    """Something is wrong with a server, or with what is asked of it."""


class UnreachableError(HostError):
    """The server does not answer."""


class HostKeyError(HostError):
    """The server is another one than before, or its installation is."""


class LoginError(HostError):
    """The server refuses the login."""


class WorkerEndedError(HostError):
    """The worker process ended while a call was waiting for it."""


class StepFailedError(HostError):
    """A step failed on a server; `output` is what it printed, secrets masked."""

    def __init__(self, server: str, step: str, output: str) -> None:
        self.server = server
        self.step = step
        self.output = output
        super().__init__(f'{server}: "{step}" failed. {_shown(output)}')


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n]*\r(?=[^\n])|[\x00-\x08\x0b-\x1f\x7f]")
"""What moves a cursor or colours a terminal, and what a line said before it was written over."""


def plain(output: str) -> str:
    """Leave out of what a program printed whatever is not text."""
    return _ESCAPES.sub("", output)


def _shown(output: str) -> str:
    lines = plain(output).strip().splitlines()[-LAST_LINES:]
    if not lines:
        return "It printed nothing."
    return "It printed:\n" + "\n".join(f"  {line}" for line in lines)


_KINDS: Mapping[str, type[HostError]] = {
    "unreachable": UnreachableError,
    "host_key": HostKeyError,
    "login": LoginError,
    "other": HostError,
}


def to_raw(error: HostError) -> dict[str, str]:
    """Write an error as an object of strings."""
    if isinstance(error, StepFailedError):
        return {"kind": "step", "server": error.server, "step": error.step, "output": error.output}
    kind = next((name for name, type_ in _KINDS.items() if type(error) is type_), "other")
    return {"kind": kind, "message": str(error)}


def from_raw(raw: Mapping[str, object]) -> HostError:
    """Read an error back."""
    kind = text(raw, "kind")
    if kind == "step":
        return StepFailedError(text(raw, "server"), text(raw, "step"), text(raw, "output"))
    return _KINDS.get(kind, HostError)(text(raw, "message"))
