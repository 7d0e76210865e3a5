"""Finding and keeping rows: which table and key a row has, and Juju's words for what is not there (pure)."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from lab.juju import models as m
from lab.juju.errors import NOT_FOUND, JujuError, not_found
from lab.juju.world import Table, World, key

Row: TypeAlias = m.Model | m.Machine | m.Application | m.Unit | m.Relation | m.Action | m.Storage
R = TypeVar("R", m.Model, m.Machine, m.Application, m.Unit, m.Relation, m.Action, m.Storage)

_PLACES: Final[Mapping[type, tuple[str, Callable[[Any], str]]]] = {
    m.Model: ("models", lambda row: row.uuid),
    m.Machine: ("machines", lambda row: key(row.model, row.id)),
    m.Application: ("applications", lambda row: key(row.model, row.name)),
    m.Unit: ("units", lambda row: key(row.model, row.name)),
    m.Relation: ("relations", lambda row: key(row.model, row.id)),
    m.Action: ("actions", lambda row: key(row.model, row.id)),
    m.Storage: ("storage", lambda row: key(row.model, row.id)),
}
TABLES: Final = tuple(name for name, _ in _PLACES.values())
"""The tables whose rows live: what happens in them makes other things happen."""


def place(row: Row) -> tuple[str, str]:
    """Give the table's name and the key of a row."""
    name, key_of = _PLACES[type(row)]
    return name, key_of(row)


def table(world: World, name: str) -> Table[Row]:
    return cast("Table[Row]", getattr(world, name))


def put(world: World, row: R) -> R:
    """Put a row into its table."""
    name, row_key = place(row)
    table(world, name).put(row_key, row)
    return row


def model(world: World, uuid: str) -> m.Model:
    """Give the model; JujuError "model not found"."""
    row = world.models.find(uuid)
    if row is None:
        raise JujuError(f'model "{uuid}" not found', "model not found")
    return row


def living(world: World, uuid: str) -> m.Model:
    """Give a model that takes new things; one that is going takes none."""
    row = model(world, uuid)
    if row.life != "alive":
        raise JujuError(f'model "{row.name}" is no longer alive', NOT_FOUND)
    return row


def machine(world: World, uuid: str, name: str) -> m.Machine:
    row = world.machines.find(key(uuid, name))
    if row is None:
        raise JujuError(f"machine {name} not found", NOT_FOUND)
    return row


def application(world: World, uuid: str, name: str) -> m.Application:
    return world.applications.get(key(uuid, name))


def unit(world: World, uuid: str, name: str) -> m.Unit:
    return world.units.get(key(uuid, name))


def storage(world: World, uuid: str, name: str) -> m.Storage:
    row = world.storage.find(key(uuid, name))
    if row is None:
        raise not_found("storage instance", name)
    return row


def units_of(world: World, app: m.Application) -> list[m.Unit]:
    """Give the units of an application by number; costs as many steps as it ever had units."""
    found = (world.units.find(key(app.model, f"{app.name}/{number}")) for number in range(app.next_unit))
    return [each for each in found if each is not None]


def relations_of(world: World, uuid: str, name: str) -> list[m.Relation]:
    """Give the relations of an application, peers too; costs as many steps as there are relations."""
    return [each for each in world.relations.of(uuid) if any(end.application == name for end in each.endpoints)]


def units_on(world: World, host: m.Machine) -> list[m.Unit]:
    """Give the units on a machine, subordinates too, not those in its containers."""
    return [each for each in world.units.of(host.model) if each.machine == host.id]


def containers_on(world: World, host: m.Machine) -> list[m.Machine]:
    return [each for each in world.machines.of(host.model) if each.parent == host.id]


def number_of(unit_name: str) -> int:
    """Give a unit's number: 3 of "vault/3"."""
    return int(unit_name.rpartition("/")[2])


def application_of(unit_name: str) -> str:
    return unit_name.partition("/")[0]
