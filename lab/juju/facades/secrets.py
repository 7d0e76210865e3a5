"""Secrets: what users give their applications to keep (juju apiserver/facades/client/secrets, versions 1 and 2).

CreateSecrets ─> "secret:ID", revision 1 ─ UpdateSecrets ─> revision 2, ... ─ GrantSecret ─> applications may read it
Values come and go in base64. Version 1 only lists.
"""

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import ALREADY_EXISTS, NOT_FOUND, NOT_IMPLEMENTED, NOT_VALID, JujuError, not_found
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import moment
from lab.juju.models import Json, Model, Secret
from lab.juju.rpc import MODEL, Call, Facade, Fields, Method, bulk
from lab.juju.world import key

_URI: Final = re.compile(r"(?:secret:(?://[0-9a-f-]{36}/)?)?([0-9a-v]{19}[0g])")
_KEY: Final = re.compile("[a-z](?:-?[a-z0-9]){2,}")
_INTERNAL: Final = "internal"


def new_id(drawn: str) -> str:
    """Make a secret's id of a drawn uuid: an xid, 12 bytes in 20 digits of base 32, whose last is 0 or g."""
    return base64.b32hexencode(uuid.UUID(drawn).bytes[:12]).decode().rstrip("=").lower()


def parse_uri(text: str) -> str:
    """Give the id in "secret:ID", "secret://MODEL/ID" or "ID"; JujuError "not valid"."""
    found = _URI.fullmatch(text)
    if not found:
        raise JujuError(f'secret URI "{text}" not valid', NOT_VALID)
    return found[1]


def _find(call: Call, uri: str, label: str) -> Secret:
    if uri:
        number = parse_uri(uri)
        found = call.world.secrets.find(key(call.model, number))
    else:
        number = label
        found = next((row for row in call.world.secrets.of(call.model) if label and row.label == label), None)
    if found is None:
        raise JujuError(f'secret "{number}" not found', NOT_FOUND)
    return found


def list_secrets(call: Call, fields: Fields) -> Json:
    """List secrets, with their values on demand of an admin."""
    reveal, wanted = fields.flag("show-secrets"), fields.fields("filter")
    model = access.need_model(call, "admin" if reveal else "read")
    rows = list(call.world.secrets.of(call.model))
    if wanted.text("uri"):
        rows = [_find(call, wanted.text("uri"), "")]
    if wanted.text("label"):
        rows = [row for row in rows if row.label == wanted.text("label")]
    if wanted.text("owner-tag"):
        rows = [row for row in rows if _owner_tag(model, row) == wanted.text("owner-tag")]
    only = wanted.whole("revision") if wanted.has("revision") else 0
    return {"results": [_shown(call, model, row, only, reveal) for row in rows]}


def _owner_tag(model: Model, row: Secret) -> str:
    # what users add belongs to the model; a charm's secrets would belong to its application
    return tags.make("application", row.owner) if row.owner not in ("", model.uuid) else tags.make("model", model.uuid)


def _shown(call: Call, model: Model, row: Secret, only: int, reveal: bool) -> Json:
    numbers = [only] if only else sorted(int(number) for number in row.revisions)
    latest = max(int(number) for number in row.revisions)
    if only and str(only) not in row.revisions:
        raise JujuError(f'secret revision "{row.id}/{only}" not found', NOT_FOUND)
    shown: Json = {
        "uri": f"secret:{row.id}",
        "version": 1,
        "owner-tag": _owner_tag(model, row),
        "description": row.description,
        "label": row.label,
        "latest-revision": latest,
        "latest-revision-checksum": checksum(row.revisions[str(latest)]),
        "create-time": moment(row.created),
        "update-time": moment(row.updated),
        "revisions": [_revision(row, number) for number in numbers],
        "access": [
            {
                "target-tag": tags.make("application", name),
                "scope-tag": tags.make("model", call.model),
                "role": role,
            }
            for name, role in row.grants.items()
        ],
    }
    value = {"data": dict(row.revisions[str(only or latest)])}
    return {**shown, "value": value} if reveal else shown


def _revision(row: Secret, number: int) -> Json:
    at = moment(row.created if number == 1 else row.updated)
    return {"revision": number, "create-time": at, "update-time": at, "backend-name": _INTERNAL}


def checksum(content: Mapping[str, str]) -> str:
    """Give the SHA-256 of a secret's values."""
    return hashlib.sha256(json.dumps(dict(sorted(content.items())), separators=(",", ":")).encode()).hexdigest()


def _content(fields: Fields) -> dict[str, str]:
    content = {name: str(value) for name, value in fields.fields("content").map("data").items()}
    for name, value in content.items():
        # "#file" and "#base64" are the CLI's marks, which it has worked off
        if not _KEY.fullmatch(name.partition("#")[0]):
            raise JujuError(f'secret data key "{name}" not valid', NOT_VALID)
        try:
            base64.b64decode(value, validate=True)
        except ValueError as error:
            raise JujuError(f'base64 encoded value of secret data key "{name}" not valid', NOT_VALID) from error
    return content


def _need_free_label(call: Call, label: str, owned: str = "") -> None:
    if label and any(row.label == label and row.id != owned for row in call.world.secrets.of(call.model)):
        raise JujuError(f'secret with name "{label}" already exists', ALREADY_EXISTS)


