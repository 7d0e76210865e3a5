"""What can go wrong with MAAS; the type decides whether to try again.

    MaasError
    ├── Temporary            trying again may help
    │   ├── NotDone          MAAS did not do it: any call may be sent again
    │   │   └── Unreached    no connection to MAAS came about
    │   └── AnswerLost       perhaps it did: only a repeatable call may be sent again, else look
    ├── Refused              MAAS said no and will say no again (status 4xx/5xx, its reasons)
    │   ├── NotFound         404
    │   └── Conflict         409 without Retry-After: wrong state, or no machine fits
    ├── ForeignError         the object belongs to somebody else
    ├── WaitFailed           what was waited for went wrong, or took too long
    └── SetupError           endpoint or key missing or malformed

HTTP status, headers, body -> `from_answer` -> one of these with one sentence. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from typing import cast

_RETRY_STATUSES = frozenset({409, 503})
_RELAY_TIMEOUT = 504


class MaasError(Exception):
    """Base of all errors about MAAS; its text is one sentence."""


class SetupError(MaasError):
    """Endpoint or key is missing or malformed."""


class Temporary(MaasError):  # noqa: N818 - named by what a caller decides on
    """Trying again may help, after `retry_after` seconds where MAAS said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotDone(Temporary):
    """MAAS did not carry the call out (busy, or never reached)."""


class Unreached(NotDone):
    """No connection came about: refused, no route, no such name, or silence."""


class AnswerLost(Temporary):
    """The call was sent but its answer did not arrive; it may have been carried out."""


class Refused(MaasError):  # noqa: N818 - named by what happened
    """MAAS refused the call. `status`: HTTP status; `reasons`: field name ("" for none) -> messages."""

    def __init__(self, message: str, status: int, reasons: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(message)
        self.status = status
        self.reasons = reasons

    def mentions(self, text: str) -> bool:
        """Say whether one of MAAS's reasons holds this text (case ignored)."""
        return any(text.lower() in reason.lower() for group in self.reasons.values() for reason in group)


class NotFound(Refused):
    """404: there is no such object."""


class Conflict(Refused):
    """409 without Retry-After: the object's state forbids it, or no machine fits."""


class ForeignError(MaasError):
    """The object belongs to somebody else and is left alone."""


class WaitFailed(MaasError):  # noqa: N818 - named by what happened
    """What was waited for failed or took too long; the text ends with MAAS's own last events."""


_KINDS: Mapping[int, type[Refused]] = {404: NotFound, 409: Conflict}


def from_answer(
    purpose: str, status: int, headers: Mapping[str, str], body: str, secrets: Iterable[str] = ()
) -> MaasError:
    """Turn a non-2xx answer into an error.

    `purpose` completes "MAAS refused to ...", e.g. "create the tag compute"; `secrets` are masked in what MAAS says.
    503 and 409 are temporary only with Retry-After, 504 is a relayed call that timed out (MAAS 3.5 utils/views.py).
    """
    reasons = _reasons(headers.get("Content-Type", ""), _masked(body, secrets))
    said = _sentence(reasons) or f"HTTP {status}"
    retry_after = _seconds(headers.get("Retry-After"))
    if status in _RETRY_STATUSES and retry_after is not None:
        return NotDone(f"MAAS was too busy to {purpose}: {said}", retry_after)
    if status == _RELAY_TIMEOUT:
        return AnswerLost(f"MAAS got no answer from a rack controller in time to {purpose}: {said}")
    if status == 401:
        return Refused(f"MAAS refused to {purpose}: it does not accept the API key ({said})", status, reasons)
    return _KINDS.get(status, Refused)(f"MAAS refused to {purpose}: {said}", status, reasons)


def _reasons(content_type: str, body: str) -> dict[str, tuple[str, ...]]:
    if "json" in content_type:
        try:
            parsed: object = json.loads(body)
        except ValueError:
            return {"": (body.strip(),)}
        if isinstance(parsed, dict):
            fields = cast("Mapping[str, object]", parsed)
            return {_field(name): _messages(value) for name, value in fields.items()}
        return {"": _messages(parsed)}
    if "html" in content_type or not body.strip():
        return {}
    return {"": (body.strip(),)}


def _field(name: str) -> str:
    return "" if name == "__all__" else name


def _messages(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(item) for item in cast("list[object]", value))
    return (str(value),)


def _sentence(reasons: Mapping[str, tuple[str, ...]]) -> str:
    parts = [f"{name}: {' '.join(group)}" if name else " ".join(group) for name, group in reasons.items()]
    return "; ".join(part.strip() for part in parts if part.strip())


def _masked(body: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if secret:
            body = body.replace(secret, "***")
    return body


def _seconds(value: str | None) -> float | None:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:
        return None
