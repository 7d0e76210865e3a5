"""Storage: pools, and the storage of a model's units (juju apiserver/facades/client/storage, versions 6 and 7).

World.pools and World.storage ─> Juju's details; what is asked for ─> life.storage
A storage instance "data/0" is one volume or filesystem, of the same number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import ALREADY_EXISTS, NOT_FOUND, NOT_SUPPORTED, NOT_VALID, JujuError, not_found
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import entity_status
from lab.juju.life import storage as life
from lab.juju.models import Json, Storage, StorageDirective, StoragePool
from lab.juju.rpc import MODEL, Call, Facade, Fields, Method, bulk
from lab.juju.world import World, key

_KINDS: Final = {"block": 1, "filesystem": 2}
"""Juju's numbers of storage kinds on the wire (0 is unknown)."""
_POOL_NAME: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-?"


def _rows(call: Call) -> list[Storage]:
    return list(call.world.storage.of(call.model))


def _machine(world: World, row: Storage) -> str:
    unit = world.units.find(key(row.model, row.unit)) if row.unit else None
    return unit.machine if unit else ""


def status(world: World, model: str, shown: Callable[[Storage], bool]) -> Json:
    """Give what FullStatus tells of storage when it is asked to."""
    rows = [each for each in world.storage.of(model) if shown(each)]
    return {
        "storage": [details(world, row) for row in rows],
        "filesystems": [filesystem(world, row) for row in rows if row.kind == "filesystem"],
        "volumes": [volume(world, row) for row in rows if row.kind == "block"],
    }


def details(world: World, row: Storage) -> Json:
    """Give Juju's StorageDetails."""
    tag, machine = tags.make("storage", row.id), _machine(world, row)
    unit = tags.make("unit", row.unit) if row.unit else ""
    attachment: Json = {
        "storage-tag": tag,
        "unit-tag": unit,
        "machine-tag": tags.make("machine", machine) if machine else "",
        "location": row.location,
        "life": row.life,
    }
    return {
        "storage-tag": tag,
        "owner-tag": unit,
        "kind": _KINDS.get(row.kind, 0),
        "status": entity_status(row.status),
        "life": row.life,
        "persistent": row.persistent,
        "attachments": {unit: attachment} if unit else {},
    }


def storage_details(call: Call, fields: Fields) -> Json:
    """Describe storage by its tags."""
    access.need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda at: {"result": details(call.world, _find(call, tags.parse(names[at], "storage")))})


def _find(call: Call, name: str) -> Storage:
    row = call.world.storage.find(key(call.model, name))
    if row is None:
        raise JujuError(f'storage instance "{name}" not found', NOT_FOUND)
    return row


def list_details(call: Call, fields: Fields) -> Json:
    """List all storage, once per filter (filters say nothing)."""
    access.need_model(call, "read")
    return {"results": [{"result": [details(call.world, row) for row in _rows(call)]} for _ in fields.many("filters")]}


def _number(row: Storage) -> str:
    return row.id.rpartition("/")[2]


def _provider_id(row: Storage) -> str:
    return f"{row.pool}-{_number(row)}"


def filesystem(world: World, row: Storage) -> Json:
    """Give Juju's FilesystemDetails."""
    return {
        "filesystem-tag": tags.make("filesystem", _number(row)),
        "info": {"filesystem-id": _provider_id(row), "pool": row.pool, "size": row.size},
        "life": row.life,
        "status": entity_status(row.status),
        "storage": details(world, row),
        **_attached(world, row, {"mount-point": row.location}),
    }


def volume(world: World, row: Storage) -> Json:
    """Give Juju's VolumeDetails."""
    info: Json = {
        "volume-id": _provider_id(row),
        "pool": row.pool,
        "size": row.size,
        "persistent": row.persistent,
    }
    return {
        "volume-tag": tags.make("volume", _number(row)),
        "info": info,
        "life": row.life,
        "status": entity_status(row.status),
        "storage": details(world, row),
        **_attached(world, row, {"device-link": row.location}),
    }


def _attached(world: World, row: Storage, info: Json) -> Json:
    machine = _machine(world, row)
    if not machine:
        return {}
    # attachments to units are those of Kubernetes
    return {"machine-attachments": {tags.make("machine", machine): {**info, "life": row.life}}}


def _listing(kind: str, show: Callable[[World, Storage], Json]) -> Method:
    def listed(call: Call, fields: Fields) -> Json:
        access.need_model(call, "read")
        filters = fields.each("filters")
        rows = [row for row in _rows(call) if row.kind == kind]

        def one(at: int) -> Json:
            machines = [tags.parse(tag, "machine") for tag in filters[at].texts("machines")]
            kept = [row for row in rows if not machines or _machine(call.world, row) in machines]
            return {"result": [show(call.world, row) for row in kept]}

        return bulk(filters, one)

    return listed


def list_pools(call: Call, fields: Fields) -> Json:
    """List pools: the clouds' own and those that were made, by name and provider where asked."""
    access.need_model(call, "read")
    filters = fields.each("filters")
    own = [StoragePool(call.model, name, name) for name in life.PROVIDERS]
    rows = sorted([*own, *call.world.pools.of(call.model)], key=lambda row: row.name)

    def one(at: int) -> Json:
        names, providers = filters[at].texts("names"), filters[at].texts("providers")
        for provider in providers:
            _need_provider(provider)
        return {
            "storage-pools": [
                {"name": row.name, "provider": row.provider, "attrs": dict(row.attrs)}
                for row in rows
                if (not names or row.name in names) and (not providers or row.provider in providers)
            ]
        }

    return bulk(filters, one)


def _need_provider(name: str) -> None:
    if name not in life.PROVIDERS:
        raise not_found("storage provider", name)


