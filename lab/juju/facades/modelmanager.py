"""ModelManager: models made, shown, shared, destroyed (juju apiserver/facades/client/modelmanager, versions 9 and 10).

CreateModel ─> life.models.create;  DestroyModels ─> life.models.destroy;  ModelInfo, ListModels, ... ─> model_shapes
A model that a user cannot see is "permission denied", as one that is not there: nobody learns which models there are.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

from lab.juju.errors import NOT_FOUND, NOT_SUPPORTED, NOT_VALID, JujuError, not_found
from lab.juju.facades import access, keymanager, model_defaults, model_settings, model_shapes, tags
from lab.juju.life import models as life
from lab.juju.models import Cloud, Json, Model
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, bulk

_KEYS: Final = "authorized-keys"


def create_model(call: Call, fields: Fields) -> Json:
    """Create a model; its ModelInfo. Needs add-model on the cloud, for others superuser."""
    cloud = _cloud(call, fields)
    owner = tags.parse(fields.text("owner-tag"), "user") if fields.text("owner-tag") else call.user
    _need_add_model(call, cloud, owner)
    name, config = fields.text("name"), fields.map("config")
    _check_config(call, name, config)
    own = model_settings.coerced(
        {each: value for each, value in config.items() if each not in (_KEYS, "agent-version")}
    )
    region = fields.text("region") or _region(call, cloud)
    credential = _credential(call, fields, cloud, owner)
    try:
        model = life.create(call.world, call.now, name, owner, cloud.name, region, credential, own)
    except JujuError as error:
        raise _in_words(error, cloud, region) from error
    keymanager.adopt(call.world, model.uuid, str(config.get(_KEYS) or ""))
    return model_shapes.info(call, model)


def _in_words(error: JujuError, cloud: Cloud, region: str) -> JujuError:
    if region in {name for name, _ in cloud.regions}:
        return error
    return JujuError(f"getting cloud region definition: {error.message}", NOT_FOUND)


def _cloud(call: Call, fields: Fields) -> Cloud:
    if fields.text("cloud-tag"):
        name = tags.parse(fields.text("cloud-tag"), "cloud")
    else:
        name = call.world.models.get(call.world.meta.controller_model).cloud
    found = call.world.clouds.find(name)
    if found is None:
        known = " ".join(f'"{row.name}"' for row in call.world.clouds)
        raise JujuError(f'cloud "{name}" not found, expected one of [{known}]', NOT_FOUND)
    return found


def _need_add_model(call: Call, cloud: Cloud, owner: str) -> None:
    if access.is_superuser(call):
        return
    if not access.reaches(access.CLOUD_LEVELS, cloud.access.get(call.user, ""), "add-model"):
        raise access.denied()
    if owner != call.user:
        denied = access.denied()
        words = f'"add-model" permission does not permit creation of models for different owners: {denied.message}'
        raise JujuError(words, denied.code)


def _check_config(call: Call, name: str, config: Mapping[str, object]) -> None:
    if not name:
        raise JujuError("Name must be specified", NOT_VALID)
    if "uuid" in config:
        raise JujuError("uuid is generated, you cannot specify one")
    if "name" in config:
        raise JujuError("name must not be specified in config")
    version = config.get("agent-version", call.world.meta.version)
    if version != call.world.meta.version:
        raise JujuError(
            f"agent-version is {version}, the controller can only create models of {call.world.meta.version}"
        )


def _region(call: Call, cloud: Cloud) -> str:
    own = call.world.models.find(call.world.meta.controller_model)
    if own is not None and own.cloud == cloud.name:
        return own.region
    return cloud.regions[0][0] if cloud.regions else ""


def _credential(call: Call, fields: Fields, cloud: Cloud, owner: str) -> str:
    """Find the credential's key: the one asked for, else the controller's own, else the owner's only one."""
    if fields.text("credential"):
        asked = tags.parse_credential(fields.text("credential"))
        place = tags.credential_key(*asked)
        if place not in call.world.credentials:
            raise not_found("credential", "/".join(asked))
        if asked[0] != cloud.name or (asked[1] != owner and not access.is_superuser(call)):
            raise access.denied()
        return place
    own = call.world.models.find(call.world.meta.controller_model)
    if own is not None and own.cloud == cloud.name and own.owner == owner:
        return own.credential
    found = [row for row in call.world.credentials if (row.cloud, row.owner) == (cloud.name, owner)]
    if len(found) == 1:
        return tags.credential_key(found[0].cloud, found[0].owner, found[0].name)
    if "empty" in cloud.auth_types:
        return ""
    raise JujuError("no credential specified")


