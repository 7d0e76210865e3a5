"""Machines as MAAS lists them, cut to what the parsers read."""

from providers.maas import models


def machine(system_id: str = "abc", status: str = "Ready", **changes: object) -> models.Machine:
    return models.machine(
        {
            "system_id": system_id,
            "hostname": "server1",
            "fqdn": "server1.maas",
            "domain": {"name": "maas"},
            "status_name": status,
            "status_message": "",
            "owner": "",
            "zone": {"name": "default"},
            "pool": {"name": "default"},
            "interface_set": [{"id": 7, "name": "enp1s0", "type": "physical", "mac_address": "52:54:00:16:00:01"}],
            **changes,
        }
    )