def create_secrets(call: Call, fields: Fields) -> Json:
    """Create secrets of the model; their URIs."""
    access.need_model(call, "write")
    items = fields.each("args")

    def one(at: int) -> Json:
        item, content = items[at], _content(items[at])
        if item.text("owner-tag") not in ("", call.model):
            raise JujuError(f'owner tag "{item.text("owner-tag")}" not valid', NOT_VALID)
        if not content:
            raise JujuError("empty secret value not valid", NOT_VALID)
        _need_free_label(call, item.text("label"))
        number = parse_uri(item.text("uri")) if item.text("uri") else new_id(call.world.draw_uuid())
        row = Secret(
            call.model,
            number,
            call.model,
            item.text("label"),
            item.text("description"),
            {"1": content},
            created=call.now,
            updated=call.now,
        )
        call.world.secrets.put(key(call.model, number), row)
        return {"result": f"secret:{number}"}

    return bulk(items, one)


def update_secrets(call: Call, fields: Fields) -> Json:
    """Change label, description and content of secrets; other content makes a revision."""
    access.need_model(call, "write")
    items = fields.each("args")

    def one(at: int) -> Json:
        item, content = items[at], _content(items[at])
        asked = any(item.has(name) for name in ("label", "description", "auto-prune")) or content
        if not asked:
            raise JujuError("at least one attribute to update must be specified")
        row = _find(call, item.text("uri"), item.text("existing-label"))
        _need_free_label(call, item.text("label"), row.id)
        row = replace(
            row,
            # libjuju sends an empty label for none, by which 3.6 would take the secret's own away
            label=item.text("label") or row.label,
            description=item.text("description", row.description),
            auto_prune=item.flag("auto-prune") if item.has("auto-prune") else row.auto_prune,
            updated=call.now,
        )
        call.world.secrets.put(key(call.model, row.id), _with_content(row, content))
        return {}

    return bulk(items, one)


def _with_content(row: Secret, content: Mapping[str, str]) -> Secret:
    latest = max(int(number) for number in row.revisions)
    if not content or checksum(content) == checksum(row.revisions[str(latest)]):
        return row
    # nothing of the lab follows an older revision, so that pruning drops all of them
    kept = {} if row.auto_prune else dict(row.revisions)
    return replace(row, revisions={**kept, str(latest + 1): dict(content)})


def remove_secrets(call: Call, fields: Fields) -> Json:
    """Remove secrets, or revisions of them; with the last one the secret is gone."""
    access.need_model(call, "write")
    items = fields.each("args")

    def one(at: int) -> Json:
        row = _find(call, items[at].text("uri"), items[at].text("label"))
        gone = [str(number) for number in items[at].many("revisions")]
        for number in gone:
            if number not in row.revisions:
                raise JujuError(f'secret revision "{row.id}/{number}" not found', NOT_FOUND)
        kept = {number: value for number, value in row.revisions.items() if gone and number not in gone}
        if kept:
            call.world.secrets.put(key(call.model, row.id), replace(row, revisions=kept))
        else:
            call.world.secrets.remove(key(call.model, row.id))
        return {}

    return bulk(items, one)


def _access(call: Call, fields: Fields) -> tuple[Secret, Sequence[str]]:
    access.need_model(call, "write")
    return _find(call, fields.text("uri"), fields.text("label")), fields.texts("applications")


def grant_secret(call: Call, fields: Fields) -> Json:
    """Let applications read a secret."""
    found, names = _access(call, fields)

    def one(at: int) -> Json:
        if key(call.model, names[at]) not in call.world.applications:
            where = f'cannot change access to "secret:{found.id}" for "{names[at]}"'
            reason = not_found("application", names[at])
            raise JujuError(f"{where}: invalid subject reference: {reason.message}", reason.code)
        row = call.world.secrets.get(key(call.model, found.id))
        call.world.secrets.put(key(call.model, row.id), replace(row, grants={**row.grants, names[at]: "view"}))
        return {}

    return bulk(names, one)


def revoke_secret(call: Call, fields: Fields) -> Json:
    """Take a secret from applications."""
    found, names = _access(call, fields)

    def one(at: int) -> Json:
        call.world.applications.get(key(call.model, names[at]))
        row = call.world.secrets.get(key(call.model, found.id))
        kept = {name: role for name, role in row.grants.items() if name != names[at]}
        call.world.secrets.put(key(call.model, row.id), replace(row, grants=kept))
        return {}

    return bulk(names, one)


def _since_two(name: str, method: Method) -> Method:
    def asked(call: Call, fields: Fields) -> Json:
        if call.version < 2:
            raise JujuError(f"no such request - method Secrets(1).{name} is not implemented", NOT_IMPLEMENTED)
        return method(call, fields)

    return asked


_SECOND: Final[Mapping[str, Method]] = {
    "CreateSecrets": create_secrets,
    "GrantSecret": grant_secret,
    "RemoveSecrets": remove_secrets,
    "RevokeSecret": revoke_secret,
    "UpdateSecrets": update_secrets,
}

FACADE: Final = Facade(
    "Secrets",
    (1, 2),
    MODEL,
    {"ListSecrets": list_secrets, **{name: _since_two(name, method) for name, method in _SECOND.items()}},
)
