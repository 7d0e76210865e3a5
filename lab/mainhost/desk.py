"""Where the commands on main end: a Unix socket that main sees, and the folder of commands that its snaps give it.

    main: snap, maas ─ one JSON line ─> desk ─ transaction ─> snap.run / maas.run ─ Answer ─> one JSON line back
                                          └─ after each: the commands of /snap/bin and MAAS's listener follow the world

The socket takes these two programs' command lines and nothing else. Who asks is what the kernel says of the peer, so a
user on main cannot claim to be root.
"""

import asyncio
import json
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from lab.maas.service import Service
from lab.maas.world import World
from lab.mainhost import maas, snap
from lab.mainhost.asked import Answer, Asked, failed, parse
from lab.mainhost.spec import PROGRAM
from lab.mainhost.store import STORE

_LIMIT: Final = 1024 * 1024
_OURS: Final = {"maas"}
"""The commands of snaps that `guest/program.py` plays; the others of a snap are not there."""

_log = logging.getLogger("lab")


def do(world: World, asked: Asked, now: float) -> Answer:
    """Do one command line (pure)."""
    if asked.program == "snap":
        return snap.run(world, asked)
    if asked.program == "maas":
        return maas.run(world, asked, now)
    return failed(f"{asked.program}: command not found", 127)


def prepare(folder: Path) -> None:
    """Make the folders that main sees; they outlive the daemon, since main has them mounted."""
    for name in ("socket", "bin"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name).chmod(0o755)


def commands_of(world: World) -> set[str]:
    """Name the commands in /snap/bin."""
    return {name for each in world.snaps if each.name in STORE for name in STORE[each.name].commands} & _OURS


def lay_out(folder: Path, names: set[str]) -> None:
    """Put these commands into the folder that main sees as /snap/bin, and no others."""
    for path in (folder / "bin").iterdir():
        if path.name not in names:
            path.unlink()
    for path in (folder / "bin" / name for name in names):
        if not path.exists() or path.read_bytes() != PROGRAM.read_bytes():
            path.write_bytes(PROGRAM.read_bytes())
            path.chmod(0o755)


async def listen(folder: Path, service: Service, changed: Callable[[], Awaitable[None]]) -> asyncio.Server:
    """Serve main's commands until closed; `changed` is awaited after each, before it is answered."""
    prepare(folder)
    path = folder / "socket" / "main.sock"
    path.unlink(missing_ok=True)
    server = _bound(path)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            root = _peer_is_root(writer.get_extra_info("socket"))
            answer = await asyncio.to_thread(_answer, service, line, root)
            lay_out(folder, commands_of(service.world))
            await changed()
            writer.write(json.dumps(answer.shown()).encode() + b"\n")
            await writer.drain()
        writer.close()

    lay_out(folder, commands_of(service.world))
    return await asyncio.start_unix_server(serve, sock=server, limit=_LIMIT)


def _bound(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")  # a Unix socket's path has 107 bytes at most
    finally:
        os.close(folder)
    path.chmod(0o666)
    return server


def _peer_is_root(connection: socket.socket) -> bool:
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", packed)[1] == 0


def _answer(service: Service, line: bytes, root: bool) -> Answer:
    try:
        asked = parse(json.loads(line), root)
        with service.transaction() as world:
            answer = do(world, asked, service.now())
    except ValueError as error:
        return failed(f"error: {error}")
    _log.info("main: %s %s: %d", asked.program, asked.argv[0] if asked.argv else "", answer.code)
    return answer
