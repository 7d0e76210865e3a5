"""Resources of charms: files that a charm wants beside itself, a revision of Charmhub's or a file of this machine.

{name: revision or path} -> revisions go with the deployment, files are uploaded after it; where Juju wants ids first
(Deploy, SetCharm), all resources of the charm are announced, and files uploaded under their ids.
Source: juju 3.6 API, Resources v2 and v3; PUT /model/UUID/applications/APP/resources/NAME with the file's SHA-384.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from providers.common.raw import Raw, items, mapping, text, texts, whole
from providers.common.raw import as_mappings as objects
from providers.juju import tags
from providers.juju.crud import https
from providers.juju.crud.base import Props
from providers.juju.crud.charms import Chosen
from providers.juju.errors import JujuError, from_item
from providers.juju.link import Link
from providers.juju.session import Session


def clean(value: object) -> dict[str, object]:
    """Accept an object of revisions (whole numbers) and paths; ValueError completes "<field> ..."."""
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must be an object of revisions and paths by resource")  # noqa: TRY004 - the contract of cleaners
    return {name: _clean(name, item) for name, item in cast("Raw", value).items() if item is not None}


def fingerprints(resources: Mapping[str, object]) -> dict[str, str]:
    """Give the SHA-384, in hex, of each file: another one when the file is another."""
    return {name: _read(name, path)[1] for name, path in _paths(resources).items()}


def paths(props: Props) -> dict[str, str]:
    """Choose the resources that are files of this machine."""
    return _paths(mapping(props, "resources"))


def chosen(props: Props) -> dict[str, str]:
    """Give what a deployment from Charmhub is told: a revision, or a file's name, which is uploaded afterwards."""
    return {name: str(value) for name, value in mapping(props, "resources").items()}


def upload(
    juju: Session, model: str, application: str, files: Mapping[str, str], ids: Mapping[str, str] | None = None
) -> None:
    """Send files to an application, or under their pending ids to one that is about to be."""
    for name, path in files.items():
        content, digest = _read(name, path)
        pending = (ids or {}).get(name)
        query = f"?{urlencode({'pendingid': pending})}" if pending else ""
        where = f"/model/{model}/applications/{application}/resources/{name}{query}"
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Sha384": digest,
            "Content-Disposition": disposition(Path(path).name),
        }
        purpose = f"take the resource {name} of {application}"
        https.send(juju.endpoint, juju.version, https.Upload("PUT", where, headers, content), purpose)


def disposition(name: str) -> str:
    """Name a file as Juju's own client does: quoted, or as an encoded word (RFC 2047) where it is not plain ASCII."""
    if name.isascii() and name.isprintable() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'form-data; filename="{escaped}"'
    coded = base64.b64encode(os.fsencode(name)).decode("ascii")
    return f'form-data; filename="=?utf-8?b?{coded}?="'


def pending(juju: Session, link: Link, charm: Chosen, props: Props) -> dict[str, str]:
    """Announce the charm's resources and give their ids by name; files are uploaded under theirs."""
    known = _of_charm(link, charm)
    if not known:
        return {}
    asked = mapping(props, "resources")
    wanted = [_wanted(raw, asked.get(text(raw, "name"))) for raw in known]
    purpose = f"take the resources of {text(props, 'name')}"
    params = {
        "tag": tags.application(text(props, "name")),
        "url": charm.url,
        "charm-origin": charm.origin,
        "resources": wanted,
    }
    answer = link.change("Resources", "AddPendingResources", params, purpose=purpose, touches=())
    error = from_item(purpose, answer)
    if error is not None:
        raise error
    ids = dict(zip((text(raw, "name") for raw in wanted), texts(answer, "pending-ids"), strict=True))
    upload(juju, link.uuid, text(props, "name"), paths(props), ids)
    return ids


def _of_charm(link: Link, charm: Chosen) -> tuple[Raw, ...]:
    """List the charm's resources as Charmhub has them; a local charm has those that its metadata names."""
    if not charm.facts.resources:
        return ()
    if charm.local:
        names = charm.facts.filenames
        found = {name: {"type": kind, "path": names.get(name, "")} for name, kind in charm.facts.resources.items()}
        return tuple({"name": name, "origin": "store", "revision": -1, **one} for name, one in found.items())
    params = {"entities": [{"charm-url": charm.url, "charm-origin": charm.origin}]}
    purpose = f"list the resources of {charm.facts.name}"
    answer = link.call("Charms", "ListCharmResources", params, purpose=purpose, repeatable=True)
    return tuple(raw for one in items(answer, "results") for raw in objects(one, "results"))


def _wanted(raw: Raw, asked: object) -> Raw:
    if isinstance(asked, str):
        return {**raw, "origin": "upload", "revision": -1}
    if asked is not None:
        return {**raw, "origin": "store", "revision": whole({"revision": asked}, "revision")}
    return raw


def _paths(resources: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in resources.items() if isinstance(value, str)}


def _read(name: str, path: str) -> tuple[bytes, str]:
    try:
        content = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise JujuError(f"The resource {name} can't be read from {path}: {error.strerror}") from None
    return content, hashlib.sha384(content).hexdigest()


def _clean(name: str, value: object) -> object:
    if isinstance(value, str) and value.strip():
        return int(value) if value.strip().isdecimal() else value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and value >= 0:
        return int(value)
    raise ValueError(f"has {name} = {value!r}, but a resource must be a revision such as 3, or a file's path")
