"""Resources: files that charms want beside themselves (Juju 3.6 API: Resources v3, and its upload).

AddPendingResources ─> pending ids ─> Deploy, SetCharm{resource-ids}   (or upload to the application itself)
Only which revision an application has is kept; what was uploaded is measured, not stored.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import NOT_FOUND, JujuError, not_found
from lab.juju.facades import tags
from lab.juju.facades.access import need_model
from lab.juju.facades.charms import resolved, store_resource
from lab.juju.facades.shapes import NEVER, moment
from lab.juju.hub import catalogue
from lab.juju.hub.catalogue import Charm, ResourceSpec
from lab.juju.life.charms import charm_key, charm_of
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World, key

UPLOAD: Final = "upload"


@dataclass(frozen=True, slots=True)
class Content:
    """What was uploaded: its file name, its length in bytes, its SHA-384 in base64, as Juju shows it."""

    filename: str
    size: int
    fingerprint: str

    @classmethod
    def of(cls, filename: str, data: bytes) -> "Content":
        return cls(filename, len(data), b64encode(hashlib.sha384(data).digest()).decode())


def chosen(resources: Mapping[str, object]) -> dict[str, str]:
    """Give what deploy's `resources` choose: pending ids of this facade, or revisions -> "upload" or a revision."""
    return {name: _choice(str(value)) for name, value in resources.items()}


def _choice(value: str) -> str:
    """Read a pending id ("UUID-upload", "UUID-7"), a revision ("7"), or a file's name: somebody will upload it."""
    last = value.rpartition("-")[2]
    return last if last.isdecimal() or last == UPLOAD else UPLOAD


def list_resources(call: Call, fields: Fields) -> Json:
    """Give applications' resources with what Charmhub has for their charms."""
    need_model(call, "read")
    names = fields.tags()
    return bulk(names, lambda index: _listed(call, tags.parse(names[index], "application")))


def _listed(call: Call, name: str) -> Json:
    app = call.world.applications.get(key(call.model, name))
    charm = charm_of(call.world, app)
    units = [each for each in call.world.units.of(call.model) if each.application == name]
    shown = [resource(app, each, spec) for each, spec in charm.resources.items()]
    return {
        "resources": shown,
        "charm-store-resources": [store_resource(each, spec) for each, spec in charm.resources.items()],
        "unit-resources": [
            {"tag": tags.make("unit", unit.name), "resources": shown, "download-progress": {}} for unit in units
        ],
    }


def resource(app: m.Application, name: str, spec: ResourceSpec, content: Content | None = None) -> Json:
    """Give Juju's Resource of an application; an uploaded one has revision 0 as Juju gives it."""
    revision = app.resources.get(name, "0")
    uploaded = revision == UPLOAD
    shown = store_resource(name, spec, 0 if uploaded else int(revision))
    if uploaded:
        shown |= {"fingerprint": ""}  # of what, nobody kept
    if content is not None:
        shown |= {"path": content.filename, "size": content.size, "fingerprint": content.fingerprint}
    return {
        **shown,
        "origin": UPLOAD if uploaded else "store",
        "id": f"{app.name}/{name}",
        "pending-id": "",
        "application": app.name,
        "username": "admin" if uploaded else "",
        "timestamp": moment(app.made) if uploaded else NEVER,
    }


def add_pending(call: Call, fields: Fields) -> Json:
    """Give an id for each resource that a deploy will name; the application is not there yet."""
    need_model(call, "write")
    tags.parse(fields.text("tag"), "application")
    charm = _charm(call, fields.text("url"), fields.fields("charm-origin"))
    asked = fields.each("resources")
    bad = next((f'bad resource info for "{each.text("name")}": {_bad(each)}' for each in asked if _bad(each)), None)
    if bad is not None:
        return {"error": JujuError(bad).shown(), "pending-ids": []}
    unknown = next((each.text("name") for each in asked if each.text("name") not in charm.resources), None)
    if unknown is not None:
        return {"error": not_found("resource", unknown).shown(), "pending-ids": []}
    return {"pending-ids": [_pending(call, each) for each in asked]}


def _bad(asked: Fields) -> str:
    """Say what is wrong with a CharmResource in Juju's words, "" for nothing."""
    if asked.text("type") not in {"file", "oci-image"}:
        return f'unsupported resource type "{asked.text("type")}"'
    if asked.text("origin") not in {"store", UPLOAD}:
        return f'unknown origin "{asked.text("origin")}"'
    missing = asked.text("type") == "file" and not asked.text("path")
    return "bad metadata: resource missing filename" if missing else ""


def _charm(call: Call, url: str, origin: Fields) -> Charm:
    row = call.world.charms.find(charm_key(call.model, url))
    return catalogue.of_row(row) if row else resolved(call.world, url, origin).charm


def _pending(call: Call, asked: Fields) -> str:
    """Make an id that says what was chosen, so that nothing has to be kept till the deploy."""
    what = UPLOAD if asked.text("origin") == UPLOAD else str(max(asked.whole("revision"), 0))
    return f"{call.world.draw_uuid()}-{what}"


def uploaded(world: World, model: str, name: str, what: str, pending: str, content: Content) -> Json:
    """Take in an upload for an application, or for a pending id; Juju's UploadResult."""
    app = world.applications.find(key(model, name))
    if app is None:
        if not pending.endswith(f"-{UPLOAD}"):
            raise JujuError(f'application "{name}" not found', NOT_FOUND)
        waiting = m.Application(model, name, "", resources={what: UPLOAD})
        return {"resource": {**resource(waiting, what, ResourceSpec("file"), content), "pending-id": pending}}
    spec = charm_of(world, app).resources.get(what)
    if spec is None:
        raise not_found("resource", f"{name}/{what}")
    _need_ending(spec, content)
    app = world.applications.put(key(model, name), replace(app, resources={**app.resources, what: UPLOAD}))
    return {"resource": resource(app, what, spec, content)}


def _need_ending(spec: ResourceSpec, content: Content) -> None:
    if spec.type == "file" and _ending(content.filename) != _ending(spec.filename):
        words = f'incorrect extension on resource upload "{content.filename}", expected "{_ending(spec.filename)}"'
        raise JujuError(words)


def _ending(name: str) -> str:
    """Give a name's extension as Go does: from its last dot on."""
    last = name.rpartition("/")[2]
    return last[last.rfind(".") :] if "." in last else ""


FACADE = Facade("Resources", (3,), MODEL, {"AddPendingResources": add_pending, "ListResources": list_resources})
