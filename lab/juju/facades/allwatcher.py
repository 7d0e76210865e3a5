"""AllWatcher, AllModelWatcher: everything of a model, then what changes of it (Juju 3.6 API: v3, v4).

Client.WatchAll ─> Deltas ─ look ─> rows ─> those that are not the very rows seen last ─> [kind, "change", entity]
                                         └> those that are gone ─> [kind, "remove", entity as last told]
Shapes: juju/juju rpc/params/multiwatcher.go. Rows are frozen: a row that is the same object has not changed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from lab.juju import models as m
from lab.juju import watch
from lab.juju.facades import offer_rows
from lab.juju.facades.shapes import base_text, moment
from lab.juju.models import Json
from lab.juju.rpc import CONTROLLER, MODEL, Facade
from lab.juju.world import World, key

Sight: TypeAlias = tuple[tuple[object, ...], Callable[[], Json]]
"""The rows that an entity is made of, and how it is made."""


class Deltas:
    """What one client was told of a model, or of all of them (None)."""

    def __init__(self, model: str | None) -> None:
        self._model = model
        self._told: dict[tuple[str, str, str], tuple[tuple[object, ...], Json]] = {}

    def look(self, world: World, now: float) -> Json | None:
        """Give {"deltas": [[kind, "change" | "remove", entity]]}; the first time, everything."""
        del now
        seen = {place: sight for model in self._models(world) for place, sight in _sights(world, model)}
        deltas = [
            [place[0], "change", self._tell(place, sight)] for place, sight in seen.items() if self._new(place, sight)
        ]
        gone = [each for each in self._told if each not in seen]
        deltas += [[place[0], "remove", self._told.pop(place)[1]] for place in gone]
        return {"deltas": deltas} if deltas else None

    def _models(self, world: World) -> list[str]:
        return [each.uuid for each in world.models if self._model in {None, each.uuid}]

    def _new(self, place: tuple[str, str, str], sight: Sight) -> bool:
        known = self._told.get(place)
        return known is None or not _same(known[0], sight[0])

    def _tell(self, place: tuple[str, str, str], sight: Sight) -> Json:
        entity = sight[1]()
        self._told[place] = (sight[0], entity)
        return entity


def _same(ours: tuple[object, ...], theirs: tuple[object, ...]) -> bool:
    return len(ours) == len(theirs) and all(left is right for left, right in zip(ours, theirs, strict=True))


def _sights(world: World, model: str) -> Iterator[tuple[tuple[str, str, str], Sight]]:
    """Go through a model's entities in the order in which they name each other."""
    for kind, sights in _KINDS.items():
        for name, rows, make in sights(world, model):
            yield (kind, model, name), (rows, make)


Entities: TypeAlias = Iterator[tuple[str, tuple[object, ...], Callable[[], Json]]]


def _models(world: World, model: str) -> Entities:
    row = world.models.get(model)
    yield model, (row,), lambda: _model(world, row)


def _charms(world: World, model: str) -> Entities:
    for row in world.charms.of(model):
        yield row.url, (row,), lambda row=row: _charm(row)


def _machines(world: World, model: str) -> Entities:
    for row in world.machines.of(model):
        yield row.id, (row,), lambda row=row: _machine(world, row)


def _applications(world: World, model: str) -> Entities:
    versions = {each.application: each.version for each in world.units.of(model) if each.version}
    for row in world.applications.of(model):
        version = versions.get(row.name, "")
        yield row.name, (row, version), lambda row=row, version=version: _application(row, version)


def _units(world: World, model: str) -> Entities:
    for row in world.units.of(model):
        machine = world.machines.find(key(model, row.machine))
        app = world.applications.find(key(model, row.application))
        rows = (row, machine, app)
        yield row.name, rows, lambda row=row, machine=machine, app=app: _unit(row, machine, app)


def _relations(world: World, model: str) -> Entities:
    for row in world.relations.of(model):
        yield str(row.id), (row,), lambda row=row: _relation(row)


def _remotes(world: World, model: str) -> Entities:
    for row in world.remotes.of(model):
        yield row.name, (row,), lambda row=row: _remote(row)


def _offers(world: World, model: str) -> Entities:
    for row in world.offers.of(model):
        count = sum(1 for _ in offer_rows.connections(world, row))
        yield row.name, (row, count), lambda row=row, count=count: _offer(world, row, count)


def _actions(world: World, model: str) -> Entities:
    for row in world.actions.of(model):
        yield row.id, (row,), lambda row=row: _action(row)


def _annotations(world: World, model: str) -> Entities:
    for row in world.annotations.of(model):
        yield row.tag, (row,), lambda row=row: {"model-uuid": model, "tag": row.tag, "annotations": dict(row.pairs)}


_KINDS: Final[Mapping[str, Callable[[World, str], Entities]]] = {
    "model": _models,
    "charm": _charms,
    "machine": _machines,
    "application": _applications,
    "unit": _units,
    "remoteApplication": _remotes,
    "applicationOffer": _offers,
    "relation": _relations,
    "action": _actions,
    "annotation": _annotations,
}


def _info(row: m.Status, version: str = "") -> Json:
    """Give Juju's StatusInfo."""
    return {
        "current": row.status,
        "message": row.message,
        "since": moment(row.since),
        "version": version,
        "data": dict(row.data),
    }


