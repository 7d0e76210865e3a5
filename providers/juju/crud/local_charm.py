"""Charms of this machine: a directory, or a .charm or .zip file, with its metadata changed where asked.

path + overrides -> `pack` -> one archive, byte for byte the same for the same content -> `upload` -> the charm's URL in
the model. `fingerprint` is what a program registers, so that a changed file is a changed input.
Sources: juju 3.6 charm/charmdir.go (what an archive leaves out: hidden files, build/), apiserver POST
/model/UUID/charms (application/zip, HTTP basic auth); overrides merge as RFC 7396 says, so null takes a key out.
"""

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlencode

import yaml

from providers.common.raw import Raw, as_mapping, mappings, text, texts
from providers.juju.crud.https import Upload, send
from providers.juju.endpoint import Endpoint
from providers.juju.errors import JujuError
from providers.juju.status import SERIES

_METADATA, _MANIFEST = "metadata.yaml", "manifest.yaml"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


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


def pack(path: str, overrides: Raw) -> Packed:
    """Read a charm and change its metadata; raises JujuError naming the path."""
    entries = {entry.name: entry for entry in _entries(Path(path).expanduser())}
    if _METADATA not in entries:
        raise JujuError(f"{path} holds no metadata.yaml, so it is no charm")
    metadata = merged(_yaml(path, entries[_METADATA]), overrides)
    if not text(metadata, "name"):
        raise JujuError(f"{path} has a metadata.yaml without name, so it is no charm")
    if overrides:
        entries[_METADATA] = Entry(_METADATA, yaml.safe_dump(dict(metadata)).encode(), stat.S_IFREG | 0o644)
    if overrides.get("series"):
        entries.pop(_MANIFEST, None)  # its bases would win over the series asked for
    manifest: Raw = _yaml(path, entries[_MANIFEST]) if _MANIFEST in entries else {}
    return Packed(text(metadata, "name"), _bases(metadata, manifest), _zipped(entries))


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
    series = next((name for name, number in SERIES.items() if base == f"ubuntu@{number}"), "")
    query = urlencode({"series": series, "schema": "local", "revision": 0})
    sent = Upload("POST", f"/model/{model}/charms?{query}", {"Content-Type": "application/zip"}, packed.archive)
    answer = send(endpoint, version, sent, f"take the charm {packed.name} from this machine")
    return text(answer, "charm-url")


def _entries(path: Path) -> Iterator[Entry]:
    if path.is_dir():
        yield from _of_directory(path)
    elif path.is_file():
        yield from _of_archive(path)
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


def _of_archive(path: Path) -> Iterator[Entry]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    mode = info.external_attr >> 16 or stat.S_IFREG | 0o644
                    yield Entry(info.filename, archive.read(info), mode)
    except zipfile.BadZipFile:
        raise JujuError(f"{path} is no zip archive, but a charm file must be one") from None


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


def _bases(metadata: Raw, manifest: Raw) -> tuple[str, ...]:
    listed = mappings(manifest, "bases")
    if listed:
        return tuple(f"{text(one, 'name')}@{text(one, 'channel').partition('/')[0]}" for one in listed)
    return tuple(f"ubuntu@{SERIES[series]}" for series in texts(metadata, "series") if series in SERIES)
