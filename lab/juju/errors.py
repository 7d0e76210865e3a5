"""Juju's errors: a text and a code (juju rpc/params/apierror.go), of a whole call or of one item of a bulk call."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from lab.juju.models import Json

NOT_FOUND: Final = "not found"
MODEL_NOT_FOUND: Final = "model not found"
UNAUTHORIZED: Final = "unauthorized access"
ALREADY_EXISTS: Final = "already exists"
NOT_IMPLEMENTED: Final = "not implemented"
NOT_SUPPORTED: Final = "not supported"
NOT_VALID: Final = "not valid"
BAD_REQUEST: Final = "bad request"
TRY_AGAIN: Final = "try again"
QUOTA: Final = "quota limit exceeded"
STOPPED: Final = "stopped"


class JujuError(Exception):
    """An error in Juju's words; `code` is "" where Juju has none."""

    def __init__(self, message: str, code: str = "", info: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.info = info

    def shown(self) -> Json:
        """Give the error as an item of a bulk call has it: {"message", "code", "info"?}."""
        shown: Json = {"message": self.message, "code": self.code}
        return shown if self.info is None else {**shown, "info": dict(self.info)}


class KeptError(JujuError):
    """An error halfway: what was done until then stays done."""


@contextmanager
def annotated(where: str) -> Generator[None]:
    """Say before an error's text what was being done; its code stays."""
    try:
        yield
    except JujuError as error:
        raise JujuError(f"{where}: {error.message}", error.code, error.info) from error


def not_found(kind: str, name: str) -> JujuError:
    """Make Juju's error for what is not there: `application "x" not found`."""
    return JujuError(f'{kind} "{name}" not found', NOT_FOUND)
