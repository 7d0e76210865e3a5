"""The lab's Charmhub over HTTP: what Juju's client and controller, and libjuju, ask of api.charmhub.io.

GET /v2/charms/info/NAME · GET /v2/charms/find · POST /v2/charms/refresh
GET /v2/charms/resources/NAME/RESOURCE/revisions
GET /api/v1/charms/download/ID_REVISION.charm      (shapes: Charmhub API v2, api.charmhub.io/docs/default.html)
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, cast

from aiohttp import web

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.hub.catalogue import ARCH, Charm, Release, ResourceSpec, catalogue, resolve, revisions
from lab.juju.hub.document import section
from lab.juju.hub.render import actions, archive, config, dumped, metadata
from lab.juju.models import Json

PUBLISHER: Final = {"display-name": "Canonical", "id": "canonical", "username": "canonical", "validation": "verified"}
RELEASED: Final = "2024-01-01T00:00:00+00:00"

DOWNLOADS: Final = "/api/v1/charms/download"


def application() -> web.Application:
    """Give the web application."""
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_get("/v2/charms/info/{name}", _info)
    app.router.add_get("/v2/charms/find", _find)
    app.router.add_post("/v2/charms/refresh", _refresh)
    app.router.add_get("/v2/charms/resources/{name}/{resource}/revisions", _resource)
    app.router.add_get(DOWNLOADS + "/{file}", _download)
    return app


def charm_id(name: str) -> str:
    """Give the id that Charmhub knows a charm by."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


async def _info(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in catalogue():
        return _missing("resource-not-found", f"No charm or bundle with name '{name}'.")
    try:
        found = resolve(name, request.query.get("channel", ""))
    except JujuError as error:
        return _missing("channel-not-found", error.message)
    body = info(found.charm, found.revision, _origin(request))
    return _json(chosen(body, request.query.get("fields", "")))


def _json(body: Json, status: int = 200) -> web.Response:
    """Answer as Charmhub does: clients compare the content type as a text, so it has no charset."""
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers={"Content-Type": "application/json"})


def _missing(code: str, message: str) -> web.Response:
    return _json({"error-list": [{"code": code, "message": message}]}, status=404)


def info(charm: Charm, revision: int, origin: str) -> Json:
    """Give a charm as `juju info` reads it; the default release is the one with this revision."""
    releases = [_release(charm, name, release, origin) for name, release in charm.releases.items()]
    default = next(each for each in releases if section(each["revision"]).get("revision") == revision)
    return {
        "type": "charm",
        "id": charm_id(charm.name),
        "name": charm.name,
        "result": _result(charm),
        "default-release": default,
        "channel-map": releases,
    }


def _result(charm: Charm) -> Json:
    return {
        "title": charm.name,
        "summary": charm.summary,
        "description": charm.description,
        "publisher": PUBLISHER,
        "categories": [],
        "deployable-on": ["vm"],
        "license": "Apache-2.0",
        "media": [],
        "store-url": f"https://charmhub.io/{charm.name}",
        "unlisted": False,
        "website": "",
    }


def _release(charm: Charm, channel: str, release: Release, origin: str) -> Json:
    charm = revisions(charm.name)[release.revision]
    track, _, risk = channel.rpartition("/")
    return {
        "channel": {
            "name": channel,
            "track": track,
            "risk": risk,
            "base": _base(release.bases[0]),
            "released-at": RELEASED,
        },
        "resources": _resources(charm.name, charm.resources, origin),
        "revision": {
            "revision": release.revision,
            "version": str(release.revision),
            "created-at": RELEASED,
            "bases": [_base(each) for each in release.bases],
            "subordinate": charm.subordinate,
            "metadata-yaml": dumped(metadata(charm)),
            "config-yaml": dumped(config(charm)),
            "actions-yaml": dumped(actions(charm)),
            "relations": _relations(charm),
            "download": _file(charm.name, release.revision, origin),
        },
    }


def _base(version: str) -> Json:
    return {"architecture": ARCH, "name": "ubuntu", "channel": version}


def _relations(charm: Charm) -> Json:
    said = metadata(charm)
    return {group: said.get(group, {}) for group in ("provides", "requires", "peers")}


def _file(name: str, revision: int, origin: str) -> Json:
    data = archive(name, revision)
    return {
        "url": f"{origin}{DOWNLOADS}/{charm_id(name)}_{revision}.charm",
        "size": len(data),
        "hash-sha-256": hashlib.sha256(data).hexdigest(),
        "hash-sha-384": hashlib.sha384(data).hexdigest(),
    }


def _resources(charm: str, specs: Mapping[str, ResourceSpec], origin: str) -> list[Json]:
    """Give the resources: each is an empty file, revision 0, as the first placeholders on Charmhub are."""
    empty = {
        "size": 0,
        "hash-sha-256": hashlib.sha256(b"").hexdigest(),
        "hash-sha-384": hashlib.sha384(b"").hexdigest(),
    }
    return [
        {
            "name": name,
            "type": each.type,
            "filename": each.filename,
            "description": each.description,
            "revision": 0,
            "download": {**empty, "url": f"{origin}{DOWNLOADS}/{charm_id(charm)}.{name}_0"},
        }
        for name, each in specs.items()
    ]


async def _find(request: web.Request) -> web.Response:
    query, fields = request.query.get("q", "").lower(), request.query.get("fields", "")
    found = [
        chosen(info(charm, charm.releases[charm.default_channel].revision, _origin(request)), fields)
        for charm in catalogue().values()
        if query in charm.name or query in charm.summary.lower()
    ]
    return _json({"results": found})


