"""A command on this machine, in a process group of its own, so that it ends as a whole.

command + surroundings + settings ─> process ─> Recorder ─> stdout, stderr (and assets, an archive)

A command that holds a secret does not stand on the command line, where every user of the machine could read it: the
shell gets it through a file descriptor that has no name.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from plugins.command.errors import CommandError
from plugins.command.globs import GlobError, chosen
from plugins.command.hashing import archive_hash, asset_hash, files_below
from plugins.command.masking import Mask
from plugins.command.recording import Recorder, Stream, failure, shown
from plugins.command.settings import LocalSettings, Surroundings
from plugins.command.telling import Teller
from plugins.command.values import Archive, Asset, Properties

_GRACE_SECONDS: Final = 5.0
_CHUNK: Final = 1 << 16
_SHELLS: Final = frozenset(("sh", "bash", "dash", "ash", "ksh", "zsh"))


async def run(command: str, around: Surroundings, settings: LocalSettings, teller: Teller, mask: Mask) -> Properties:
    """Run a command to its end and give stdout, stderr, and the files that were asked for.

    Raises
    ------
    CommandError: it cannot be started, ended with another code than 0, or its globs cannot be read.

    """
    recorder = Recorder(teller, around.logged)
    interpreter = settings.interpreter
    if mask.hides(command) and not _is_shell(interpreter):
        await teller.warn(f"the command holds a secret, and {interpreter[0]} takes it on its command line: use stdin")
    with _arguments(command, interpreter, hidden=mask.hides(command)) as (arguments, descriptors):
        process = await _start(arguments, descriptors, around, settings)
        code = await _follow(process, around.stdin.encode(), recorder)
    if code:
        ended = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise CommandError(failure(f"{shown(command, mask)} ended with {ended}", recorder))
    found: Properties = {"stdout": recorder.text("stdout"), "stderr": recorder.text("stderr")}
    return {**found, **await asyncio.to_thread(_files, settings)}


def _is_shell(interpreter: tuple[str, ...]) -> bool:
    return Path(interpreter[0]).name in _SHELLS and interpreter[-1] == "-c"


@contextmanager
def _arguments(
    command: str, interpreter: tuple[str, ...], *, hidden: bool
) -> Generator[tuple[list[str], tuple[int, ...]]]:
    """Give the command line, and the file descriptors that the process inherits."""
    if not (hidden and _is_shell(interpreter)):
        yield [*interpreter, command], ()
        return
    with _unnamed_file() as file:
        file.write(command.encode())
        file.seek(0)
        yield [*interpreter, f'eval "$(cat /dev/fd/{file.fileno()})"'], (file.fileno(),)


def _unnamed_file() -> IO[bytes]:
    """Open a file without a name, in memory where the system can (Linux)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("command"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


async def _start(
    arguments: list[str], descriptors: tuple[int, ...], around: Surroundings, settings: LocalSettings
) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *arguments,
            stdin=PIPE if around.stdin else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=settings.folder or None,
            env={**os.environ, **around.environment, **around.previous},
            pass_fds=descriptors,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        where = settings.folder or Path.cwd()
        raise CommandError(f"{arguments[0]} cannot be started in {where}: {error}") from error


async def _follow(process: Process, stdin: bytes, recorder: Recorder) -> int:
    try:
        await asyncio.gather(
            _feed(process, stdin), _pump(process, "stdout", recorder), _pump(process, "stderr", recorder)
        )
        return await process.wait()
    except BaseException:
        # also where this very call is cancelled: no command outlives what waits for it
        await asyncio.shield(end_group(process))
        raise
    finally:
        close(process)


def close(process: Process) -> None:
    """Let go of a process's pipes, which whatever it started may hold for longer than it lived."""
    # asyncio's Process has no close of its own, and its transport complains when it is collected after its loop
    transport: asyncio.SubprocessTransport = cast("Any", process)._transport  # noqa: SLF001
    transport.close()


async def _feed(process: Process, data: bytes) -> None:
    if process.stdin is None:
        return
    # a command need not read its stdin
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _pump(process: Process, stream: Stream, recorder: Recorder) -> None:
    reader = process.stdout if stream == "stdout" else process.stderr
    while reader is not None:
        data = await reader.read(_CHUNK)
        await recorder.take(stream, data)
        if not data:
            return


async def end_group(process: Process) -> None:
    """End a process and everything in its group: SIGTERM, then SIGKILL after five seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)


def _files(settings: LocalSettings) -> Properties:
    base = Path(settings.folder) if settings.folder else Path.cwd()
    found: Properties = {}
    if settings.asset_globs is not None:
        found["assets"] = dict(_assets(base, settings.asset_globs))
    if settings.archive_globs is not None:
        archive = Archive(assets=tuple(_assets(base, settings.archive_globs)))
        found["archive"] = Archive(archive_hash(archive), archive.assets)
    return found


def _assets(base: Path, globs: tuple[str, ...]) -> list[tuple[str, Asset]]:
    try:
        names = chosen(globs, files_below(base))
    except GlobError as error:
        raise CommandError(str(error)) from error
    paths = ((name, os.path.normpath(base / name)) for name in names)
    return [(name, Asset(asset_hash(Asset(path=path)), path=path)) for name, path in paths]
