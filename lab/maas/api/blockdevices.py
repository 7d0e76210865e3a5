"""`nodes/{system_id}/blockdevices/` (source: MAAS 3.5 api/blockdevices.py)."""

from dataclasses import replace

from lab.maas import life
from lab.maas.errors import ConflictError, FormError, not_found
from lab.maas.models import BlockDevice, Json, Machine
from lab.maas.render import machines as show
from lab.maas.status import STORAGE_EDITABLE, Status
from lab.maas.urls import Resource, crud, post
from lab.maas.wire import NO_CONTENT, Call, Reply

_EDITABLE = STORAGE_EDITABLE | {Status.BROKEN}


def _machine(call: Call) -> Machine:
    return call.world.machines.get(call.params["system_id"])


def _found(call: Call) -> tuple[Machine, BlockDevice]:
    machine = _machine(call)
    wanted = call.params["id"]
    for disk in machine.disks:
        if wanted in {str(disk.id), disk.name}:
            return machine, disk
    raise not_found("BlockDevice")


def _put(call: Call, machine: Machine, disk: BlockDevice) -> Json:
    disks = tuple(disk if each.id == disk.id else each for each in machine.disks)
    machine = life.put(call.world, replace(machine, disks=disks))
    return show.block_device(machine, disk)


def _need(machine: Machine, verb: str) -> None:
    if machine.status not in _EDITABLE:
        raise ConflictError(f"Cannot {verb} block device because the machine is not Ready.")


def read_all(call: Call) -> list[Json]:
    """List all block devices belonging to a machine."""
    machine = _machine(call)
    return [show.block_device(machine, each) for each in machine.disks]


def create(call: Call) -> Json:
    """Create a physical block device."""
    machine, data = _machine(call), call.data
    _need(machine, "create")
    size = data.integer("size")
    needed = {"name": data.text("name"), "size": size, "block_size": data.integer("block_size")}
    missing = {name: ["This field is required."] for name, value in needed.items() if not value}
    if missing or size is None:
        raise FormError(missing)
    if not data.text("id_path") and not (data.text("model") and data.text("serial")):
        raise FormError({"__all__": ["serial/model are required if id_path is not provided."]})
    number = call.world.next_id("blockdevice")
    disk = BlockDevice(
        number,
        data.text("name"),
        data.text("model"),
        data.text("serial"),
        size,
        data.integer("block_size") or 512,
        data.text("id_path"),
    )
    machine = life.put(call.world, replace(machine, disks=(*machine.disks, disk)))
    return show.block_device(machine, disk)


def read(call: Call) -> Json:
    """Read a block device."""
    return show.block_device(*_found(call))


def update(call: Call) -> Json:
    """Update a block device."""
    machine, disk = _found(call)
    data = call.data
    _need(machine, "update")
    changed = replace(
        disk,
        name=data.text("name", disk.name),
        model=data.text("model", disk.model),
        serial=data.text("serial", disk.serial),
        id_path=data.text("id_path", disk.id_path),
        size=data.integer("size") or disk.size,
        block_size=data.integer("block_size") or disk.block_size,
    )
    return _put(call, machine, changed)


def delete(call: Call) -> Reply:
    """Delete a block device."""
    machine, disk = _found(call)
    _need(machine, "delete")
    disks = tuple(each for each in machine.disks if each.id != disk.id)
    boot = machine.boot_disk_id if machine.boot_disk_id != disk.id else disks[0].id if disks else None
    life.put(call.world, replace(machine, disks=disks, boot_disk_id=boot))
    return NO_CONTENT


def set_boot_disk(call: Call) -> str:
    """Set a block device as the boot disk of its machine."""
    machine, disk = _found(call)
    _need(machine, "set as boot disk")
    life.put(call.world, replace(machine, boot_disk_id=disk.id))
    return "OK"


def add_tag(call: Call) -> Json:
    """Add a tag to a block device."""
    machine, disk = _found(call)
    return _put(call, machine, replace(disk, tags=tuple(sorted({*disk.tags, call.data.mandatory("tag")}))))


def remove_tag(call: Call) -> Json:
    """Remove a tag from a block device."""
    machine, disk = _found(call)
    gone = call.data.mandatory("tag")
    return _put(call, machine, replace(disk, tags=tuple(each for each in disk.tags if each != gone)))


RESOURCES = (
    Resource(
        "BlockDevices",
        "nodes/{system_id}/blockdevices/",
        (crud("read", read_all), crud("create", create, admin=True)),
    ),
    Resource(
        "BlockDevice",
        "nodes/{system_id}/blockdevices/{id}/",
        (
            crud("read", read),
            crud("update", update, admin=True),
            crud("delete", delete, admin=True),
            post("set_boot_disk", set_boot_disk, admin=True),
            post("add_tag", add_tag, admin=True),
            post("remove_tag", remove_tag, admin=True),
        ),
    ),
)