def _model(world: World, row: m.Model) -> Json:
    return {
        "model-uuid": row.uuid,
        "name": row.name,
        "life": row.life,
        "owner": row.owner,
        "controller-uuid": world.meta.uuid,
        "is-controller": row.is_controller,
        "config": dict(row.config),
        "status": _info(row.status),
        "constraints": dict(row.constraints),
        "sla": {"level": "unsupported", "owner": ""},
    }


def _charm(row: m.Charm) -> Json:
    return {"model-uuid": row.model, "charm-url": row.url, "charm-version": "", "life": "alive", "profile": None}


def _machine(world: World, row: m.Machine) -> Json:
    manages = not row.parent and world.models.get(row.model).is_controller
    return {
        "model-uuid": row.model,
        "id": row.id,
        "instance-id": row.instance_id,
        "agent-status": _info(row.agent),
        "instance-status": _info(row.instance),
        "life": row.life,
        "base": base_text(row.base),
        "container-type": row.container_type,
        "supported-containers": ["lxd"],
        "supported-containers-known": row.phase == "started",
        "hardware-characteristics": dict(row.hardware),
        "jobs": ["JobManageModel" if manages else "JobHostUnits"],
        "addresses": [_address(each) for each in row.addresses],
        "has-vote": manages,
        "wants-vote": manages,
        "hostname": row.hostname,
    }


def _address(value: str) -> Json:
    return {"value": value, "type": "ipv6" if ":" in value else "ipv4", "scope": "local-cloud"}


def _application(row: m.Application, version: str) -> Json:
    return {
        "model-uuid": row.model,
        "name": row.name,
        "exposed": row.exposed is not None,
        "charm-url": row.charm,
        "owner-tag": "user-admin",
        "life": row.life,
        "min-units": 0,
        "constraints": dict(row.constraints),
        "config": dict(row.config),
        "subordinate": row.subordinate,
        "status": _info(row.status),
        "workload-version": version,
    }


def _unit(row: m.Unit, machine: m.Machine | None, app: m.Application | None) -> Json:
    address = machine.addresses[0] if machine and machine.addresses else ""
    ports = [_port(each) for each in row.ports]
    return {
        "model-uuid": row.model,
        "name": row.name,
        "application": row.application,
        "base": base_text(app.base) if app else "",
        "charm-url": row.charm,
        "life": row.life,
        "public-address": address,
        "private-address": address,
        "machine-id": row.machine,
        "ports": [{"protocol": each["protocol"], "number": each["from-port"]} for each in ports],
        "port-ranges": ports,
        "principal": row.principal,
        "subordinate": bool(row.principal),
        "workload-status": _info(row.workload, row.version),
        "agent-status": _info(row.agent),
    }


def _port(text: str) -> Json:
    """Read "3000/tcp" or "8000-8010/tcp"; "icmp" has no number."""
    numbers, _, protocol = text.rpartition("/")
    first, _, last = numbers.partition("-")
    start = int(first) if first.isdecimal() else 0
    return {"from-port": start, "to-port": int(last) if last.isdecimal() else start, "protocol": protocol or text}


def _relation(row: m.Relation) -> Json:
    return {
        "model-uuid": row.model,
        "key": row.key,
        "id": row.id,
        "endpoints": [
            {
                "application-name": end.application,
                "relation": {
                    "name": end.name,
                    "role": end.role,
                    "interface": end.interface,
                    "optional": end.optional,
                    "limit": end.limit,
                    "scope": end.scope,
                },
            }
            for end in row.endpoints
        ],
    }


def _remote(row: m.RemoteApplication) -> Json:
    return {
        "model-uuid": row.model,
        "name": row.name,
        "offer-uuid": row.offer_uuid,
        "offer-url": row.offer_url,
        "life": row.life,
        "status": _info(row.status),
    }


def _offer(world: World, row: m.Offer, count: int) -> Json:
    app = world.applications.find(key(row.model, row.application))
    charm = world.charms.find(f"{row.model}|{app.charm}") if app else None
    return {
        "model-uuid": row.model,
        "offer-name": row.name,
        "offer-uuid": row.uuid,
        "application-name": row.application,
        "charm-name": charm.name if charm else "",
        "total-connected-count": count,
        "active-connected-count": count,
    }


def _action(row: m.Action) -> Json:
    return {
        "model-uuid": row.model,
        "id": row.id,
        "receiver": row.receiver,
        "name": row.name,
        "status": row.status,
        "message": row.message,
        "enqueued": moment(row.enqueued),
        "started": moment(row.started),
        "completed": moment(row.completed),
    }


FACADE = Facade("AllWatcher", (3,), MODEL, watch.METHODS)
ALL_MODELS = Facade("AllModelWatcher", (4,), CONTROLLER, watch.METHODS)
STRINGS = Facade("StringsWatcher", (1,), CONTROLLER | MODEL, watch.METHODS)
NOTIFY = Facade("NotifyWatcher", (1,), CONTROLLER | MODEL, watch.METHODS)

__all__ = ["ALL_MODELS", "FACADE", "NOTIFY", "STRINGS", "Deltas"]
