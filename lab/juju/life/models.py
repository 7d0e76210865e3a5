"""Models as a person asks for them: created, destroyed (pure).

Sources: juju apiserver/facades/client/modelmanager, state/model.go for the words. How a dying model ends: `ends`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import ALREADY_EXISTS, BAD_REQUEST, JujuError
from lab.juju.life import rows
from lab.juju.world import World, key

PERSISTENT_STORAGE: Final = "controller/model has persistent storage"
HOSTED_MODELS: Final = "controller has hosted models"

_NAME: Final = re.compile(r"[a-z0-9]+[a-z0-9-]*")


def create(
    world: World,
    now: float,
    name: str,
    owner: str,
    cloud: str,
    region: str = "",
    credential: str = "",
    config: Mapping[str, object] | None = None,
    constraints: Mapping[str, object] | None = None,
) -> m.Model:
    """Make a model of a cloud that its owner administers; `credential` is "CLOUD_OWNER_NAME"."""
    if _NAME.fullmatch(name) is None:
        raise JujuError(
            f'failed to create config: "{name}" is not a valid name: model names may only contain lowercase letters, '
            "digits and hyphens",
            BAD_REQUEST,
        )
    if any((each.name, each.owner) == (name, owner) for each in world.models):
        raise JujuError(f'failed to create new model: model "{name}" for {owner} already exists', ALREADY_EXISTS)
    place = world.clouds.get(cloud)
    if region and region not in {each for each, _ in place.regions}:
        raise JujuError(f'region "{region}" not found (expected one of {[each for each, _ in place.regions]})')
    row = m.Model(
        world.draw_uuid(),
        name,
        owner,
        cloud,
        region or (place.regions[0][0] if place.regions else ""),
        credential,
        status=m.Status("available", "", now),
        config=dict(config or {}),
        constraints=dict(constraints or {}),
        agent_version=world.meta.version,
        access={owner: "admin"},
        created=now,
    )
    add_spaces(world, row.uuid)
    return rows.put(world, row)


def add_spaces(world: World, uuid: str) -> None:
    """Give a model the spaces of its controller's model, or just alpha."""
    known = [(each.name, each.cidrs) for each in world.spaces.of(world.meta.controller_model)]
    for number, (name, cidrs) in enumerate(known or [("alpha", ())]):
        world.spaces.put(key(uuid, name), m.Space(uuid, str(number), name, cidrs))


def destroy(
    world: World, now: float, uuid: str, *, destroy_storage: bool | None = None, force: bool = False
) -> m.Model:
    """Begin the end of a model and of all that is in it.

    Raises JujuError "controller/model has persistent storage" where storage would outlive its units and nobody said
    what becomes of it, and "controller has hosted models" for the controller's own model while others are there.
    """
    row = rows.model(world, uuid)
    hosted = sum(1 for each in world.models if not each.is_controller)
    if row.is_controller and hosted:
        raise JujuError(f"failed to destroy model: hosting {hosted} other model{'s'[: hosted > 1]}", HOSTED_MODELS)
    if destroy_storage is None and any(each.persistent for each in world.storage.of(uuid)):
        raise JujuError("failed to destroy model: model contains persistent storage", PERSISTENT_STORAGE)
    status = row.status if row.life == "dying" else m.Status("destroying", "", now)
    chosen = row.destroy_storage if destroy_storage is None else destroy_storage
    return rows.put(world, replace(row, life="dying", status=status, destroy_storage=chosen, force=row.force or force))