def destroy_models(call: Call, fields: Fields) -> Json:
    """Begin the end of models."""
    items = fields.each("models")

    def one(at: int) -> Json:
        uuid = tags.parse(items[at].text("model-tag"), "model")
        model = call.world.models.get(uuid)
        access.need_model(call, "admin", uuid)
        access.allowed(model, "destroy")
        storage = items[at].flag("destroy-storage") if items[at].has("destroy-storage") else None
        life.destroy(call.world, call.now, uuid, destroy_storage=storage, force=items[at].flag("force"))
        return {}

    return bulk(items, one)


def _seen(call: Call, tag: str) -> Model:
    model = call.world.models.find(tags.parse(tag, "model"))
    if model is None or not access.model_level(call.world, model, call.user):
        raise access.denied()
    return model


def model_info(call: Call, fields: Fields) -> Json:
    """Describe models."""
    names = fields.tags()
    return bulk(names, lambda at: {"result": model_shapes.info(call, _seen(call, names[at]))})


def model_status(call: Call, fields: Fields) -> Json:
    """Tell what is in models; "not found" for one that is gone."""
    names = fields.tags()

    def one(at: int) -> Json:
        return model_shapes.status(call, access.need_model(call, "admin", tags.parse(names[at], "model")))

    found = cast("list[Json]", bulk(names, one, "models")["models"])
    return {"models": [{**model_shapes.NO_STATUS, **each} if "error" in each else each for each in found]}


def _asked_user(call: Call, tag: str) -> str:
    user = tags.parse(tag, "user")
    access.need_self(call, user)
    return user


def _of_user(call: Call, user: str) -> list[Model]:
    return [model for model in call.world.models if access.model_level(call.world, model, user)]


def list_models(call: Call, fields: Fields) -> Json:
    """List the models that a user can see."""
    user = _asked_user(call, fields.text("tag"))
    return {"user-models": [model_shapes.user_model(model, user) for model in _of_user(call, user)]}


def list_summaries(call: Call, fields: Fields) -> Json:
    """List the models that a user can see, with what is in them; "all" gives a superuser every model."""
    user = _asked_user(call, fields.text("user-tag"))
    every = fields.flag("all") and access.is_superuser(call)
    models = list(call.world.models) if every else _of_user(call, user)
    return {"results": [{"result": model_shapes.summary(call, model, user)} for model in models]}


def modify_access(call: Call, fields: Fields) -> Json:
    """Grant and revoke: read, write, admin."""
    changes = fields.each("changes")

    def one(at: int) -> Json:
        uuid = tags.parse(changes[at].text("model-tag"), "model")
        if uuid not in call.world.models:
            raise JujuError(f'could not lookup model: model "{uuid}" not found', NOT_FOUND)
        model = access.need_model(call, "admin", uuid)
        user = tags.parse(changes[at].text("user-tag"), "user")
        level = access.changed(call, "model", access.MODEL_LEVELS, model.access, changes[at], user)
        call.world.models.put(uuid, replace(model, access=access.with_level(model.access, user, level)))
        return {}

    return bulk(changes, one)


def change_credential(call: Call, fields: Fields) -> Json:
    """Let models use other credentials of their cloud."""
    items = fields.each("model-credentials")

    def one(at: int) -> Json:
        model = access.need_model(call, "admin", tags.parse(items[at].text("model-tag"), "model"))
        access.allowed(model, "change")
        cloud, owner, name = tags.parse_credential(items[at].text("credential-tag"))
        row = call.world.credentials.find(tags.credential_key(cloud, owner, name))
        if row is None:
            raise not_found("cloud credential", f"{cloud}/{owner}/{name}")
        if cloud != model.cloud:
            raise JujuError(f'cloud credential "{cloud}/{owner}/{name}" for cloud "{model.cloud}" not valid', NOT_VALID)
        call.world.models.put(model.uuid, replace(model, credential=tags.credential_key(cloud, owner, name)))
        return {}

    return bulk(items, one)


def dump_models(call: Call, fields: Fields) -> Json:
    """Refuse: the lab has no description of models to migrate by."""
    access.need_superuser(call)
    error = JujuError("dumping models not supported", NOT_SUPPORTED).shown()
    return {"results": [{"error": error} for _ in fields.many("entities")]}


FACADE: Final = Facade(
    "ModelManager",
    (9, 10),
    CONTROLLER,
    {
        "ChangeModelCredential": change_credential,
        "CreateModel": create_model,
        "DestroyModels": destroy_models,
        "DumpModels": dump_models,
        "DumpModelsDB": dump_models,
        "ListModelSummaries": list_summaries,
        "ListModels": list_models,
        "ModelInfo": model_info,
        "ModelStatus": model_status,
        "ModifyModelAccess": modify_access,
        **model_defaults.METHODS,
    },
)
