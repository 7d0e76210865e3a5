"""A password that nobody has to think of: drawn at create, kept as a secret of the state, never looked at again.

length, keepers -> `secrets` of the standard library -> outputs `{result}`. Touches no server.
"""

import secrets
import string

from pulumi.dynamic import CreateResult, UpdateResult

from providers.common import fields
from providers.common.cleaning import whole
from providers.common.fields import Field, Schema
from providers.common.provider import DeclaredProvider
from providers.common.raw import whole as read_whole

_LETTERS = string.ascii_letters + string.digits
"""No punctuation: these end up in shell dialogs, URLs and config files of every kind."""


class PasswordProvider(DeclaredProvider):
    """See `providers.hosts.resources.password.Password`."""

    schema = Schema(
        (
            Field("length", clean=whole(12, 128), default=24, replaces=True),
            Field("keepers", replaces=True),
        )
    )

    def create(self, props: dict[str, object]) -> CreateResult:
        """Draw it."""
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(read_whole(props, "length") or 24))
        return CreateResult("drawn", {**props, "result": drawn, fields.MANAGED: list(fields.given(self.schema, props))})

    def update(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> UpdateResult:
        """Keep what was drawn: nothing that changes in place touches it."""
        managed = list(fields.given(self.schema, _news))
        return UpdateResult({**_news, "result": _olds["result"], fields.MANAGED: managed})
