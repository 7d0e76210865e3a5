"""ModelUpgrader: the version of a model's agents (juju apiserver/facades/client/modelupgrader, version 1).

"3.6.15" ─ UpgradeModel ─> Model.agent_version; a model is never newer than its controller, which upgrades first.
"""

import re
from dataclasses import replace
from typing import Final, TypeAlias

from lab.juju.errors import ALREADY_EXISTS, NOT_FOUND, NOT_VALID, JujuError
from lab.juju.facades import access, tags
from lab.juju.models import Json, Model
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields

Version: TypeAlias = tuple[int, int, int]

_TEXT: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\.\d+)?")


def parse(text: str) -> Version:
    """Read a version; JujuError "not valid"."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise JujuError(f'invalid version "{text}"', NOT_VALID)
    return int(found[1]), int(found[2]), int(found[3])


def _written(version: Version) -> str:
    return ".".join(str(each) for each in version)


def upgrade(call: Call, fields: Fields) -> Json:
    """Bring a model's agents to a version; 0.0.0 is the newest that it can have. The controller's model leads."""
    model = access.need_model(call, "admin", tags.parse(fields.text("model-tag"), "model"))
    if model.is_controller:
        access.need_superuser(call)
    access.allowed(model, "change")
    try:
        chosen = _chosen(call, model, parse(fields.text("target-version", "0.0.0")))
    except JujuError as error:
        return {"chosen-version": "0.0.0", "error": error.shown()}
    if not fields.flag("dry-run"):
        call.world.models.put(model.uuid, replace(model, agent_version=_written(chosen)))
        if model.is_controller:
            call.world.meta = replace(call.world.meta, version=_written(chosen))
    return {"chosen-version": _written(chosen)}


def _chosen(call: Call, model: Model, wanted: Version) -> Version:
    known, newest = parse(model.agent_version), parse(call.world.meta.version)
    chosen = newest if wanted == (0, 0, 0) else wanted
    if chosen == known:
        raise JujuError("no upgrades available", ALREADY_EXISTS)
    if chosen < known:
        raise JujuError(f'downgrade is not allowed: "{_written(known)}" to "{_written(chosen)}"', NOT_VALID)
    if chosen[:2] != newest[:2]:
        raise JujuError(f'no agents found for "{_written(chosen)}"', NOT_FOUND)
    if chosen > newest and not model.is_controller:
        raise JujuError(
            f"cannot upgrade to a version {_written(chosen)} greater than that of the controller {_written(newest)}",
            NOT_VALID,
        )
    return chosen


def abort(call: Call, fields: Fields) -> Json:
    """Find nothing to abort: upgrades of the lab are done when they are asked for."""
    access.need_model(call, "admin", tags.parse(fields.text("model-tag"), "model"))
    return {}


FACADE: Final = Facade("ModelUpgrader", (1,), CONTROLLER, {"AbortModelUpgrade": abort, "UpgradeModel": upgrade})
