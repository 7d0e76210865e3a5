"""Application's deployments: Deploy, DeployFromRepository, SetCharm (Juju 3.6 API: Application).

what a client asks ─> charm of the model, or of Charmhub ─> life.applications.Deploy ─> units
Sources: juju/juju apiserver/facades/client/application/{application,deployrepository}.go.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

import yaml

from lab.juju.errors import BAD_REQUEST, NOT_FOUND, JujuError
from lab.juju.facades import resources, tags
from lab.juju.facades.access import allowed, need_model
from lab.juju.facades.charms import at_hub, origin_of, row_of
from lab.juju.facades.shapes import base, base_of, constraints
from lab.juju.hub import catalogue
from lab.juju.hub.catalogue import Resolved
from lab.juju.life import applications as life
from lab.juju.life.placement import MACHINE, Placement
from lab.juju.models import Json, Machine, StorageDirective
from lab.juju.rpc import Call, Fields, bulk


def deploy(call: Call, fields: Fields) -> Json:
    """Deploy charms that the model knows (AddCharm, or an upload, came before)."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("applications")
    return bulk(items, lambda index: _deploy(call, items[index]))


def _deploy(call: Call, item: Fields) -> Json:
    name, origin = item.text("application"), item.fields("charm-origin")
    if not origin.raw:
        raise JujuError("charm-origin not found; charm origin is required", BAD_REQUEST)
    places = placements(item, "placement")
    for each in filter(_on_machine, places):
        _need_machine(call, each.directive, name)
    known = known_charm(call, item.text("charm-url"), channel_of(origin) or item.text("channel"))
    asked = life.Deploy(
        name,
        known,
        item.whole("num-units") if item.has("num-units") else None,
        places,
        config_of(item, name),
        constraints=constraints(item.map("constraints")),
        storage=directives(item.fields("storage")),
        bindings=texts(item.map("endpoint-bindings")),
        resources=resources.chosen(item.map("resources")),
        attach_storage=storage_ids(item, "attach-storage"),
        base=base_of(item.map("base")) or base_of(origin.map("base")),
    )
    with call.world.whole():
        life.deploy(call.world, call.now, call.model, asked)
    return {}


def known_charm(call: Call, url: str, channel: str = "") -> Resolved:
    """Give a charm that the model knows; "not found" for one that nobody added."""
    row = row_of(call, url)
    return Resolved(
        catalogue.of_row(row), row.name, row.revision, channel or row.channel, row.base, row.url, row.source
    )


def channel_of(origin: Fields) -> str:
    """Give the channel of a CharmOrigin: "1.8/stable"; a local charm has none.

    It goes before the field `channel` beside it, where Juju's client writes the risk alone.
    """
    if origin.text("source") == "local":
        return ""
    return "/".join(part for part in (origin.text("track"), origin.text("risk"), origin.text("branch")) if part)


def placements(item: Fields, name: str) -> tuple[Placement, ...]:
    """Read Juju's placements; null stands for a machine of its own."""
    return tuple(Placement(each.text("scope"), each.text("directive")) for each in item.each(name))


def texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value or "") for name, value in values.items()}


def storage_ids(item: Fields, name: str) -> tuple[str, ...]:
    """Read storage given as tags ("storage-data-0"), as the API has it, or as ids ("data/0")."""
    return tuple(tags.parse(each, "storage") if "/" not in each else each for each in item.texts(name))


def directives(fields: Fields) -> dict[str, StorageDirective]:
    """Read storage by label: {"pool", "size" (MiB), "count"}."""
    found: dict[str, StorageDirective] = {}
    for label in fields.raw:
        each = fields.fields(label)
        found[label] = StorageDirective(each.text("pool"), each.whole("size"), each.whole("count", 1))
    return found


def config_of(item: Fields, name: str, settings: str = "config", document: str = "config-yaml") -> dict[str, object]:
    """Give config as a mapping and as YAML under the application's name together; the mapping wins."""
    return {**yaml_config(item.text(document), name), **item.map(settings)}


