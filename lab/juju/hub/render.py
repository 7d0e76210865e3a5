"""A charm as its own files and as a .charm archive again (pure).

Charm ─> `metadata`, `config`, `actions` (YAML documents) ─> `archive` (zip), which `document.parse_archive` reads
"""

import io
import zipfile
from collections.abc import Mapping
from functools import cache

import yaml

from lab.juju.hub.catalogue import revisions
from lab.juju.hub.document import Charm, CharmEndpoint, StorageSpec
from lab.juju.models import Json

_KEYS = {"provider": "provides", "requirer": "requires", "peer": "peers"}
_EPOCH = (2024, 1, 1, 0, 0, 0)


def metadata(charm: Charm) -> Json:
    """Give metadata.yaml."""
    said: Json = {"name": charm.name, "summary": charm.summary, "description": charm.description}
    if charm.subordinate:
        said["subordinate"] = True
    for role, group in _KEYS.items():
        ends = {end.name: _endpoint(end) for end in charm.endpoints.values() if end.role == role}
        if ends:
            said[group] = ends
    if charm.extra_bindings:
        said["extra-bindings"] = dict.fromkeys(charm.extra_bindings)
    if charm.storage:
        said["storage"] = {name: _storage(spec) for name, spec in charm.storage.items()}
    if charm.resources:
        said["resources"] = {
            name: {"type": each.type, "filename": each.filename, "description": each.description}
            for name, each in charm.resources.items()
        }
    return said


def _endpoint(end: CharmEndpoint) -> Json:
    said: Json = {"interface": end.interface}
    if end.scope != "global":
        said["scope"] = end.scope
    if end.limit:
        said["limit"] = end.limit
    if end.optional:
        said["optional"] = True
    return said


def _storage(spec: StorageSpec) -> Json:
    said: Json = {"type": spec.type}
    if (spec.count_min, spec.count_max) != (1, 1):
        said["multiple"] = {"range": f"{spec.count_min}-{'' if spec.count_max < 0 else spec.count_max}"}
    if spec.minimum_size:
        said["minimum-size"] = f"{spec.minimum_size}M"
    if spec.location:
        said["location"] = spec.location
    return said


def config(charm: Charm) -> Json:
    """Give config.yaml."""
    return {
        "options": {
            name: {"type": option.type, "default": option.default, "description": option.description}
            for name, option in charm.options.items()
        }
    }


def actions(charm: Charm) -> Json:
    """Give actions.yaml."""
    found: Json = {}
    for name, spec in charm.actions.items():
        said: Json = {"description": spec.description}
        if spec.params:
            said["params"] = dict(spec.params)
        if spec.required:
            said["required"] = list(spec.required)
        found[name] = said
    return found


def dumped(document: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True)


@cache
def archive(name: str, revision: int) -> bytes:
    """Give the .charm file of a revision; KeyError where the catalogue has none such."""
    charm = revisions(name)[revision]
    ran = [{"name": "ubuntu", "channel": each, "architectures": ["amd64"]} for each in charm.bases]
    files = {
        "metadata.yaml": dumped(metadata(charm)),
        "config.yaml": dumped(config(charm)),
        "actions.yaml": dumped(actions(charm)),
        "manifest.yaml": dumped({"bases": ran}),
        "revision": f"{revision}\n",
        "dispatch": "#!/bin/sh\nexit 0\n",
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = (0o755 if path == "dispatch" else 0o644) << 16
            packed.writestr(entry, text)
    return held.getvalue()
