"""The operations on machines: deploy, release, power, lock, test, rescue... (source: MAAS 3.5 api/machines.py).

Each checks who may and in which status, then hands over to `life`.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lab.maas import hardware, images, life, network
from lab.maas.api import allocate, commission
from lab.maas.errors import ApiError, BadRequestError, ConflictError, ForbiddenError, FormError
from lab.maas.events import emit
from lab.maas.models import Json, Machine
from lab.maas.render import machines as show
from lab.maas.status import RELEASABLE, STORAGE_EDITABLE, Status, name_of
from lab.maas.urls import Action, get, post
from lab.maas.wire import Call, Data
from lab.maas.world import World

S = Status

_LAYOUTS: Final = ("bcache", "blank", "custom", "flat", "lvm", "vmfs6", "vmfs7")
_TEST_BACK: Final = {S.FAILED_COMMISSIONING: S.READY, S.FAILED_TESTING: S.READY}


def _machine(call: Call) -> Machine:
    return call.world.machines.get(call.params["system_id"])


def _editable(call: Call) -> Machine:
    """Give the machine, if the caller may edit it: its owner or an admin, and nobody while it is locked."""
    machine = _machine(call)
    if machine.locked or not (call.user.is_superuser or machine.owner in {"", call.user.username}):
        raise ForbiddenError("")
    return machine


def _note(call: Call, event: str, machine: Machine) -> None:
    comment = call.data.text("comment")
    words = f"({call.user.username}){f' - {comment}' if comment else ''}"
    emit(call.world, call.now, event, machine, words, call.user.username)


def _shown(call: Call, machine: Machine) -> Json:
    return show.machine(call.world, machine)


def commission_op(call: Call) -> Json:
    """Begin commissioning process for a machine."""
    options = commission.options(call.data)
    return _shown(call, commission.start(call.world, _machine(call), call.now, call.user.username, options))


def deploy(call: Call) -> Json:
    """Deploy a machine: acquires it first when it is Ready."""
    machine, data, world = _editable(call), call.data, call.world
    osystem, series = _release(world, data, machine)
    user_data = _decoded(data.text("user_data"))
    if machine.status not in {S.READY, S.ALLOCATED}:
        raise ConflictError(f"Can't deploy a machine that is in the '{name_of(machine.status)}' state")
    life.need_power(world, machine, "deploying")
    if machine.status == S.READY:
        machine = allocate.acquire(world, machine, call.now, call.user.username, data)
    _note(call, "REQUEST_NODE_START_DEPLOYMENT", machine)
    machine = network.with_addresses(world, machine)
    machine = replace(
        machine,
        osystem=osystem,
        distro_series=series,
        hwe_kernel=data.text("hwe_kernel") or images.kernel_of(world, f"{osystem}/{series}"),
        user_data=user_data,
        ephemeral_deploy=data.boolean("ephemeral_deploy"),
        enable_hw_sync=data.boolean("enable_hw_sync"),
        agent_name=data.text("agent_name", machine.agent_name),
    )
    return _shown(call, life.begin(world, machine, "deploying", call.now))


def _decoded(user_data: str) -> str:
    try:
        base64.b64decode(user_data, validate=False)
    except (binascii.Error, ValueError) as error:
        raise FormError({"user_data": "Invalid base64-encoded data."}) from error
    return user_data


def _release(world: World, data: Data, machine: Machine) -> tuple[str, str]:
    """Find (operating system, series) to deploy, or 400 for one that is not synced."""
    default = world.settings.get("default_distro_series").value
    wanted = data.text("distro_series") or str(default)
    osystem, _, series = wanted.rpartition("/")
    osystem = osystem or data.text("osystem") or _osystem_of(series)
    arch = machine.architecture.split("/")[0]
    if not images.synced(world, f"{osystem}/{series}", arch):
        ready = sorted({row.name for row in world.boot_resources if row.progress >= 100})
        choices = ", ".join(f"'{each}'" for each in ["", *ready])
        raise FormError(
            {"distro_series": [f"'{wanted}' is not a valid distro_series.  It should be one of: {choices}."]}
        )
    return osystem, series


def _osystem_of(series: str) -> str:
    return next((os for os, release in images.AVAILABLE if release == series), "ubuntu")


def release(call: Call) -> Json:
    """Release a machine: back to Ready, its disks erased first when asked."""
    return _shown(call, _release_one(call, _editable(call)))


def _release_one(call: Call, machine: Machine) -> Machine:
    if machine.status in {S.READY, S.RELEASING}:
        return machine
    if machine.status not in RELEASABLE:
        raise ConflictError(f"Machine cannot be released in its current state ('{name_of(machine.status)}').")
    return released(call.world, machine, call.now, call.user.username, call.data)


def released(world: World, machine: Machine, now: float, user: str, data: Data) -> Machine:
    """Begin to release: addresses, annotations and the installed system go at once, the owner at the end."""
    comment = data.text("comment")
    emit(world, now, "REQUEST_NODE_RELEASE", machine, f"({user}){f' - {comment}' if comment else ''}", user)
    machine = network.without_auto_addresses(machine)
    machine = replace(
        machine, agent_name="", owner_data={}, osystem="", distro_series="", hwe_kernel="", user_data="", locked=False
    )
    machine = replace(machine, enable_hw_sync=False, ephemeral_deploy=False, error_description="")
    setting = world.settings.get("enable_disk_erasing_on_release").value
    erase = data.boolean("erase", bool(setting)) or data.boolean("quick_erase") or data.boolean("secure_erase")
    if erase and machine.status not in {S.ALLOCATED, S.RESERVED}:
        emit(world, now, "REQUEST_NODE_ERASE_DISK", machine, f"({user})", user)
        return life.begin(world, machine, "erasing", now)
    return life.begin(world, machine, "releasing", now)


def release_many(call: Call) -> list[str]:
    """Release multiple machines; the ids of those that it began to release."""
    wanted = call.data.items("machines")
    unknown = sorted(each for each in wanted if each not in call.world.machines)
    if unknown:
        raise BadRequestError(f"Unknown machine(s): {', '.join(unknown)}.")
    rows = [call.world.machines.get(each) for each in wanted]
    if any(each.locked for each in rows):
        raise ForbiddenError("")
    stuck = [each for each in rows if each.status not in RELEASABLE and each.status not in {S.READY, S.RELEASING}]
    if stuck:
        listed = ", ".join(f"{each.system_id} ('{name_of(each.status)}')" for each in stuck)
        raise ConflictError(f"Machine(s) cannot be released in their current state: {listed}.")
    begun = [each for each in rows if each.status in RELEASABLE]
    return [_release_one(call, each).system_id for each in begun]


def accept(call: Call) -> list[Json]:
    """Accept declared machines: commissions those that are New."""
    wanted = call.data.items("machines")
    unknown = sorted(each for each in wanted if each not in call.world.machines)
    if unknown:
        raise BadRequestError(f"Unknown machine(s): {', '.join(unknown)}.")
    return _accepted(call, [call.world.machines.get(each) for each in wanted])


def accept_all(call: Call) -> list[Json]:
    """Accept all declared machines."""
    return _accepted(call, list(call.world.machines))


def _accepted(call: Call, rows: Sequence[Machine]) -> list[Json]:
    options = commission.options(call.data)
    return [
        _shown(call, commission.start(call.world, each, call.now, call.user.username, options))
        for each in rows
        if each.status == S.NEW
    ]


def list_allocated(call: Call) -> list[Json]:
    """List the machines that are allocated to the caller."""
    held = {S.ALLOCATED, S.DEPLOYING, S.DEPLOYED}
    rows = [each for each in call.world.machines if each.owner == call.user.username and each.status in held]
    return show.machines(call.world, rows)


def lock(call: Call) -> Json:
    """Lock a machine against accidental changes."""
    machine = _machine(call)
    if machine.locked:
        raise ConflictError("Machine is already locked")
    if machine.status not in {S.DEPLOYED, S.DEPLOYING}:
        raise ConflictError("Can't lock, node is not deployed or deploying")
    _note(call, "REQUEST_NODE_LOCK", machine)
    return _shown(call, life.put(call.world, replace(machine, locked=True)))


def unlock(call: Call) -> Json:
    """Unlock a machine."""
    machine = _machine(call)
    if not machine.locked:
        raise ConflictError("Machine is not locked")
    _note(call, "REQUEST_NODE_UNLOCK", machine)
    return _shown(call, life.put(call.world, replace(machine, locked=False)))


def abort(call: Call) -> Json:
    """Abort the machine's current operation."""
    return _shown(call, life.abort(call.world, _editable(call), call.now, call.user.username))


