"""The model defaults of clouds and regions: ModelManager's methods about what new models start with (versions 9, 10).

Meta.model_defaults: "CLOUD" or "CLOUD/REGION" -> option -> value, above Juju's own defaults.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.juju.facades import access, model_settings, tags
from lab.juju.life.settings import DEFAULTS
from lab.juju.models import Cloud, Json
from lab.juju.rpc import Call, Fields, Method, bulk


def defaults_for_clouds(call: Call, fields: Fields) -> Json:
    """Give what models of clouds start with: Juju's default, the controller's, and those of regions."""
    names = fields.tags()

    def one(at: int) -> Json:
        cloud = call.world.clouds.get(tags.parse(names[at], "cloud"))
        if not access.reaches(access.CLOUD_LEVELS, access.cloud_level(call, cloud), "add-model"):
            raise access.denied()
        return {"config": _shown(call, cloud)}

    return bulk(names, one)


def _shown(call: Call, cloud: Cloud) -> Json:
    stored = call.world.meta.model_defaults
    regions = {name: stored.get(f"{cloud.name}/{name}", {}) for name, _ in cloud.regions}
    own = stored.get(cloud.name, {})
    options = [*DEFAULTS, *(name for each in (own, *regions.values()) for name in each if name not in DEFAULTS)]
    return {name: _option(name, own, regions) for name in options}


def _option(name: str, own: Mapping[str, object], regions: Mapping[str, Mapping[str, object]]) -> Json:
    shown: Json = {"default": DEFAULTS[name]} if name in DEFAULTS else {}
    if name in own:
        shown["controller"] = own[name]
    placed = [{"region-name": region, "value": values[name]} for region, values in regions.items() if name in values]
    return {**shown, "regions": placed} if placed else shown


def _place(call: Call, item: Fields) -> str:
    access.need_superuser(call)
    if item.text("cloud-tag"):
        cloud = call.world.clouds.get(tags.parse(item.text("cloud-tag"), "cloud"))
    else:
        cloud = call.world.clouds.get(call.world.models.get(call.world.meta.controller_model).cloud)
    region = item.text("cloud-region")
    return f"{cloud.name}/{region}" if region else cloud.name


def _keep(call: Call, place: str, values: Mapping[str, object]) -> None:
    stored = {**call.world.meta.model_defaults, place: values}
    call.world.meta = replace(call.world.meta, model_defaults={name: each for name, each in stored.items() if each})


def set_defaults(call: Call, fields: Fields) -> Json:
    """Set what models of clouds and regions start with."""
    items = fields.each("config")

    def one(at: int) -> Json:
        place = _place(call, items[at])
        known = call.world.meta.model_defaults.get(place, {})
        _keep(call, place, {**known, **model_settings.coerced(items[at].map("config"))})
        return {}

    return bulk(items, one)


def unset_defaults(call: Call, fields: Fields) -> Json:
    """Drop what was set for clouds and regions."""
    items = fields.each("keys")

    def one(at: int) -> Json:
        place = _place(call, items[at])
        gone, known = items[at].texts("keys"), call.world.meta.model_defaults.get(place, {})
        _keep(call, place, model_settings.kept(known, gone))
        return {}

    return bulk(items, one)


METHODS: Final[Mapping[str, Method]] = {
    "ModelDefaultsForClouds": defaults_for_clouds,
    "SetModelDefaults": set_defaults,
    "UnsetModelDefaults": unset_defaults,
}
