"""`version/` and `maas/` (source: MAAS 3.5 api/version.py, api/maas.py)."""

import json

from lab.maas import settings
from lab.maas.models import Json, Setting
from lab.maas.urls import Resource, crud, get, post
from lab.maas.wire import Call, Reply

CAPABILITIES = (
    "networks-management",
    "static-ipaddresses",
    "ipv6-deployment-ubuntu",
    "devices-management",
    "storage-deployment-ubuntu",
    "network-deployment-ubuntu",
    "bridging-interface-ubuntu",
    "bridging-automatic-ubuntu",
    "authenticate-api",
)


def version(_call: Call) -> Json:
    """Tell version and capabilities."""
    return {"capabilities": list(CAPABILITIES), "version": "3.5.10", "subversion": ""}


def get_config(call: Call) -> object:
    """Get a config value."""
    name = settings.canonical(call.data.mandatory("name"))
    row = call.world.settings.get(name)
    # even a bare string is JSON here, never text
    return Reply(200, json.dumps(row.value).encode(), "application/json")


def set_config(call: Call) -> str:
    """Set a config value."""
    name = settings.canonical(call.data.mandatory("name"))
    if "value" not in call.data:
        call.data.mandatory("value")
    call.world.settings.put(name, Setting(name, settings.parse(call.world, name, call.data.text("value"))))
    return "OK"


RESOURCES = (
    Resource("Version", "version/", (crud("read", version, anon=True),)),
    Resource("Maas", "maas/", (get("get_config", get_config), post("set_config", set_config, admin=True))),
)
