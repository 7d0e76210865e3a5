"""What Client.FullStatus tells of a model (pure; juju/juju rpc/params/status.go).

rows of the model ─ Index: by what they hang on, each row looked at once ─> FullStatus, narrowed by patterns

The cost grows with the rows of the model, never with their pairs: 500 applications must be cheap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.facades import offer_rows, storage, tags
from lab.juju.facades.shapes import base, moment, moment_or_null
from lab.juju.hub import catalogue
from lab.juju.models import Json
from lab.juju.world import World

_HARDWARE: Final = ("arch", "cores", "cpu-power", "mem", "root-disk", "tags", "availability-zone", "virt-type")
_CONSTRAINTS: Final = (
    "arch", "container", "cores", "cpu-power", "instance-role", "instance-type", "mem", "root-disk", "root-disk-source",
    "tags", "spaces", "virt-type", "zones", "allocate-public-ip", "image-id",
)  # fmt: skip # a list to be read at a glance
_UNSET: Final[tuple[object, ...]] = (None, "", 0, [], ())


@dataclass
class Index:
    """The rows of one model by what they hang on."""

    model: m.Model
    machines: dict[str, m.Machine] = field(default_factory=dict[str, m.Machine])
    containers: dict[str, list[m.Machine]] = field(default_factory=dict[str, list[m.Machine]])
    applications: dict[str, m.Application] = field(default_factory=dict[str, m.Application])
    charms: dict[str, m.Charm] = field(default_factory=dict[str, m.Charm])
    units: dict[str, list[m.Unit]] = field(default_factory=dict[str, list[m.Unit]])
    """By application; principals only."""
    subordinates: dict[str, list[m.Unit]] = field(default_factory=dict[str, list[m.Unit]])
    """By the principal unit."""
    members: dict[str, list[m.Unit]] = field(default_factory=dict[str, list[m.Unit]])
    """All units by application."""
    relations: dict[str, list[m.Relation]] = field(default_factory=dict[str, list[m.Relation]])
    """By application."""
    all_relations: list[m.Relation] = field(default_factory=list[m.Relation])


def index(world: World, model: str) -> Index:
    """Read the rows of a model once."""
    found = Index(world.models.get(model))
    for machine in world.machines.of(model):
        found.machines[machine.id] = machine
        if machine.parent:
            found.containers.setdefault(machine.parent, []).append(machine)
    found.applications = {each.name: each for each in world.applications.of(model)}
    found.charms = {each.url: each for each in world.charms.of(model)}
    for unit in world.units.of(model):
        found.members.setdefault(unit.application, []).append(unit)
        group, owner = (found.subordinates, unit.principal) if unit.principal else (found.units, unit.application)
        group.setdefault(owner, []).append(unit)
    for relation in world.relations.of(model):
        found.all_relations.append(relation)
        for name in {end.application for end in relation.endpoints}:
            found.relations.setdefault(name, []).append(relation)
    return found


def agent_status(status: m.Status, *, life: m.Life = "alive", version: str = "") -> Json:
    """Give what a status tells of a machine, a unit or a relation: of its data a relation's number alone."""
    number = {name: value for name, value in status.data.items() if name == "relation-id"}
    return {**detailed(status, life=life, version=version), "data": number}


def detailed(status: m.Status, *, life: m.Life = "alive", version: str = "") -> Json:
    """Give Juju's DetailedStatus; a life that is "alive" is not told."""
    return {
        "status": status.status,
        "info": status.message,
        "data": dict(status.data),
        "since": moment_or_null(status.since),
        "kind": "",
        "version": version,
        "life": "" if life == "alive" else life,
    }


def full(world: World, model: str, now: float, patterns: Iterable[str] = (), *, with_storage: bool = False) -> Json:
    """Give the FullStatus of a model; `patterns` name applications, units and machines, "*" stands for anything."""
    rows = index(world, model)
    shown = _Shown(rows, [each for each in patterns if each])
    status: Json = {
        "model": _model(rows.model),
        "machines": {
            each.id: _machine(rows, each) for each in rows.machines.values() if not each.parent and shown.machine(each)
        },
        "applications": {
            each.name: _application(rows, each, shown)
            for each in rows.applications.values()
            if shown.application(each.name)
        },
        "remote-applications": {each.name: _remote(rows, each) for each in world.remotes.of(model)},
        "offers": {each.name: _offer(world, rows, each) for each in world.offers.of(model)},
        "relations": [_relation(rows, each) for each in rows.all_relations if shown.relation(each)],
        "controller-timestamp": moment(now),
        "branches": {},
    }
    return {**status, **storage.status(world, model, shown.storage)} if with_storage else status


