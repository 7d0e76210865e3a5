"""Controller: the controller itself, its config and its end (juju apiserver/facades/client/controller, 11 and 12).

Its models ─> model_shapes;  DestroyController ─> life.models.destroy of each;  migration has no place to go to
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from lab.juju import watch
from lab.juju.errors import BAD_REQUEST, NOT_FOUND, NOT_SUPPORTED, JujuError
from lab.juju.facades import access, controller_settings, model_shapes, modelsummarywatcher, tags
from lab.juju.facades.allwatcher import Deltas
from lab.juju.facades.model_settings import inherited
from lab.juju.facades.shapes import api_addresses
from lab.juju.life import models as life
from lab.juju.models import Json, Model, Status
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, Method, bulk

_GIT_COMMIT: Final = "8cc1409ebd"
_MONGO: Final = "4.4.30"


def all_models(call: Call, _: Fields) -> Json:
    """List every model."""
    access.need_superuser(call)
    return {"user-models": [model_shapes.user_model(model, call.user) for model in call.world.models]}


def controller_config(call: Call, _: Fields) -> Json:
    """Give the controller's config."""
    return {"config": controller_settings.effective(call.world.meta)}


def model_config(call: Call, _: Fields) -> Json:
    """Give the config of the controller's own model, without where it comes from (2.9 only)."""
    access.need_superuser(call)
    found = inherited(call.world, call.world.models.get(call.world.meta.controller_model))
    return {"config": {name: {"value": value, "source": ""} for name, (value, _) in found.items()}}


def config_set(call: Call, fields: Fields) -> Json:
    """Set options of the controller."""
    access.need_superuser(call)
    meta = call.world.meta
    call.world.meta = replace(meta, config=controller_settings.changed(meta, fields.map("config")))
    return {}


def controller_version(call: Call, _: Fields) -> Json:
    """Give Juju's version."""
    return {"version": call.world.meta.version, "git-commit": _GIT_COMMIT}


def _text(value: str) -> Method:
    def told(_call: Call, _: Fields) -> Json:
        return {"result": value}

    return told


def model_status(call: Call, fields: Fields) -> Json:
    """Tell what is in models; one without access, or that is gone, is an error of its own."""
    names = fields.tags()

    def one(at: int) -> Json:
        return model_shapes.status(call, access.need_model(call, "admin", tags.parse(names[at], "model")))

    return bulk(names, one, "models")


def get_access(call: Call, fields: Fields) -> Json:
    """Give the access that users have to the controller."""
    names = fields.tags()

    def one(at: int) -> Json:
        name = tags.parse(names[at], "user")
        access.need_self(call, name)
        row = call.world.users.find(name)
        if row is None:
            raise JujuError(f'user "{name}" not found', "user not found")
        return {"result": {"user-tag": tags.make("user", name), "access": row.access}}

    return bulk(names, one)


def modify_access(call: Call, fields: Fields) -> Json:
    """Grant and revoke: login, superuser; and, as older clients say it, add-model: to the controller's own cloud."""
    access.need_superuser(call)
    changes = fields.each("changes")

    def one(at: int) -> Json:
        name = tags.parse(changes[at].text("user-tag"), "user")
        if changes[at].text("access") == "add-model":
            own = call.world.models.get(call.world.meta.controller_model)
            access.change_cloud(call, call.world.clouds.get(own.cloud), changes[at], name)
            return {}
        row = call.world.users.find(name)
        known: Mapping[str, str] = {name: row.access} if row else {}
        level = access.changed(call, "controller", access.CONTROLLER_LEVELS, known, changes[at], name)
        if row is not None:
            call.world.users.put(name, replace(row, access=level))
        return {}

    return bulk(changes, one)


def cloud_spec(call: Call, model: Model) -> Json:
    """Give Juju's CloudSpec: where a model's cloud is, with the credential."""
    cloud, credential = call.world.clouds.get(model.cloud), call.world.credentials.find(model.credential)
    endpoint = dict(cloud.regions).get(model.region) or cloud.endpoint
    spec: Json = {"type": cloud.type, "name": cloud.name, "region": model.region, "endpoint": endpoint}
    if cloud.ca_certificates:
        spec["cacertificates"] = list(cloud.ca_certificates)
    if credential is None:
        return spec
    return {**spec, "credential": {"auth-type": credential.auth_type, "attrs": dict(credential.attrs)}}


def cloud_specs(call: Call, fields: Fields) -> Json:
    """Give the cloud specs of models."""
    access.need_superuser(call)
    names = fields.tags()
    return bulk(names, lambda at: {"result": cloud_spec(call, call.world.models.get(tags.parse(names[at], "model")))})


def get_cloud_spec(call: Call, fields: Fields) -> Json:
    """Give the cloud spec of the controller's model, or of the one with that tag."""
    access.need_superuser(call)
    tag = fields.text("tag")
    uuid = tags.parse(tag, "model") if tag else call.model or call.world.meta.controller_model
    return {"result": cloud_spec(call, call.world.models.get(uuid))}


def api_info(call: Call, fields: Fields) -> Json:
    """Tell where models can be reached: at this controller, all of them."""
    names = fields.tags()

    def one(at: int) -> Json:
        access.need_model(call, "read", tags.parse(names[at], "model"))
        return {
            "addresses": api_addresses(call.world.meta),
            "cacert": call.world.meta.ca_cert,
        }

    return bulk(names, one)