def _idle_bmc(machine: Machine, state: str) -> None:
    if machine.power_due is not None:
        said = f"Unable to change power state to '{state}' for node {machine.hostname}: another action is already in "
        raise ApiError(f"{said}progress for that node.", status=503, retry_after=10)


def power_on(call: Call) -> Json:
    """Turn on a machine; an Allocated one starts to deploy, as MAAS's start does."""
    machine = _editable(call)
    life.need_power(call.world, machine, "power")
    if machine.status == S.ALLOCATED:
        return deploy(call)
    _idle_bmc(machine, "on")
    _note(call, "REQUEST_NODE_START", machine)
    return _shown(call, life.switch_power(call.world, machine, call.now, "on"))


def power_off(call: Call) -> Json:
    """Power off a machine."""
    machine = _editable(call)
    _idle_bmc(machine, "off")
    mode = call.data.text("stop_mode", "hard")
    if mode not in {"hard", "soft"}:
        raise BadRequestError(f"'{mode}' is not a valid stop_mode; it should be hard or soft.")
    life.need_power(call.world, machine, "power")
    _note(call, "REQUEST_NODE_STOP", machine)
    return _shown(call, life.switch_power(call.world, machine, call.now, "off"))


def query_power_state(call: Call) -> Json:
    """Query the power state of a machine's BMC."""
    machine = _machine(call)
    state = hardware.query(call.world, machine)
    if state != machine.power_state:
        life.put(call.world, replace(machine, power_state=state))
    return {"state": state}


