"""The handlers by area, and the one table of resources that they make together."""

from typing import Final

from lab.maas.api import (
    account,
    blockdevices,
    boot,
    config,
    devices,
    dns,
    event,
    files,
    interfaces,
    ips,
    machines,
    places,
    segments,
    subnets,
    tags,
)
from lab.maas.urls import Resource

RESOURCES: Final[tuple[Resource, ...]] = (
    *account.RESOURCES,
    *blockdevices.RESOURCES,
    *boot.RESOURCES,
    *config.RESOURCES,
    *devices.RESOURCES,
    *dns.RESOURCES,
    *event.RESOURCES,
    *files.RESOURCES,
    *interfaces.RESOURCES,
    *ips.RESOURCES,
    *machines.RESOURCES,
    *places.RESOURCES,
    *segments.RESOURCES,
    *subnets.RESOURCES,
    *tags.RESOURCES,
)
