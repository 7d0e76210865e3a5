"""Where a copied source goes on the server. Pure.

source | destination is a folder | is not there    | is a file
-------|-------------------------|-----------------|------------------
dir    | destination/dir         | destination/dir | refused
dir/   | destination itself      | destination     | refused
file   | destination/file        | destination     | destination, overwritten
text   | refused                 | destination     | destination, overwritten
members| destination itself      | destination     | refused

Facts: the documentation of CopyToRemote in pulumi-command.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath


class There(Enum):
    """What a remote path is."""

    ABSENT = "absent"
    FILE = "file"
    FOLDER = "folder"


class PlacingError(ValueError):
    """A source that cannot go where it should."""


@dataclass(frozen=True, slots=True)
class Place:
    """`path`: where the file, or what is in the folder, goes; `folder`: what must be a folder before that."""

    path: str
    folder: str


def place_file(source: str, remote: str, there: There) -> Place:
    """Place a local file."""
    path = posixpath.join(remote, PurePath(source).name) if there is There.FOLDER else remote
    return Place(path, posixpath.dirname(path))


def place_text(remote: str, there: There) -> Place:
    """Place a text, which has no name of its own."""
    if there is There.FOLDER:
        raise PlacingError(f"remotePath {remote} is a folder there; a text needs the path of a file")
    return Place(remote, posixpath.dirname(remote))


def place_folder(source: str, remote: str, there: There) -> Place:
    """Place a local folder."""
    if there is There.FILE:
        raise PlacingError(f"remotePath {remote} is a file there, and the source {source} is a folder")
    path = remote if source.endswith("/") else posixpath.join(remote, PurePath(source).name)
    return Place(path, path)


def place_members(remote: str, there: There) -> Place:
    """Place what an archive of assets holds."""
    if there is There.FILE:
        raise PlacingError(f"remotePath {remote} is a file there, and the source is an archive of several")
    return Place(remote, remote)