def hosted_configs(call: Call, _: Fields) -> Json:
    """Give config and cloud spec of each model but the controller's own, for whoever destroys them."""
    access.need_superuser(call)
    return {
        "models": [
            {
                "name": model.name,
                "owner": tags.make("user", model.owner),
                "config": {name: value for name, (value, _) in inherited(call.world, model).items()},
                "cloud-spec": cloud_spec(call, model),
            }
            for model in call.world.models
            if not model.is_controller
        ]
    }


def blocked_models(call: Call, _: Fields) -> Json:
    """List the models in which something is switched off."""
    access.need_superuser(call)
    return {
        "models": [
            {
                "name": model.name,
                "model-uuid": model.uuid,
                "owner-tag": tags.make("user", model.owner),
                "blocks": list(model.blocks),
            }
            for model in call.world.models
            if model.blocks
        ]
    }


def remove_blocks(call: Call, fields: Fields) -> Json:
    """Switch everything on again, in all models."""
    access.need_superuser(call)
    if not fields.flag("all"):
        raise JujuError("not supported", NOT_SUPPORTED)
    for model in [each for each in call.world.models if each.blocks]:
        call.world.models.put(model.uuid, replace(model, blocks={}))
    return {}


def destroy_controller(call: Call, fields: Fields) -> Json:
    """Begin the controller's end: its models first, all of them where asked, else only empty ones."""
    access.need_superuser(call)
    world = call.world
    if any(model.blocks for model in world.models):
        raise JujuError("found blocks in controller models", access.BLOCKED)
    hosted = [model for model in world.models if not model.is_controller]
    full = [model for model in hosted if _holds(call, model)]
    if full and not fields.flag("destroy-models"):
        plural = "" if len(full) == 1 else "s"
        raise JujuError(f"failed to destroy model: hosting {len(full)} other model{plural}", life.HOSTED_MODELS)
    storage = fields.flag("destroy-storage") if fields.has("destroy-storage") else None
    for model in hosted:
        life.destroy(world, call.now, model.uuid, destroy_storage=storage, force=fields.flag("force"))
    own = world.models.get(world.meta.controller_model)
    world.models.put(own.uuid, replace(own, life="dying", status=Status("destroying", "", call.now)))
    return {}


def _holds(call: Call, model: Model) -> bool:
    rows = (call.world.machines.of(model.uuid), call.world.applications.of(model.uuid))
    return any(next(each, None) is not None for each in rows)


def dashboard(call: Call, _: Fields) -> Json:
    """Refuse: nobody deployed a dashboard in the controller's model."""
    del call
    return {"error": JujuError("dashboard not found", NOT_FOUND).shown()}


def migrate(call: Call, fields: Fields) -> Json:
    """Refuse migrations: the lab has no other controller to migrate to."""
    access.need_superuser(call)
    specs = fields.each("specs")

    def one(at: int) -> Json:
        tag = specs[at].text("model-tag")
        tags.parse(tag, "model")
        error = JujuError("target prechecks failed: migrating to another controller not supported", NOT_SUPPORTED)
        return {"model-tag": tag, "migration-id": "", "error": error.shown()}

    return bulk(specs, one)


def watch_all_models(call: Call, _: Fields) -> Json:
    """Give a watcher for AllModelWatcher.Next."""
    access.need_superuser(call)
    return {"watcher-id": watch.register(call, Deltas(None))}


def _watch_summaries(user: Callable[[Call], str]) -> Method:
    def watched(call: Call, _: Fields) -> Json:
        return {"watcher-id": watch.register(call, modelsummarywatcher.Summaries(user(call)))}

    return watched


def _every(call: Call) -> str:
    access.need_superuser(call)
    return ""


def watch_cloud_specs(_: Call, fields: Fields) -> Json:
    """Refuse: this is for the controller's own workers, not for clients."""
    fields.tags()
    raise JujuError("watching cloud specs of models is for controllers", BAD_REQUEST)


FACADE: Final = Facade(
    "Controller",
    (11, 12),
    CONTROLLER,
    {
        "AllModels": all_models,
        "CloudSpec": cloud_specs,
        "ConfigSet": config_set,
        "ControllerAPIInfoForModels": api_info,
        "ControllerConfig": controller_config,
        "ControllerVersion": controller_version,
        "DashboardConnectionInfo": dashboard,
        "DestroyController": destroy_controller,
        "GetCloudSpec": get_cloud_spec,
        "GetControllerAccess": get_access,
        "HostedModelConfigs": hosted_configs,
        "IdentityProviderURL": _text(""),
        "InitiateMigration": migrate,
        "ListBlockedModels": blocked_models,
        "ModelConfig": model_config,
        "ModelStatus": model_status,
        "ModifyControllerAccess": modify_access,
        "MongoVersion": _text(_MONGO),
        "RemoveBlocks": remove_blocks,
        "WatchAllModelSummaries": _watch_summaries(_every),
        "WatchAllModels": watch_all_models,
        "WatchCloudSpecsChanges": watch_cloud_specs,
        "WatchModelSummaries": _watch_summaries(lambda call: call.user),
    },
)
