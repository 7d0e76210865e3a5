"""What a long operation tells the person meanwhile.

A line -> Pulumi's log as an ephemeral message of the thread's engine. Where no engine listens (the official plugin
process has no connection to it), Pulumi's SDK writes it to standard error, which the engine shows.
"""

import pulumi


def say(line: str) -> None:
    """Show where a wait stands; replaced by the next line."""
    pulumi.log.info(line, ephemeral=True)


def warn(line: str) -> None:
    """Show what worked but will surprise."""
    pulumi.log.warn(line)
