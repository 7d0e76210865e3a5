"""`machines/?op=allocate`: the cheapest Ready machine that meets the constraints (source: MAAS 3.5 api/machines.py)."""

from dataclasses import replace

from lab.maas import life, network
from lab.maas.api import filters
from lab.maas.errors import ConflictError, FormError
from lab.maas.events import emit
from lab.maas.models import Json, Machine
from lab.maas.render import machines as show
from lab.maas.status import Status
from lab.maas.wire import Call, Data
from lab.maas.world import World

_CONSTRAINTS = (
    "name", "system_id", "arch", "cpu_count", "mem", "tags", "not_tags", "zone", "not_in_zone", "pool", "not_in_pool",
    "fabrics", "not_fabrics", "subnets", "not_subnets", "vlans", "not_vlans", "storage", "interfaces",
)  # fmt: skip
_OTHER = {
    "op", "agent_name", "comment", "bridge_all", "bridge_type", "bridge_stp", "bridge_fd", "dry_run", "verbose",
    "devices", "pod", "not_pod", "pod_type", "not_pod_type", "fabric_classes", "not_fabric_classes",
}  # fmt: skip


def allocate(call: Call) -> Json:
    """Allocate an available machine for deployment."""
    world, data = call.world, call.data
    _check(world, data)
    fitting = [each for each in world.machines if each.status == Status.READY and _fits(world, each, data)]
    if not fitting:
        raise ConflictError(_nothing(data))
    machine = min(fitting, key=lambda each: each.cpu_count + each.memory / 1024)
    shown = show.machine(world, machine)
    if data.boolean("dry_run"):
        return shown
    machine = acquire(world, machine, call.now, call.user.username, data)
    return {**show.machine(world, machine), "constraints_by_type": {}}


def acquire(world: World, machine: Machine, now: float, user: str, data: Data) -> Machine:
    """Make a Ready machine the user's, with bridges on all its interfaces when asked."""
    comment = data.text("comment")
    emit(world, now, "REQUEST_NODE_ACQUIRE", machine, f"({user}){f' - {comment}' if comment else ''}", user)
    machine = life.moved(machine, Status.ALLOCATED)
    machine = life.put(world, replace(machine, owner=user, agent_name=data.text("agent_name")))
    if data.boolean("bridge_all"):
        for nic in [each for each in machine.interfaces if each.type == "physical"]:
            bridge = replace(
                nic,
                id=world.next_id("interface"),
                name=f"br-{nic.name}"[:15],
                type="bridge",
                parents=(nic.id,),
                acquired=True,
                params={"bridge_type": data.text("bridge_type", "standard"), "bridge_stp": False, "bridge_fd": 15},
            )
            machine = network.with_interface(network.with_interface(machine, replace(nic, links=())), bridge)
    return life.put(world, machine)


def _check(world: World, data: Data) -> None:
    for name in data.names():
        if name not in _CONSTRAINTS and name not in _OTHER:
            raise FormError({name: "No such constraint."})
    for name in ("tags", "not_tags"):
        filters.unknown_tags(world, name, data.words(name))
    for name in ("cpu_count", "mem"):
        if data.text(name):
            filters.number(name, data.all(name))
    _known(data, "zone", [each.name for each in world.zones], "No such zone: '{}'.")
    _known(data, "pool", [each.name for each in world.pools], "No such pool: '{}'.")
    _known(data, "not_in_zone", [each.name for each in world.zones], "No such zone(s): {}.")
    _known(data, "not_in_pool", [each.name for each in world.pools], "No such pool(s): {}.")
    arch = data.text("arch").split("/")[0]
    if arch and arch not in {"amd64", "arm64", "armhf", "i386", "ppc64el", "s390x"}:
        raise FormError({"arch": "Architecture not recognised."})


def _known(data: Data, name: str, valid: list[str], words: str) -> None:
    for wanted in data.items(name):
        if wanted not in valid:
            raise FormError({name: words.format(wanted)})


def _fits(world: World, machine: Machine, data: Data) -> bool:
    if data.text("name") not in {"", machine.hostname, show.fqdn(world, machine)}:
        return False
    # names that the list's filters have too, with the same meaning
    for name in ("system_id", "arch", "cpu_count", "mem", "tags", "not_tags", "zone", "not_in_zone", "pool",
                 "not_in_pool"):  # fmt: skip
        wanted = data.words(name)
        if wanted and not filters.FILTERS[name](world, machine, wanted):
            return False
    return _wired(world, machine, data) and _stored(machine, data)


def _wired(world: World, machine: Machine, data: Data) -> bool:
    vlans = [world.vlans.get(each.vlan_id) for each in machine.interfaces if each.vlan_id is not None]
    fabrics = {world.fabrics.get(each.fabric_id).name for each in vlans}
    subnets = {each.cidr: each.name for vlan in vlans for each in network.subnets_of(world, vlan.id)}
    names = {*subnets, *subnets.values()}
    wanted = {each.rpartition("cidr:")[2].rpartition("name:")[2] for each in data.items("subnets")}
    on = {str(each.vid) for each in vlans} | {each.name for each in vlans}
    vids = {each.rpartition(":")[2] for each in data.items("vlans")}
    return set(data.items("fabrics")) <= fabrics and wanted <= names and vids <= on


def _stored(machine: Machine, data: Data) -> bool:
    """`storage=root:100(ssd),data:200`: sizes in GB, the first for the boot disk, each on a disk of its own."""
    sizes = sorted((disk.size / 1e9 for disk in machine.disks), reverse=True)
    wanted = sorted((_gigabytes(each) for each in data.items("storage")), reverse=True)
    return len(wanted) <= len(sizes) and all(size >= need for size, need in zip(sizes, wanted, strict=False))


def _gigabytes(constraint: str) -> float:
    text = constraint.rpartition(":")[2].partition("(")[0]
    try:
        return float(text)
    except ValueError as error:
        raise FormError({"storage": f'Malformed storage constraint, "{constraint}".'}) from error


def _nothing(data: Data) -> str:
    if data.text("system_id"):
        return f"No machine with system ID {data.text('system_id')} available."
    asked = [(name, data.all(name)) for name in sorted(_CONSTRAINTS) if data.text(name)]
    if not asked:
        return "No machine available."
    listed = [(name, data.all(name)) for name in data.names() if name != "op"]  # whatever was sent, constraint or not
    resolved = " ".join(f"{name}={','.join(values)}" for name, values in asked)
    return f'No available machine matches constraints: {listed} (resolved to "{resolved}")'
