"""SHA-256 of assets and archives, as Pulumi counts it, so that a diff sees a file's change.

asset ─> bytes ─> hash;  archive file ─> its bytes ─> hash;  folder or members ─> a tar stream, sorted ─> hash

Source: pulumi/pulumi sdk/go/common/resource/asset and .../archive (EnsureHash); the tar headers are USTAR with mode
0600 and no times or owners.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from plugins.command.values import Archive, Asset, Properties, Secret, Value

_ARCHIVE_ENDS: Final = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
_BLOCK = 512


class SourceError(ValueError):
    """A file or folder to copy or to hash that is not there or cannot be read."""


def with_hashes(properties: Properties) -> Properties:
    """Fill in the hash of each asset and archive that came without one."""
    return {name: _hashed(item) for name, item in properties.items()}


def _hashed(value: Value) -> Value:
    match value:
        case Secret(value=inner):
            return Secret(_hashed(inner))
        case Asset(hash=""):
            return replace(value, hash=asset_hash(value))
        case Archive(hash=""):
            return replace(value, hash=archive_hash(value))
        case _:
            return value


def asset_bytes(asset: Asset) -> bytes:
    """Read an asset: its text as UTF-8, or its file.

    Raises
    ------
    SourceError: the file cannot be read.

    """
    if asset.text is not None:
        return asset.text.encode()
    try:
        return Path(asset.path).read_bytes()
    except OSError as error:
        raise SourceError(f"the source {asset.path} cannot be read: {error.strerror}") from error


def asset_hash(asset: Asset) -> str:
    """Give the SHA-256 of an asset's bytes in hex."""
    return hashlib.sha256(asset_bytes(asset)).hexdigest()


def archive_hash(archive: Archive) -> str:
    """Give the SHA-256 of an archive in hex: of the file as it is, else of a tar stream of its members."""
    if archive.path.endswith(_ARCHIVE_ENDS):
        return asset_hash(Asset(path=archive.path))
    digest = hashlib.sha256()
    seen: set[str] = set()
    for name, data in members(archive):
        if name not in seen:
            seen.add(name)
            digest.update(_header(name, len(data)) + data + bytes(-len(data) % _BLOCK))
    digest.update(bytes(2 * _BLOCK))
    return digest.hexdigest()


def members(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every file in an archive that is no archive file itself, in order of names.

    Raises
    ------
    SourceError: a file cannot be read, or a member is of a kind that cannot be opened here.

    """
    if archive.assets is None:
        for name in files_below(Path(archive.path)):
            yield name, asset_bytes(Asset(path=str(Path(archive.path) / name)))
        return
    for name, member in sorted(archive.assets, key=lambda item: item[0]):
        if isinstance(member, Asset):
            yield name, asset_bytes(member)
        elif member.path.endswith(_ARCHIVE_ENDS):
            raise SourceError(f"the archive file {member.path} stands inside another archive: name its folder instead")
        else:
            yield from ((f"{name}/{inner}", data) for inner, data in members(member))


def files_below(folder: Path) -> list[str]:
    """List the files below a folder, relative and parted by /, in order.

    Raises
    ------
    SourceError: it is no folder that can be listed.

    """

    def refuse(error: OSError) -> None:
        raise SourceError(f"the folder {error.filename} cannot be listed: {error.strerror}") from error

    found = ((Path(place), names) for place, _, names in os.walk(folder, onerror=refuse))
    return sorted((place / name).relative_to(folder).as_posix() for place, names in found for name in names)


def _header(name: str, size: int) -> bytes:
    head, tail = _split(name.encode())
    fields = (
        tail.ljust(100, b"\0"),
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
    """Part a long name at a slash as USTAR does; one that fits nowhere is cut, which a hash can bear."""
    if len(name) <= 100:
        return b"", name
    cut = name[:156].rfind(b"/")
    if cut > 0 and len(name) - cut - 1 <= 100:
        return name[:cut], name[cut + 1 :]
    digest = hashlib.sha256(name).hexdigest().encode()
    return digest, name[-100:]
