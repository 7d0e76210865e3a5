"""HighAvailability: more machines for the controller (juju apiserver/facades/client/highavailability, 2 and 3).

EnableHA{num-controllers} ─> machines of the controller's own model. The API stays at the first of them, which is the
one that ControllerDetails (version 3, Juju 4) tells.
"""

from collections.abc import Sequence
from typing import Final

from lab.juju.errors import JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import api_addresses, constraints
from lab.juju.life import machines as life
from lab.juju.life.placement import MACHINE, Placement
from lab.juju.models import Json, Machine
from lab.juju.rpc import BOTH, Call, Facade, Fields, bulk

_DEFAULT: Final = 3


def enable(call: Call, fields: Fields) -> Json:
    """Bring the controller to an odd number of machines: 0 means 3, or as many as there are."""
    access.need_superuser(call)
    model = call.world.models.get(call.world.meta.controller_model)
    access.allowed(model, "change")
    specs = fields.each("specs")
    if len(specs) > 1:
        raise JujuError("only one controller spec is supported")
    return bulk(specs, lambda at: {"result": _enabled(call, specs[at])})


def _enabled(call: Call, spec: Fields) -> Json:
    uuid = call.world.meta.controller_model
    known = [row for row in call.world.machines.of(uuid) if not row.parent and row.life == "alive"]
    wanted = spec.whole("num-controllers") or max(_DEFAULT, len(known))
    if wanted < 0 or wanted % 2 == 0:
        raise JujuError("number of controllers must be odd and non-negative")
    if wanted < len(known):
        raise JujuError(
            "cannot remove controllers with enable-ha, use remove-machine and chose the controller(s) to remove"
        )
    limits, places = constraints(spec.map("constraints")), spec.texts("placement")
    added = [
        life.add(call.world, call.now, uuid, constraints=limits, placement=_place(places, at))
        for at in range(wanted - len(known))
    ]
    return {"maintained": _tags(known), "added": [tags.make("machine", name) for name in added]}


def _place(places: Sequence[str], at: int) -> Placement | None:
    if at >= len(places):
        return None
    if places[at].isdecimal():
        raise JujuError(f'placing a controller on machine "{places[at]}" ({MACHINE}) not supported', "not supported")
    return Placement("", places[at])


def _tags(rows: Sequence[Machine]) -> list[str]:
    return [tags.make("machine", row.id) for row in rows]


def details(call: Call, _: Fields) -> Json:
    """Tell where each controller's API is."""
    access.need_superuser(call)
    return {"results": [{"controller-id": "0", "api-addresses": api_addresses(call.world.meta)}]}


FACADE: Final = Facade("HighAvailability", (2,), BOTH, {"ControllerDetails": details, "EnableHA": enable})
