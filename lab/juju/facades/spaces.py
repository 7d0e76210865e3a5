"""Spaces: named groups of subnets (juju apiserver/facades/client/spaces, version 6).

A MAAS has spaces of its own: those are read from it, and cannot be renamed, emptied or removed from here. On other
clouds they are the operator's.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import ALREADY_EXISTS, NOT_SUPPORTED, JujuError, not_found
from lab.juju.facades import access, subnets, tags
from lab.juju.models import Json, Model, Space
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World, key

ALPHA: Final = "alpha"
_NAME: Final = re.compile("[a-z0-9]+(?:-+[a-z0-9]+)*")
_CONTROLLER_SETTINGS: Final = ("juju-mgmt-space", "juju-ha-space")


def shown(world: World, space: Space) -> Json:
    """Give Juju's Space."""
    return {
        "id": space.id,
        "name": space.name,
        "subnets": [subnets.shown(world, space, cidr) for cidr in space.cidrs],
    }


def _named(call: Call, name: str) -> Space:
    found = call.world.spaces.find(key(call.model, name))
    if found is None:
        raise not_found("space", name)
    return found


def _need_mutable(call: Call) -> Model:
    model = access.need_model(call, "admin")
    access.allowed(model, "change")
    cloud = call.world.clouds.find(model.cloud)
    if cloud is not None and cloud.type == "maas":
        raise JujuError("modifying provider-sourced spaces not supported", NOT_SUPPORTED)
    return model


def list_spaces(call: Call, _: Fields) -> Json:
    """List the model's spaces."""
    access.need_model(call, "read")
    return {"results": [shown(call.world, space) for space in call.world.spaces.of(call.model)]}


def show_space(call: Call, fields: Fields) -> Json:
    """Show spaces with the applications bound to them, and how many machines have an address in them."""
    access.need_model(call, "read")
    names = fields.tags()

    def one(at: int) -> Json:
        name = tags.parse(names[at], "space")
        space = call.world.spaces.find(key(call.model, name))
        if space is None:
            reason = not_found("space", name)
            raise JujuError(f'fetching space "{name}": {reason.message}', reason.code)
        machines = sum(1 for row in call.world.machines.of(call.model) if _touches(space, row.addresses))
        return {
            "space": shown(call.world, space),
            "applications": _bound(call, space),
            "machine-count": machines,
        }

    return bulk(names, one)


def _bound(call: Call, space: Space) -> list[str]:
    rows = call.world.applications.of(call.model)
    return sorted(row.name for row in rows if space.name in row.bindings.values())


def _touches(space: Space, addresses: Sequence[str]) -> bool:
    networks = [ipaddress.ip_network(cidr) for cidr in space.cidrs]
    return any(ipaddress.ip_address(address) in network for address in addresses for network in networks)


def create_spaces(call: Call, fields: Fields) -> Json:
    """Create spaces, taking the subnets they name from the spaces those were in."""
    access.allowed(access.need_model(call, "admin"), "change")
    items = fields.each("spaces")

    def one(at: int) -> Json:
        name, cidrs = tags.parse(items[at].text("space-tag"), "space"), items[at].texts("cidrs")
        for cidr in cidrs:
            if not _is_cidr(cidr):
                raise JujuError(f'"{cidr}" is not a valid CIDR')
            subnets.find(call.world, call.model, cidr)
        _add(call, name)
        _move(call, name, cidrs)
        return {}

    return bulk(items, one)


def _is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _add(call: Call, name: str) -> None:
    try:
        _need_free(call, name)
    except JujuError as error:
        raise JujuError(f'adding space "{name}": {error.message}', error.code) from error
    # "0" is alpha's, wherever its row came from
    taken = [int(row.id) for row in call.world.spaces.of(call.model) if row.id.isdecimal()]
    call.world.spaces.put(key(call.model, name), Space(call.model, str(max(taken, default=0) + 1), name))


