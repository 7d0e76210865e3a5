"""Where the `juju` command runs: a server over SSH, or this machine.

connection (or none) -> `place_of` -> Place.run(step, script) -> what it printed, or StepFailedError with it. Scripts
are never part of a command line that others can see, and secrets are never part of a script: they come on its stdin.
"""

import os
import subprocess
from dataclasses import dataclass
from typing import Protocol

from providers.common.raw import Raw, mapping, text
from providers.hosts import session
from providers.hosts.connection import parse
from providers.hosts.errors import StepFailedError
from providers.hosts.masking import masker
from providers.hosts.session import Server

TIMEOUT = 600.0
"""Seconds that a script may take; what takes longer runs by itself, see `controller_task`."""
PATH = 'PATH="$PATH:/snap/bin"'
"""Where the snap's command is found by a login that reads no profile."""


class Place(Protocol):
    """A machine and a user there who runs juju. `name` is what messages call it."""

    @property
    def name(self) -> str: ...

    @property
    def host_key(self) -> str: ...

    def run(self, step: str, script: str, *, stdin: str = "", root: bool = False, secrets: tuple[str, ...] = ()) -> str:
        """Run a script with `sh` and give its standard output; StepFailedError for a status other than 0."""
        ...


@dataclass(frozen=True)
class There:
    """A server, as the user who logs in."""

    server: Server

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def host_key(self) -> str:
        return self.server.host_key

    def run(self, step: str, script: str, *, stdin: str = "", root: bool = False, secrets: tuple[str, ...] = ()) -> str:
        user = "root" if root else self.server.connection.user
        command = f"{PATH}\n{script}"
        return self.server.run(step, command, stdin=stdin, as_user=user, secrets=secrets, timeout=TIMEOUT)


@dataclass(frozen=True)
class Here:
    """This machine, as whoever runs Pulumi."""

    name: str = "this machine"
    host_key: str = ""

    def run(self, step: str, script: str, *, stdin: str = "", root: bool = False, secrets: tuple[str, ...] = ()) -> str:
        sudo = ["sudo", "-n"] if root and os.geteuid() != 0 else []
        argv = [*sudo, "sh", "-c", f"{PATH}\n{script}"]
        try:
            ran = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise StepFailedError(self.name, step, f"Nothing within {TIMEOUT:.0f} s, and was ended.") from None
        except OSError as error:
            raise StepFailedError(self.name, step, f"{argv[0]} can't be run: {error.strerror}") from None
        if ran.returncode != 0:
            raise StepFailedError(self.name, step, masker(secrets)(f"{ran.stdout}{ran.stderr}"))
        return ran.stdout


def place_of(props: Raw, patience: float | None = None) -> Place:
    """Choose by the input `connection`; without one juju runs here.

    The server is held to the host key that the state knows; `patience`: seconds to wait for it at most.
    """
    if not mapping(props, "connection"):
        return Here()
    connection = parse(mapping(props, "connection")).knowing(text(props, "host_key"))
    return There(session.current().on(connection if patience is None else connection.waiting(patience)))


def still_knows(olds: Raw, news: Raw) -> Raw:
    """Give the new inputs the known host key, where they name the same server."""
    before, after = (mapping(props, "connection") for props in (olds, news))
    same = all(before.get(part) == after.get(part) for part in ("host", "port"))
    return {**news, "host_key": text(olds, "host_key")} if same else news
