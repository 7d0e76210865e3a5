"""A fact of a tool that may not be there yet."""

from pyinfra.api.facts import FactBase


class Answer(FactBase[str]):
    """What the example tool has set; fails where the tool is missing, as psql does where there is no server."""

    def command(self) -> str:
        """Ask the tool."""
        return "/usr/local/bin/example-tool get"

    def process(self, output: list[str]) -> str:
        """Take its one line."""
        return "".join(output)


class Mark(FactBase[str]):
    """What the example tool's file holds, "" where there is none."""

    def command(self) -> str:
        """Read it."""
        return "cat /etc/example-set 2>/dev/null || true"

    def process(self, output: list[str]) -> str:
        """Take its one line."""
        return "".join(output)
