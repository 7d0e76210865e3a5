"""Pinger: keeps a connection alive (Juju 3.6 API: Pinger v1). What arrives is enough, `server` counts the silence."""

from lab.juju.models import Json
from lab.juju.rpc import BOTH, Call, Facade, Fields


def _nothing(_call: Call, _fields: Fields) -> Json:
    return {}


FACADE = Facade("Pinger", (1,), BOTH, {"Ping": _nothing, "Stop": _nothing})
