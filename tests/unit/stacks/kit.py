"""A small valid kit, as Pulumi hands it over, for tests to spoil."""

from copy import deepcopy
from typing import Any

KIT: dict[str, Any] = {
    "settings": {"upstream_dns": "10.0.0.53", "default_distro_series": "jammy"},
    "sshKeys": [{"key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA someone@main"}],
    "images": [{"release": "jammy"}, {"release": "focal", "arches": ["amd64", "arm64"]}],
    "zones": [{"name": "left"}],
    "pools": [{"name": "students"}],
    "subnets": [
        {
            "cidr": "10.0.0.0/24",
            "gateway": "10.0.0.1",
            "dns": ["10.0.0.53"],
            "dhcp": True,
            "ranges": [
                {"type": "dynamic", "start": "10.0.0.100", "end": "10.0.0.199"},
                {"type": "reserved", "start": "10.0.0.200", "end": "10.0.0.210"},
            ],
        }
    ],
    "power": {"type": "amt", "password": "hunter2"},
    "servers": [
        {"name": "server1", "mac": "52:54:00:16:00:01", "power": {"address": "10.0.0.11"}, "zone": "left"},
        {"name": "server2", "mac": "52:54:00:16:00:02", "power": {"address": "10.0.0.12"}, "pool": "students"},
        {"name": "server3", "mac": "52:54:00:16:00:03", "power": {"type": "manual"}, "architecture": "arm64/generic"},
    ],
    "bridges": [{"name": "br-ex", "servers": ["server1", "server2"]}],
    "tags": [{"name": "compute", "servers": "all"}, {"name": "spare"}],
    "devices": [{"name": "router", "mac": "52:54:00:16:00:FE", "address": "10.0.0.1"}],
    "dnsRecords": [{"name": "db.maas", "data": "10.0.0.21 10.0.0.22"}],
    "deploy": {"server1": {}, "server2": {"distro": "ubuntu/focal", "released": True}},
}


def spoiled(path: str, value: object) -> dict[str, Any]:
    """A copy of the kit with `value` at `path`, e.g. `servers.2.mac`; one past a list's end adds to it."""
    kit = deepcopy(KIT)
    *way, last = path.split(".")
    place: Any = kit
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if last.isdigit():
        place[int(last) : int(last) + 1] = [value]
    else:
        place[last] = value
    return kit
