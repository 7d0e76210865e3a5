"""SHA-256 of the assets and archives of a registration, so that a changed file is a changed property.

asset ─> its bytes ─> hash;  archive file ─> its bytes ─> hash;  folder or members ─> a tar stream, by name ─> hash

The program names files; whoever computes their hashes decides what a state shows of them, so it is done here, once,
as the official engine does. Paths are relative to the project's folder. Source: pulumi/pulumi, EnsureHash of assets and
archives; the headers of the stream are those of USTAR, with mode 0600, without times and owners.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.deploy.errors import DeploymentError
from engine.model.values import Archive, Asset, Properties, Secret, Value

_ARCHIVE_ENDS: Final = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
_BLOCK: Final = 512
_NAME: Final = 100


def unhashed(value: Value | Mapping[str, Value]) -> bool:
    """Tell whether the value holds an asset or archive whose hash is not known."""
    match value:
        case Asset(hash=""):
            return not value.uri
        case Archive(hash=""):
            return not value.uri
        case Secret(element=inner):
            return unhashed(inner)
        case list():
            return any(map(unhashed, value))
        case Mapping():
            return any(map(unhashed, value.values()))
        case _:
            return False


def hashed(properties: Mapping[str, Value], root: str) -> Properties:
    """Fill in every missing hash; what lies at a URI is not fetched.

    Raises DeploymentError for a file that can't be read.
    """
    return {name: _hashed(item, Path(root)) for name, item in properties.items()}


def _hashed(value: Value, root: Path) -> Value:
    if not unhashed(value):
        return value
    match value:
        case Asset():
            return replace(value, hash=hashlib.sha256(_bytes(value, root)).hexdigest())
        case Archive():
            members = value.assets
            if members is not None:
                members = tuple((name, _member(member, root)) for name, member in members)
            return replace(value, assets=members, hash=_archive_hash(value, root))
        case Secret(element=inner):
            return replace(value, element=_hashed(inner, root))
        case list():
            return [_hashed(item, root) for item in value]
        case dict():
            return {name: _hashed(item, root) for name, item in value.items()}
        case _:
            return value


def _member(member: Asset | Archive, root: Path) -> Asset | Archive:
    found = _hashed(member, root)
    return found if isinstance(found, Asset | Archive) else member


def _bytes(asset: Asset, root: Path) -> bytes:
    return _read(root / asset.path) if asset.path else (asset.text or "").encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DeploymentError(f"the asset {path} can't be read: {error.strerror}") from error


def _archive_hash(archive: Archive, root: Path) -> str:
    if archive.path and archive.path.endswith(_ARCHIVE_ENDS):
        return hashlib.sha256(_read(root / archive.path)).hexdigest()
    digest = hashlib.sha256()
    for name, data in _members(archive, root):
        digest.update(_header(name, len(data)) + data + bytes(-len(data) % _BLOCK))
    digest.update(bytes(2 * _BLOCK))
    return digest.hexdigest()


def _members(archive: Archive, root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every file of an archive that is no archive file itself, by name."""
    if archive.assets is None:
        folder = root / (archive.path or "")
        yield from ((name, _read(folder / name)) for name in _files_below(folder))
        return
    for name, member in sorted(archive.assets, key=lambda item: item[0]):
        if isinstance(member, Asset):
            yield name, _bytes(member, root)
        elif member.path and member.path.endswith(_ARCHIVE_ENDS):
            raise DeploymentError(f"the archive {member.path} stands inside another one: name its folder instead")
        else:
            yield from ((f"{name}/{inner}", data) for inner, data in _members(member, root))


def _files_below(folder: Path) -> list[str]:
    def refuse(error: OSError) -> None:
        raise DeploymentError(f"the archive {error.filename} can't be listed: {error.strerror}") from error

    found = ((Path(place), names) for place, _, names in os.walk(folder, onerror=refuse))
    return sorted((place / name).relative_to(folder).as_posix() for place, names in found for name in names)


def _header(name: str, size: int) -> bytes:
    head, tail = _split(name.encode())
    fields = (
        tail.ljust(_NAME, b"\0"),
        b"0000600\0" + b"0000000\0" * 2,  # mode, owner, group
        b"%011o\0" % size,
        b"%011o\0" % 0,  # modified
        b" " * 8,  # the checksum counts itself as blanks
        b"0" + bytes(100),  # a file, and no link
        b"ustar\00000" + bytes(64),  # names of owner and group
        b"0000000\0" * 2,  # device
        head.ljust(155, b"\0"),
        bytes(12),
    )
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _split(name: bytes) -> tuple[bytes, bytes]:
    """Part a long name at a slash, as USTAR does; one that fits nowhere is cut, which a hash can bear."""
    if len(name) <= _NAME:
        return b"", name
    cut = name[:156].rfind(b"/")
    if cut > 0 and len(name) - cut - 1 <= _NAME:
        return name[:cut], name[cut + 1 :]
    return hashlib.sha256(name).hexdigest().encode(), name[-_NAME:]