def yaml_config(text: str, name: str) -> dict[str, object]:
    """Read "NAME: {option: value}"; JujuError for what is no YAML or names another application."""
    try:
        said = cast("object", yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise JujuError(f"cannot parse settings data: {error}", BAD_REQUEST) from error
    if not isinstance(said, Mapping) or not said:
        return {}
    own = cast("Mapping[str, object]", said).get(name)
    if not isinstance(own, Mapping):
        raise JujuError(f'no settings found for "{name}"', BAD_REQUEST)
    return dict(cast("Mapping[str, object]", own))


def deploy_from_repository(call: Call, fields: Fields) -> Json:
    """Resolve charms at Charmhub and deploy them in one call; errors come as a list per item."""
    allowed(need_model(call, "write"), "change")
    return {"Results": [_from_repository(call, item) for item in fields.each("Args")]}


def _from_repository(call: Call, item: Fields) -> Json:
    try:
        with call.world.whole():
            return _repository_deploy(call, item)
    except JujuError as error:
        return {"Errors": [error.shown()], "Info": _NO_INFO, "PendingResourceUploads": []}


_NO_INFO: Final[Json] = {"name": "", "revision": 0, "channel": "", "architecture": ""}


def _repository_deploy(call: Call, item: Fields) -> Json:
    channel = item.text("channel")
    revision = item.whole("revision") if item.has("revision") else None
    where = _base_of_places(call, item) or _base_of_model(call)
    found = at_hub(call.world, item.text("CharmName"), channel, revision, where)
    name = item.text("ApplicationName") or found.name
    asked = life.Deploy(
        name,
        found,
        # Juju passes over a number of units here, but not in Deploy
        item.whole("num-units") if item.has("num-units") and not found.charm.subordinate else None,
        placements(item, "Placement"),
        yaml_config(item.text("ConfigYAML"), name),
        item.flag("Trust"),
        constraints(item.map("Cons")),
        directives(item.fields("Storage")),
        texts(item.map("endpoint-bindings")),
        resources.chosen(item.map("resources")),
        storage_ids(item, "AttachStorage"),
    )
    if not item.flag("DryRun"):
        life.deploy(call.world, call.now, call.model, asked)
    return {"Errors": [], "Info": _info(found, name, channel), "PendingResourceUploads": _uploads(found, item)}


def _base_of_places(call: Call, item: Fields) -> str:
    """Give the base to deploy with ("22.04"), "" for any: the one asked for, else that of the machines placed on.

    The machines must have been given by the cloud; a base must be theirs, and one without name and channel is none.
    """
    asked, name = base_of(item.map("base")), item.text("ApplicationName")
    found = [_placed_on(call, each.directive, name) for each in placements(item, "Placement") if _on_machine(each)]
    if not found:
        return asked
    if len({each.base for each in found}) > 1:
        raise JujuError("bases of existing placement machines do not match each other", BAD_REQUEST)
    machine = found[0]
    if not item.has("base") or asked == machine.base:
        return machine.base
    arch = str(item.map("Cons").get("arch") or machine.arch)
    wanted = f"{arch}/ubuntu/{asked}/stable" if asked else arch
    there = f"{machine.arch}/ubuntu/{machine.base}/stable"
    raise JujuError(f'base from placements, "{there}", does not match requested base "{wanted}"')


def _base_of_model(call: Call) -> str:
    said = str(call.world.models.get(call.model).config.get("default-base") or "")
    return base_of({"channel": said.rpartition("@")[2]})


def _on_machine(place: Placement) -> bool:
    return place.scope == MACHINE and bool(place.directive)


def _need_machine(call: Call, number: str, application: str) -> Machine:
    machine = call.world.machines.find(f"{call.model}/{number}")
    if machine is None:
        raise JujuError(f'cannot deploy "{application}" to machine {number}: machine {number} not found', NOT_FOUND)
    return machine


def _placed_on(call: Call, number: str, application: str) -> Machine:
    machine = _need_machine(call, number, application)
    if not machine.instance_id:
        raise JujuError(f'machine "{number}" not started, please retry when started')
    return machine


def _info(found: Resolved, name: str, channel: str) -> Json:
    """Give Juju's DeployFromRepositoryInfo: its name is the application's, to which the client uploads resources."""
    return {
        "name": name,
        "revision": found.revision,
        "channel": channel or found.channel,
        "effective-channel": found.channel,
        "base": base(found.base),
        "architecture": catalogue.ARCH,
    }


def _uploads(found: Resolved, item: Fields) -> list[Json]:
    """Name the resources that the client gave as files: it uploads them when the application is there."""
    given = {name: str(value) for name, value in item.map("resources").items()}
    return [
        {"Name": name, "Filename": value, "Type": spec.type}
        for name, value in given.items()
        if not value.isdecimal() and (spec := found.charm.resources.get(name)) is not None
    ]


def set_charm(call: Call, fields: Fields) -> Json:
    """Give an application another charm of the model's: a refresh, or a switch."""
    allowed(need_model(call, "write"), "change")
    name, origin = fields.text("application"), fields.fields("charm-origin")
    found = known_charm(call, fields.text("charm-url"), channel_of(origin) or fields.text("channel"))
    life.set_charm(
        call.world,
        call.now,
        call.model,
        name,
        found,
        config=config_of(fields, name, "config-settings", "config-settings-yaml"),
        directives=directives(fields.fields("storage-constraints")),
        bindings=texts(fields.map("endpoint-bindings")),
        resources=resources.chosen(fields.map("resource-ids")),
        force=fields.flag("force") or fields.flag("force-base"),
    )
    return {}


def charm_url_origin(call: Call, fields: Fields) -> Json:
    """Give an application's charm and where it came from."""
    need_model(call, "read")
    app = call.world.applications.get(f"{call.model}/{fields.text('application')}")
    found = known_charm(call, app.charm, app.channel)
    origin = origin_of(replace(found, base=app.base))
    return {"url": app.charm, "charm-origin": {**origin, "id": ""} if found.source == "local" else origin}


def update_base(call: Call, fields: Fields) -> Json:
    """Let new units of applications have another base; those that are there keep theirs."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("args")
    return bulk(items, lambda index: _update_base(call, items[index]))


def _update_base(call: Call, item: Fields) -> Json:
    name = tags.parse(item.fields("tag").text("tag"), "application")
    app = call.world.applications.get(f"{call.model}/{name}")
    wanted = base_of({"channel": item.text("channel")})
    charm = known_charm(call, app.charm).charm
    if not wanted:
        raise JujuError("channel missing from args", BAD_REQUEST)
    if charm.bases and wanted not in charm.bases and not item.flag("force"):
        supported = ", ".join(f"ubuntu@{each}" for each in charm.bases)
        raise JujuError(
            f'base "ubuntu@{wanted}" not supported by charm "{app.charm}", supported bases are: {supported}',
            "incompatible base",
        )
    call.world.applications.put(f"{call.model}/{name}", replace(app, base=wanted))
    return {}
