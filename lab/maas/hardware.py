"""The rack: physical machines that exist apart from MAAS's database, and answer to power and PXE.

`obstacle` says why a machine would not boot; `report` is what commissioning finds; `powered` switches a machine on or
off, in the rack and in MAAS's view of it.
"""

import uuid
from dataclasses import dataclass, replace
from typing import Final

from lab.maas import network
from lab.maas.models import BlockDevice, Interface, Link, Machine, PhysicalMachine, PowerState
from lab.maas.world import World

REFUSED: Final = "Power on for the node failed: "
"""How the reason of a machine begins whose BMC did not switch it on."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a machine cannot boot; `at_once` tells a refused power-on from a machine that never shows up."""

    reason: str
    at_once: bool


def physical_of(world: World, machine: Machine) -> PhysicalMachine | None:
    """Give the machine of the rack with one of this machine's MACs."""
    macs = {each.mac_address for each in machine.interfaces}
    return next((each for each in world.rack if macs & set(each.macs)), None)


def taken_for(world: World, physical: PhysicalMachine) -> Machine | None:
    """Give the machine of MAAS's database that has one of the MACs of this machine of the rack."""
    macs = set(physical.macs)
    return next((each for each in world.machines if any(nic.mac_address in macs for nic in each.interfaces)), None)


def bmc_of(world: World, machine: Machine) -> PhysicalMachine | str:
    """Tell what the machine's power parameters lead to: a machine of the rack, or why the BMC refuses."""
    if machine.power_type != "amt":
        return physical_of(world, machine) or "No BMC is configured."
    address = machine.power_parameters.get("power_address", "")
    found = next((each for each in world.rack if each.amt_address == address), None)
    if found is None or found.dead:
        return (
            "Could not contact node's BMC: Connection timed out while performing power action. "
            "Check BMC configuration and connectivity and try again."
        )
    if machine.power_parameters.get("power_pass", "") != world.meta.amt_password:
        return "Could not authenticate to node's BMC: Incorrect password. Check BMC configuration and try again."
    return found


def obstacle(world: World, machine: Machine) -> Obstacle | None:
    """Why this machine would not PXE boot, or None when it would."""
    bmc = bmc_of(world, machine)
    if isinstance(bmc, str):
        return Obstacle(f"{REFUSED}{bmc}", at_once=machine.power_type == "amt")
    if physical_of(world, machine) != bmc:
        return Obstacle(f"the machine at {bmc.amt_address} has none of the MAC addresses of {machine.hostname}", False)
    boot = network.boot_interface(machine)
    vlan = world.vlans.find(boot.vlan_id) if boot else None
    if not network.serves_dhcp(world, vlan):
        where = f"VLAN {vlan.name} of {world.fabrics.get(vlan.fabric_id).name}" if vlan else "the boot interface"
        return Obstacle(f"no DHCP answer: DHCP is off on {where}", False)
    return None


def query(world: World, machine: Machine) -> PowerState:
    """Tell what the BMC says now."""
    bmc = bmc_of(world, machine)
    if isinstance(bmc, str):
        return "error" if machine.power_type == "amt" else "unknown"
    return "on" if bmc.on else "off"


def powered(world: World, machine: Machine, state: PowerState) -> Machine:
    """Give the machine switched on or off, in the rack too where its BMC answers."""
    bmc = bmc_of(world, machine)
    if isinstance(bmc, PhysicalMachine):
        world.rack.put(bmc.name, replace(bmc, on=state == "on"))
    return replace(machine, power_state=state, power_due=None)


def kernel_options(world: World, machine: Machine) -> str:
    """Join the global kernel options and those of the machine's tags, as on the kernel's command line."""
    setting = world.settings.find("kernel_opts")
    tags = (world.tags.find(name) for name in machine.tags)
    parts = (str(setting.value or "") if setting else "", *(tag.kernel_opts for tag in tags if tag))
    return " ".join(part for part in parts if part)


