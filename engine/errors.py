"""Errors that a person reads: one sentence with the place, the value and what is allowed; `exit_code` ends the command.

    EngineError 1 ── StackNotFoundError 6 · ConfirmationError 2 · ExpectationError 7 · CancelledError 8

The codes are Pulumi's. Source: pulumi/pulumi pkg/cmd/pulumi/cmd/exit_codes.go.
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """Something the person can understand and change; its text is shown without a traceback."""

    exit_code: ClassVar[int] = 1


class StackNotFoundError(EngineError):
    """No such stack."""

    exit_code = 6


class ConfirmationError(EngineError):
    """A question would have to be asked, and there is nobody to answer it."""

    exit_code = 2


class ExpectationError(EngineError):
    """There were changes where none were expected (--expect-no-changes)."""

    exit_code = 7


class CancelledError(EngineError):
    """The person said no, or interrupted."""

    exit_code = 8
