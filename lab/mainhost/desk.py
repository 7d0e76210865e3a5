"""Where the commands on main end: a Unix socket that main sees, and the folder of commands that its snaps give it.

    main: snap, maas ─ one JSON line ─> desk ─ transaction ─> snap.run / maas.run ─ Answer ─> one JSON line back
          juju ────────────┘              ├─ no transaction, a thread ─> juju.run ─ Answer, or "ask again" ─┘
                                          └─ after each: the commands of /snap/bin and MAAS's listener follow the world

The socket takes these programs' command lines and nothing else. Who asks is what the kernel says of the peer, so a
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

from lab.juju.site import JujuSite
from lab.maas.service import Service
from lab.maas.world import World
from lab.mainhost import juju, maas, snap
from lab.mainhost.asked import Answer, Asked, failed, parse
from lab.mainhost.jobs import Jobs
from lab.mainhost.spec import PROGRAM
from lab.mainhost.store import STORE

_LIMIT: Final = 1024 * 1024
_OURS: Final = {"maas", "juju"}
"""The commands of snaps that `guest/program.py` plays; the others of a snap are not there."""

_log = logging.getLogger("lab")


class Desk:
    """What command lines of main work with: MAAS, and Juju's controller where the lab has one."""

    def __init__(self, maas: Service, site: JujuSite | None = None) -> None:
        self.maas = maas
        self.site = site
        self._jobs = Jobs()

    def answer(self, asked: Asked) -> Answer:
        """Do one command line; of one that takes long, what it has said so far, with `again`."""
        if asked.program == "juju" and self.site:
            return self._juju(asked, self.site)
        with self.maas.transaction() as world:
            return do(world, asked, self.maas.now())

    def _juju(self, asked: Asked, site: JujuSite) -> Answer:
        snap = self.maas.world.snaps.find("juju")
        if snap is None:
            return failed("juju: command not found", 127)
        return self._jobs.ask(asked, lambda job: juju.run(asked, site, job, snap.version, self.maas.now()))

    def close(self) -> None:
        """End what is under way."""
        self._jobs.close()


def do(world: World, asked: Asked, now: float) -> Answer:
    """Do one command line of `snap` or `maas` (pure)."""
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


async def listen(folder: Path, desk: Desk, changed: Callable[[], Awaitable[None]]) -> asyncio.Server:
    """Serve main's commands until closed; `changed` is awaited after each, before it is answered."""
    prepare(folder)
    path = folder / "socket" / "main.sock"
    path.unlink(missing_ok=True)
    server = _bound(path)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            root = _peer_may_all(writer.get_extra_info("socket"))
            answer = await asyncio.to_thread(_answer, desk, line, root)
            lay_out(folder, commands_of(desk.maas.world))
            await changed()
            writer.write(json.dumps(answer.shown()).encode() + b"\n")
            await writer.drain()
        writer.close()

    lay_out(folder, commands_of(desk.maas.world))
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


def _peer_may_all(connection: socket.socket) -> bool:
    """Whether the caller is root, or who runs the lab where that is nobody special."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", packed)[1] in {0, os.geteuid()}


def _answer(desk: Desk, line: bytes, root: bool) -> Answer:
    try:
        asked = parse(json.loads(line), root)
        answer = desk.answer(asked)
    except ValueError as error:
        return failed(f"error: {error}")
    if not answer.again:
        _log.info("main: %s %s: %d", asked.program, asked.argv[0] if asked.argv else "", answer.code)
    return answer
