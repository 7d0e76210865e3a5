"""What can go wrong, as sentences that name host and step.

CommandError ── HostGoneError: nobody answers at the address (a delete takes that for success)
"""

from __future__ import annotations


class CommandError(Exception):
    """A command or a copy failed; the message is for people and may still hold secrets: mask it before it is shown."""


class HostGoneError(CommandError):
    """The host did not answer for as long as it was worth dialling it."""
