"""Client: the status of a model, its history, and the watcher of everything (Juju 3.6 API: Client v6 to v8)."""

from lab.juju import models as m
from lab.juju import watch
from lab.juju.facades import status, tags
from lab.juju.facades.access import need_model
from lab.juju.facades.allwatcher import Deltas
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import key


def full_status(call: Call, fields: Fields) -> Json:
    """Give all that `juju status` shows; `patterns` narrow it, `include-storage` adds storage, since version 7."""
    need_model(call, "read")
    patterns, with_storage = fields.texts("patterns"), call.version >= 7 and fields.flag("include-storage")
    return status.full(call.world, call.model, call.now, patterns, with_storage=with_storage)


def watch_all(call: Call, _fields: Fields) -> Json:
    """Give a watcher for AllWatcher.Next."""
    need_model(call, "read")
    return {"watcher-id": watch.register(call, Deltas(call.model))}


def status_history(call: Call, fields: Fields) -> Json:
    """Give the statuses that an entity had, newest first. The lab keeps the last one only, so that is the history."""
    need_model(call, "read")
    requests = fields.each("requests")
    return bulk(requests, lambda index: {"history": {"statuses": _history(call, requests[index])}})


def _history(call: Call, request: Fields) -> list[Json]:
    kind, tag = request.text("historyKind"), request.text("tag")
    found: list[tuple[str, m.Status]] = []
    if tags.kind_of(tag) == "unit":
        unit = call.world.units.get(key(call.model, tags.parse(tag, "unit")))
        found = [("juju-unit", unit.agent), ("workload", unit.workload)]
    elif tags.kind_of(tag) == "application":
        app = call.world.applications.get(key(call.model, tags.parse(tag, "application")))
        found = [("application", app.status)]
    elif tags.kind_of(tag) == "machine":
        machine = call.world.machines.get(key(call.model, tags.parse(tag, "machine")))
        found = [("juju-machine", machine.agent), ("machine", machine.instance)]
    else:
        found = [("model", call.world.models.get(tags.parse(tag, "model")).status)]
    wanted = [(name, each) for name, each in found if _wants(kind, name)]
    wanted.sort(key=lambda pair: pair[1].since, reverse=True)
    return [{**status.detailed(each), "kind": name} for name, each in wanted]


def _wants(kind: str, name: str) -> bool:
    """Tell whether a history of `kind` has these statuses: "unit" is the agent's and the workload's."""
    return kind in {"", name} or (kind == "unit" and name in {"juju-unit", "workload"}) or kind.endswith(name)


FACADE = Facade(
    "Client",
    (6, 7, 8),
    MODEL,
    {"FullStatus": full_status, "StatusHistory": status_history, "WatchAll": watch_all},
)