def _need_free(call: Call, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise JujuError(f'"{name}" is not a valid space name')
    if key(call.model, name) in call.world.spaces:
        raise JujuError(f'space "{name}" already exists', ALREADY_EXISTS)


def _move(call: Call, name: str, cidrs: Sequence[str]) -> None:
    for space in list(call.world.spaces.of(call.model)):
        kept = tuple(cidr for cidr in space.cidrs if cidr not in cidrs)
        wanted = (*kept, *cidrs) if space.name == name else kept
        if wanted != space.cidrs:
            call.world.spaces.put(key(call.model, space.name), replace(space, cidrs=wanted))


def move_subnets(call: Call, fields: Fields) -> Json:
    """Move subnets to another space."""
    _need_mutable(call)
    items = fields.each("args")

    def one(at: int) -> Json:
        target = _named(call, tags.parse(items[at].text("space-tag"), "space"))
        found = [subnets.by_id(call.world, call.model, tags.parse(tag, "subnet")) for tag in items[at].texts("subnets")]
        _move(call, target.name, [cidr for _, cidr in found])
        moved = [
            {
                "subnet": tags.make("subnet", subnets.subnet_id(cidr)),
                "old-space": tags.make("space", old.name),
                "cidr": cidr,
            }
            for old, cidr in found
        ]
        return {"moved-subnets": moved, "new-space": tags.make("space", target.name)}

    return bulk(items, one)


def rename_space(call: Call, fields: Fields) -> Json:
    """Rename spaces, in the bindings and constraints that name them too."""
    _need_mutable(call)
    changes = fields.each("changes")

    def one(at: int) -> Json:
        old = _named(call, tags.parse(changes[at].text("from-space-tag"), "space"))
        new = tags.parse(changes[at].text("to-space-tag"), "space")
        if old.name == ALPHA:
            raise JujuError(f'the "{ALPHA}" space cannot be renamed')
        _need_free(call, new)
        call.world.spaces.remove(key(call.model, old.name))
        call.world.spaces.put(key(call.model, new), replace(old, name=new))
        _rename_uses(call, old.name, new)
        return {}

    return bulk(changes, one)


def _rename_uses(call: Call, old: str, new: str) -> None:
    for row in list(call.world.applications.of(call.model)):
        bindings = {endpoint: new if space == old else space for endpoint, space in row.bindings.items()}
        constraints = _respaced(row.constraints, old, new)
        call.world.applications.put(key(call.model, row.name), replace(row, bindings=bindings, constraints=constraints))
    model = call.world.models.get(call.model)
    call.world.models.put(model.uuid, replace(model, constraints=_respaced(model.constraints, old, new)))


def _respaced(constraints: Mapping[str, object], old: str, new: str) -> dict[str, object]:
    # "^name" keeps machines out of a space
    renamed = {old: new, f"^{old}": f"^{new}"}
    names = [renamed.get(name, name) for name in Fields(constraints).texts("spaces")]
    return {**constraints, "spaces": names} if names else dict(constraints)


def remove_space(call: Call, fields: Fields) -> Json:
    """Remove spaces that nothing uses (or by force); their subnets go to alpha."""
    _need_mutable(call)
    items = fields.each("space-param")

    def one(at: int) -> Json:
        name = tags.parse(items[at].fields("space").text("tag"), "space")
        if name == ALPHA:
            raise JujuError(f"the {ALPHA} space cannot be removed")
        space = _named(call, name)
        uses = {} if items[at].flag("force") else _uses(call, space)
        if not uses and not items[at].flag("dry-run"):
            call.world.spaces.remove(key(call.model, name))
            _move(call, ALPHA, space.cidrs)
        return uses

    return bulk(items, one)


def _uses(call: Call, space: Space) -> Json:
    model = call.world.models.get(call.model)
    bindings = [{"tag": tags.make("application", name)} for name in _bound(call, space)]
    rows = [("application", row.name, row.constraints) for row in call.world.applications.of(call.model)]
    named = [
        f"{kind}-{name}"
        for kind, name, value in (*rows, ("model", model.uuid, model.constraints))
        if _names(value, space.name)
    ]
    settings = [
        each for each in _CONTROLLER_SETTINGS if model.is_controller and call.world.meta.config.get(each) == space.name
    ]
    uses: Json = {
        "bindings": bindings,
        "constraints": [{"tag": tag} for tag in named],
        "controller-settings": settings,
    }
    return {name: value for name, value in uses.items() if value}


def _names(constraints: Mapping[str, object], space: str) -> bool:
    return space in [name.removeprefix("^") for name in Fields(constraints).texts("spaces")]


def reload_spaces(call: Call, _: Fields) -> Json:
    """Take MAAS's spaces as the controller's own model has them, which was told of them at bootstrap."""
    access.allowed(access.need_model(call, "admin"), "change")
    for known in list(call.world.spaces.of(call.world.meta.controller_model)):
        if key(call.model, known.name) not in call.world.spaces:
            _add(call, known.name)
        space = call.world.spaces.get(key(call.model, known.name))
        call.world.spaces.put(key(call.model, known.name), replace(space, cidrs=known.cidrs))
    return {}


FACADE: Final = Facade(
    "Spaces",
    (6,),
    MODEL,
    {
        "CreateSpaces": create_spaces,
        "ListSpaces": list_spaces,
        "MoveSubnets": move_subnets,
        "ReloadSpaces": reload_spaces,
        "RemoveSpace": remove_space,
        "RenameSpace": rename_space,
        "ShowSpace": show_space,
    },
)
