"""ModelSummaryWatcher: what changes in the overview of models (juju core/cache, apiserver model summary watcher, 1).

Controller.Watch(All)ModelSummaries ─> Summaries ─ look ─> {"models": [ModelAbstract that differ from what was told]}
"""

from typing import Final

from lab.juju import watch
from lab.juju.facades import access, tags
from lab.juju.models import Json, Model, Unit
from lab.juju.rpc import CONTROLLER, Facade
from lab.juju.world import World, key


class Summaries:
    """What one client was told of the models that `user` can see; "" sees all of them."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._told: dict[str, Json] = {}

    def look(self, world: World, now: float) -> Json | None:
        """Give the abstracts that are new or differ, and those of models that are gone."""
        del now
        seen = {model.uuid: abstract(world, model) for model in world.models if self._sees(world, model)}
        models = [each for uuid, each in seen.items() if self._told.get(uuid) != each]
        models += [{"uuid": uuid, "removed": True} for uuid in self._told if uuid not in seen]
        self._told = seen
        return {"models": models} if models else None

    def _sees(self, world: World, model: Model) -> bool:
        return not self._user or access.model_level(world, model, self._user) != ""


def abstract(world: World, model: Model) -> Json:
    """Give Juju's ModelAbstract."""
    machines = list(world.machines.of(model.uuid))
    units = list(world.units.of(model.uuid))
    containers = sum(1 for row in machines if row.parent)
    failed = [row for row in units if row.workload.status == "error"]
    credential = world.credentials.find(model.credential)
    annotated = world.annotations.find(key(model.uuid, tags.make("model", model.uuid)))
    return {
        "uuid": model.uuid,
        "removed": False,
        "controller": world.meta.name,
        "name": model.name,
        "admins": sorted({model.owner, *(name for name, level in model.access.items() if level == "admin")}),
        "cloud": model.cloud,
        "region": model.region,
        "credential": f"{credential.cloud}/{credential.owner}/{credential.name}" if credential else "",
        "size": {
            "machines": len(machines) - containers,
            "containers": containers,
            "applications": sum(1 for _ in world.applications.of(model.uuid)),
            "units": len(units),
            "relations": sum(1 for _ in world.relations.of(model.uuid)),
        },
        "status": "red" if failed else "green",
        "messages": [_message(row) for row in failed],
        "annotations": dict(annotated.pairs) if annotated else {},
    }


def _message(row: Unit) -> Json:
    return {"agent": row.name, "message": row.workload.message}


FACADE: Final = Facade("ModelSummaryWatcher", (1,), CONTROLLER, watch.METHODS)
