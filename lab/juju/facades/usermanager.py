"""UserManager: the controller's local users (juju apiserver/facades/client/usermanager, version 3).

Superusers manage users; anyone may read himself and set his own password. An activation key or a reset is a random
password that nobody knows until it is registered or set.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lab.juju import seed
from lab.juju.errors import ALREADY_EXISTS, JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import moment, moment_or_null
from lab.juju.models import Json, Model, User
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, bulk
from lab.juju.world import World, key

_NAME: Final = re.compile("[a-zA-Z0-9](?:[a-zA-Z0-9.+-]*[a-zA-Z0-9])?")
_KEY_LENGTH: Final = 32
_SALT_LENGTH: Final = 8


def add_user(call: Call, fields: Fields) -> Json:
    """Add users; one without a password gets a secret key to register with."""
    access.need_superuser(call)
    items = fields.each("users")

    def one(at: int) -> Json:
        name, password = items[at].text("username"), items[at].text("password")
        if not _NAME.fullmatch(name):
            raise JujuError(f'failed to create user: invalid user name "{name}"')
        if name in call.world.users:
            raise JujuError("failed to create user: user already exists", ALREADY_EXISTS)
        secret = "" if password else call.world.draw(_KEY_LENGTH)
        call.world.users.put(
            name,
            User(
                name,
                seed.digest(password or secret, call.world.draw(_SALT_LENGTH)),
                display_name=items[at].text("display-name"),
                created=call.now,
                created_by=call.user,
            ),
        )
        return {"tag": tags.make("user", name), **_secret(secret)}

    return bulk(items, one)


def _secret(secret: str) -> Json:
    """Write bytes as Go does: in base64."""
    return {"secret-key": base64.b64encode(secret.encode()).decode()} if secret else {}


def _local(call: Call, tag: str) -> User:
    row = call.world.users.find(tags.parse(tag, "user"))
    if row is None:
        raise access.denied()
    return row


def remove_user(call: Call, fields: Fields) -> Json:
    """Remove users, with all their access."""
    access.need_superuser(call)
    names = fields.tags()

    def one(at: int) -> Json:
        name = tags.parse(names[at], "user")
        if name == _owner(call.world):
            raise JujuError(f'cannot delete controller owner "{name}"')
        if name not in call.world.users:
            raise JujuError(f'failed to delete user "{name}": user "{name}" not found', "user not found")
        call.world.users.remove(name)
        _forget(call.world, name)
        return {}

    return bulk(names, one)


def _owner(world: World) -> str:
    model = world.models.find(world.meta.controller_model)
    return model.owner if model else "admin"


def _forget(world: World, name: str) -> None:
    for model in [row for row in world.models if name in row.access]:
        world.models.put(model.uuid, replace(model, access=access.with_level(model.access, name, "")))
    for cloud in [row for row in world.clouds if name in row.access]:
        world.clouds.put(cloud.name, replace(cloud, access=access.with_level(cloud.access, name, "")))
    for offer in [row for row in world.offers if name in row.access]:
        kept = replace(offer, access=access.with_level(offer.access, name, ""))
        world.offers.put(key(offer.model, offer.name), kept)


def _switch(disabled: bool) -> Callable[[Call, Fields], Json]:
    def switch(call: Call, fields: Fields) -> Json:
        access.need_superuser(call)
        names = fields.tags()

        def one(at: int) -> Json:
            row = _local(call, names[at])
            if disabled and row.name == _owner(call.world):
                raise JujuError("failed to disable user: cannot disable controller model owner")
            call.world.users.put(row.name, replace(row, disabled=disabled))
            return {}

        return bulk(names, one)

    return switch


def user_info(call: Call, fields: Fields) -> Json:
    """Describe users; without names all of them, of which others than superusers see only themselves."""
    names, everyone = fields.tags(), access.is_superuser(call)
    if not names:
        found = [row for row in call.world.users if everyone or row.name == call.user]
        keep = fields.flag("include-disabled")
        return {"results": [{"result": _info(row)} for row in found if keep or not row.disabled]}

    def one(at: int) -> Json:
        name = tags.parse(names[at], "user")
        access.need_self(call, name)
        return {"result": _info(_local(call, names[at]))}

    return bulk(names, one)


def _info(row: User) -> Json:
    return {
        "username": row.name,
        "display-name": row.display_name,
        "access": "" if row.disabled else row.access,
        "created-by": row.created_by,
        "date-created": moment(row.created),
        "last-connection": moment_or_null(row.last_connection),
        "disabled": row.disabled,
    }


def model_users(world: World, model: Model) -> list[Json]:
    """Describe the users of a model (Juju's ModelUserInfo)."""
    levels = {model.owner: "admin", **model.access}
    return [_model_user(world, model, name, level) for name, level in levels.items()]


def _model_user(world: World, model: Model, name: str, level: str) -> Json:
    row = world.users.find(name)
    return {
        "user": name,
        "display-name": row.display_name if row else "",
        "last-connection": moment_or_null(model.last_connections.get(name, 0.0)),
        "access": level,
        "model-tag": tags.make("model", model.uuid),
    }


def model_user_info(call: Call, fields: Fields) -> Json:
    """Describe the users of models."""
    models = [access.need_model(call, "read", tags.parse(tag, "model")) for tag in fields.tags()]
    return {"results": [{"result": each} for model in models for each in model_users(call.world, model)]}


def set_password(call: Call, fields: Fields) -> Json:
    """Set passwords: one's own, or as a superuser anybody's."""
    changes = fields.each("changes")

    def one(at: int) -> Json:
        row = _local(call, changes[at].text("tag"))
        access.need_self(call, row.name)
        password = changes[at].text("password")
        if not password:
            raise JujuError("cannot use an empty password")
        call.world.users.put(row.name, replace(row, password=seed.digest(password, call.world.draw(_SALT_LENGTH))))
        return {}

    return bulk(changes, one)


def reset_password(call: Call, fields: Fields) -> Json:
    """Replace other users' passwords by new secret keys; only superusers, and not for oneself."""
    names = fields.tags()

    def one(at: int) -> Json:
        row = _local(call, names[at])
        if not access.is_superuser(call) or row.name == call.user:
            raise access.denied()
        secret = call.world.draw(_KEY_LENGTH)
        call.world.users.put(row.name, replace(row, password=seed.digest(secret, call.world.draw(_SALT_LENGTH))))
        return {"tag": tags.make("user", row.name), **_secret(secret)}

    return bulk(names, one)


FACADE: Final = Facade(
    "UserManager",
    (3,),
    CONTROLLER,
    {
        "AddUser": add_user,
        "DisableUser": _switch(disabled=True),
        "EnableUser": _switch(disabled=False),
        "ModelUserInfo": model_user_info,
        "RemoveUser": remove_user,
        "ResetPassword": reset_password,
        "SetPassword": set_password,
        "UserInfo": user_info,
    },
)
