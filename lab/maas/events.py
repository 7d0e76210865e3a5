"""The event catalogue and the one function that records an event (source: MAAS 3.5 provisioningserver/events.py)."""

from typing import Final

from lab.maas.models import Device, Event, Machine, RackController
from lab.maas.world import World

LEVELS: Final = {"DEBUG": 10, "INFO": 20, "AUDIT": 0, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
KEPT: Final = 20_000
"""So many events are kept; the oldest go first."""

CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    "NODE_POWER_ON_STARTING": ("Powering on", "INFO"),
    "NODE_POWER_OFF_STARTING": ("Powering off", "INFO"),
    "NODE_POWERED_ON": ("Node powered on", "DEBUG"),
    "NODE_POWERED_OFF": ("Node powered off", "DEBUG"),
    "NODE_POWER_ON_FAILED": ("Failed to power on node", "ERROR"),
    "NODE_POWER_OFF_FAILED": ("Failed to power off node", "ERROR"),
    "NODE_POWER_QUERY_FAILED": ("Failed to query node's BMC", "WARNING"),
    "NODE_PXE_REQUEST": ("PXE Request", "INFO"),
    "NODE_PXE_UNANSWERED": ("PXE Request", "WARNING"),
    "NODE_COMMISSIONING_EVENT": ("Node commissioning", "DEBUG"),
    "NODE_COMMISSIONING_EVENT_FAILED": ("Node commissioning failure", "ERROR"),
    "NODE_INSTALL_EVENT_FAILED": ("Node installation failure", "ERROR"),
    "NODE_MARKED_FAILED": ("Marking node failed", "ERROR"),
    "NODE_MARKED_BROKEN": ("Marking node broken", "ERROR"),
    "NODE_MARKED_FIXED": ("Marking node fixed", "INFO"),
    "NODE_HW_SYNC": ("Hardware synchronised", "INFO"),
    "REQUEST_NODE_START_COMMISSIONING": ("User starting node commissioning", "INFO"),
    "REQUEST_NODE_ABORT_COMMISSIONING": ("User aborting node commissioning", "INFO"),
    "REQUEST_NODE_START_TESTING": ("User starting node testing", "INFO"),
    "REQUEST_NODE_ABORT_TESTING": ("User aborting node testing", "INFO"),
    "REQUEST_NODE_OVERRIDE_FAILED_TESTING": ("User overrode 'Failed testing' status", "INFO"),
    "REQUEST_NODE_START_DEPLOYMENT": ("User starting deployment", "INFO"),
    "REQUEST_NODE_ABORT_DEPLOYMENT": ("User aborting deployment", "INFO"),
    "REQUEST_NODE_ABORT_ERASE_DISK": ("User aborting disk erase", "INFO"),
    "REQUEST_NODE_ACQUIRE": ("User acquiring node", "INFO"),
    "REQUEST_NODE_RELEASE": ("User releasing node", "INFO"),
    "REQUEST_NODE_ERASE_DISK": ("User erasing disk", "INFO"),
    "REQUEST_NODE_START": ("User powering up node", "INFO"),
    "REQUEST_NODE_STOP": ("User powering down node", "INFO"),
    "REQUEST_NODE_LOCK": ("User locking node", "INFO"),
    "REQUEST_NODE_UNLOCK": ("User unlocking node", "INFO"),
    "REQUEST_NODE_MARK_BROKEN": ("User marking node broken", "INFO"),
    "REQUEST_NODE_MARK_FIXED": ("User marking node fixed", "INFO"),
    "REQUEST_NODE_START_RESCUE_MODE": ("User starting rescue mode", "INFO"),
    "REQUEST_NODE_STOP_RESCUE_MODE": ("User stopping rescue mode", "INFO"),
    "REQUEST_NODE_CREATE_BRIDGE": ("User creating bridge", "DEBUG"),
    "NEW": ("New", "INFO"),
    "COMMISSIONING": ("Commissioning", "INFO"),
    "FAILED_COMMISSIONING": ("Failed commissioning", "ERROR"),
    "ABORTED_COMMISSIONING": ("Aborted commissioning", "INFO"),
    "TESTING": ("Testing", "INFO"),
    "FAILED_TESTING": ("Failed testing", "ERROR"),
    "ABORTED_TESTING": ("Aborted testing", "INFO"),
    "READY": ("Ready", "INFO"),
    "DEPLOYING": ("Deploying", "INFO"),
    "DEPLOYED": ("Deployed", "INFO"),
    "FAILED_DEPLOYMENT": ("Failed deployment", "ERROR"),
    "ABORTED_DEPLOYMENT": ("Aborted deployment", "INFO"),
    "RELEASING": ("Releasing", "INFO"),
    "RELEASED": ("Released", "INFO"),
    "FAILED_RELEASING": ("Releasing failed", "ERROR"),
    "ERASING_DISK": ("Erasing disk", "INFO"),
    "ERASED_DISK": ("Erased disk", "INFO"),
    "FAILED_DISK_ERASING": ("Failed disk erasing", "ERROR"),
    "ABORTED_DISK_ERASING": ("Aborted disk erasing", "INFO"),
    "ENTERING_RESCUE_MODE": ("Entering rescue mode", "INFO"),
    "RESCUE_MODE": ("Rescue mode", "INFO"),
    "FAILED_ENTERING_RESCUE_MODE": ("Failed to enter rescue mode", "ERROR"),
    "EXITING_RESCUE_MODE": ("Exiting rescue mode", "INFO"),
    "EXITED_RESCUE_MODE": ("Exited rescue mode", "INFO"),
    "FAILED_EXITING_RESCUE_MODE": ("Failed to exit rescue mode", "ERROR"),
    "PERFORMING_PXE_BOOT": ("Performing PXE boot", "INFO"),
    "LOADING_EPHEMERAL": ("Loading ephemeral", "INFO"),
    "GATHERING_INFO": ("Gathering information", "INFO"),
    "RUNNING_TEST": ("Running test", "INFO"),
    "CONFIGURING_STORAGE": ("Configuring storage", "INFO"),
    "INSTALLING_OS": ("Installing OS", "INFO"),
    "CONFIGURING_OS": ("Configuring OS", "INFO"),
    "IMAGE_DEPLOYED": ("Image Deployed", "INFO"),
    "REBOOTING": ("Rebooting", "INFO"),
    "REGION_IMPORT_ERROR": ("Region import error", "ERROR"),
    "REGION_IMPORT_WARNING": ("Region import warning", "WARNING"),
    "REGION_IMPORT_INFO": ("Region import info", "INFO"),
}
"""Type -> (description, level). NODE_PXE_UNANSWERED is the lab's own: it tells why a machine never booted."""


def emit(
    world: World,
    now: float,
    event: str,
    node: Machine | Device | RackController | None,
    description: str = "",
    username: str = "",
) -> None:
    """Record `event` (a type of the catalogue) about `node`, or about the region when there is none."""
    number = world.next_id("event")
    system_id, hostname = (node.system_id, node.hostname) if node else ("", "")
    type_name, level = CATALOGUE[event]
    world.events.put(number, Event(number, system_id, hostname, level, type_name, description, now, username))
    if len(world.events) > KEPT:
        world.events.remove(next(iter(world.events)).id)


def latest(world: World) -> dict[str, Event]:
    """Give the newest event of INFO or above of every node: what `status_message` shows."""
    return {event.system_id: event for event in world.events if LEVELS[event.level] >= LEVELS["INFO"]}