class _Shown:
    """What patterns leave of a model (juju apiserver/facades/client/client/filtering.go: by name)."""

    def __init__(self, rows: Index, patterns: list[str]) -> None:
        self._all = not patterns
        self._units: set[str] = set()
        self._applications: set[str] = set()
        self._machines: set[str] = set()
        if patterns:
            self._narrow(rows, patterns)

    def _narrow(self, rows: Index, patterns: list[str]) -> None:
        for units in rows.members.values():
            for unit in units:
                if _fits(patterns, unit.name, unit.application, unit.machine):
                    self._units |= {unit.name, unit.principal} - {""}
        for units in rows.members.values():
            for unit in units:
                # who sits on a unit that is shown is shown with it
                if unit.name in self._units or unit.principal in self._units:
                    self._units.add(unit.name)
                    self._applications.add(unit.application)
                    self._machines |= {unit.machine, unit.machine.partition("/")[0]}
        self._applications |= {name for name in rows.applications if _fits(patterns, name)}
        for name in rows.machines:
            if _fits(patterns, name):
                self._machines |= {name, name.partition("/")[0]}

    def unit(self, name: str) -> bool:
        return self._all or name in self._units

    def application(self, name: str) -> bool:
        return self._all or name in self._applications

    def storage(self, row: m.Storage) -> bool:
        """Storage goes with the unit that has it."""
        return self._all or row.unit in self._units

    def machine(self, row: m.Machine) -> bool:
        return self._all or row.id in self._machines

    def relation(self, row: m.Relation) -> bool:
        return self._all or any(end.application in self._applications for end in row.endpoints)


