"""A resource plugin: a child process that serves `pulumirpc.ResourceProvider` on a port it names in its first line.

command + engine address ─> leash, or a Fork ─> plugin ─> first stdout line: port ─> PluginProcess(address)
                                            └> every other line ─> on_line(stream, text)

Source of the protocol: pulumi/pulumi docs/architecture/plugins.md and sdk/go/common/resource/plugin/plugin.go.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.host.fork import Fork
from engine.host.interpreter import interpreter_environment
from engine.host.locate import DYNAMIC_MAIN, PluginNotFoundError, resolve_plugin
from engine.host.process import HERE, Child, OnLine, Stream

__all__ = [
    "CHANNEL_OPTIONS",
    "PluginNotFoundError",
    "PluginProcess",
    "PluginStartError",
    "plugin_environment",
    "resolve_plugin",
]

CHANNEL_OPTIONS: list[tuple[str, int]] = [
    ("grpc.max_receive_message_length", 400 << 20),
    ("grpc.max_send_message_length", 400 << 20),
    ("grpc.max_metadata_size", 1 << 20),
    ("grpc.absolute_max_metadata_size", 1 << 20),
]
"""What a channel to a plugin needs: 400 MiB messages (the SDK's own limit), and errors with long tracebacks, which
travel as metadata and are refused above 8 KiB otherwise. Units: bytes."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0
_QUOTED_LINES = 10


class PluginStartError(EngineError):
    """A plugin ended, said something else, or stayed silent where its port was due."""


def plugin_environment(
    env: Mapping[str, str],
    *,
    interpreter: Path,
    project: str,
    stack: str,
    organization: str,
    root: Path,
    options: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give the environment of a plugin. `options` are Pulumi.yaml's runtime.options (`virtualenv`).

    Config is not in it, other than with the official engine: it holds secrets, and Configure brings it anyway.
    """
    return {
        **interpreter_environment(interpreter, env),
        **{f"PULUMI_RUNTIME_{key.upper()}": value for key, value in (options or {}).items()},
        "PULUMI_PROJECT": project,
        "PULUMI_STACK": stack,
        "PULUMI_ORGANIZATION": organization,
        "PULUMI_ROOT_DIRECTORY": str(root),
    }


class _Handshake:
    """Takes the port from the first stdout line, remembers the last stderr lines, hands every other line on."""

    def __init__(self, on_line: OnLine) -> None:
        self.first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.errors: deque[str] = deque(maxlen=_QUOTED_LINES)
        self._on_line = on_line

    def take(self, stream: Stream, text: str) -> None:
        if stream == "stdout" and not self.first.done():
            self.first.set_result(text)
            return
        if stream == "stderr":
            self.errors.append(text)
        self._on_line(stream, text)

    def quote(self) -> str:
        return "".join(f"\n  {line}" for line in self.errors) or " (nothing on its stderr)"


class PluginProcess:
    """One running plugin; make it with `PluginProcess.start`."""

    def __init__(self, name: str, port: int, child: Child, handshake: _Handshake, ended: asyncio.Task[int]) -> None:
        self.name = name
        self.port = port
        self._child = child
        self._handshake = handshake
        self._ended = ended

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        name: str,
        engine_address: str,
        cwd: Path,
        env: Mapping[str, str],
        on_line: OnLine,
        deadline: float = START_SECONDS,
        fork: Fork | None = None,
    ) -> PluginProcess:
        """Start `command ENGINE_ADDRESS` and wait at most `deadline` seconds for its port.

        With `fork` it is taken from there, and started only where nothing was forked.

        Raises
        ------
        PluginStartError: it cannot be started, ended, printed something else, or stayed silent; quotes its stderr.

        """
        handshake = _Handshake(on_line)
        child = await fork.claim(handshake.take, deadline) if fork else None
        try:
            child = child or await Child.spawn(_argv(command, engine_address), cwd=cwd, env=env, on_line=handshake.take)
        except OSError as error:
            raise PluginStartError(
                f"plugin {name}: {command[0]} cannot be started in {cwd}: {error.strerror}"
            ) from error
        ended = asyncio.create_task(child.wait())
        try:
            port = await _read_port(ended, handshake, name, deadline)
        except BaseException:
            # a cancelled start must not leave the child behind either
            await child.stop(0)
            await ended
            raise
        return cls(name, port, child, handshake, ended)

    @property
    def address(self) -> str:
        """Where it serves: `127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Tell whether it has not been seen to end."""
        return self._child.alive

    @property
    def last_errors(self) -> tuple[str, ...]:
        """Its last lines on stderr, at most ten, the newest last: what to quote when it died."""
        return tuple(self._handshake.errors)

    async def wait_closed(self) -> int:
        """Wait for its end; the exit code, or the negative of the signal that killed it."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace: float = STOP_SECONDS) -> int:
        """End it and what it started: SIGTERM, then SIGKILL after `grace` seconds; the exit code."""
        await self._child.stop(grace)
        return await self.wait_closed()


def _argv(command: Sequence[str], engine_address: str) -> list[str]:
    """Put the leash before a command; our own holds it by itself, which spares an interpreter's start."""
    parent = str(os.getpid())
    if command[-1] == str(DYNAMIC_MAIN):
        return [*command, parent, engine_address]
    return [sys.executable, "-I", "-S", str(HERE / "_leash.py"), parent, *command, engine_address]


async def _read_port(ended: asyncio.Task[int], handshake: _Handshake, name: str, deadline: float) -> int:
    await asyncio.wait([handshake.first, ended], timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
    if handshake.first.done():
        return _parse_port(handshake, name)
    if ended.done():
        raise PluginStartError(
            f"plugin {name} ended with {ended.result()} before it named its port:{handshake.quote()}"
        )
    raise PluginStartError(f"plugin {name} named no port within {deadline:g} s:{handshake.quote()}")


def _parse_port(handshake: _Handshake, name: str) -> int:
    text = handshake.first.result().strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16):
        raise PluginStartError(
            f"plugin {name} printed {text[:200]!r} where its port (1 to 65535) was due:{handshake.quote()}"
        )
    return int(text)
