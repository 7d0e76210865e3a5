"""Hands: what another admin, or somebody in front of the rack, does behind the program's back (pure).

`do(world, now, action, target)` is the one way in; `HANDS` tells what each action takes. Nothing here is checked as the
API checks it: hands do what they please, as long as the world stays one that MAAS could be in.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lab.maas import hardware, life, network, settings
from lab.maas.api.machine_ops import released
from lab.maas.errors import ApiError
from lab.maas.events import emit
from lab.maas.models import Interface, Machine, PhysicalMachine, PowerState, Setting, Subnet, Tag
from lab.maas.status import RELEASABLE, Status, name_of
from lab.maas.wire import Data
from lab.maas.world import World

ADMIN: Final = "another-admin"


def machine_named(world: World, name: str) -> Machine:
    """Find a machine by hostname, system id or MAC address."""
    for each in world.machines:
        if name in {each.hostname, each.system_id} or any(nic.mac_address == name for nic in each.interfaces):
            return each
    raise ValueError(f"There is no machine '{name}'; MAAS has {_listed(each.hostname for each in world.machines)}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _release(world: World, now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    if machine.status not in RELEASABLE:
        raise ValueError(f"{machine.hostname} is {name_of(machine.status)}: there is nothing to release.")
    released(world, machine, now, ADMIN, Data([]))
    life.advance(world, now)
    return f"released {machine.hostname}"


def _power(state: PowerState) -> "Callable[[World, float, Sequence[str]], str]":
    def switch(world: World, _now: float, args: Sequence[str]) -> str:
        machine = machine_named(world, args[0])
        physical = hardware.physical_of(world, machine)
        if physical and physical.dead:
            raise ValueError(f"{physical.name} is dead and has no power to switch; `lab hand revive` mends it.")
        life.put(world, hardware.powered(world, machine, state))
        return f"powered {machine.hostname} {state}"

    return switch


def _rename(world: World, _now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    if any(each.hostname == args[1] for each in world.machines):
        raise ValueError(f"There is a machine '{args[1]}' already.")
    life.put(world, replace(machine, hostname=args[1].lower()))
    return f"renamed {machine.hostname} to {args[1].lower()}"


def _retag(world: World, _now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    tags = set(machine.tags)
    for each in args[1:]:
        name = each.lstrip("+-")
        if each.startswith("-"):
            tags.discard(name)
        else:
            tags.add(name)
            if name not in world.tags:
                world.tags.put(name, Tag(name))
    life.put(world, replace(machine, tags=tuple(sorted(tags))))
    return f"{machine.hostname} has the tags {_listed(sorted(tags))}"


def _physical_named(world: World, name: str) -> PhysicalMachine:
    """Find a machine of the rack by its own name, or by what MAAS calls it."""
    physical = world.rack.find(name) or hardware.physical_of(world, machine_named(world, name))
    if physical is None:
        raise ValueError(f"'{name}' is no machine of the rack; there are {_listed(each.name for each in world.rack)}.")
    return physical


def _kill(world: World, now: float, args: Sequence[str]) -> str:
    physical = _physical_named(world, args[0])
    world.rack.put(physical.name, replace(physical, dead=True, on=False))
    machine = hardware.taken_for(world, physical)
    if machine:
        life.struck_dead(world, machine, now)
    return f"{physical.name} is dead: it does not run, and its BMC does not answer"


def _revive(world: World, _now: float, args: Sequence[str]) -> str:
    physical = _physical_named(world, args[0])
    if not physical.dead:
        raise ValueError(f"{physical.name} is not dead: there is nothing to mend.")
    world.rack.put(physical.name, replace(physical, dead=False))
    return f"{physical.name} is mended: it is off, and its BMC answers"


def _fill_disk(world: World, _now: float, args: Sequence[str]) -> str:
    physical = _physical_named(world, args[0])
    path = args[1] if len(args) > 1 else "/var"
    if not path.startswith("/") or path.strip("/") == "" or ".." in path.split("/"):
        raise ValueError(f"'{path}' is no directory to fill: give an absolute path below /, as /var.")
    world.rack.put(physical.name, replace(physical, full_disk=path.rstrip("/")))
    return f"nothing more can be written below {path} of {physical.name}"


def _free_disk(world: World, _now: float, args: Sequence[str]) -> str:
    physical = _physical_named(world, args[0])
    if not physical.full_disk:
        raise ValueError(f"No disk of {physical.name} is full.")
    world.rack.put(physical.name, replace(physical, full_disk=""))
    return f"{physical.full_disk} of {physical.name} has space again"


def _delete(world: World, _now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    world.machines.remove(machine.system_id)
    return f"deleted {machine.hostname} from MAAS"


def _discover(world: World, now: float, args: Sequence[str]) -> str:
    physical = world.rack.find(args[0])
    if physical is None:
        raise ValueError(f"There is no '{args[0]}' in the rack; there are {_listed(each.name for each in world.rack)}.")
    if any(nic.mac_address in physical.macs for each in world.machines for nic in each.interfaces):
        raise ValueError(f"{physical.name} is enrolled already.")
    if not world.vlans:
        raise ValueError(f"{physical.name} cannot PXE boot to be discovered: MAAS is not initialised.")
    vlan = world.vlans.get(hardware.default_vlan_id(world))
    if not network.serves_dhcp(world, vlan):
        raise ValueError(f"{physical.name} cannot PXE boot to be discovered: DHCP is off on VLAN {vlan.name}.")
    nics = tuple(
        Interface(world.next_id("interface"), hardware.nic_name("", index), "physical", mac, vlan.id)
        for index, mac in enumerate(physical.macs)
    )
    name = f"discovered-{world.draw(5, 'abcdefghkmnpqrstuvwxyz')}"
    system_id = world.draw_system_id()
    machine = Machine(system_id, name, 0, 1, 0, physical.architecture, now, interfaces=nics, power_state="unknown")
    emit(world, now, "NEW", life.put(world, replace(machine, boot_interface_id=nics[0].id)))
    return f"{physical.name} was switched on by hand; MAAS calls it {name} ({system_id})"


def _bridge_delete(world: World, _now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    name = args[1] if len(args) > 1 else ""
    bridges = [each for each in machine.interfaces if each.type == "bridge" and name in {"", each.name}]
    if not bridges:
        raise ValueError(f"{machine.hostname} has no bridge {name}.".replace(" .", "."))
    for each in bridges:
        machine = network.without_interface(machine, each)
    life.put(world, machine)
    return f"deleted {_listed(each.name for each in bridges)} of {machine.hostname}"


def _broken(world: World, now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    why = " ".join(args[1:]) or "marked broken by hand"
    machine = replace(life.moved(machine, Status.BROKEN), task=None, error_description=why)
    emit(world, now, "NODE_MARKED_BROKEN", life.put(world, machine), why)
    return f"marked {machine.hostname} broken"


def _lock(world: World, _now: float, args: Sequence[str]) -> str:
    machine = machine_named(world, args[0])
    life.put(world, replace(machine, locked=True))
    return f"locked {machine.hostname}"


def _set_config(world: World, _now: float, args: Sequence[str]) -> str:
    name = settings.canonical(args[0])
    value = settings.parse(world, name, args[1] if len(args) > 1 else "")
    world.settings.put(name, Setting(name, value))
    return f"set {name} to {value}"


def _subnet_named(world: World, name: str) -> Subnet:
    for each in world.subnets:
        if name in {each.cidr, each.name, str(each.id)}:
            return each
    raise ValueError(f"There is no subnet '{name}'; there are {_listed(each.cidr for each in world.subnets)}.")


def _subnet_dns(world: World, _now: float, args: Sequence[str]) -> str:
    subnet = _subnet_named(world, args[0])
    world.subnets.put(subnet.id, replace(subnet, dns_servers=tuple(args[1:])))
    return f"subnet {subnet.cidr} has the DNS servers {_listed(args[1:])}"


def _subnet_gateway(world: World, _now: float, args: Sequence[str]) -> str:
    subnet = _subnet_named(world, args[0])
    gateway = args[1] if len(args) > 1 else None
    world.subnets.put(subnet.id, replace(subnet, gateway_ip=gateway))
    return f"subnet {subnet.cidr} has the gateway {gateway}"


def _dhcp_off(world: World, _now: float, args: Sequence[str]) -> str:
    chosen = [each for each in world.vlans if not args or args[0] in {each.name, str(each.id)}]
    for each in chosen:
        world.vlans.put(each.id, replace(each, dhcp_on=False))
    return f"turned DHCP off on {_listed(each.name for each in chosen)}"


def _range_delete(world: World, _now: float, args: Sequence[str]) -> str:
    chosen = [each for each in world.ipranges if args[0] in {str(each.id), each.start_ip}]
    if not chosen:
        raise ValueError(f"No IP range starts at or is numbered '{args[0]}'.")
    for each in chosen:
        world.ipranges.remove(each.id)
    return f"deleted the range {_listed(f'{each.start_ip}-{each.end_ip}' for each in chosen)}"


def _tag_delete(world: World, _now: float, args: Sequence[str]) -> str:
    world.tags.remove(args[0])
    for each in list(world.machines):
        if args[0] in each.tags:
            life.put(world, replace(each, tags=tuple(tag for tag in each.tags if tag != args[0])))
    return f"deleted the tag {args[0]}"


def _key_delete(world: World, _now: float, args: Sequence[str]) -> str:
    chosen = [each for each in world.sshkeys if not args or args[0] in {str(each.id), each.key}]
    for each in chosen:
        world.sshkeys.remove(each.id)
    return f"deleted {len(chosen)} SSH keys"


@dataclass(frozen=True, slots=True)
class Hand:
    """An action: what it does, its arguments for a person to read, and how many it needs."""

    run: Callable[[World, float, Sequence[str]], str]
    arguments: str
    needs: int


HANDS: Final[dict[str, Hand]] = {
    "release": Hand(_release, "MACHINE", 1),
    "power-off": Hand(_power("off"), "MACHINE", 1),
    "power-on": Hand(_power("on"), "MACHINE", 1),
    "kill": Hand(_kill, "MACHINE", 1),
    "revive": Hand(_revive, "MACHINE", 1),
    "fill-disk": Hand(_fill_disk, "MACHINE [DIRECTORY]", 1),
    "free-disk": Hand(_free_disk, "MACHINE", 1),
    "rename": Hand(_rename, "MACHINE NAME", 2),
    "retag": Hand(_retag, "MACHINE +TAG|-TAG...", 2),
    "delete": Hand(_delete, "MACHINE", 1),
    "discover": Hand(_discover, "MACHINE-OF-THE-RACK", 1),
    "bridge-delete": Hand(_bridge_delete, "MACHINE [BRIDGE]", 1),
    "break": Hand(_broken, "MACHINE [WHY]", 1),
    "lock": Hand(_lock, "MACHINE", 1),
    "set-config": Hand(_set_config, "NAME [VALUE]", 1),
    "subnet-dns": Hand(_subnet_dns, "SUBNET [SERVER...]", 1),
    "subnet-gateway": Hand(_subnet_gateway, "SUBNET [ADDRESS]", 1),
    "dhcp-off": Hand(_dhcp_off, "[VLAN]", 0),
    "range-delete": Hand(_range_delete, "START-ADDRESS", 1),
    "tag-delete": Hand(_tag_delete, "TAG", 1),
    "key-delete": Hand(_key_delete, "[ID]", 0),
}


def do(world: World, now: float, action: str, target: Sequence[str]) -> str:
    """Do it, and say in words what was done; ValueError says why it can't be done."""
    hand = HANDS.get(action)
    if hand is None:
        raise ValueError(f"There is no hand '{action}'; hands are {', '.join(HANDS)}.")
    if len(target) < hand.needs:
        raise ValueError(f"The hand {action} takes {hand.arguments}.")
    try:
        return hand.run(world, now, target)
    except ApiError as error:
        raise ValueError(error.body) from error
    except life.IllegalTransitionError as error:
        raise ValueError(str(error)) from error