def power_parameters(call: Call) -> Json:
    """Get power parameters, in clear."""
    return dict(_machine(call).power_parameters)


def test(call: Call) -> Json:
    """Begin testing process for a machine."""
    machine = _editable(call)
    allowed = {status for status, ends in life.TRANSITIONS.items() if S.TESTING in ends} - {S.COMMISSIONING}
    if machine.status not in allowed:
        raise ConflictError(f"Unable to test machine: it is in the '{name_of(machine.status)}' state.")
    life.need_power(call.world, machine, "testing")
    _note(call, "REQUEST_NODE_START_TESTING", machine)
    back = _TEST_BACK.get(S(machine.status), machine.status)
    machine = hardware.tested(machine, 1)
    return _shown(call, life.begin(call.world, machine, "testing", call.now, {"back": int(back)}))


def override_failed_testing(call: Call) -> Json:
    """Ignore failed tests and put the machine back into a usable state."""
    machine = _machine(call)
    if machine.status != S.FAILED_TESTING:
        raise ConflictError(f"Cannot override failed testing when machine is in the '{name_of(machine.status)}' state.")
    _note(call, "REQUEST_NODE_OVERRIDE_FAILED_TESTING", machine)
    back = S.DEPLOYED if machine.osystem else S.READY
    return _shown(call, life.put(call.world, replace(life.moved(machine, back), error_description="")))


def mark_broken(call: Call) -> Json:
    """Mark a machine as Broken."""
    machine = _editable(call)
    why = call.data.text("comment")
    _note(call, "REQUEST_NODE_MARK_BROKEN", machine)
    if S.BROKEN not in life.TRANSITIONS[S(machine.status)] and machine.status != S.BROKEN:
        raise ConflictError(f"Cannot mark a machine broken in the '{name_of(machine.status)}' state.")
    machine = replace(life.moved(machine, S.BROKEN), task=None, error_description=why)
    return _shown(call, life.put(call.world, machine))


def mark_fixed(call: Call) -> Json:
    """Mark a broken machine as fixed: it is Ready, or Deployed with its owner."""
    machine = _machine(call)
    if machine.status != S.BROKEN:
        raise ConflictError(f"Cannot mark a machine fixed in the '{name_of(machine.status)}' state.")
    _note(call, "REQUEST_NODE_MARK_FIXED", machine)
    if machine.previous_status == S.DEPLOYED:
        back = S.DEPLOYED
    else:
        back = S.READY if machine.memory else S.NEW
        machine = network.without_addresses(replace(machine, owner="", osystem="", distro_series=""))
    machine = replace(life.moved(machine, back), error_description="")
    return _shown(call, life.put(call.world, machine))


def rescue_mode(call: Call) -> Json:
    """Begin rescue mode process for a machine."""
    machine = _machine(call)
    if S.ENTERING_RESCUE_MODE not in life.TRANSITIONS[S(machine.status)]:
        raise ConflictError(f"Cannot enter rescue mode in the '{name_of(machine.status)}' state.")
    life.need_power(call.world, machine, "entering_rescue")
    _note(call, "REQUEST_NODE_START_RESCUE_MODE", machine)
    resuming = {S.FAILED_ENTERING_RESCUE_MODE, S.FAILED_EXITING_RESCUE_MODE}
    back = machine.previous_status if machine.status in resuming else machine.status
    return _shown(call, life.begin(call.world, machine, "entering_rescue", call.now, {"back": back}))


