"""What the API answers instead of a result.

    ApiError                 any status, a body, perhaps Retry-After
    ├── FormError       400  JSON {"field": ["message"]}
    ├── BadRequestError 400  one sentence, text/plain
    ├── UnauthorizedError 401
    ├── ForbiddenError  403  often with an empty body
    ├── NotFoundError   404
    ├── ConflictError   409  wrong state or nothing available: no Retry-After
    └── PowerProblemError 503  the BMC can't be reached: no Retry-After

Source: MAAS 3.5 exceptions.py and utils/views.py. A handler that raises leaves the world as it was,
but for PowerProblemError: a machine whose first commissioning has no power stays enrolled.
"""

import json
from collections.abc import Mapping, Sequence


class ApiError(Exception):
    """An answer other than 2xx; `retry_after` in seconds becomes the header of that name."""

    status = 500
    keeps = False
    """True where MAAS keeps what the call did so far, although it answers with an error."""

    def __init__(self, body: str = "", *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(body)
        self.body = body
        self.content_type = "text/plain"
        self.retry_after = retry_after
        if status is not None:
            self.status = status


class FormError(ApiError):
    status = 400

    def __init__(self, problems: Mapping[str, Sequence[str] | str]) -> None:
        listed = {name: [said] if isinstance(said, str) else list(said) for name, said in problems.items()}
        super().__init__(json.dumps(listed))
        self.content_type = "application/json"


class BadRequestError(ApiError):
    status = 400


class UnauthorizedError(ApiError):
    status = 401


class ForbiddenError(ApiError):
    status = 403


class NotFoundError(ApiError):
    status = 404


class ConflictError(ApiError):
    status = 409


class PowerProblemError(ApiError):
    status = 503
    keeps = True


def not_found(kind: str) -> NotFoundError:
    """404 in Django's words, e.g. "No Machine matches the given query."."""
    return NotFoundError(f"No {kind} matches the given query.")
