"""One request to the worker, read."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.common.raw import Raw, text
from providers.hosts.connection import Connection


@dataclass(frozen=True)
class Job:
    """What to do, where, with what; `say` takes lines of progress."""

    do: str
    connection: Connection
    body: Raw
    say: Callable[[str], None]

    @property
    def step(self) -> str:
        """Name of the step, in its caller's words."""
        return text(self.body, "step")
