"""What can go wrong with Juju; the type decides whether to try again.

    JujuError
    ├── Temporary            trying again may help
    │   ├── NotDone          Juju did not do it: any call may be sent again
    │   │   └── Unreached    no connection to a controller came about
    │   └── AnswerLost       perhaps it did: only a repeatable call may be sent again, else look
    ├── Refused              Juju said no and will say no again (its code and info)
    │   ├── NotFound         no such object, or none that we may see
    │   ├── AlreadyExists
    │   ├── Unauthorized     this user may not do this
    │   └── NotSupported     this controller can't do this
    ├── ForeignError         the object belongs to somebody else
    ├── WaitFailed           what was waited for went wrong, or took too long
    └── SetupError           addresses, CA, user or password missing, malformed or not accepted
        └── LoginRefused     the controller does not let this user in

message, code and info of an answer, or of one item of a bulk answer -> `from_answer` -> one of these, one sentence.
Pure. Sources: Juju 3.6 rpc/params/apierror.go; apiserver/errors and domain/*/errors of 4.0, many of whose errors have
no code: what they end with tells then.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast

from providers.common.raw import Raw, mapping, mappings, text
from providers.hosts.masking import masker

_NOTHING: Raw = MappingProxyType({})


class JujuError(Exception):
    """Base of all errors about Juju; its text is one sentence."""


class SetupError(JujuError):
    """Addresses, CA certificate, user or password are missing, malformed or not accepted."""


class LoginRefused(SetupError):  # noqa: N818 - named by what happened
    """The controller does not let this user in, or not with this password."""


class Temporary(JujuError):  # noqa: N818 - named by what a caller decides on
    """Trying again may help."""


class NotDone(Temporary):
    """Juju did not carry the call out (busy, upgrading, or never reached)."""


class Unreached(NotDone):
    """No connection came about: refused, no route, no such name, or silence."""


class AnswerLost(Temporary):
    """The call was sent but its answer did not arrive; it may have been carried out."""


class Refused(JujuError):  # noqa: N818 - named by what happened
    """Juju refused the call. `said`: its own words; `code`: its code, "" for none; `info`: what it adds."""

    def __init__(self, message: str, code: str = "", info: Raw = _NOTHING, said: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.info = info
        self.said = said or message

    def mentions(self, part: str) -> bool:
        """Say whether Juju's words hold this text (case ignored)."""
        return part.lower() in self.said.lower()


class NotFound(Refused):
    """There is no such object, or none that we may see."""


class AlreadyExists(Refused):
    """There is one already."""


class Unauthorized(Refused):
    """This user may not do this; Juju says the same of what is gone where it hides what exists."""


class NotSupported(Refused):
    """This controller, or this kind of model, can't do this."""


class ForeignError(JujuError):
    """The object belongs to somebody else and is left alone."""


class WaitFailed(JujuError):  # noqa: N818 - named by what happened
    """What was waited for failed or took too long; the text ends with Juju's own last words."""


_KINDS: Mapping[str, type[Refused]] = {
    "not found": NotFound,
    "model not found": NotFound,
    "user not found": NotFound,
    "already exists": AlreadyExists,
    "unauthorized access": Unauthorized,
    "access required": Unauthorized,
    "forbidden": Unauthorized,
    "not supported": NotSupported,
    "not implemented": NotSupported,
}
_BUSY = (
    "try again",
    "excessive contention",
    "upgrade in progress",
    "model migration in progress",
    "not yet available",
    "lease claim denied",
    "leadership claim denied",
)
_UNSTARTED = "not started, please retry when started"
"""Juju's words where a charm goes from Charmhub on a machine that the cloud has not given yet; it has no code."""
_LATE = "deadline exceeded"
_ENDINGS: tuple[tuple[str, type[Refused]], ...] = ((" not found", NotFound), ("already exists", AlreadyExists))
"""How Juju 4 ends what it says without a code."""
_NEVER = "not yet available in "
"""What Juju 4.0 says of what it does not have yet, with the code of what may be tried again, and its own version."""


def from_answer(
    purpose: str, said: str, code: str = "", info: Raw = _NOTHING, secrets: Iterable[str] = ()
) -> JujuError:
    """Turn an error of Juju into one of ours.

    `purpose` completes "Juju refused to ...", e.g. "deploy the application vault"; `secrets` are masked in what
    Juju says.
    """
    words = masker(secrets)(said).strip().replace("\n", "; ") or code or "it gave no reason"
    busy = code.startswith(_BUSY) and not said.startswith(_NEVER)
    if busy or words.endswith(_UNSTARTED):
        return NotDone(f"Juju was not able yet to {purpose}: {words}")
    if code == _LATE:
        return AnswerLost(f"Juju ran out of time to {purpose}: {words}")
    return _kind(said, code)(f"Juju refused to {purpose}: {words}", code, info, words)


def _kind(said: str, code: str) -> type[Refused]:
    if said.startswith(_NEVER):
        return NotSupported
    if code:
        return _KINDS.get(code, Refused)
    return next((kind for ending, kind in _ENDINGS if said.endswith(ending)), Refused)


def from_item(purpose: str, item: Raw, secrets: Iterable[str] = ()) -> JujuError | None:
    """Read the error of one item of a bulk answer, or several where it has a list of them; None when it has none."""
    errors = [mapping(item, "error")] if item.get("error") else [*mappings(item, "Errors")]
    if not errors:
        return None
    said = "; ".join(text(error, "message") for error in errors)
    return from_answer(purpose, said, text(errors[0], "code"), mapping(errors[0], "info"), secrets)


def of_only_item(purpose: str, answer: Raw, secrets: Iterable[str] = ()) -> JujuError | None:
    """Read the error of a bulk answer's only item, which is one of the whole call; None: no error, or not one item."""
    found = answer.get("results") or answer.get("Results")
    items = cast("list[object]", found) if isinstance(found, list) else []
    if len(items) != 1 or not isinstance(items[0], dict):
        return None
    return from_item(purpose, cast("Raw", items[0]), secrets)


def gone(error: JujuError) -> bool:
    """Say whether the error means that the object is gone: Juju hides what is gone behind a missing right."""
    return isinstance(error, NotFound | Unauthorized)
