"""Action: what units are told to do, and what came of it (juju apiserver/facades/client/action, version 7).

EnqueueOperation, Run ─> life.actions: an operation, a task per receiver ─ Actions, Operations ─> status, output, log
A task's numbers and those of operations are one sequence. Receivers: "unit-vault-0", "vault/leader".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from lab.juju import watch
from lab.juju.errors import BAD_REQUEST, NOT_SUPPORTED, JujuError, not_found
from lab.juju.facades import access, action_params, operations, tags
from lab.juju.hub import catalogue
from lab.juju.life import actions as life
from lab.juju.models import Json
from lab.juju.models import Operation as OperationRow
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World, key


def charms_actions(call: Call, fields: Fields) -> Json:
    """Give the actions of applications' charms, each with the schema of its parameters."""
    access.need_model(call, "read")
    names = fields.tags()

    def one(at: int) -> Json:
        app = call.world.applications.get(key(call.model, tags.parse(names[at], "application")))
        charm = catalogue.of_application(call.world, call.model, app)
        found = {
            name: {"description": spec.description, "params": action_params.schema(name, spec)}
            for name, spec in charm.actions.items()
        }
        return {"application-tag": names[at], "actions": found}

    return bulk(names, one)


def enqueue(call: Call, fields: Fields) -> Json:
    """Queue an action per receiver, in one operation."""
    access.allowed(access.need_model(call, "write"), "change")
    items = fields.each("actions")
    names = {item.text("name") for item in items}
    title = names.pop() if len(names) == 1 else "multiple actions"
    operation = _operation(call, title, [item.text("receiver") for item in items])

    def one(at: int) -> Json:
        receiver, name = _receiver(call, items[at].text("receiver")), items[at].text("name")
        given = _checked(call, receiver, name, items[at].map("parameters"))
        row = life.enqueue(call.world, call.now, call.model, receiver, name, given, operation.id)
        return operations.result(row)

    return _enqueued(call, operation, items, bulk(items, one, "actions"))


def _operation(call: Call, title: str, receivers: Sequence[str]) -> OperationRow:
    return life.operation(call.world, call.now, call.model, f"{title} run on {','.join(receivers)}")


def _enqueued(call: Call, operation: OperationRow, asked: Sequence[object], answer: Json) -> Json:
    errors = [each for each in Fields(answer).each("actions") if each.has("error")]
    if errors and len(errors) == len(asked):
        operations.fail(call, operation, errors)
    return {"operation": tags.make("operation", operation.id), **answer}


def _receiver(call: Call, text: str) -> str:
    application, _, number = text.rpartition("/")
    if number == "leader":
        units = (row for row in call.world.units.of(call.model) if row.application == application and row.leader)
        found = next(units, None)
        if found is None:
            raise JujuError(f'could not determine leader for "{application}"')
        return found.name
    if tags.kind_of(text) == "machine":
        raise JujuError("running commands on a machine itself not supported", NOT_SUPPORTED)
    return tags.parse(text, "unit")


def _checked(call: Call, receiver: str, name: str, given: Mapping[str, object]) -> Mapping[str, object]:
    if not name:
        raise JujuError("no action name given", BAD_REQUEST)
    unit = call.world.units.get(key(call.model, receiver))
    app = call.world.applications.get(key(call.model, unit.application))
    spec = catalogue.of_application(call.world, call.model, app).actions.get(name)
    return given if spec is None else action_params.checked(spec, given)


def run(call: Call, fields: Fields) -> Json:
    """Queue shell commands on units, and on all units of applications; for admins."""
    access.allowed(access.need_model(call, "admin"), "change")
    commands = fields.text("commands")
    if "juju-exec" in commands or "juju-run" in commands:
        raise JujuError(f'cannot use "{commands}" as an action command', BAD_REQUEST)
    receivers = _run_receivers(call, fields)
    given: Json = {
        "command": commands,
        "timeout": fields.whole("timeout"),
        "workload-context": fields.flag("workload-context"),
    }
    operation = _operation(call, life.EXEC, receivers)

    def one(at: int) -> Json:
        row = life.enqueue(
            call.world, call.now, call.model, _receiver(call, receivers[at]), life.EXEC, given, operation.id
        )
        return operations.result(row)

    return _enqueued(call, operation, receivers, bulk(receivers, one, "actions"))


def _run_receivers(call: Call, fields: Fields) -> list[str]:
    units = [name if name.endswith("/leader") else tags.make("unit", name) for name in fields.texts("units")]
    machines = [tags.make("machine", name) for name in fields.texts("machines")]
    for name in fields.texts("applications"):
        if key(call.model, name) not in call.world.applications:
            raise not_found("application", name)
        units += [tags.make("unit", row.name) for row in call.world.units.of(call.model) if row.application == name]
    return [*dict.fromkeys(units), *machines]


def run_everywhere(call: Call, _: Fields) -> Json:
    """Refuse: the lab runs commands in units only."""
    access.need_model(call, "admin")
    raise JujuError("running commands on all machines not supported", NOT_SUPPORTED)


def cancel(call: Call, fields: Fields) -> Json:
    """Take back tasks that do not run yet, abort those that do."""
    access.need_model(call, "write")
    names = fields.tags()
    return bulk(
        names,
        lambda at: operations.result(life.cancel(call.world, call.now, call.model, tags.parse(names[at], "action"))),
    )


def watch_progress(call: Call, fields: Fields) -> Json:
    """Give watchers of what running tasks log, line by line in JSON."""
    access.need_model(call, "read")
    names = fields.tags()

    def one(at: int) -> Json:
        number = operations.find(call, tags.parse(names[at], "action")).id

        def read(world: World, now: float) -> Mapping[str, object]:
            del now
            row = world.actions.find(key(call.model, number))
            lines = operations.log(row) if row else []
            # a line that comes again is told again: its place is another
            return {json.dumps(line): place for place, line in enumerate(lines)}

        return watch.watch_strings(call, read)

    return bulk(names, one)


FACADE: Final = Facade(
    "Action",
    (7,),
    MODEL,
    {
        "Actions": operations.actions,
        "ApplicationsCharmsActions": charms_actions,
        "Cancel": cancel,
        "EnqueueOperation": enqueue,
        "ListOperations": operations.list_operations,
        "Operations": operations.operations,
        "Run": run,
        "RunOnAllMachines": run_everywhere,
        "WatchActionsProgress": watch_progress,
    },
)
