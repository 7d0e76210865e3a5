"""The credentials' half of the Cloud facade: what a user hands the controller to use a cloud with (version 7).

{"tag": "cloudcred-maas_admin_default", "credential": {"auth-type", "attrs"}} ─> World.credentials; secrets are shown to
their owner on demand only, and redacted otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import BAD_REQUEST, NOT_SUPPORTED, JujuError, not_found
from lab.juju.facades import access, tags
from lab.juju.models import Credential, Json, Model
from lab.juju.rpc import Call, Fields, Method, bulk

_HIDDEN: Final = frozenset(
    {"maas-oauth", "password", "client-key", "secret-key", "trust-password", "file", "Token", "application-password"}
)


def key_of(row: Credential) -> str:
    return tags.credential_key(row.cloud, row.owner, row.name)


def tag_of(row: Credential) -> str:
    return tags.credential(row.cloud, row.owner, row.name)


def users_of(call: Call, row: Credential) -> list[Model]:
    """Give the models that use a credential."""
    return [model for model in call.world.models if model.credential == key_of(row)]


def user_credentials(call: Call, fields: Fields) -> Json:
    """Give the tags of a user's credentials for a cloud."""
    asked = fields.each("user-clouds")

    def one(at: int) -> Json:
        user = tags.parse(asked[at].text("user-tag"), "user")
        access.need_self(call, user)
        name = tags.parse(asked[at].text("cloud-tag"), "cloud")
        return {"result": [tag_of(row) for row in call.world.credentials if (row.owner, row.cloud) == (user, name)]}

    return bulk(asked, one)


def _read(call: Call, item: Fields) -> Credential:
    name, owner, each = tags.parse_credential(item.text("tag"))
    access.need_self(call, owner)
    content = item.fields("credential")
    cloud = call.world.clouds.find(name)
    kind = content.text("auth-type")
    if cloud is None:
        raise not_found("cloud", name)
    if kind not in cloud.auth_types and kind != "empty":
        known = " ".join(f'"{auth}"' for auth in cloud.auth_types)
        raise JujuError(
            f'validating credential "{name}/{owner}/{each}" for cloud "{name}": '
            f'supported auth-types [{known}], "{kind}" not supported',
            NOT_SUPPORTED,
        )
    attrs = {key: str(value) for key, value in content.map("attrs").items()}
    return Credential(name, owner, each, kind, attrs)


def add_credentials(call: Call, fields: Fields) -> Json:
    """Add credentials, or replace them."""
    items = fields.each("credentials")

    def one(at: int) -> Json:
        row = _read(call, items[at])
        call.world.credentials.put(key_of(row), row)
        return {}

    return bulk(items, one)


def _checked(call: Call, items: Sequence[Fields], store: bool) -> Json:
    results: list[Json] = []
    for item in items:
        result: Json = {"tag": item.text("tag")}
        try:
            row = _read(call, item)
            used = [{"uuid": model.uuid, "name": model.name} for model in users_of(call, row)]
            if store:
                call.world.credentials.put(key_of(row), row)
        except JujuError as error:
            results.append({**result, "error": error.shown()})
        else:
            results.append({**result, "models": used} if used else result)
    return {"results": results}


def update_credentials(call: Call, fields: Fields) -> Json:
    """Add or replace credentials, and name the models that use them."""
    if fields.flag("force") and not access.is_superuser(call):
        raise JujuError("unexpected force specified: bad request", BAD_REQUEST)
    return _checked(call, fields.each("credentials"), store=True)


def check_credentials(call: Call, fields: Fields) -> Json:
    """Say which models would use these credentials, without keeping them."""
    return _checked(call, fields.each("credentials"), store=False)


def revoke_credentials(call: Call, fields: Fields) -> Json:
    """Remove credentials; those that models use only by force."""
    items = fields.each("credentials")

    def one(at: int) -> Json:
        name, owner, each = tags.parse_credential(items[at].text("tag"))
        access.need_self(call, owner)
        row = call.world.credentials.find(tags.credential_key(name, owner, each))
        if row is None:
            raise not_found("cloud credential", f"{name}/{owner}/{each}")
        used = len(users_of(call, row))
        if used and not items[at].flag("force"):
            plural = "" if used == 1 else "s"
            raise JujuError(f"cannot revoke credential {tag_of(row)}: it is still used by {used} model{plural}")
        call.world.credentials.remove(key_of(row))
        return {}

    return bulk(items, one)


def credential(call: Call, fields: Fields) -> Json:
    """Give credentials without their secrets, whose names are listed as redacted."""
    asked = fields.tags()

    def one(at: int) -> Json:
        name, owner, each = tags.parse_credential(asked[at])
        access.need_self(call, owner)
        row = call.world.credentials.find(tags.credential_key(name, owner, each))
        if row is None:
            raise not_found("credential", each)
        hidden = sorted(set(row.attrs) & _HIDDEN)
        shown: Json = {"auth-type": row.auth_type, "attrs": _open(row.attrs)}
        return {"result": {**shown, "redacted": hidden} if hidden else shown}

    return bulk(asked, one)


def _open(attrs: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in attrs.items() if name not in _HIDDEN}


def credential_contents(call: Call, fields: Fields) -> Json:
    """Give the caller's own credentials, all or those asked for, with the models they are used in."""
    secrets = fields.flag("include-secrets")
    own = [row for row in call.world.credentials if row.owner == call.user]
    asked = fields.each("credentials")
    if not asked:
        return {"results": [{"result": _content(call, row, secrets)} for row in own]}

    def one(at: int) -> Json:
        wanted = (asked[at].text("cloud-name"), asked[at].text("credential-name"))
        row = next((row for row in own if (row.cloud, row.name) == wanted), None)
        if row is None:
            raise not_found("cloud credential", f"{wanted[0]}/{call.user}/{wanted[1]}")
        return {"result": _content(call, row, secrets)}

    return bulk(asked, one)


def _content(call: Call, row: Credential, secrets: bool) -> Json:
    attrs = dict(row.attrs) if secrets else _open(row.attrs)
    models = [
        {"model": model.name, "access": access.model_level(call.world, model, call.user)}
        for model in users_of(call, row)
    ]
    content: Json = {"cloud": row.cloud, "name": row.name, "auth-type": row.auth_type, "valid": not row.revoked}
    return {"content": {**content, "attrs": attrs} if attrs else content, "models": models}


def invalidate(call: Call, _: Fields) -> Json:
    """Mark the credential of the login's model as one that the cloud no longer takes."""
    model = access.need_model(call, "admin")
    row = call.world.credentials.find(model.credential)
    if row is None:
        return {"error": not_found("cloud credential", model.credential).shown()}
    call.world.credentials.put(key_of(row), replace(row, revoked=True))
    return {}


METHODS: Final[Mapping[str, Method]] = {
    "AddCredentials": add_credentials,
    "CheckCredentialsModels": check_credentials,
    "Credential": credential,
    "CredentialContents": credential_contents,
    "RevokeCredentialsCheckModels": revoke_credentials,
    "UpdateCredentialsCheckModels": update_credentials,
    "UserCredentials": user_credentials,
}
