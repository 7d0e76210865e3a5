"""A machine with everything MAAS shows of it (source: MAAS 3.5 api/machines.py, DISPLAYED_MACHINE_FIELDS)."""

import uuid
from collections.abc import Mapping

from lab.maas import network
from lab.maas.events import LEVELS, latest
from lab.maas.models import BlockDevice, Domain, Event, Json, Machine, Pool, Zone
from lab.maas.render import networks
from lab.maas.status import name_of
from lab.maas.urls import API
from lab.maas.world import World

_TEST_NAMES = {-1: "Unknown", 0: "Pending", 1: "Running", 2: "Passed", 3: "Failed"}
_PARTITION_OVERHEAD = 8 * 1024 * 1024


def zone(row: Zone) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "resource_uri": f"{API}zones/{row.name}/",
    }


def pool(row: Pool) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "resource_uri": f"{API}resourcepool/{row.id}/",
    }


def domain(world: World, row: Domain) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "authoritative": row.authoritative,
        "ttl": row.ttl,
        "is_default": row.is_default,
        "resource_record_count": sum(1 for each in world.dnsresources if each.domain_id == row.id),
        "resource_uri": f"{API}domains/{row.id}/",
    }


def machines(world: World, rows: list[Machine]) -> list[Json]:
    """Show many machines, looking through the events once."""
    newest = latest(world)
    return [machine(world, row, newest) for row in rows]


def machine(world: World, row: Machine, newest: Mapping[str, Event] | None = None) -> Json:
    event = newest.get(row.system_id) if newest is not None else _newest(world, row.system_id)
    return {
        **_identity(world, row),
        **_state(row, event),
        **_hardware(row),
        **_storage(row),
        **_networking(world, row),
        **_tests(row),
    }


def _newest(world: World, system_id: str) -> Event | None:
    of_node = (event for event in world.events.newest_first() if event.system_id == system_id)
    return next((event for event in of_node if LEVELS[event.level] >= LEVELS["INFO"]), None)


def fqdn(world: World, row: Machine) -> str:
    return f"{row.hostname}.{world.domains.get(row.domain_id).name}"


def _identity(world: World, row: Machine) -> Json:
    return {
        "system_id": row.system_id,
        "hostname": row.hostname,
        "fqdn": fqdn(world, row),
        "description": row.description,
        "domain": domain(world, world.domains.get(row.domain_id)),
        "zone": zone(world.zones.get(row.zone_id)),
        "pool": pool(world.pools.get(row.pool_id)),
        "owner": row.owner or None,
        "owner_data": dict(row.owner_data),
        "workload_annotations": dict(row.owner_data),
        "tag_names": list(row.tags),
        "node_type": 0,
        "node_type_name": "Machine",
        "pod": None,
        "parent": None,
        "resource_uri": f"{API}machines/{row.system_id}/",
    }


def _state(row: Machine, event: Event | None) -> Json:
    said = f"{event.type} - {event.description}" if event and event.description else event.type if event else ""
    return {
        "status": row.status,
        "status_name": name_of(row.status),
        "status_action": event.type.upper().replace(" ", "_") if event else "",
        "status_message": said,
        "error_description": row.error_description,
        "locked": row.locked,
        "power_type": row.power_type,
        "power_state": row.power_state,
        "netboot": row.netboot,
        "osystem": row.osystem,
        "distro_series": row.distro_series,
        "hwe_kernel": row.hwe_kernel or None,
        "min_hwe_kernel": row.min_hwe_kernel,
        "ephemeral_deploy": row.ephemeral_deploy,
        "enable_hw_sync": row.enable_hw_sync,
        "last_sync": None,
        "next_sync": None,
        "sync_interval": 900 if row.enable_hw_sync else None,
        "address_ttl": None,
        "disable_ipv4": False,
        "current_commissioning_result_id": None,
        "current_installation_result_id": None,
        "current_testing_result_id": None,
    }


def _hardware(row: Machine) -> Json:
    return {
        "architecture": row.architecture,
        "cpu_count": row.cpu_count,
        "cpu_speed": row.cpu_speed,
        "memory": row.memory,
        "swap_size": row.swap_size,
        "hardware_uuid": row.hardware_uuid,
        "hardware_info": dict(row.hardware_info),
        "bios_boot_method": "uefi" if row.hardware_info else None,
        "numanode_set": [{"index": 0, "memory": row.memory, "cores": list(range(row.cpu_count)), "hugepages_set": []}],
    }


