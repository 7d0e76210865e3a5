"""What can go wrong in a deployment, and whose fault it is.

DeploymentError
├── ProviderError            the provider refused or failed; its own words
│   ├── PartialFailureError  the resource exists, but did not become ready
│   ├── ProviderGoneError    its process ended or fell silent: what it did is not known
│   └── BadAnswerError       it broke the protocol
└── ProgramError             the program raised or ended badly
"""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterable, Mapping

from grpc.aio import AioRpcError

from engine.deploy.wire import decode
from engine.errors import EngineError
from engine.host.protos import provider_pb2, status_pb2
from engine.model.values import Properties

ERROR_METADATA = "m2c-error-bin"
"""The trailing metadata in which our own plugin host sends an exception in parts (JSON: type, message, traceback)."""

_EXCEPTION_LINE = re.compile(r"([A-Za-z_][\w.]*): ")


_PLAIN = frozenset({"Exception", "RuntimeError", "ValueError"})
"""Built-in exceptions that people raise with a sentence."""


class DeploymentError(EngineError):
    """A failure with a sentence for the person, and a detail (a traceback, raw text) for whoever debugs it."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class ProviderError(DeploymentError):
    """A provider could not do what it was asked."""


class PartialFailureError(ProviderError):
    """A resource was made or changed, but is not ready: it has an id and a state, and these reasons."""

    def __init__(self, identity: str, outputs: Properties, inputs: Properties, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons) or "the resource was made but did not become ready")
        self.id = identity
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = reasons


class ProviderGoneError(ProviderError):
    """A provider's process ended, or fell silent, while it was asked: what it did is not known."""


class BadAnswerError(ProviderError):
    """A provider answered something that the protocol does not allow."""


class ProgramError(DeploymentError):
    """The Pulumi program failed."""


def split_traceback(text: str) -> tuple[str, str]:
    """Part a Python traceback into the exception's own message and the whole; other text is all message."""
    if "Traceback (most recent call last)" not in text:
        return text.strip(), ""
    lines = text.rstrip().splitlines()
    last_frame = max((i for i, line in enumerate(lines) if line.startswith(("  File ", "    "))), default=-1)
    message = "\n".join(lines[last_frame + 1 :]).strip()
    return _EXCEPTION_LINE.sub("", message, count=1) or text.strip(), text


def from_rpc(error: AioRpcError, provider: str) -> ProviderError:
    """Turn a failed call into the provider's own words."""
    partial = _partial(error)
    if partial is not None:
        return partial
    code = error.code().name
    for key, value in _metadata(error):
        if key == ERROR_METADATA and isinstance(value, bytes):
            parts = json.loads(value)
            return ProviderError(_said(parts), str(parts.get("traceback", "")))
    if code in {"UNAVAILABLE", "CANCELLED"}:
        return ProviderGoneError(
            f"the provider {provider} is gone: its process ended while it was being asked", _text(error)
        )
    if code == "DEADLINE_EXCEEDED":
        return ProviderGoneError(f"the provider {provider} did not answer in time", _text(error))
    return ProviderError(*split_traceback(_text(error)))


def _said(parts: Mapping[str, object]) -> str:
    """Give an exception's message, with its type where that says what the message means: KeyError's is a mere key."""
    kind, message = str(parts.get("type", "")), str(parts.get("message", ""))
    named = not message or (hasattr(builtins, kind) and kind not in _PLAIN)
    return f"{kind}: {message}".removesuffix(": ") if named else message


def _text(error: AioRpcError) -> str:
    return error.details() or error.code().name


def _metadata(error: AioRpcError) -> Iterable[tuple[str, str | bytes]]:
    return tuple(error.trailing_metadata() or ())


def _partial(error: AioRpcError) -> PartialFailureError | None:
    """Find an ErrorResourceInitFailed among the call's error details."""
    for key, value in _metadata(error):
        if key != "grpc-status-details-bin" or not isinstance(value, bytes):
            continue
        status = status_pb2.Status.FromString(value)
        for detail in status.details:
            failed = provider_pb2.ErrorResourceInitFailed()
            if detail.Is(failed.DESCRIPTOR) and detail.Unpack(failed):
                return PartialFailureError(
                    failed.id, decode(failed.properties), decode(failed.inputs), tuple(failed.reasons)
                )
    return None
