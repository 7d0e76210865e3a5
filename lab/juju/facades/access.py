"""Who may do what: access to the controller, clouds, models and offers, and how it is granted and revoked (pure).

Call ─ need_* ─> nothing, or JujuError "permission denied"
(subject, known level, wanted level) ─ granted / revoked ─> the new level, or Juju's words why not
Source: juju core/permission, apiserver/common; superusers of the controller are admins of everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import NOT_FOUND, NOT_VALID, UNAUTHORIZED, JujuError, not_found
from lab.juju.models import Cloud, Model, Offer
from lab.juju.rpc import Call, Fields
from lab.juju.world import World

BLOCKED: Final = "operation is blocked"

CONTROLLER_LEVELS: Final = ("", "login", "superuser")
CLOUD_LEVELS: Final = ("", "add-model", "admin")
MODEL_LEVELS: Final = ("", "read", "write", "admin")
OFFER_LEVELS: Final = ("", "read", "consume", "admin")

_BLOCKS: Final = {
    "change": ("BlockChange",),
    "remove": ("BlockChange", "BlockRemove"),
    "destroy": ("BlockChange", "BlockRemove", "BlockDestroy"),
}


def denied() -> JujuError:
    return JujuError("permission denied", UNAUTHORIZED)


def is_superuser(call: Call) -> bool:
    user = call.world.users.find(call.user)
    return user is not None and not user.disabled and user.access == "superuser"


def need_superuser(call: Call) -> None:
    if not is_superuser(call):
        raise denied()


def need_self(call: Call, user: str) -> None:
    """Let users act for themselves, superusers for everybody."""
    if user != call.user and not is_superuser(call):
        raise denied()


def model_level(world: World, model: Model, user: str) -> str:
    """Give the access that a user has to a model: "", read, write, admin."""
    row = world.users.find(user)
    if user == model.owner or (row is not None and row.access == "superuser"):
        return "admin"
    return model.access.get(user, "")


def model_of(call: Call, uuid: str = "") -> Model:
    """Give a model by its uuid; without one, the model of the login."""
    return call.world.models.get(uuid or call.model)


def need_model(call: Call, level: str, uuid: str = "") -> Model:
    """Give the model when the user has at least that access to it, else "permission denied"."""
    model = model_of(call, uuid)
    if not reaches(MODEL_LEVELS, model_level(call.world, model, call.user), level):
        raise denied()
    return model


def cloud_level(call: Call, cloud: Cloud) -> str:
    return "admin" if is_superuser(call) else cloud.access.get(call.user, "")


def change_cloud(call: Call, cloud: Cloud, change: Fields, user: str) -> None:
    """Carry out one change of a user's access to a cloud."""
    level = changed(call, "cloud", CLOUD_LEVELS, cloud.access, change, user)
    call.world.clouds.put(cloud.name, replace(cloud, access=with_level(cloud.access, user, level)))


def offer_level(call: Call, offer: Offer) -> str:
    """Give the access to an offer: its model's admins are its admins."""
    model = call.world.models.get(offer.model)
    return "admin" if model_level(call.world, model, call.user) == "admin" else offer.access.get(call.user, "")


def reaches(levels: Sequence[str], known: str, wanted: str) -> bool:
    """Say whether a level is at least the wanted one; a level that is none of the ladder is nothing."""
    return (levels.index(known) if known in levels else 0) >= levels.index(wanted)


def allowed(model: Model, what: str) -> None:
    """Refuse what a block forbids; `what` is "change", "remove" or "destroy"."""
    for block in _BLOCKS[what]:
        if block in model.blocks:
            raise JujuError(model.blocks[block] or "the operation has been blocked", BLOCKED)


def changed(call: Call, kind: str, levels: Sequence[str], known: Mapping[str, str], change: Fields, user: str) -> str:
    """Work out one change of access {"action": grant|revoke, "access"}: the user's new level, "" for none.

    `kind` ("model", "cloud", ...) and `levels` give the words and the ladder of the errors.
    """
    wanted, action = change.text("access"), change.text("action")
    if wanted not in levels[1:]:
        raise JujuError(f'could not modify {kind} access: "{wanted}" {kind} access not valid', NOT_VALID)
    if action == "grant":
        return _granted(call, kind, levels, known.get(user, ""), wanted, user)
    if action == "revoke":
        return _revoked(kind, levels, known, wanted, user)
    raise JujuError(f'unknown action "{action}"')


def _granted(call: Call, kind: str, levels: Sequence[str], known: str, wanted: str, user: str) -> str:
    if "@" not in user and user not in call.world.users:
        reason = not_found("user", user).message
        raise JujuError(
            f'could not grant {kind} access: user "{user}" does not exist locally: {reason}', "user not found"
        )
    if reaches(levels, known, wanted):
        raise JujuError(f'could not grant {kind} access: user already has "{wanted}" access or greater')
    return wanted


def _revoked(kind: str, levels: Sequence[str], known: Mapping[str, str], wanted: str, user: str) -> str:
    if not known.get(user):
        raise JujuError(f'could not revoke {kind} access: {kind} user "{user}" does not exist', NOT_FOUND)
    lower = levels[levels.index(wanted) - 1]
    return lower if reaches(levels, known[user], wanted) else known[user]


def with_level(known: Mapping[str, str], user: str, level: str) -> dict[str, str]:
    """Give the access table with a user's new level; no level, no entry."""
    others = {name: each for name, each in known.items() if name != user}
    return {**others, user: level} if level else others