def nic_name(options: str, index: int) -> str:
    """Tell what the kernel calls a machine's n-th NIC: enp1s0, enp2s0..., or eth0, eth1... under net.ifnames=0."""
    return f"eth{index}" if "net.ifnames=0" in options.split() else f"enp{index + 1}s0"


def report(world: World, machine: Machine, found: PhysicalMachine) -> Machine:
    """Give the machine as commissioning finds it: memory, CPUs, disks, NICs, firmware."""
    disks = tuple(
        BlockDevice(
            world.next_id("blockdevice"),
            disk.name,
            disk.model,
            disk.serial,
            disk.size,
            id_path=f"/dev/disk/by-id/ata-{disk.model}_{disk.serial}".replace(" ", "_"),
            tags=("ssd", "sata"),
        )
        for disk in found.disks
    )
    machine = replace(
        machine,
        memory=found.memory,
        cpu_count=found.cpus,
        cpu_speed=1700,
        architecture=found.architecture,
        disks=machine.disks if _same_disks(machine, disks) else disks,
        hardware_uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, found.macs[0])),
        hardware_info=_firmware(found),
        storage_layout=machine.storage_layout or "flat",
    )
    machine = replace(machine, boot_disk_id=machine.boot_disk_id or (machine.disks[0].id if machine.disks else None))
    return with_nics(world, machine, found)


def _same_disks(machine: Machine, disks: tuple[BlockDevice, ...]) -> bool:
    return [each.serial for each in machine.disks] == [each.serial for each in disks]


def _firmware(found: PhysicalMachine) -> dict[str, str]:
    return {
        "system_vendor": "Intel Corporation",
        "system_product": found.model,
        "system_family": found.model,
        "system_version": "1.0",
        "system_sku": found.model,
        "system_serial": f"SN-{found.name.upper()}",
        "cpu_model": "Intel(R) Core(TM) i5",
        "mainboard_vendor": "Intel Corporation",
        "mainboard_product": f"{found.model} board",
        "mainboard_serial": f"MB-{found.name.upper()}",
        "mainboard_version": "1.0",
        "mainboard_firmware_vendor": "Intel Corp.",
        "mainboard_firmware_date": "05/20/2020",
        "mainboard_firmware_version": "SYSKLI35.86A.0072",
        "chassis_vendor": "Intel Corporation",
        "chassis_type": "Desktop",
        "chassis_serial": f"CH-{found.name.upper()}",
        "chassis_version": "1.0",
    }


def with_nics(world: World, machine: Machine, found: PhysicalMachine) -> Machine:
    """Give the machine with the NICs it really has, named as its kernel options say."""
    options = kernel_options(world, machine)
    for index, mac in enumerate(found.macs):
        machine = _with_nic(world, machine, mac, nic_name(options, index))
    if network.boot_interface(machine) is None:
        machine = replace(machine, boot_interface_id=machine.interfaces[0].id)
    return machine


def _with_nic(world: World, machine: Machine, mac: str, name: str) -> Machine:
    known = next((each for each in machine.interfaces if each.mac_address == mac and each.type == "physical"), None)
    base = known or Interface(world.next_id("interface"), name, "physical", mac, default_vlan_id(world))
    bridged = any(base.id in each.parents for each in machine.interfaces)
    subnets = network.subnets_of(world, base.vlan_id)
    auto = (Link(world.next_id("link"), "auto", subnets[0].id),) if subnets and not base.links and not bridged else ()
    nic = replace(base, name=name, links=base.links or auto, vendor="Intel Corporation", product="I219-V", speed=1000)
    return network.with_interface(machine, nic)


def default_vlan_id(world: World) -> int:
    """Give the VLAN that every machine of the rack is wired to: the untagged one of the first fabric."""
    return next(iter(world.vlans)).id


def tested(machine: Machine, outcome: int) -> Machine:
    """Test results in MAAS's numbers: -1 none, 0 pending, 1 running, 2 passed, 3 failed."""
    results = dict.fromkeys(("cpu", "memory", "network", "interface", "other"), -1)
    return replace(machine, tests={**results, "storage": outcome})
