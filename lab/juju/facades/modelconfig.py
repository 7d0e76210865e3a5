"""ModelConfig: options and constraints of the login's model (juju facades/client/modelconfig, versions 3 and 4)."""

from dataclasses import replace
from typing import Final

from lab.juju.errors import NOT_FOUND, NOT_IMPLEMENTED, JujuError
from lab.juju.facades import access, model_settings
from lab.juju.facades.shapes import constraints
from lab.juju.models import Json, Model
from lab.juju.rpc import BOTH, Call, Facade, Fields
from lab.juju.world import World

_KEYS: Final = "authorized-keys"


def _model(call: Call, level: str) -> Model:
    # a controller login speaks of the controller's own model
    return access.need_model(call, level, call.model or call.world.meta.controller_model)


def shown(world: World, model: Model) -> Json:
    """Give every option with its value and where it comes from; SSH keys are KeyManager's to tell."""
    found = model_settings.inherited(world, model)
    return {name: {"value": value, "source": source} for name, (value, source) in found.items() if name != _KEYS}


def model_get(call: Call, _: Fields) -> Json:
    """Give the model's config."""
    return {"config": shown(call.world, _model(call, "read"))}


def model_set(call: Call, fields: Fields) -> Json:
    """Set options of the model."""
    model = _model(call, "write")
    access.allowed(model, "change")
    config = model_settings.changed(call.world, model, fields.map("config"))
    if config.get("secret-backend") not in (None, "auto", "internal", *call.world.meta.secret_backends):
        raise JujuError(f'secret backend "{config["secret-backend"]}" not found', NOT_FOUND)
    call.world.models.put(model.uuid, replace(model, config=config))
    return {}


def model_unset(call: Call, fields: Fields) -> Json:
    """Give options their defaults again."""
    model = _model(call, "write")
    access.allowed(model, "change")
    config = model_settings.without(model, fields.texts("keys"))
    call.world.models.put(model.uuid, replace(model, config=config))
    return {}


def get_constraints(call: Call, _: Fields) -> Json:
    """Give the constraints that the model's machines have besides their own."""
    return {"constraints": dict(_model(call, "read").constraints)}


def set_constraints(call: Call, fields: Fields) -> Json:
    """Replace the model's constraints."""
    model = _model(call, "write")
    access.allowed(model, "change")
    call.world.models.put(model.uuid, replace(model, constraints=constraints(fields.map("constraints"))))
    return {}


def sequences(call: Call, _: Fields) -> Json:
    """Give how far the model has counted: machines, relations, tasks, storage."""
    model = _model(call, "read")
    prefix = f"{model.uuid}/"
    counted = call.world.meta.next_id.items()
    return {"sequences": {name.removeprefix(prefix): count for name, count in counted if name.startswith(prefix)}}


def sla_level(call: Call, _: Fields) -> Json:
    """Give the support level, which only Canonical's service could set."""
    _model(call, "read")
    return {"result": "unsupported"}


def set_sla_level(call: Call, fields: Fields) -> Json:
    """Take note of the only level there is."""
    _model(call, "admin")
    if fields.text("level") not in ("", "unsupported"):
        raise JujuError(f'SLA level "{fields.text("level")}" not valid', "not valid")
    return {}


def get_backend(call: Call, _: Fields) -> Json:
    """Give the name of the backend that the model's secrets are kept in (version 4)."""
    _need_four(call, "GetModelSecretBackend")
    return {"result": str(model_settings.inherited(call.world, _model(call, "read"))["secret-backend"][0])}


def set_backend(call: Call, fields: Fields) -> Json:
    """Let the model's secrets be kept in another backend (version 4)."""
    _need_four(call, "SetModelSecretBackend")
    return model_set(call, Fields({"config": {"secret-backend": fields.text("secret-backend-name")}}))


def _need_four(call: Call, method: str) -> None:
    if call.version < 4:
        raise JujuError(
            f"no such request - method ModelConfig({call.version}).{method} is not implemented", NOT_IMPLEMENTED
        )


FACADE: Final = Facade(
    "ModelConfig",
    (3,),
    BOTH,
    {
        "GetModelConstraints": get_constraints,
        "GetModelSecretBackend": get_backend,
        "ModelGet": model_get,
        "ModelSet": model_set,
        "ModelUnset": model_unset,
        "SLALevel": sla_level,
        "Sequences": sequences,
        "SetModelConstraints": set_constraints,
        "SetModelSecretBackend": set_backend,
        "SetSLALevel": set_sla_level,
    },
)
