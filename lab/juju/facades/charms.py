"""Charms: which charm a reference means, and what a model knows of its charms (Juju 3.6 API: Charms v5 to v7).

reference + origin ─ hub.catalogue.resolve ─> Resolved ─ ResolveCharms ─> origin, url;  AddCharm ─> row of the model
row ─ hub.catalogue.of_row ─> Charm ─ CharmInfo ─> Juju's Charm
"""

import hashlib
from base64 import b64encode
from dataclasses import replace
from typing import Final

from lab.juju import models as m
from lab.juju import versions
from lab.juju.errors import JujuError, not_found
from lab.juju.facades.access import need_model
from lab.juju.facades.shapes import base, base_of
from lab.juju.hub import catalogue
from lab.juju.hub.catalogue import SERIES, Charm, CharmEndpoint, Resolved
from lab.juju.hub.http import DOWNLOADS, charm_id
from lab.juju.life.charms import charm_key, keep
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World


def at_hub(world: World, reference: str, channel: str, revision: int | None, wanted: str) -> Resolved:
    """Pick a charm of Charmhub; Juju 4 names no series in its URL ("ch:amd64/vault-220")."""
    found = catalogue.resolve(reference, channel, revision, wanted)
    if versions.major(world.meta.version) < 4:
        return found
    return replace(found, url=f"ch:{catalogue.ARCH}/{found.name}-{found.revision}")


def resolved(world: World, reference: str, origin: Fields) -> Resolved:
    """Resolve a reference as a client's CharmOrigin narrows it: track and risk, revision, base."""
    track, risk, branch = origin.text("track"), origin.text("risk"), origin.text("branch")
    channel = "/".join(part for part in (track, risk, branch) if part)
    revision = origin.whole("revision") if origin.has("revision") else None
    return at_hub(world, reference, channel, revision, base_of(origin.map("base")))


def origin_of(charm: Resolved) -> Json:
    """Give Juju's CharmOrigin of what was resolved."""
    track, _, risk = charm.channel.rpartition("/")
    return {
        "source": charm.source,
        "type": "charm",
        "id": charm_id(charm.name),
        "hash": "",
        "risk": risk,
        "revision": charm.revision,
        "track": track,
        "architecture": catalogue.ARCH,
        "base": base(charm.base),
        "instance-key": "",
    }


def resolve_charms(call: Call, fields: Fields) -> Json:
    """Resolve references; versions before 7 name series beside bases."""
    need_model(call, "read")
    asked = fields.each("resolve")
    return bulk(asked, lambda index: _resolve(call, asked[index]), "Results")


def _resolve(call: Call, asked: Fields) -> Json:
    """Resolve one reference. An origin with an id is of a charm to be refreshed: its channel counts, no revision."""
    origin, reference = asked.fields("charm-origin"), asked.text("reference")
    if origin.text("id"):
        origin = Fields({**origin.raw, "revision": None})
        reference = catalogue.name_of(reference)
    # one that does not run on the base that is asked for is told with those it does run on
    found = resolved(call.world, reference, Fields({**origin.raw, "base": None}))
    if base_of(origin.map("base")) in found.charm.bases:
        found = resolved(call.world, reference, origin)
    bases = (found.base, *(each for each in found.charm.bases if each != found.base))
    answer: Json = {
        "url": found.url,
        # only a charm that the model knows has an id: AddCharm tells it
        "charm-origin": {**origin_of(found), "id": origin.text("id")},
        "supported-bases": [base(each) for each in bases],
    }
    return answer if call.version >= 7 else {**answer, "supported-series": [SERIES[each] for each in bases]}


def add_charm(call: Call, fields: Fields) -> Json:
    """Let the model know a charm of Charmhub."""
    need_model(call, "write")
    url = fields.text("url")
    if url.startswith("local:"):
        raise JujuError('unknown schema for charm URL "local"')
    found = resolved(call.world, url, fields.fields("charm-origin"))
    keep(call.world, call.model, found)
    return {"charm-origin": origin_of(found)}


def row_of(call: Call, url: str) -> m.Charm:
    """Give a charm that the model knows; "ubuntu" and "ch:ubuntu" don't name one, URLs do."""
    row = call.world.charms.find(charm_key(call.model, url))
    if row is None:
        raise not_found("charm", url)
    return row


def charm_info(call: Call, fields: Fields) -> Json:
    """Give what a charm of the model says of itself."""
    need_model(call, "read")
    row = row_of(call, fields.text("url"))
    charm = catalogue.of_row(row)
    return {
        "revision": row.revision,
        "url": row.url,
        "config": {
            name: {"type": option.type, "description": option.description, "default": option.default}
            for name, option in charm.options.items()
        },
        "meta": _meta(charm),
        "actions": {
            "specs": {
                name: {"description": spec.description, "params": _schema(name, spec)}
                for name, spec in charm.actions.items()
            }
        },
        "manifest": {"bases": [{**base(each), "architectures": [catalogue.ARCH]} for each in charm.bases]},
    }