def _checked_pool(call: Call, item: Fields) -> str:
    name = item.text("name")
    if not name:
        raise JujuError("pool name is missing", NOT_VALID)
    if not name[0].isalpha() or not set(name) <= set(_POOL_NAME):
        raise JujuError(f'pool name "{name}" not valid', NOT_VALID)
    return key(call.model, name)


def create_pool(call: Call, fields: Fields) -> Json:
    """Make pools of a provider: loop, rootfs, tmpfs or maas."""
    access.allowed(access.need_model(call, "write"), "change")
    items = fields.each("pools")

    def one(at: int) -> Json:
        place = _checked_pool(call, items[at])
        provider, name = items[at].text("provider"), items[at].text("name")
        if not provider:
            raise JujuError("provider type is missing", NOT_VALID)
        _need_provider(provider)
        if place in call.world.pools or name in life.PROVIDERS:
            raise JujuError(f'storage pool "{name}" already exists', ALREADY_EXISTS)
        call.world.pools.put(place, StoragePool(call.model, name, provider, dict(items[at].map("attrs"))))
        return {}

    return bulk(items, one)


def update_pool(call: Call, fields: Fields) -> Json:
    """Replace the attributes, and the provider where one is given, of pools that were made."""
    access.allowed(access.need_model(call, "write"), "change")
    items = fields.each("pools")

    def one(at: int) -> Json:
        place = _checked_pool(call, items[at])
        row = call.world.pools.find(place)
        if row is None:
            raise not_found("storage pool", items[at].text("name"))
        provider = items[at].text("provider") or row.provider
        _need_provider(provider)
        call.world.pools.put(place, replace(row, provider=provider, attrs=dict(items[at].map("attrs"))))
        return {}

    return bulk(items, one)


def remove_pool(call: Call, fields: Fields) -> Json:
    """Remove pools that no storage is of."""
    access.allowed(access.need_model(call, "write"), "remove")
    items = fields.each("pools")

    def one(at: int) -> Json:
        name = items[at].text("name")
        if key(call.model, name) not in call.world.pools:
            raise not_found("storage pool", name)
        if any(row.pool == name for row in _rows(call)):
            raise JujuError(f'storage pool "{name}" in use')
        call.world.pools.remove(key(call.model, name))
        return {}

    return bulk(items, one)


def add_to_unit(call: Call, fields: Fields) -> Json:
    """Give units more storage of a label of their charm."""
    access.allowed(access.need_model(call, "write"), "change")
    items = fields.each("storages")

    def one(at: int) -> Json:
        unit, wanted = tags.parse(items[at].text("unit"), "unit"), items[at].fields("storage")
        directive = StorageDirective(wanted.text("pool"), wanted.whole("size"), wanted.whole("count", 1) or 1)
        made = life.add(call.world, call.now, call.model, unit, items[at].text("name"), directive)
        return {"result": {"storage-tags": [tags.make("storage", row.id) for row in made]}}

    return bulk(items, one)


def attach(call: Call, fields: Fields) -> Json:
    """Attach storage that no unit has."""
    access.allowed(access.need_model(call, "write"), "change")
    items = fields.each("ids")

    def one(at: int) -> Json:
        unit = tags.parse(items[at].text("unit-tag"), "unit")
        call.world.units.get(key(call.model, unit))
        life.attach(call.world, call.now, call.model, tags.parse(items[at].text("storage-tag"), "storage"), unit)
        return {}

    return bulk(items, one)


def detach(call: Call, fields: Fields) -> Json:
    """Take storage from units and keep it."""
    access.allowed(access.need_model(call, "write"), "change")
    items, force = fields.fields("ids").each("ids"), fields.flag("force")

    def one(at: int) -> Json:
        name, unit = tags.parse(items[at].text("storage-tag"), "storage"), items[at].text("unit-tag")
        row = _find(call, name)
        if unit and row.unit != tags.parse(unit, "unit"):
            raise JujuError(f'storage attachment "{name}" of unit "{tags.parse(unit, "unit")}" not found', NOT_FOUND)
        life.detach(call.world, call.now, call.model, name, force=force)
        return {}

    return bulk(items, one)


def remove(call: Call, fields: Fields) -> Json:
    """Remove storage from the model; what a unit has only by force or with its attachments."""
    access.allowed(access.need_model(call, "write"), "remove")
    items = fields.each("storage")

    def one(at: int) -> Json:
        attached_too = items[at].flag("destroy-attachments") or items[at].flag("force")
        life.remove(call.world, call.model, tags.parse(items[at].text("tag"), "storage"), attached_too=attached_too)
        return {}

    return bulk(items, one)


def import_storage(call: Call, fields: Fields) -> Json:
    """Refuse: no provider of a MAAS model can take over volumes that it did not make."""
    access.need_model(call, "write")
    items: Sequence[Fields] = fields.each("storage")

    def one(at: int) -> Json:
        provider = life.provider_of(call.world, call.model, items[at].text("pool"))
        raise JujuError(f'importing volume with storage provider "{provider}" not supported', NOT_SUPPORTED)

    return bulk(items, one)


_METHODS: Final[Mapping[str, Method]] = {
    "AddToUnit": add_to_unit,
    "Attach": attach,
    "CreatePool": create_pool,
    "DetachStorage": detach,
    "Import": import_storage,
    "ListFilesystems": _listing("filesystem", filesystem),
    "ListPools": list_pools,
    "ListStorageDetails": list_details,
    "ListVolumes": _listing("block", volume),
    "Remove": remove,
    "RemovePool": remove_pool,
    "StorageDetails": storage_details,
    "UpdatePool": update_pool,
}

FACADE: Final = Facade("Storage", (6, 7), MODEL, _METHODS)
