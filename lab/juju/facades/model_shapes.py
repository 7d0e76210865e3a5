"""How models are shown: ModelInfo, ModelSummary, ModelStatus, and the machines and counts in them (pure).

World.models and what belongs to them ─> JSON of juju rpc/params/model.go, as ModelManager and Controller answer it
"""

from typing import Final

from lab.juju import versions
from lab.juju.facades import access, tags
from lab.juju.facades.model_settings import inherited
from lab.juju.facades.shapes import base_text, entity_status, moment_or_null
from lab.juju.facades.usermanager import model_users
from lab.juju.models import Json, Machine, Model, Storage
from lab.juju.rpc import Call
from lab.juju.world import World

_SLA: Final[Json] = {"level": "unsupported", "owner": ""}
_HARDWARE: Final = ("arch", "cores", "cpu-power", "mem", "root-disk", "tags", "availability-zone", "virt-type")
_FALLBACK_BASE, _FALLBACK_OF_TWO = "24.04", "20.04"
"""What Juju 3.6, and 2.9, put on machines when nobody says otherwise."""


def brief(model: Model) -> Json:
    """Give Juju's Model."""
    return {"name": model.name, "uuid": model.uuid, "type": "iaas", "owner-tag": tags.make("user", model.owner)}


def user_model(model: Model, user: str) -> Json:
    """Give Juju's UserModel: the model, and when the user was last there."""
    return {"model": brief(model), "last-connection": moment_or_null(model.last_connections.get(user, 0.0))}


def credential_tag(world: World, model: Model) -> Json:
    row = world.credentials.find(model.credential)
    if row is None:
        return {}
    return {"cloud-credential-tag": tags.credential(row.cloud, row.owner, row.name)}


def default_base(world: World, model: Model) -> str:
    """Give the base that the model deploys on by default: "ubuntu@24.04/stable"."""
    fallback = _FALLBACK_OF_TWO if versions.major(world.meta.version) == 2 else _FALLBACK_BASE
    return base_text(str(inherited(world, model)["default-base"][0] or fallback))


def _common(world: World, model: Model) -> Json:
    cloud = world.clouds.find(model.cloud)
    return {
        **brief(model),
        **credential_tag(world, model),
        "controller-uuid": world.meta.uuid,
        "is-controller": model.is_controller,
        "provider-type": cloud.type if cloud else "",
        "cloud-tag": tags.make("cloud", model.cloud),
        "cloud-region": model.region,
        "life": model.life,
        "status": entity_status(model.status),
        "sla": dict(_SLA),
        "agent-version": model.agent_version,
    }


def info(call: Call, model: Model) -> Json:
    """Give Juju's ModelInfo; who is not the model's admin sees only himself, and machines only who may write."""
    level = access.model_level(call.world, model, call.user)
    users = [user for user in model_users(call.world, model) if level == "admin" or user["user"] == call.user]
    credential = call.world.credentials.find(model.credential)
    writer = access.reaches(access.MODEL_LEVELS, level, "write")
    return {
        **_common(call.world, model),
        **({} if credential is None else {"cloud-credential-validity": not credential.revoked}),
        "default-base": default_base(call.world, model),
        "users": users,
        "machines": machines(call.world, model.uuid) if writer else [],
        "secret-backends": _backends(call.world, model) if writer else [],
        "supported-features": [
            {
                "name": "juju",
                "description": "the version of Juju used by the model",
                "version": model.agent_version,
            }
        ],
    }


def _backends(world: World, model: Model) -> list[Json]:
    backend: Json = {"name": "internal", "backend-type": "controller", "config": {}}
    count = sum(1 for _ in world.secrets.of(model.uuid))
    return [{"id": world.meta.uuid, "result": backend, "num-secrets": count, "status": "active"}]


def summary(call: Call, model: Model, user: str) -> Json:
    """Give Juju's ModelSummary for a user."""
    rows = list(call.world.machines.of(model.uuid))
    counts = {
        "machines": len(rows),
        "cores": sum(_number(row.hardware.get("cores")) for row in rows),
        "units": sum(1 for _ in call.world.units.of(model.uuid)),
    }
    return {
        **_common(call.world, model),
        "user-access": access.model_level(call.world, model, user),
        "last-connection": moment_or_null(model.last_connections.get(user, 0.0)),
        "counts": [{"entity": name, "count": count} for name, count in counts.items()],
    }


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def machines(world: World, model: str) -> list[Json]:
    """Give Juju's ModelMachineInfo of the machines that are not gone."""
    votes = world.models.get(model).is_controller
    return [_machine(row, votes=votes) for row in world.machines.of(model) if row.life != "dead"]


def _machine(row: Machine, *, votes: bool) -> Json:
    hardware = {name: row.hardware[name] for name in _HARDWARE if row.hardware.get(name)}
    shown: Json = {
        "id": row.id,
        "status": row.agent.status,
        "message": row.agent.message,
        "instance-id": row.instance_id,
        "display-name": row.hostname,
        "has-vote": votes and not row.parent and row.agent.status == "started",
        "wants-vote": votes and not row.parent,
    }
    return {**shown, "hardware": hardware} if hardware else shown


NO_STATUS: Final[Json] = {
    **dict.fromkeys(("model-tag", "life", "type", "owner-tag"), ""),
    **dict.fromkeys(("hosted-machine-count", "application-count", "unit-count"), 0),
}
"""What stands beside the error of a ModelStatus."""


def status(call: Call, model: Model) -> Json:
    """Give Juju's ModelStatus: what is in a model, which its end has to wait for."""
    world, uuid = call.world, model.uuid
    rows, storage = machines(world, uuid), list(world.storage.of(uuid))
    applications = [row.name for row in world.applications.of(uuid)]
    return {
        "model-tag": tags.make("model", uuid),
        "life": model.life,
        "type": "iaas",
        "owner-tag": tags.make("user", model.owner),
        # the controller's own machines are not hosted: its destroyer waits until there are none
        "hosted-machine-count": sum(1 for row in rows if not row["wants-vote"]),
        "application-count": len(applications),
        "unit-count": sum(1 for _ in world.units.of(uuid)),
        "applications": [{"name": name} for name in applications],
        "machines": rows,
        "volumes": [_stored(row) for row in storage if row.kind == "block"],
        "filesystems": [_stored(row) for row in storage if row.kind == "filesystem"],
    }


def _stored(row: Storage) -> Json:
    return {
        "id": row.id.rpartition("/")[2],
        "provider-id": row.pool,
        "status": row.status.status,
        "message": row.status.message,
        "detachable": row.persistent,
    }
