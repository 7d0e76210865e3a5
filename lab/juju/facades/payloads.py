"""Payloads: what charms registered that runs beside them (Juju 3.6 API: Payloads v1); no charm of the lab does."""

from typing import Final

from lab.juju.facades import access
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Call, Facade, Fields


def listed(call: Call, _: Fields) -> Json:
    """List no payload."""
    access.need_model(call, "read")
    return {"results": []}


FACADE: Final = Facade("Payloads", (1,), MODEL, {"List": listed})
