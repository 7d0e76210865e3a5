"""Application's settings: config, constraints, bindings, exposure, storage directives (Juju 3.6 API: Application).

rows + charm's options ─> Get, GetConfig, ApplicationsInfo;  Set…, Expose, MergeBindings ─> life.applications
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.juju import models as m
from lab.juju.errors import annotated
from lab.juju.facades import status, tags
from lab.juju.facades.access import allowed, need_model
from lab.juju.facades.deploying import config_of, directives, texts
from lab.juju.facades.shapes import base, constraints
from lab.juju.hub.catalogue import Charm, Option
from lab.juju.life import applications as life
from lab.juju.life import storage
from lab.juju.life.charms import TRUST, charm_key, charm_of
from lab.juju.models import Json
from lab.juju.rpc import Call, Fields, bulk
from lab.juju.world import key


def application(call: Call, name: str) -> m.Application:
    """Give an application of the model; JujuError "not found"."""
    return call.world.applications.get(key(call.model, name))


def of_tag(call: Call, tag: str) -> m.Application:
    return application(call, tags.parse(tag, "application"))


def get(call: Call, fields: Fields) -> Json:
    """Give everything that is set on an application, with what could be set."""
    need_model(call, "read")
    app = application(call, fields.text("application"))
    charm = charm_of(call.world, app)
    return {
        "application": app.name,
        "charm": charm.name,
        "config": described(charm, app.config),
        "application-config": {TRUST: _trust(app.trust)},
        "constraints": dict(app.constraints),
        "base": base(app.base),
        "channel": app.channel,
        "endpoint-bindings": dict(app.bindings),
    }


def _trust(value: bool) -> Json:
    return {
        "value": value,
        "default": False,
        "source": "user" if value else "default",
        "type": "bool",
        "description": "Does this application have access to trusted credentials",
    }


def described(charm: Charm, config: Mapping[str, object]) -> Json:
    """Give each option of a charm with its value and where that comes from: user, default, unset."""
    return {name: _described(option, config.get(name)) for name, option in charm.options.items()}


def _described(option: Option, value: object) -> Json:
    shown: Json = {"type": option.type, "description": option.description, "source": "unset"}
    if option.default is not None:
        shown |= {"default": option.default, "value": option.default, "source": "default"}
    # what is set to its default is not told as set
    return shown if value is None or value == option.default else {**shown, "value": value, "source": "user"}


def get_config(call: Call, fields: Fields) -> Json:
    """Give the charm's options of several applications."""
    need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda index: _config(call, of_tag(call, names[index])), "Results")


def charm_config(call: Call, fields: Fields) -> Json:
    """Do as GetConfig, with names instead of tags."""
    need_model(call, "read")
    items = fields.each("args")
    return bulk(items, lambda index: _config(call, application(call, items[index].text("application"))), "Results")


def _config(call: Call, app: m.Application) -> Json:
    return {"config": described(charm_of(call.world, app), app.config)}


def set_configs(call: Call, fields: Fields) -> Json:
    """Set options of applications, as texts or as YAML; null in YAML takes an option back to its default."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("Args")
    return bulk(items, lambda index: _set_config(call, items[index]))


def _set_config(call: Call, item: Fields) -> Json:
    name = application(call, item.text("application")).name
    values = config_of(item, name)
    reset = [each for each, value in values.items() if value is None]
    kept = {each: value for each, value in values.items() if value is not None}
    with call.world.whole(), annotated("parsing settings for application"):
        life.set_config(call.world, call.now, call.model, name, kept)
        life.unset_config(call.world, call.now, call.model, name, reset)
    return {}


def unset_configs(call: Call, fields: Fields) -> Json:
    """Take options of applications back to their defaults."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("Args")

    def one(index: int) -> Json:
        name, options = application(call, items[index].text("application")).name, items[index].texts("options")
        with annotated("updating application charm settings"):
            life.unset_config(call.world, call.now, call.model, name, options)
        return {}

    return bulk(items, one)


def get_constraints(call: Call, fields: Fields) -> Json:
    """Give the constraints of several applications."""
    need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda index: {"constraints": dict(of_tag(call, names[index]).constraints)})


def set_constraints(call: Call, fields: Fields) -> Json:
    """Set the constraints of an application's future machines."""
    allowed(need_model(call, "write"), "change")
    wanted = constraints(fields.map("constraints"))
    life.set_constraints(call.world, call.now, call.model, fields.text("application"), wanted)
    return {}


def expose(call: Call, fields: Fields) -> Json:
    """Open an application, or endpoints of it, to networks and spaces."""
    allowed(need_model(call, "write"), "change")
    asked = fields.fields("exposed-endpoints")
    wanted = {name: _exposure(asked.fields(name)) for name in asked.raw}
    life.expose(call.world, call.now, call.model, fields.text("application"), wanted)
    return {}


def _exposure(asked: Fields) -> tuple[Sequence[str], Sequence[str]]:
    return asked.texts("expose-to-spaces"), asked.texts("expose-to-cidrs")


def unexpose(call: Call, fields: Fields) -> Json:
    """Close an application, or endpoints of it."""
    allowed(need_model(call, "write"), "change")
    life.unexpose(call.world, call.now, call.model, fields.text("application"), fields.texts("exposed-endpoints"))
    return {}


def merge_bindings(call: Call, fields: Fields) -> Json:
    """Bind endpoints of applications to spaces."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("args")

    def one(index: int) -> Json:
        name = tags.parse(items[index].text("application-tag"), "application")
        asked = texts(items[index].map("bindings"))
        life.merge_bindings(call.world, call.now, call.model, name, asked, force=items[index].flag("force"))
        return {}

    return bulk(items, one)


def applications_info(call: Call, fields: Fields) -> Json:
    """Give what several applications are, without their units."""
    need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda index: {"result": _info(call, of_tag(call, names[index]))})


def _info(call: Call, app: m.Application) -> Json:
    row = call.world.charms.find(charm_key(call.model, app.charm))
    shown: Json = {
        "tag": tags.make("application", app.name),
        "charm": row.name if row else "",
        "base": base(app.base),
        "channel": status.channel_of(app, row),
        "constraints": dict(app.constraints),
        "principal": not app.subordinate,
        "exposed": app.exposed is not None,
        "remote": False,
        "life": app.life,
        "endpoint-bindings": status.bindings(app, row),
    }
    return {**shown, "exposed-endpoints": status.exposed(app)} if app.exposed else shown


def get_storage(call: Call, fields: Fields) -> Json:
    """Give the storage directives of several applications."""
    need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda index: {"storage-constraints": _directives(of_tag(call, names[index]))})


def _directives(app: m.Application) -> Json:
    return {label: {"pool": each.pool, "size": each.size, "count": each.count} for label, each in app.storage.items()}


def update_storage(call: Call, fields: Fields) -> Json:
    """Set the storage that future units of applications get."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("storage-updates")

    def one(index: int) -> Json:
        app = of_tag(call, items[index].text("application-tag"))
        asked = {**app.storage, **directives(items[index].fields("storage-constraints"))}
        checked = storage.directives(call.world, call.model, charm_of(call.world, app), asked)
        call.world.applications.put(key(call.model, app.name), replace(app, storage=checked))
        return {}

    return bulk(items, one)