def _fits(patterns: list[str], *names: str) -> bool:
    return any(name and fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _model(model: m.Model) -> Json:
    return {
        "name": model.name,
        "type": "iaas",
        "cloud-tag": tags.make("cloud", model.cloud),
        "region": model.region,
        "version": model.agent_version,
        "available-version": "",
        "model-status": detailed(model.status),
        "meter-status": {"color": "", "message": ""},
        "sla": "unsupported",
    }


def words(values: Mapping[str, object], names: Iterable[str]) -> str:
    """Write hardware or constraints as status shows them: "arch=amd64 cores=4 mem=8192M tags=compute"."""
    return " ".join(f"{name}={_word(name, values[name])}" for name in names if values.get(name) not in _UNSET)


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(str(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # JSON
    return f"{value}M" if name in {"mem", "root-disk"} else str(value)


def _machine(rows: Index, row: m.Machine) -> Json:
    manages = rows.model.is_controller and not row.parent
    shown: Json = {
        "agent-status": agent_status(row.agent, life=row.life, version=_agent_version(rows.model, row.agent)),
        "instance-status": agent_status(row.instance),
        "modification-status": detailed(m.Status("idle" if row.instance_id else "")),
        "hostname": row.hostname,
        "dns-name": row.addresses[0] if row.addresses else "",
        "ip-addresses": list(row.addresses),
        "instance-id": row.instance_id or "pending",
        "display-name": row.hostname,
        "base": base(row.base),
        "id": row.id,
        "containers": {each.id: _machine(rows, each) for each in rows.containers.get(row.id, ())},
        "constraints": words(row.constraints, _CONSTRAINTS),
        "hardware": words(row.hardware, _HARDWARE),
        "jobs": ["JobManageModel"] if manages else ["JobHostUnits"],
        "has-vote": manages,
        "wants-vote": manages,
    }
    return {**shown, "primary-controller-machine": True} if manages else shown


def _agent_version(model: m.Model, agent: m.Status) -> str:
    """Give the version of an agent, which nobody knows before it has reported."""
    return "" if agent.status in {"pending", "allocating"} else model.agent_version


def channel_of(app: m.Application, row: m.Charm | None) -> str:
    return app.channel or (row.channel if row else "")


def _application(rows: Index, app: m.Application, shown: _Shown) -> Json:
    units = rows.units.get(app.name, ()) if not app.subordinate else ()
    row = rows.charms.get(app.charm)
    status: Json = {
        "charm": app.charm,
        "charm-version": "",
        "charm-profile": "",
        "charm-channel": channel_of(app, row),
        "charm-rev": row.revision if row else 0,
        "base": base(app.base),
        "exposed": app.exposed is not None,
        "life": "" if app.life == "alive" else app.life,
        "relations": _related(rows, app),
        "can-upgrade-to": _newer(app, row),
        "subordinate-to": _principals(rows, app),
        "units": {each.name: _unit(rows, app, each) for each in units if shown.unit(each.name)},
        "meter-statuses": {},
        "status": detailed(app.status),
        "workload-version": next((each.version for each in rows.members.get(app.name, ()) if each.version), ""),
        "endpoint-bindings": bindings(app, row),
        "public-address": "",
    }
    return {**status, "exposed-endpoints": exposed(app)} if app.exposed else status


def exposed(app: m.Application) -> Json:
    """Give Juju's ExposedEndpoint by endpoint, "" for all of them."""
    return {
        name: {"expose-to-spaces": list(spaces), "expose-to-cidrs": list(cidrs)}
        for name, (spaces, cidrs) in (app.exposed or {}).items()
    }


def bindings(app: m.Application, row: m.Charm | None) -> Json:
    """Give the space of each of an application's endpoints, and of "", which stands for those not named."""
    default = app.bindings.get("", "alpha")
    charm = _charm(row)
    names = (*charm.endpoints, *charm.extra_bindings) if charm else ()
    return {"": default, **dict.fromkeys(names, default), **app.bindings}


def _charm(row: m.Charm | None) -> catalogue.Charm | None:
    try:
        return catalogue.of_row(row) if row else None
    except JujuError:
        return None


def _newer(app: m.Application, row: m.Charm | None) -> str:
    """Give the URL of what the application's channel holds, when that is newer than what is deployed."""
    charm = _charm(row)
    if row is None or charm is None or row.source != "charm-hub":
        return ""
    release = charm.releases.get(channel_of(app, row))
    if release is None or release.revision <= row.revision or app.base not in release.bases:
        return ""
    return f"{row.url.rpartition('-')[0]}-{release.revision}"


def _related(rows: Index, app: m.Application) -> Json:
    """Give who is at the other end of each endpoint; of a peer relation, the application itself."""
    found: dict[str, set[str]] = {}
    for relation in rows.relations.get(app.name, ()):
        for end in relation.endpoints:
            if end.application == app.name:
                others = [each.application for each in relation.endpoints if each is not end] or [app.name]
                found.setdefault(end.name, set()).update(others)
    return {name: sorted(others) for name, others in found.items()}


def _principals(rows: Index, app: m.Application) -> list[str]:
    if not app.subordinate:
        return []
    ends = (
        end
        for relation in rows.relations.get(app.name, ())
        if any(each.scope == "container" for each in relation.endpoints)
        for end in relation.endpoints
    )
    return sorted({end.application for end in ends if end.application != app.name})


def address_of(rows: Index, unit: m.Unit) -> str:
    machine = rows.machines.get(unit.machine)
    return machine.addresses[0] if machine and machine.addresses else ""


def _unit(rows: Index, app: m.Application | None, unit: m.Unit) -> Json:
    status: Json = {
        "agent-status": agent_status(unit.agent, life=unit.life, version=_agent_version(rows.model, unit.agent)),
        "workload-status": agent_status(unit.workload),
        "workload-version": unit.version,
        "machine": "" if unit.principal else unit.machine,
        "opened-ports": list(unit.ports),
        "public-address": address_of(rows, unit),
        "charm": unit.charm if app and unit.charm != app.charm else "",
        "subordinates": {
            each.name: _unit(rows, rows.applications.get(each.application), each)
            for each in rows.subordinates.get(unit.name, ())
        },
    }
    return {**status, "leader": True} if unit.leader else status


def _is_subordinate(rows: Index, name: str) -> bool:
    app = rows.applications.get(name)
    return app is not None and app.subordinate


def _relation(rows: Index, relation: m.Relation) -> Json:
    scope = "container" if any(each.scope == "container" for each in relation.endpoints) else "global"
    return {
        "id": relation.id,
        "key": relation.key,
        "interface": relation.endpoints[0].interface,
        "scope": scope,
        "endpoints": [
            {
                "application": end.application,
                "name": end.name,
                "role": end.role,
                "subordinate": end.scope == "container" and _is_subordinate(rows, end.application),
            }
            for end in relation.endpoints
        ],
        "status": agent_status(relation.status),  # Juju tells of no relation that it is dying
    }


def remote_endpoint(end: m.Endpoint) -> Json:
    """Give Juju's RemoteEndpoint."""
    return {"name": end.name, "role": end.role, "interface": end.interface, "limit": end.limit}


def _remote(rows: Index, remote: m.RemoteApplication) -> Json:
    related: dict[str, set[str]] = {}
    for relation in rows.relations.get(remote.name, ()):
        for end in relation.endpoints:
            others = {each.application for each in relation.endpoints if each is not end}
            if end.application == remote.name:
                related.setdefault(end.name, set()).update(others)
    return {
        "offer-url": remote.offer_url,
        "offer-name": remote.name,
        "endpoints": [{**remote_endpoint(each), "limit": 0} for each in remote.endpoints],
        "life": "" if remote.life == "alive" else remote.life,
        "relations": {name: sorted(others) for name, others in related.items()},
        "status": detailed(remote.status),
    }


def _offer(world: World, rows: Index, offer: m.Offer) -> Json:
    app = rows.applications.get(offer.application)
    count = sum(1 for _ in offer_rows.connections(world, offer))
    return {
        "offer-name": offer.name,
        "application-name": offer.application,
        "charm": app.charm if app else "",
        "endpoints": {str(end["name"]): end for end in offer_rows.endpoints(world, offer)} if app else {},
        "active-connected-count": count,
        "total-connected-count": count,
    }
