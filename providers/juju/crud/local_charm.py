"""Charms of this machine: a directory, or a .charm or .zip file, with its metadata changed where asked.

path + overrides -> `pack` -> one archive, byte for byte the same for the same content -> `upload` -> the charm's URL in
the model. `fingerprint` is what a program registers, so that a changed file is a changed input.
Sources: juju 3.6 charm/charmdir.go (what an archive leaves out: hidden files, build/), apiserver POST
/model/UUID/charms (2.9 and 3.x) and PUT /model-UUID/charms/NAME-SHA (since 3.3; all that 4.x has), both with
application/zip and HTTP basic auth; overrides merge as RFC 7396 says, so null takes a key out.
"""

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlencode

import yaml

from providers.common.raw import Raw, as_mapping, mapping, mappings, text, texts
from providers.juju.crud.cleaners import whole_numbers
from providers.juju.crud.https import Upload, send
from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError
from providers.juju.facades import release
from providers.juju.plan import charm
from providers.juju.plan.charm import CharmFacts
from providers.juju.status import SERIES

_METADATA, _MANIFEST, _CONFIG = "metadata.yaml", "manifest.yaml", "config.yaml"
_ROLES: Final = ("provides", "requires", "peers")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ZIP: Final = {"Content-Type": "application/zip"}
_DIGITS: Final = 7
"""So many of its SHA-256's digits stand for an archive in the path."""


@dataclass(frozen=True)
class Entry:
    """A file of a charm; `mode` as in st_mode, a symbolic link's content is its target."""

    name: str
    content: bytes
    mode: int


@dataclass(frozen=True)
class Packed:
    """A charm ready to upload; `bases` are those it says it runs on, such as "ubuntu@22.04", best first."""

    name: str
    bases: tuple[str, ...]
    archive: bytes


@dataclass(frozen=True)
class Described:
    """What a charm says of itself; `bases` as in Packed."""

    bases: tuple[str, ...]
    facts: CharmFacts


@dataclass(frozen=True)
class _Read:
    entries: Mapping[str, Entry]
    metadata: Raw
    bases: tuple[str, ...]


def pack(path: str, overrides: Raw) -> Packed:
    """Read a charm and change its metadata; raises JujuError naming the path."""
    read = _read(path, overrides)
    return Packed(text(read.metadata, "name"), read.bases, _zipped(read.entries))


def describe(path: str, overrides: Raw) -> Described:
    """Read what a charm says of itself, with its metadata changed; raises JujuError naming the path."""
    read = _read(path, overrides)
    config: Raw = _yaml(path, read.entries[_CONFIG]) if _CONFIG in read.entries else {}
    try:
        facts = charm.parse({"meta": _with_interfaces(read.metadata), "config": mapping(config, "options")})
    except TypeError as error:
        raise JujuError(f"{path} has a {_METADATA} or {_CONFIG} that can't be used: {error}") from None
    return Described(read.bases, facts)


def base_for(path: str, bases: tuple[str, ...], asked: str) -> str:
    """Choose what a charm is to run on, of what it says it runs on; raises JujuError."""
    if asked and bases and asked not in bases:
        raise JujuError(f"The charm in {path} does not run on {asked}; it runs on {', '.join(bases)}")
    if asked or bases:
        return asked or bases[0]
    raise JujuError(
        f"{path} does not say what it runs on: give base, e.g. ubuntu@22.04, or a series in metadata_overrides"
    )


def _read(path: str, overrides: Raw) -> _Read:
    entries = {entry.name: entry for entry in _entries(Path(path).expanduser())}
    if _METADATA not in entries:
        raise JujuError(f"{path} holds no metadata.yaml, so it is no charm")
    metadata = merged(_yaml(path, entries[_METADATA]), as_mapping(whole_numbers(overrides), "metadata_overrides"))
    if not text(metadata, "name"):
        raise JujuError(f"{path} has a metadata.yaml without name, so it is no charm")
    if overrides:
        entries[_METADATA] = Entry(_METADATA, yaml.safe_dump(dict(metadata)).encode(), stat.S_IFREG | 0o644)
    if overrides.get("series"):
        entries.pop(_MANIFEST, None)  # its bases would win over the series asked for
    manifest: Raw = _yaml(path, entries[_MANIFEST]) if _MANIFEST in entries else {}
    return _Read(entries, metadata, _bases(metadata, manifest))