def _schema(name: str, spec: catalogue.ActionSpec) -> Json:
    return {
        "title": name,
        "type": "object",
        "description": spec.description,
        "properties": dict(spec.params),
        **({"required": list(spec.required)} if spec.required else {}),
    }


def relation_json(end: CharmEndpoint | m.Endpoint) -> Json:
    """Give Juju's CharmRelation."""
    return {
        "name": end.name,
        "role": end.role,
        "interface": end.interface,
        "optional": end.optional,
        "limit": end.limit,
        "scope": end.scope,
    }


def _meta(charm: Charm) -> Json:
    ends = charm.endpoints.values()
    return {
        "name": charm.name,
        "summary": charm.summary,
        "description": charm.description,
        "subordinate": charm.subordinate,
        "provides": {each.name: relation_json(each) for each in ends if each.role == "provider"},
        "requires": {each.name: relation_json(each) for each in ends if each.role == "requirer"},
        "peers": {each.name: relation_json(each) for each in ends if each.role == "peer"},
        "extra-bindings": {name: name for name in charm.extra_bindings},
        "series": [SERIES[each] for each in charm.bases],
        "storage": {name: _storage(name, spec) for name, spec in charm.storage.items()},
        "resources": {name: _resource(name, spec) for name, spec in charm.resources.items()},
        "min-juju-version": "0.0.0",
    }


def _storage(name: str, spec: catalogue.StorageSpec) -> Json:
    return {
        "name": name,
        "description": spec.description,
        "type": spec.type,
        "shared": False,
        "read-only": False,
        "count-min": spec.count_min,
        "count-max": spec.count_max,
        "minimum-size": spec.minimum_size,
        "location": spec.location,
    }


def _resource(name: str, spec: catalogue.ResourceSpec) -> Json:
    return {"name": name, "type": spec.type, "path": spec.filename, "description": spec.description}


NOTHING: Final = b64encode(hashlib.sha384(b"").digest()).decode()
"""The fingerprint of an empty file, which is what Charmhub has for each resource."""


def store_resource(name: str, spec: catalogue.ResourceSpec, revision: int = 0) -> Json:
    """Give Juju's CharmResource of what Charmhub has for a charm."""
    return {**_resource(name, spec), "origin": "store", "revision": revision, "fingerprint": NOTHING, "size": 0}


def list_charm_resources(call: Call, fields: Fields) -> Json:
    """Give the resources that charms want, in one list per charm."""
    need_model(call, "read")
    return {"results": [_resources(call, each) for each in fields.each("entities")]}


def _resources(call: Call, asked: Fields) -> list[Json]:
    url = asked.text("charm-url")
    row = call.world.charms.find(charm_key(call.model, url))
    try:
        charm = catalogue.of_row(row) if row else resolved(call.world, url, asked.fields("charm-origin")).charm
    except JujuError as error:
        return [{"error": error.shown()}]
    return [store_resource(name, spec) for name, spec in charm.resources.items()]


def download_infos(call: Call, fields: Fields) -> Json:
    """Give where charms can be had: at the model's Charmhub."""
    need_model(call, "read")
    items = fields.each("entities")
    return bulk(items, lambda index: _download(call, items[index]))


def _download(call: Call, asked: Fields) -> Json:
    found = resolved(call.world, asked.text("charm-url"), asked.fields("charm-origin"))
    config = call.world.models.get(call.model).config
    hub = str(config.get("charmhub-url") or call.world.meta.charmhub_url)
    return {
        "url": f"{hub}{DOWNLOADS}/{charm_id(found.name)}_{found.revision}.charm",
        "charm-origin": origin_of(found),
    }


def list_(call: Call, fields: Fields) -> Json:
    """Give the URLs of the model's charms, of all or of these names."""
    need_model(call, "read")
    names = fields.texts("names")
    return {"charm-urls": [each.url for each in call.world.charms.of(call.model) if not names or each.name in names]}


def is_metered(call: Call, fields: Fields) -> Json:
    """Tell that a charm isn't metered: metrics went with Juju 3."""
    row_of(call, fields.text("url"))
    return {"metered": False}


def check_placement(call: Call, fields: Fields) -> Json:
    """Check that charms can be placed: the lab's machines are of one architecture."""
    need_model(call, "read")
    return {"results": [{} for _ in fields.many("placements")]}


FACADE = Facade(
    "Charms",
    (5, 6, 7),
    MODEL,
    {
        "AddCharm": add_charm,
        "CharmInfo": charm_info,
        "CheckCharmPlacement": check_placement,
        "GetDownloadInfos": download_infos,
        "IsMetered": is_metered,
        "List": list_,
        "ListCharmResources": list_charm_resources,
        "ResolveCharms": resolve_charms,
    },
)
