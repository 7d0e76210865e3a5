"""A source of this machine onto a server, over SFTP.

Copy ─> what stands at remotePath? ─> placing ─> folders, then files (several at a time) ─> done
"""

from __future__ import annotations

import asyncio
import os
import posixpath
from pathlib import Path
from typing import Final

import asyncssh

from plugins.command.errors import CommandError
from plugins.command.hashing import SourceError, asset_bytes, files_below, members
from plugins.command.placing import PlacingError, There, place_file, place_folder, place_members, place_text
from plugins.command.settings import Copy
from plugins.command.telling import Teller
from plugins.command.values import Archive, Asset

_AT_ONCE: Final = 8


async def copy(link: asyncssh.SSHClientConnection, where: str, job: Copy, teller: Teller) -> None:
    """Copy a source; existing files are overwritten, parents are made. `where` names the server in errors.

    Raises
    ------
    CommandError: the source is not there, its kind does not fit to what is there, or the server refused.

    """
    try:
        async with link.start_sftp_client() as sftp:
            await _Copier(sftp, teller).copy(job)
    except (SourceError, PlacingError) as error:
        raise CommandError(f"{where}: {error}") from error
    except asyncssh.SFTPError as error:
        raise CommandError(f"{where}: copying to {job.remote_path} failed: {error.reason}") from error
    except (asyncssh.Error, OSError) as error:
        raise CommandError(f"{where}: copying to {job.remote_path} was cut short: {error}") from error


def check_source(job: Copy) -> None:
    """Refuse a source that is not there, before anybody is dialled.

    Raises
    ------
    CommandError: names the path.

    """
    path = job.source.path
    if path and not Path(path).exists():
        raise CommandError(f"the source {path} is not there (looked for {Path(path).absolute()})")


class _Copier:
    def __init__(self, sftp: asyncssh.SFTPClient, teller: Teller) -> None:
        self._sftp = sftp
        self._teller = teller

    async def copy(self, job: Copy) -> None:
        source, remote = job.source, job.remote_path
        there = await self._there(remote)
        if isinstance(source, Archive) and source.assets is not None:
            place = place_members(remote, there)
            await self._members(source, place.path)
        elif source.path and Path(source.path).is_dir():
            place = place_folder(source.path, remote, there)
            await self._folder(Path(source.path), place.path)
        elif source.path:
            place = place_file(source.path, remote, there)
            await self._parent(place.folder)
            await self._sftp.put(source.path, place.path)
        elif isinstance(source, Asset):
            place = place_text(remote, there)
            await self._parent(place.folder)
            await self._write(place.path, asset_bytes(source))
        else:
            raise SourceError("the source is an archive with neither a path nor members")

    async def _there(self, path: str) -> There:
        if await self._sftp.isdir(path):
            return There.FOLDER
        return There.FILE if await self._sftp.exists(path) else There.ABSENT

    async def _parent(self, folder: str) -> None:
        if folder:
            await self._sftp.makedirs(folder, exist_ok=True)

    async def _write(self, path: str, data: bytes) -> None:
        async with self._sftp.open(path, "wb") as file:
            await file.write(data)

    async def _members(self, archive: Archive, target: str) -> None:
        await self._parent(target)
        iterator = members(archive)
        while (member := await asyncio.to_thread(next, iterator, None)) is not None:
            name, data = member
            path = posixpath.join(target, name)
            await self._parent(posixpath.dirname(path))
            await self._write(path, data)

    async def _folder(self, source: Path, target: str) -> None:
        names = await asyncio.to_thread(files_below, source)
        folders = await asyncio.to_thread(_folders_below, source)
        await self._parent(target)
        for name in folders:
            await self._parent(posixpath.join(target, name))
        await self._teller.status(f"copying {len(names)} files to {target}")
        gate = asyncio.Semaphore(_AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self._put(source / name, posixpath.join(target, name), gate))
        except ExceptionGroup as errors:
            # the first failure ended the other copies; one sentence is enough
            raise errors.exceptions[0] from errors

    async def _put(self, source: Path, target: str, gate: asyncio.Semaphore) -> None:
        async with gate:
            await self._sftp.put(str(source), target)


def _folders_below(folder: Path) -> list[str]:
    found = (Path(place).relative_to(folder).as_posix() for place, _, _ in os.walk(folder))
    return sorted(name for name in found if name != ".")