def exit_rescue_mode(call: Call) -> Json:
    """Exit rescue mode: the machine is as it was before."""
    machine = _machine(call)
    if machine.status not in {S.RESCUE_MODE, S.FAILED_ENTERING_RESCUE_MODE, S.FAILED_EXITING_RESCUE_MODE}:
        raise ConflictError(f"Cannot exit rescue mode in the '{name_of(machine.status)}' state.")
    life.need_power(call.world, machine, "exiting_rescue")
    _note(call, "REQUEST_NODE_STOP_RESCUE_MODE", machine)
    options: Json = {"back": machine.previous_status}
    return _shown(call, life.begin(call.world, machine, "exiting_rescue", call.now, options))


def set_storage_layout(call: Call) -> Json:
    """Change the storage layout of a machine, dropping what was configured."""
    machine = _editable(call)
    layout = call.data.mandatory("storage_layout")
    if layout not in _LAYOUTS:
        valid = ", ".join(f"'{each}'" for each in _LAYOUTS)
        raise FormError({"storage_layout": f"'{layout}' is not a valid layout.  It should be one of: {valid}."})
    if machine.status not in STORAGE_EDITABLE:
        raise ConflictError("Cannot change the storage layout on a machine that is not Ready or Allocated.")
    if not machine.disks:
        raise BadRequestError("Machine is missing a boot disk; no storage layout can be applied.")
    return _shown(call, life.put(call.world, replace(machine, storage_layout=layout)))


def restore_storage(call: Call) -> Json:
    """Put the storage back to its initial layout."""
    machine = _editable(call)
    if machine.status not in STORAGE_EDITABLE:
        raise ConflictError("Machine must be in a ready or allocated state to restore storage configuration.")
    layout = str(call.world.settings.get("default_storage_layout").value)
    return _shown(call, life.put(call.world, replace(machine, storage_layout=layout)))


def restore_networking(call: Call) -> Json:
    """Put the network back to what commissioning found: NICs only, with automatic addresses."""
    machine = _editable(call)
    if machine.status not in STORAGE_EDITABLE:
        raise ConflictError("Machine must be in a ready or allocated state to restore networking configuration.")
    nics = tuple(replace(each, links=()) for each in machine.interfaces if each.type == "physical")
    machine = replace(machine, interfaces=nics)
    physical = hardware.physical_of(call.world, machine)
    if physical is not None:
        machine = hardware.with_nics(call.world, machine, physical)
    return _shown(call, life.put(call.world, machine))


def restore_default(call: Call) -> Json:
    """Put network and storage back."""
    restore_networking(call)
    return restore_storage(call)


def clear_default_gateways(call: Call) -> Json:
    """Clear set default gateways: MAAS chooses again."""
    return _shown(call, _machine(call))


def set_workload_annotations(call: Call) -> Json:
    """Set key=value data for the current owner; an empty value takes the key away."""
    machine = _editable(call)
    if machine.status in {S.NEW, S.READY} and not machine.owner:
        raise ConflictError("Cannot set owner data on a machine without an owner.")
    kept = dict(machine.owner_data)
    for name in call.data.names():
        if name == "op":
            continue
        if not re.fullmatch(r"[a-zA-Z0-9_.:/-]+", name):
            raise BadRequestError(f"'{name}' is no name for a workload annotation.")
        kept.pop(name, None)
        if call.data.text(name):
            kept[name] = call.data.text(name)
    return _shown(call, life.put(call.world, replace(machine, owner_data=kept)))


def details(call: Call) -> object:
    """Refuse: the lab keeps no lshw and lldp dumps."""
    raise BadRequestError(f"No details of {_machine(call).system_id}: this MAAS has no commissioning output.")


ACTIONS: Final[tuple[Action, ...]] = (
    post("commission", commission_op, admin=True),
    post("deploy", deploy),
    post("release", release),
    post("lock", lock),
    post("unlock", unlock),
    post("abort", abort),
    post("power_on", power_on),
    post("power_off", power_off),
    get("query_power_state", query_power_state),
    get("power_parameters", power_parameters, admin=True),
    post("test", test),
    post("override_failed_testing", override_failed_testing),
    post("mark_broken", mark_broken),
    post("mark_fixed", mark_fixed, admin=True),
    post("rescue_mode", rescue_mode, admin=True),
    post("exit_rescue_mode", exit_rescue_mode, admin=True),
    post("set_storage_layout", set_storage_layout),
    post("restore_default_configuration", restore_default, admin=True),
    post("restore_networking_configuration", restore_networking, admin=True),
    post("restore_storage_configuration", restore_storage, admin=True),
    post("clear_default_gateways", clear_default_gateways),
    post("set_workload_annotations", set_workload_annotations),
    post("set_owner_data", set_workload_annotations),
    get("details", details),
)