def fingerprint(path: str, overrides: Raw) -> str:
    """Give the SHA-256 of the archive, in hex: another one when a file, or an override, is another."""
    return hashlib.sha256(pack(path, overrides).archive).hexdigest()


def merged(target: Raw, patch: Raw) -> Raw:
    """Lay a patch over an object: objects merge, null takes out, everything else replaces (RFC 7396)."""
    result = dict(target)
    for name, value in patch.items():
        before = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            below: Raw = cast("Raw", before) if isinstance(before, Mapping) else {}
            result[name] = merged(below, cast("Raw", value))
        else:
            result[name] = value
    return result


def upload(endpoint: Endpoint, version: str, model: str, packed: Packed, base: str) -> str:
    """Send the archive to the model and give the charm's URL there, such as "local:bionic/wordpress-0"."""
    sent = _object(model, packed, base) if release(version)[0] >= 4 else _series(model, packed, base)
    answer = send(endpoint, version, sent, f"take the charm {packed.name} from this machine")
    return text(answer, "charm-url")


def _series(model: str, packed: Packed, base: str) -> Upload:
    series = next((name for name, number in SERIES.items() if base == f"ubuntu@{number}"), "")
    query = urlencode({"series": series, "schema": "local", "revision": 0})
    return Upload("POST", f"/model/{model}/charms?{query}", _ZIP, packed.archive)


def _object(model: str, packed: Packed, base: str) -> Upload:
    archive = _with_manifest(packed.archive, base)
    digest = hashlib.sha256(archive).hexdigest()[:_DIGITS]
    headers = {**_ZIP, "Juju-Curl": f"local:{packed.name}"}
    return Upload("PUT", f"/model-{model}/charms/{packed.name}-{digest}", headers, archive)


def _with_manifest(archive: bytes, base: str) -> bytes:
    """Give a charm that only names series the manifest that Juju 4 wants of every charm."""
    entries = {entry.name: entry for entry in _of_archive(io.BytesIO(archive))}
    if _MANIFEST in entries:
        return archive
    name, _, number = base.partition("@")
    bases = {"bases": [{"name": name, "channel": f"{number}/stable"}]}
    manifest = Entry(_MANIFEST, yaml.safe_dump(bases).encode(), stat.S_IFREG | 0o644)
    return _zipped({**entries, _MANIFEST: manifest})


def _entries(path: Path) -> Iterator[Entry]:
    if path.is_dir():
        yield from _of_directory(path)
    elif path.is_file():
        try:
            yield from _of_archive(path)
        except zipfile.BadZipFile:
            raise JujuError(f"{path} is no zip archive, but a charm file must be one") from None
    else:
        raise JujuError(f"{path} is neither a directory nor a file, but must be a charm")


def _of_directory(root: Path) -> Iterator[Entry]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(".") or name.partition("/")[0] == "build" or name == "revision":
            continue
        if path.is_symlink():
            yield Entry(name, path.readlink().as_posix().encode(), stat.S_IFLNK | 0o777)
        elif path.is_file():
            runs = path.stat().st_mode & 0o111
            yield Entry(name, path.read_bytes(), stat.S_IFREG | (0o755 if runs else 0o644))


def _of_archive(file: Path | BinaryIO) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                mode = info.external_attr >> 16 or stat.S_IFREG | 0o644
                yield Entry(info.filename, archive.read(info), mode)


def _zipped(entries: Mapping[str, Entry]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, whose modes follow
            info.external_attr = entries[name].mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name].content)
    return buffer.getvalue()


def _yaml(path: str, entry: Entry) -> Raw:
    try:
        return as_mapping(yaml.safe_load(entry.content), entry.name)
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise JujuError(f"{path} has a {entry.name} that can't be read: {' '.join(str(error).split())}") from None


def _with_interfaces(metadata: Raw) -> Raw:
    """Write endpoints in full: "db: mysql" is short for its interface."""
    full = {role: {name: _endpoint(one) for name, one in mapping(metadata, role).items()} for role in _ROLES}
    return {**metadata, **full}


def _endpoint(written: object) -> object:
    return {"interface": written} if isinstance(written, str) else written


def _bases(metadata: Raw, manifest: Raw) -> tuple[str, ...]:
    listed = mappings(manifest, "bases")
    if listed:
        return tuple(f"{text(one, 'name')}@{text(one, 'channel').partition('/')[0]}" for one in listed)
    return tuple(f"ubuntu@{SERIES[series]}" for series in texts(metadata, "series") if series in SERIES)
