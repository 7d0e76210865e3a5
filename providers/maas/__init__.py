"""MAAS 3.5 as Pulumi resources.

program: `Machine(...)` -> property bag (`resources`) -> engine -> `python -m pulumi.dynamic` -> provider class
(`crud`) -> client -> MAAS's REST API; back: answer -> frozen models -> outputs.

Endpoint and key are config, never arguments: `maas:apiUrl` and `maas:apiKey` (secret), or `maas:apiKeyFile`
(a path from the project's folder), or the environment's MAAS_API_URL and MAAS_API_KEY.
"""

from providers.maas.resources.images import BootImages, BootSelection
from providers.maas.resources.machines import Bridge, Deployment, Machine
from providers.maas.resources.network import IpRange, Subnet, VlanDhcp
from providers.maas.resources.safeguard import Safeguard
from providers.maas.resources.site import (
    Configuration,
    Device,
    DnsRecord,
    ResourcePool,
    SshKey,
    Tag,
    TagMembership,
    Zone,
)

__all__ = [
    "BootImages",
    "BootSelection",
    "Bridge",
    "Configuration",
    "Deployment",
    "Device",
    "DnsRecord",
    "IpRange",
    "Machine",
    "ResourcePool",
    "Safeguard",
    "SshKey",
    "Subnet",
    "Tag",
    "TagMembership",
    "VlanDhcp",
    "Zone",
]
