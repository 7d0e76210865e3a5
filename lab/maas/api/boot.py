"""Boot sources, their selections, boot resources and the import (source: MAAS 3.5 api/boot_*.py)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from lab.maas import images
from lab.maas.errors import BadRequestError, FormError
from lab.maas.models import BootResource, BootSource, Json, Selection
from lab.maas.urls import API, Resource, crud, get, post
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World


def _stamp(seconds: float) -> str:
    # clients parse the fraction, so it is there even when it is zero
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _source(row: BootSource) -> Json:
    return {
        "id": row.id,
        "url": row.url,
        "keyring_filename": row.keyring_filename,
        "keyring_data": row.keyring_data,
        "created": _stamp(row.created),
        "updated": _stamp(row.updated),
        "resource_uri": f"{API}boot-sources/{row.id}/",
    }


def read_sources(call: Call) -> list[Json]:
    """List boot sources."""
    return [_source(each) for each in call.world.boot_sources]


def create_source(call: Call) -> Json:
    """Create a boot source."""
    number = call.world.next_id("bootsource")
    row = _filled(call, BootSource(number, "", "", "", call.now, call.now))
    return _source(call.world.boot_sources.put(number, row))


def _filled(call: Call, row: BootSource) -> BootSource:
    data = call.data
    url = data.text("url", row.url)
    if not url.startswith(("http://", "https://")):
        raise FormError({"url": ["This field is required." if not url else "Enter a valid URL."]})
    if any(each.url == url and each.id != row.id for each in call.world.boot_sources):
        raise FormError({"url": ["Boot source with this Url already exists."]})
    filename, content = data.text("keyring_filename", row.keyring_filename), row.keyring_data
    if data.text("keyring_data"):
        content, filename = base64.b64encode(data.text("keyring_data").encode()).decode(), ""
    if not filename and not content:
        raise FormError({"__all__": ["Please provide either keyring_data or keyring_filename."]})
    return replace(row, url=url, keyring_filename=filename, keyring_data=content, updated=call.now)


def read_source(call: Call) -> Json:
    """Read a boot source."""
    return _source(call.world.boot_sources.get(call.params["id"]))


def update_source(call: Call) -> Json:
    """Update a boot source."""
    row = _filled(call, call.world.boot_sources.get(call.params["id"]))
    return _source(call.world.boot_sources.put(row.id, row))


def delete_source(call: Call) -> Reply:
    """Delete a boot source, with its selections."""
    row = call.world.boot_sources.get(call.params["id"])
    for each in _selections(call.world, row.id):
        call.world.selections.remove(each.id)
    call.world.boot_sources.remove(row.id)
    return NO_CONTENT


def _selections(world: World, source: int) -> Sequence[Selection]:
    return [each for each in world.selections if each.boot_source_id == source]


def _selection(row: Selection) -> Json:
    return {
        "boot_source_id": row.boot_source_id,
        "id": row.id,
        "os": row.os,
        "release": row.release,
        "arches": list(row.arches),
        "subarches": list(row.subarches),
        "labels": list(row.labels),
        "resource_uri": f"{API}boot-sources/{row.boot_source_id}/selections/{row.id}/",
    }


def read_selections(call: Call) -> list[Json]:
    """List the selections of a boot source."""
    source = call.world.boot_sources.get(call.params["boot_source_id"])
    return [_selection(each) for each in _selections(call.world, source.id)]


def create_selection(call: Call) -> Json:
    """Create a selection of a boot source."""
    source = call.world.boot_sources.get(call.params["boot_source_id"])
    number = call.world.next_id("selection")
    row = _chosen(call.world, call.data, Selection(number, source.id, "", "", ("*",)))
    return _selection(call.world.selections.put(number, row))


def _chosen(world: World, data: Data, row: Selection) -> Selection:
    row = replace(
        row,
        os=data.text("os", row.os),
        release=data.text("release", row.release),
        arches=tuple(data.items("arches")) or row.arches,
        subarches=tuple(data.items("subarches")) or row.subarches,
        labels=tuple(data.items("labels")) or row.labels,
    )
    missing = {name: ["This field is required."] for name in ("os", "release") if not getattr(row, name)}
    if missing:
        raise FormError(missing)
    offer = images.AVAILABLE.get((row.os, row.release))
    if offer is None:
        said = f"OS {row.os} with release {row.release} has no available images for download"
        raise FormError({"os": [said]})
    unknown = [each for each in row.arches if each != "*" and each not in offer.arches]
    if unknown:
        raise FormError({"arches": [f"No available images to download for {unknown}"]})
    for each in _selections(world, row.boot_source_id):
        if (each.os, each.release) == (row.os, row.release) and each.id != row.id:
            said = "Boot source selection with this Boot source, Os and Release already exists."
            raise FormError({"__all__": [said]})
    return row


def _found_selection(call: Call) -> Selection:
    call.world.boot_sources.get(call.params["boot_source_id"])
    return call.world.selections.get(call.params["id"])


def read_selection(call: Call) -> Json:
    """Read a selection."""
    return _selection(_found_selection(call))


def update_selection(call: Call) -> Json:
    """Update a selection."""
    row = _chosen(call.world, call.data, _found_selection(call))
    return _selection(call.world.selections.put(row.id, row))


def delete_selection(call: Call) -> Reply:
    """Delete a selection; its images go at the next import."""
    call.world.selections.remove(_found_selection(call).id)
    return NO_CONTENT


def _resource(row: BootResource) -> Json:
    used = row.last_deployed
    return {
        "id": row.id,
        "type": row.type,
        "name": row.name,
        "architecture": row.architecture,
        "subarches": row.subarches,
        "title": row.title,
        "last_deployed": None if used is None else _stamp(used),
        "resource_uri": f"{API}boot-resources/{row.id}/",
    }


def _with_sets(row: BootResource) -> Json:
    complete = row.progress >= 100
    newest: Json = {
        "version": row.version,
        "label": "stable" if row.type == "Synced" else "uploaded",
        "size": row.size,
        "complete": complete,
        "files": {name: _file(row, name, part) for name, part in _FILES.items()},
    }
    if not complete:
        newest["progress"] = row.progress
    return {**_resource(row), "sets": {row.version: newest}}


_FILES = {"boot-initrd": 0.15, "boot-kernel": 0.02, "squashfs": 0.83}


def _file(row: BootResource, name: str, part: float) -> Json:
    shown: Json = {
        "filename": name,
        "filetype": name,
        "size": int(row.size * part),
        "sha256": hashlib.sha256(f"{row.name}/{row.version}/{name}".encode()).hexdigest(),
        "complete": row.progress >= 100,
    }
    if row.progress < 100:
        shown["progress"] = row.progress
    return shown


def read_resources(call: Call) -> list[Json]:
    """List boot resources, of one type or all."""
    kind = call.data.text("type", "all")
    if kind not in {"all", "synced", "uploaded"}:
        raise BadRequestError(f"'{kind}' is not a valid boot resource type. Available types: synced, uploaded, all.")
    return [_resource(each) for each in call.world.boot_resources if kind in {"all", each.type.lower()}]


def upload(call: Call) -> Json:
    """Upload a boot resource whose content comes with the call."""
    data = call.data
    name, architecture = data.text("name"), data.text("architecture")
    missing = {key: ["This field is required."] for key in ("name", "architecture") if not data.text(key)}
    if missing:
        raise FormError(missing)
    if "/" not in architecture:
        raise FormError({"architecture": [f"'{architecture}' is not a valid architecture."]})
    size = data.integer("size") or len(data.text("content"))
    number = call.world.next_id("bootresource")
    row = BootResource(
        number,
        "Uploaded",
        name,
        architecture,
        "generic",
        data.text("title", name),
        images.version_at(call.now),
        size,
        100.0,
    )
    return _with_sets(call.world.boot_resources.put(number, row))


def import_images(call: Call) -> str:
    """Import the boot resources of all selections."""
    images.start(call.world, call.now)
    return "Import of boot resources started"


def stop_import(call: Call) -> str:
    """Stop the import of boot resources."""
    images.stop(call.world)
    return "Import of boot resources is being stopped"


def is_importing(call: Call) -> bool:
    """Tell whether boot resources are being imported."""
    return call.world.meta.image_import.running


def read_resource(call: Call) -> Json:
    """Read a boot resource with its sets."""
    return _with_sets(call.world.boot_resources.get(call.params["id"]))


def delete_resource(call: Call) -> Reply:
    """Delete a boot resource."""
    call.world.boot_resources.remove(call.world.boot_resources.get(call.params["id"]).id)
    return NO_CONTENT


RESOURCES = (
    Resource(
        "BootSources",
        "boot-sources/",
        (crud("read", read_sources, admin=True), crud("create", create_source, admin=True, status=201)),
    ),
    Resource(
        "BootSource",
        "boot-sources/{id}/",
        (
            crud("read", read_source, admin=True),
            crud("update", update_source, admin=True),
            crud("delete", delete_source, admin=True),
        ),
    ),
    Resource(
        "BootSourceSelections",
        "boot-sources/{boot_source_id}/selections/",
        (crud("read", read_selections, admin=True), crud("create", create_selection, admin=True)),
    ),
    Resource(
        "BootSourceSelection",
        "boot-sources/{boot_source_id}/selections/{id}/",
        (
            crud("read", read_selection, admin=True),
            crud("update", update_selection, admin=True),
            crud("delete", delete_selection, admin=True),
        ),
    ),
    Resource(
        "BootResources",
        "boot-resources/",
        (
            crud("read", read_resources),
            crud("create", upload, admin=True, status=201),
            post("import", import_images, admin=True),
            post("stop_import", stop_import, admin=True),
            get("is_importing", is_importing),
        ),
    ),
    Resource(
        "BootResource",
        "boot-resources/{id}/",
        (crud("read", read_resource), crud("delete", delete_resource, admin=True)),
    ),
)
