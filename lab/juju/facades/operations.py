"""The reading half of Action: tasks and operations as they are shown and searched (version 7).

World.actions, World.operations ─> Juju's ActionResult and OperationResult; an operation is as far as its tasks are
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lab.juju.errors import JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import moment, moment_or_null
from lab.juju.life.actions import ENDED
from lab.juju.models import Action, Json, Operation
from lab.juju.rpc import Call, Fields, bulk
from lab.juju.world import key

_GRAVEST: Final = ("error", "failed", "aborted", "cancelled", "completed")
_LIMIT: Final = 50
"""So many operations are listed when nobody asks for more."""


def log(row: Action) -> list[Json]:
    """Give what a task logged."""
    return [{"timestamp": moment(at), "message": text} for at, text in row.log]


def result(row: Action) -> Json:
    """Give Juju's ActionResult."""
    shown: Json = {
        "action": {
            "tag": tags.make("action", row.id),
            "receiver": tags.make("unit", row.receiver),
            "name": row.name,
            "parameters": dict(row.parameters),
        },
        "enqueued": moment(row.enqueued),
        "started": moment_or_null(row.started),
        "completed": moment_or_null(row.completed),
        "status": row.status,
        "message": row.message,
        "output": dict(row.output),
        "log": log(row),
    }
    return {name: value for name, value in shown.items() if value is not None}


def find(call: Call, number: str) -> Action:
    row = call.world.actions.find(key(call.model, number))
    if row is None:
        raise JujuError(f'action "{number}" not found', "not found")
    return row


def actions(call: Call, fields: Fields) -> Json:
    """Tell how tasks are, with their output."""
    access.need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda at: result(find(call, tags.parse(names[at], "action"))))


def fail(call: Call, operation: Operation, errors: Sequence[Fields]) -> None:
    """Remember that none of an operation's tasks could be queued, and why."""
    texts = dict.fromkeys(each.fields("error").text("message") for each in errors)
    failed = replace(operation, fail=f"error(s) enqueueing action(s): {', '.join(texts)}")
    call.world.operations.put(key(call.model, operation.id), failed)


def status(operation: Operation, tasks: Sequence[Action]) -> str:
    """Give an operation's status: running while some of it is done and some is not, else its gravest task's."""
    seen = {task.status for task in tasks}
    if not seen:
        return "error" if operation.fail else "pending"
    if seen <= set(ENDED):
        return next((each for each in _GRAVEST if each in seen), "completed")
    return "pending" if seen == {"pending"} else "running"


def _tasks(call: Call, operation: Operation) -> list[Action]:
    return [row for row in call.world.actions.of(call.model) if row.operation == operation.id]


def _shown(operation: Operation, tasks: Sequence[Action]) -> Json:
    ended = all(task.status in ENDED for task in tasks)
    started = [task.started for task in tasks if task.started]
    shown: Json = {
        "operation": tags.make("operation", operation.id),
        "summary": operation.summary,
        "fail": operation.fail,
        "enqueued": moment(operation.enqueued),
        "started": moment_or_null(min(started, default=0.0)),
        "completed": moment_or_null(max((task.completed for task in tasks), default=0.0)) if ended else None,
        "status": status(operation, tasks),
        "actions": [result(task) for task in tasks],
    }
    return {name: value for name, value in shown.items() if value is not None}


def operations(call: Call, fields: Fields) -> Json:
    """Tell how operations are, with their tasks."""
    access.need_model(call, "read")
    names = fields.tags()

    def one(at: int) -> Json:
        number = tags.parse(names[at], "operation")
        row = call.world.operations.find(key(call.model, number))
        if row is None:
            raise JujuError(f'operation "{number}" not found', "not found")
        return _shown(row, _tasks(call, row))

    return bulk(names, one)


def list_operations(call: Call, fields: Fields) -> Json:
    """List operations, oldest first, of actions, applications, units and states where asked; a page at a time."""
    access.need_model(call, "read")
    by_operation: dict[str, list[Action]] = {}
    for row in call.world.actions.of(call.model):
        by_operation.setdefault(row.operation, []).append(row)
    found = [
        _shown(row, by_operation.get(row.id, []))
        for row in call.world.operations.of(call.model)
        if _wanted(row, by_operation.get(row.id, []), fields)
    ]
    limit = fields.whole("limit") or _LIMIT
    first = fields.whole("offset")
    return {"results": found[first : first + limit], "truncated": len(found) > first + limit}


def _wanted(row: Operation, tasks: Sequence[Action], fields: Fields) -> bool:
    states, names = fields.texts("status"), fields.texts("actions")
    units, applications = fields.texts("units"), fields.texts("applications")
    if (states and status(row, tasks) not in states) or (names and not any(task.name in names for task in tasks)):
        return False
    if not units and not applications and not fields.texts("machines"):
        return True
    return any(task.receiver in units or task.receiver.partition("/")[0] in applications for task in tasks)
