"""Starting to commission a machine, for `machines/` (create) and `machines/{system_id}/?op=commission` alike."""

from lab.maas import life
from lab.maas.errors import ConflictError
from lab.maas.events import emit
from lab.maas.models import Json, Machine
from lab.maas.status import COMMISSIONABLE, Status, name_of
from lab.maas.wire import Data
from lab.maas.world import World


def options(data: Data) -> Json:
    """Read the options of a commissioning; testing scripts run unless "none" is asked for."""
    scripts = data.items("testing_scripts")
    return {
        "enable_ssh": data.boolean("enable_ssh"),
        "skip_networking": data.boolean("skip_networking"),
        "skip_storage": data.boolean("skip_storage"),
        "testing": scripts != ["none"],
    }


def start(world: World, machine: Machine, now: float, user: str, chosen: Json) -> Machine:
    """Commission, or 409 in a status that does not allow it, or 503 without power."""
    if Status(machine.status) not in COMMISSIONABLE:
        raise ConflictError(f"Unable to commission machine: it is in the '{name_of(machine.status)}' state.")
    life.need_power(world, machine, "commissioning")
    emit(world, now, "REQUEST_NODE_START_COMMISSIONING", machine, f"({user})", user)
    return life.begin(world, machine, "commissioning", now, chosen)
