"""Tags and who carries them (source: MAAS 3.5 api/tags.py)."""

import re
from collections.abc import Sequence
from dataclasses import replace

from lab.maas.api import devices
from lab.maas.errors import ForbiddenError, FormError
from lab.maas.models import Json, Tag
from lab.maas.render import machines as show
from lab.maas.urls import API, Resource, crud, get, post
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World

_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def _tag(row: Tag) -> Json:
    return {
        "name": row.name,
        "comment": row.comment,
        "definition": row.definition,
        "kernel_opts": row.kernel_opts,
        "resource_uri": f"{API}tags/{row.name}/",
    }


def read_all(call: Call) -> list[Json]:
    """List tags."""
    return [_tag(each) for each in call.world.tags]


def create(call: Call) -> Json:
    """Create a tag."""
    row = _filled(call.world, call.data, Tag(""), "")
    return _tag(call.world.tags.put(row.name, row))


def _filled(world: World, data: Data, row: Tag, known: str) -> Tag:
    name = data.text("name", row.name)
    if not name:
        raise FormError({"name": ["This field is required."]})
    if not _NAME.fullmatch(name):
        raise FormError({"name": ["Invalid tag name."]})
    if name != known and name in world.tags:
        raise FormError({"name": ["Tag with this Name already exists."]})
    definition = data.text("definition", row.definition)
    if definition and not definition.startswith(("/", "(", "not(", "count(")):
        raise FormError({"definition": ["Invalid xpath expression: Invalid expression"]})
    return Tag(
        name,
        data.text("comment", row.comment),
        definition,
        data.text("kernel_opts", row.kernel_opts),
    )


def read(call: Call) -> Json:
    """Read a tag."""
    return _tag(call.world.tags.get(call.params["name"]))


def update(call: Call) -> Json:
    """Update a tag; a new name goes to all who carry it."""
    old = call.world.tags.get(call.params["name"])
    row = _filled(call.world, call.data, old, old.name)
    if row.name != old.name:
        call.world.tags.remove(old.name)
        for each in [machine for machine in call.world.machines if old.name in machine.tags]:
            _carry(call.world, each.system_id, add=[row.name], remove=[old.name])
    return _tag(call.world.tags.put(row.name, row))


def delete(call: Call) -> Reply:
    """Delete a tag."""
    row = call.world.tags.get(call.params["name"])
    for each in [node for node in (*call.world.machines, *call.world.devices) if row.name in node.tags]:
        _carry(call.world, each.system_id, add=[], remove=[row.name])
    call.world.tags.remove(row.name)
    return NO_CONTENT


def _carry(world: World, system_id: str, add: Sequence[str], remove: Sequence[str]) -> bool:
    machine, device = world.machines.find(system_id), world.devices.find(system_id)
    node = machine or device
    if node is None:
        return False
    tags = tuple(sorted({*node.tags, *add} - set(remove)))
    if machine:
        world.machines.put(system_id, replace(machine, tags=tags))
    elif device:
        world.devices.put(system_id, replace(device, tags=tags))
    return True


def update_nodes(call: Call) -> Json:
    """Add the tag to nodes, or take it from them; unknown ids are passed over."""
    row = call.world.tags.get(call.params["name"])
    if not call.user.is_superuser:
        raise ForbiddenError("Must be a superuser to update the nodes of a tag.")
    added = [each for each in call.data.items("add") if _carry(call.world, each, [row.name], [])]
    removed = [each for each in call.data.items("remove") if _carry(call.world, each, [], [row.name])]
    return {"added": len(added), "removed": len(removed)}


def machines(call: Call) -> list[Json]:
    """List the machines with a tag."""
    row = call.world.tags.get(call.params["name"])
    return show.machines(call.world, [each for each in call.world.machines if row.name in each.tags])


def devices_with(call: Call) -> list[Json]:
    """List the devices with a tag."""
    row = call.world.tags.get(call.params["name"])
    return [devices.device(call.world, each) for each in call.world.devices if row.name in each.tags]


def nodes(call: Call) -> list[Json]:
    """List the nodes with a tag."""
    return [*machines(call), *devices_with(call)]


def rebuild(call: Call) -> Json:
    """Evaluate the tag's definition again."""
    return {"rebuilding": call.world.tags.get(call.params["name"]).name}


RESOURCES = (
    Resource("Tags", "tags/", (crud("read", read_all), crud("create", create, admin=True))),
    Resource(
        "Tag",
        "tags/{name}/",
        (
            crud("read", read),
            crud("update", update, admin=True),
            crud("delete", delete, admin=True),
            post("update_nodes", update_nodes),
            post("rebuild", rebuild, admin=True),
            get("machines", machines),
            get("devices", devices_with),
            get("nodes", nodes),
        ),
    ),
)
