"""MachineManager: machines and containers of a model (juju apiserver/facades/client/machinemanager, version 10).

AddMachines ─> life.machines.add;  DestroyMachineWithParams ─> what goes with them, and life.machines.destroy
"""

from typing import Final

from lab.juju.errors import NOT_SUPPORTED, JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.model_shapes import default_base
from lab.juju.facades.shapes import base_of, constraints
from lab.juju.life import machines as life
from lab.juju.life.placement import HOSTS, Placement
from lab.juju.models import Json, Model
from lab.juju.rpc import MODEL, Call, Facade, Fields, Method, bulk
from lab.juju.world import key


def add_machines(call: Call, fields: Fields) -> Json:
    """Add machines, and containers on machines; "machines" gives their ids."""
    model = access.need_model(call, "write")
    access.allowed(model, "change")
    items = fields.each("params")
    return bulk(items, lambda at: {"machine": _add(call, model, items[at])}, "machines")


def _add(call: Call, model: Model, item: Fields) -> str:
    parent, kind = item.text("parent-id"), item.text("container-type")
    placement = _placement(model, item, kind)
    if parent and not kind:
        raise JujuError("parent machine specified without container type")
    if item.text("instance-id"):
        raise JujuError("manually provisioned machines not supported", NOT_SUPPORTED)
    if item.many("disks"):
        raise JujuError("adding volumes to a machine not supported", NOT_SUPPORTED)
    wanted = {**constraints(model.constraints), **constraints(item.map("constraints"))}
    # containers take what their host has
    own = constraints(item.map("constraints")) if kind or (placement and placement.scope in HOSTS) else wanted
    return life.add(
        call.world,
        call.now,
        call.model,
        base=base_of(item.map("base")) or base_of({"channel": default_base(call.world, model).rpartition("@")[2]}),
        constraints=own,
        placement=placement,
        parent=parent,
        container_type=kind,
    )


def _placement(model: Model, item: Fields, kind: str) -> Placement | None:
    if not item.has("placement"):
        return None
    scope, directive = item.fields("placement").text("scope"), item.fields("placement").text("directive")
    if kind:
        raise JujuError("container type and placement are mutually exclusive")
    # the CLI names the model where it knows nothing better
    if scope not in (*HOSTS, model.uuid, model.name):
        raise JujuError(f'invalid model name "{scope}"')
    return Placement(scope, directive)


def destroy_machines(call: Call, fields: Fields) -> Json:
    """Remove machines; tell what goes with each of them."""
    access.allowed(access.need_model(call, "write"), "remove")
    names = fields.texts("machine-tags")
    force, keep, dry = fields.flag("force"), fields.flag("keep"), fields.flag("dry-run")

    def one(at: int) -> Json:
        name = tags.parse(names[at], "machine")
        ends = life.destroy(call.world, call.now, call.model, [name], force=force, keep=keep, dry_run=dry)
        return {"info": _info(ends[0])}

    return bulk(names, one)


def _info(end: life.MachineEnd) -> Json:
    shown: Json = {
        "machine-id": end.machine,
        "destroyed-units": [{"tag": tags.make("unit", name)} for name in end.units],
        "destroyed-storage": [{"tag": tags.make("storage", name)} for name in end.destroyed_storage],
        "detached-storage": [{"tag": tags.make("storage", name)} for name in end.detached_storage],
        "destroyed-containers": [{"info": _info(each)} for each in end.containers],
    }
    return {name: value for name, value in shown.items() if value}


def retry_provisioning(call: Call, fields: Fields) -> Json:
    """Ask MAAS again for machines that it could not give; with "all" for every one of them."""
    access.allowed(access.need_model(call, "write"), "change")
    if fields.flag("all"):
        names = [row.id for row in call.world.machines.of(call.model) if row.phase == "failed"]
    else:
        names = [tags.parse(tag, "machine") for tag in fields.texts("machines")]

    errors: list[Json] = []
    for name in names:
        # Juju passes over machines that are not there, and answers with the errors alone
        if key(call.model, name) in call.world.machines:
            try:
                life.retry(call.world, call.now, call.model, name)
            except JujuError as error:
                errors.append({"error": error.shown()})
    return {"results": errors}


def instance_types(call: Call, fields: Fields) -> Json:
    """Refuse: a MAAS has no instance types."""
    access.need_model(call, "read")
    error = JujuError("instance types not supported", NOT_SUPPORTED).shown()
    return {"results": [{"error": error} for _ in fields.many("constraints")]}


def _refused(what: str) -> Method:
    def refuse(call: Call, _: Fields) -> Json:
        access.need_model(call, "write")
        raise JujuError(f"{what} not supported", NOT_SUPPORTED)

    return refuse


_UPGRADE: Final = "upgrading the base of a machine"

FACADE: Final = Facade(
    "MachineManager",
    (10,),
    MODEL,
    {
        "AddMachines": add_machines,
        "DestroyMachineWithParams": destroy_machines,
        "GetUpgradeSeriesMessages": _refused(_UPGRADE),
        "InstanceTypes": instance_types,
        "ProvisioningScript": _refused("manually provisioned machines"),
        "RetryProvisioning": retry_provisioning,
        "UpgradeSeriesComplete": _refused(_UPGRADE),
        "UpgradeSeriesPrepare": _refused(_UPGRADE),
        "UpgradeSeriesValidate": _refused(_UPGRADE),
        "WatchUpgradeSeriesNotifications": _refused(_UPGRADE),
    },
)
