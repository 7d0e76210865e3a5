"""Application's units: added, destroyed, resolved, described (Juju 3.6 API: Application)."""

from lab.juju import models as m
from lab.juju.errors import NOT_SUPPORTED, JujuError
from lab.juju.facades import tags
from lab.juju.facades.access import allowed, need_model
from lab.juju.facades.configuring import application, of_tag
from lab.juju.facades.deploying import placements, storage_ids
from lab.juju.life import applications as life
from lab.juju.life import rows
from lab.juju.models import Json
from lab.juju.rpc import Call, Fields, bulk
from lab.juju.world import key


def add_units(call: Call, fields: Fields) -> Json:
    """Add units to an application, to machines that are told or to new ones."""
    allowed(need_model(call, "write"), "change")
    name, count = fields.text("application"), fields.whole("num-units")
    where, attached = placements(fields, "placement"), storage_ids(fields, "attach-storage")
    return {"units": life.add_units(call.world, call.now, call.model, name, count, where, attached)}


def _entities(kind: tags.Kind, names: tuple[str, ...]) -> list[Json]:
    return [{"tag": tags.make(kind, name)} for name in names]


def destroy_unit(call: Call, fields: Fields) -> Json:
    """Begin the end of units; what becomes of their storage. `dry-run` only tells."""
    allowed(need_model(call, "write"), "remove")
    items = fields.each("units")

    def one(index: int) -> Json:
        item = items[index]
        (end,) = life.destroy_units(
            call.world,
            call.now,
            call.model,
            [tags.parse(item.text("unit-tag"), "unit")],
            destroy_storage=item.flag("destroy-storage"),
            force=item.flag("force"),
            dry_run=item.flag("dry-run"),
        )
        return {
            "info": {
                "destroyed-storage": _entities("storage", end.destroyed_storage),
                "detached-storage": _entities("storage", end.detached_storage),
            }
        }

    return bulk(items, one)


def destroy_application(call: Call, fields: Fields) -> Json:
    """Begin the end of applications; what goes with them. `dry-run` only tells."""
    allowed(need_model(call, "write"), "remove")
    items = fields.each("applications")

    def one(index: int) -> Json:
        item = items[index]
        end = life.destroy(
            call.world,
            call.now,
            call.model,
            tags.parse(item.text("application-tag"), "application"),
            destroy_storage=item.flag("destroy-storage"),
            force=item.flag("force"),
            dry_run=item.flag("dry-run"),
        )
        return {
            "info": {
                "destroyed-units": _entities("unit", end.units),
                "destroyed-storage": _entities("storage", end.destroyed_storage),
                "detached-storage": _entities("storage", end.detached_storage),
            }
        }

    return bulk(items, one)


def scale(call: Call, fields: Fields) -> Json:
    """Refuse: only applications on Kubernetes have a scale."""
    need_model(call, "write")
    return bulk(fields.many("applications"), _refuse_scale)


def _refuse_scale(_index: int) -> Json:
    raise JujuError("scaling applications on a non-container model not supported", NOT_SUPPORTED)


def resolve(call: Call, fields: Fields) -> Json:
    """Let units in error go on, by their tags or all of them; `retry` runs the failed hook again."""
    allowed(need_model(call, "write"), "change")
    retry = fields.flag("retry")
    named = [tags.parse(each, "unit") for each in fields.fields("tags").tags()]
    failed = [each.name for each in call.world.units.of(call.model) if each.phase == "error"]
    names = failed if fields.flag("all") else named

    def one(index: int) -> Json:
        life.resolve(call.world, call.now, call.model, names[index], retry=retry)
        return {}

    return bulk(names, one)


def leader(call: Call, fields: Fields) -> Json:
    """Give the name of an application's leading unit."""
    need_model(call, "read")
    try:
        name = tags.parse(fields.text("tag"), "application")
        return {"result": life.leader_of(call.world, call.model, name).name}
    except JujuError as error:
        return {"result": "", "error": error.shown()}


def units_info(call: Call, fields: Fields) -> Json:
    """Give what units are and are related to, by the tags of units or of applications."""
    need_model(call, "read")
    results: list[Json] = []
    for tag in fields.tags():
        try:
            results.extend({"result": _unit(call, each)} for each in _units(call, tag))
        except JujuError as error:
            results.append({"error": error.shown()})
    return {"results": results}


def _units(call: Call, tag: str) -> list[m.Unit]:
    if tags.kind_of(tag) == "application":
        return rows.units_of(call.world, of_tag(call, tag))
    return [call.world.units.get(key(call.model, tags.parse(tag, "unit")))]


def _address(call: Call, unit: m.Unit) -> str:
    machine = call.world.machines.find(key(call.model, unit.machine))
    return machine.addresses[0] if machine and machine.addresses else ""


def _unit(call: Call, unit: m.Unit) -> Json:
    """Give Juju's UnitResult; its `address` is a container's of Kubernetes, and of no unit here."""
    return {
        "tag": tags.make("unit", unit.name),
        "workload-version": unit.version,
        "machine": unit.machine,
        "opened-ports": list(unit.ports),
        "public-address": _address(call, unit),
        "charm": unit.charm,
        "leader": unit.leader,
        "life": unit.life,
        "relation-data": [
            _relation(call, relation, end)
            for relation in rows.relations_of(call.world, call.model, unit.application)
            for end in relation.endpoints
            if end.application == unit.application
        ],
    }


def _relation(call: Call, relation: m.Relation, end: m.Endpoint) -> Json:
    """Give what the units at the other end of a relation say; of a peer relation, the unit itself is among them."""
    other = next((each for each in relation.endpoints if each is not end), end)
    remote = call.world.remotes.find(key(call.model, other.application))
    app = None if remote else application(call, other.application)
    others = rows.units_of(call.world, app) if app else []
    return {
        "relation-id": relation.id,
        "endpoint": end.name,
        "related-endpoint": other.name,
        "cross-model": remote is not None,
        "ApplicationData": {},
        "unit-relation-data": {each.name: _scope(call, relation, each) for each in others},
    }


def _scope(call: Call, relation: m.Relation, unit: m.Unit) -> Json:
    address = _address(call, unit)
    data = {"ingress-address": address, "private-address": address, "egress-subnets": f"{address}/32"}
    return {"InScope": relation.id in unit.joined, "UnitData": data if address else {}}
