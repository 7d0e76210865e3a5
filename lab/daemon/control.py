"""The control socket: one JSON line asks, one answers; a Unix socket, because those cross network namespaces.

{"do": "pace", "with": {...}}  ->  {"ok": ...} | {"error": "one sentence"}
"""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast

from lab.juju.errors import JujuError
from lab.maas.models import Json

Run: TypeAlias = Callable[[str, Json], object]
"""Does an order by its name with its arguments; KeyError for one that is not known."""

_LIMIT = 64 * 1024 * 1024


class ControlError(Exception):
    """The daemon refused an order, or there is no daemon; the message is for a person."""


@contextmanager
def _short(path: Path) -> Generator[str]:
    """Name a socket within the 107 bytes that Unix sockets allow, however deep its directory lies."""
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)


def ask(path: Path, do: str, /, **given: object) -> object:
    """Send one order to the daemon that listens at `path` and give its result."""
    try:
        with _short(path) as name, socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(name)
            client.sendall(json.dumps({"do": do, "with": given}).encode() + b"\n")
            with client.makefile("rb") as lines:
                line = lines.readline()
    except OSError as error:
        raise ControlError(f"No lab answers at {path}: {error.strerror or error}.") from error
    if not line:
        raise ControlError(f"The lab at {path} closed the connection without an answer; see maas.log beside it.")
    answer = cast("Json", json.loads(line))
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return answer["ok"]


async def listen(path: Path, run: Run) -> asyncio.Server:
    """Serve orders at `path`, each done by `run`; a socket that a dead daemon left there goes first."""
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    with _short(path) as name:
        server.bind(name)
        path.chmod(0o600)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            writer.write(json.dumps(_answer(run, line)).encode() + b"\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(serve, sock=server, limit=_LIMIT)


def _answer(run: Run, line: bytes) -> Json:
    try:
        order = cast("Json", json.loads(line))
        return {"ok": run(str(order["do"]), cast("Json", order["with"]))}
    except KeyError as error:
        return {"error": f"The lab knows no order or lacks the argument {error}."}
    except (ValueError, LookupError, JujuError) as error:
        return {"error": str(error)}