async def _refresh(request: web.Request) -> web.Response:
    body = section(cast("object", await request.json()))
    asked = [section(each) for each in cast("Sequence[object]", body.get("actions") or ())]
    held = {
        str(section(each).get("instance-key")): section(each)
        for each in cast("Sequence[object]", body.get("context") or ())
    }
    results = [refreshed(each, held.get(str(each.get("instance-key")), {}), _origin(request)) for each in asked]
    return _json({"error-list": [], "results": results})


def refreshed(action: Mapping[str, object], context: Mapping[str, object], origin: str) -> Json:
    """Answer one action (install, refresh, download): the entity, or an error with what there is instead."""
    name = str(action.get("name") or "") or _name(str(action.get("id") or context.get("id") or ""))
    answer: Json = {
        "instance-key": action.get("instance-key"),
        "result": action.get("action"),
        "name": name,
        "id": charm_id(name) if name in catalogue() else "",
    }
    charm = catalogue().get(name)
    if charm is None:
        error: Json = {"code": "name-not-found", "message": f"No charm or bundle with name '{name}'."}
        return {**answer, "result": "error", "error": error}
    said = section(action.get("base") or context.get("base"))
    base = str(said.get("channel") or "").partition("/")[0]
    revision = action.get("revision")
    channel = str(action.get("channel") or context.get("tracking-channel") or "")
    try:
        found = resolve(name, channel, revision if isinstance(revision, int) else None, base if base != "NA" else "")
    except JujuError as refused:
        return {**answer, "result": "error", "error": _refused(charm, refused)}
    return {
        **answer,
        "charm": _entity(found.charm, found.revision, origin),
        "effective-channel": found.channel,
        "released-at": RELEASED,
    }


def _name(identity: str) -> str:
    return next((name for name in catalogue() if charm_id(name) == identity), identity)


def _refused(charm: Charm, error: JujuError) -> Json:
    releases = [
        {"base": _base(base), "channel": channel} for channel, each in charm.releases.items() for base in each.bases
    ]
    wrong_base = error.code == BAD_REQUEST
    extra: Json = {"releases": releases, "default-bases": [_base(each) for each in charm.bases]}
    code = "invalid-charm-base" if wrong_base else "revision-not-found"
    return {"code": code, "message": error.message.partition("\n")[0], "extra": extra}


def _entity(charm: Charm, revision: int, origin: str) -> Json:
    return {
        "type": "charm",
        "id": charm_id(charm.name),
        "name": charm.name,
        "summary": charm.summary,
        "license": "Apache-2.0",
        "publisher": PUBLISHER,
        "revision": revision,
        "version": str(revision),
        "created-at": RELEASED,
        "bases": [_base(each) for each in charm.bases],
        "download": _file(charm.name, revision, origin),
        "resources": _resources(charm.name, charm.resources, origin),
        "metadata-yaml": dumped(metadata(charm)),
        "config-yaml": dumped(config(charm)),
        "actions-yaml": dumped(actions(charm)),
    }


async def _resource(request: web.Request) -> web.Response:
    name, named = request.match_info["name"], request.match_info["resource"]
    spec = _ever(name).get(named)
    if spec is None:
        return _missing("resource-not-found", f"No resource '{named}' of '{name}'.")
    return _json({"revisions": _resources(name, {named: spec}, _origin(request))})


def _ever(name: str) -> Mapping[str, ResourceSpec]:
    """Give every resource that some revision of a charm has: Charmhub keeps them by the charm's name."""
    held = revisions(name).values() if name in catalogue() else ()
    return {resource: spec for charm in held for resource, spec in charm.resources.items()}


async def _download(request: web.Request) -> web.Response:
    identity, _, tail = request.match_info["file"].rpartition("_")
    revision = tail.removesuffix(".charm")
    charm = catalogue().get(_name(identity.partition(".")[0]))
    if charm is None or not revision.isdigit():
        return _missing("resource-not-found", f"No download '{request.match_info['file']}'.")
    if identity.partition(".")[2] in _ever(charm.name):
        return web.Response(body=b"", content_type="application/octet-stream")
    try:
        data = archive(charm.name, int(revision))
    except KeyError:
        return _missing("resource-not-found", f"No revision {revision} of '{charm.name}'.")
    return web.Response(body=data, content_type="application/octet-stream")


def chosen(body: Json, fields: str) -> Json:
    """Keep what `fields` names ("result.summary,default-release.revision.subordinate"), beside type, id and name."""
    if not fields:
        return body
    picked: Json = {name: body[name] for name in ("type", "id", "name")}
    for path in fields.split(","):
        _pick(body, picked, [part for part in path.strip().split(".") if part])
    return picked


def _pick(source: Mapping[str, object], target: Json, path: Sequence[str]) -> None:
    name, rest = (path[0], path[1:]) if path else ("", ())
    if name not in source:
        return
    value = source[name]
    if not rest:
        target[name] = value
    elif isinstance(value, list):
        # what earlier paths picked of each entry stays
        entries = cast("Sequence[object]", value)
        before = cast("Sequence[object]", target.get(name) or [None] * len(entries))
        pairs = zip(entries, before, strict=True)
        target[name] = [_picked(section(each), rest, section(old)) for each, old in pairs]
    else:
        inner = dict(section(target.get(name)))
        _pick(section(value), inner, rest)
        target[name] = inner


def _picked(source: Mapping[str, object], path: Sequence[str], before: Mapping[str, object]) -> Json:
    target = dict(before)
    _pick(source, target, path)
    return target