def _storage(row: Machine) -> Json:
    shown = [block_device(row, each) for each in row.disks]
    return {
        "storage": sum(each.size for each in row.disks) / 1_000_000,
        "blockdevice_set": shown,
        "physicalblockdevice_set": shown,
        "virtualblockdevice_set": [],
        "boot_disk": next((disk for disk in shown if disk["id"] == row.boot_disk_id), None),
        "special_filesystems": [],
        "volume_groups": [],
        "raids": [],
        "bcaches": [],
        "cache_sets": [],
    }


def block_device(row: Machine, disk: BlockDevice) -> Json:
    laid_out = disk.id == row.boot_disk_id and row.storage_layout not in {"", "blank"}
    size = disk.size - _PARTITION_OVERHEAD
    return {
        "system_id": row.system_id,
        "id": disk.id,
        "name": disk.name,
        "type": "physical",
        "model": disk.model,
        "serial": disk.serial,
        "id_path": disk.id_path or None,
        "path": f"/dev/disk/by-dname/{disk.name}",
        "size": disk.size,
        "block_size": disk.block_size,
        "used_size": disk.size if laid_out else 0,
        "available_size": 0 if laid_out else disk.size,
        "used_for": "GPT partitioned with 1 partition" if laid_out else "Unused",
        "tags": list(disk.tags),
        "uuid": None,
        "filesystem": None,
        "firmware_version": None,
        "storage_pool": None,
        "numa_node": 0,
        "partition_table_type": "GPT" if laid_out else None,
        "partitions": [_partition(row, disk, size)] if laid_out else [],
        "resource_uri": f"{API}nodes/{row.system_id}/blockdevices/{disk.id}/",
    }


def _partition(row: Machine, disk: BlockDevice, size: int) -> Json:
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row.system_id}/{disk.serial}/1"))
    return {
        "system_id": row.system_id,
        "device_id": disk.id,
        "id": disk.id,
        "type": "partition",
        "uuid": identity,
        "size": size,
        "bootable": False,
        "tags": [],
        "path": f"/dev/disk/by-dname/{disk.name}-part1",
        "used_for": "ext4 formatted filesystem mounted at /",
        "filesystem": {
            "fstype": "ext4",
            "label": "root",
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, identity)),
            "mount_point": "/",
            "mount_options": None,
        },
        "resource_uri": f"{API}nodes/{row.system_id}/blockdevices/{disk.id}/partition/{disk.id}",
    }


def _networking(world: World, row: Machine) -> Json:
    shown = [networks.interface(world, row.system_id, each, row.interfaces) for each in row.interfaces]
    return {
        "interface_set": shown,
        "boot_interface": next((each for each in shown if each["id"] == row.boot_interface_id), None),
        "ip_addresses": network.addresses(row),
        "default_gateways": {"ipv4": _gateway(world, row, 4), "ipv6": _gateway(world, row, 6)},
    }


def _gateway(world: World, row: Machine, version: int) -> Json:
    """Show the gateway of the first linked subnet that has one."""
    for each in row.interfaces:
        for link in each.links:
            subnet = world.subnets.find(link.subnet_id)
            if subnet and subnet.gateway_ip and network.network_of(subnet).version == version:
                return {"gateway_ip": subnet.gateway_ip, "link_id": link.id}
    return {"gateway_ip": None, "link_id": None}


def _tests(row: Machine) -> Json:
    shown: Json = {}
    for kind in ("cpu", "memory", "storage", "network", "interface", "other"):
        result = row.tests.get(kind, -1)
        shown[f"{kind}_test_status"] = result
        shown[f"{kind}_test_status_name"] = _TEST_NAMES[result]
    overall = max(row.tests.values(), default=-1)
    return {
        **shown,
        "testing_status": overall,
        "testing_status_name": _TEST_NAMES[overall],
        "commissioning_status": row.commissioning_result,
        "commissioning_status_name": _TEST_NAMES[row.commissioning_result],
    }
