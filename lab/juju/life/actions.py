"""Actions: tasks of units, grouped in operations (pure). They run when their unit is up, see `advance`.

Source: juju apiserver/facades/client/action, state/action.go; operations and tasks of a model count on together.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import NOT_FOUND, JujuError
from lab.juju.hub.outcome import checked
from lab.juju.life import rows
from lab.juju.life.charms import charm_of
from lab.juju.world import World, key

EXEC: Final = "juju-exec"
"""The name of the task that runs commands (juju exec); parameters: command, timeout (ns)."""
PENDING: Final = "pending"
ENDED: Final = ("completed", "failed", "cancelled", "error", "aborted")


def operation(world: World, now: float, model: str, summary: str) -> m.Operation:
    """Open an operation, to which tasks are added."""
    number = str(world.next_id(f"{model}/task") + 1)
    return world.operations.put(key(model, number), m.Operation(model, number, summary, now))


def enqueue(
    world: World,
    now: float,
    model: str,
    receiver: str,
    name: str,
    params: Mapping[str, object] | None = None,
    operation_id: str = "",
) -> m.Action:
    """Let a unit run an action of its charm, or `EXEC`; in an operation of its own without `operation_id`.

    JujuError for an action that the charm does not have ("not found") and parameters that do not fit ("bad request").
    """
    unit = rows.unit(world, model, receiver)
    app = rows.application(world, model, unit.application)
    given = checked(charm_of(world, app), app.charm, receiver, name, params or {})
    held = operation_id or operation(world, now, model, f"{name} run on unit-{receiver.replace('/', '-')}").id
    number = str(world.next_id(f"{model}/task") + 1)
    return rows.put(world, m.Action(model, number, held, receiver, name, given, enqueued=now))


def cancel(world: World, now: float, model: str, action_id: str) -> m.Action:
    """Take back a task that does not run yet; one that runs is aborted, one that ended stays as it is."""
    row = world.actions.find(key(model, action_id))
    if row is None:
        raise JujuError(f"action {action_id} not found", NOT_FOUND)
    if row.status in ENDED:
        return row
    status = "cancelled" if row.status == PENDING else "aborted"
    return rows.put(
        world, replace(row, status=status, until=0.0, completed=now, message="action cancelled via the API")
    )
