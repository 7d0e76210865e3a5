"""A command on a server, over SSH.

command + surroundings ─> environment: by the channel where the server takes it, else a prelude on stdin ─> process
                       ─> Recorder ─> stdout, stderr;   cancelled ─> SIGTERM there, SIGKILL later
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncssh

from plugins.command import prelude
from plugins.command.errors import CommandError
from plugins.command.masking import Mask
from plugins.command.recording import Recorder, Stream, failure, shown
from plugins.command.settings import Surroundings
from plugins.command.telling import Teller
from plugins.command.values import Properties

_GRACE_SECONDS: Final = 5.0
_CHUNK: Final = 1 << 16


async def run(
    link: asyncssh.SSHClientConnection, where: str, command: str, around: Surroundings, teller: Teller, mask: Mask
) -> Properties:
    """Run a command to its end and give stdout and stderr; `where` names the server in errors.

    Raises
    ------
    CommandError: it cannot be started, ended with another code than 0, or the connection was lost meanwhile.

    """
    recorder = Recorder(teller, around.logged)
    what = f"{where}: {shown(command, mask)}"
    try:
        plan = await _plan(link, where, command, around, teller)
        process = await link.create_process(plan.line, env=plan.channel, encoding=None)
        await _follow(process, plan.stdin, recorder)
    except prelude.PreludeError as error:
        raise CommandError(f"{where}: {error}") from error
    except (asyncssh.Error, OSError) as error:
        raise CommandError(failure(f"{what} was cut short: {error}", recorder)) from error
    if ended := _ended(process):
        raise CommandError(failure(f"{what} {ended}", recorder))
    return {"stdout": recorder.text("stdout"), "stderr": recorder.text("stderr")}


def _ended(process: asyncssh.SSHClientProcess[bytes]) -> str:
    """Say how a command ended, "" where it ended well."""
    if process.exit_signal is not None:
        return f"ended with signal {process.exit_signal[0]}"
    if process.exit_status is None:
        return "was cut short: the connection was lost"
    return f"ended with exit code {process.exit_status}" if process.exit_status else ""


@dataclass(frozen=True)
class _Plan:
    line: str
    channel: dict[str, str]
    stdin: bytes


async def _plan(
    link: asyncssh.SSHClientConnection, where: str, command: str, around: Surroundings, teller: Teller
) -> _Plan:
    """Decide how each variable travels."""
    stdin = around.stdin.encode()
    environment = {**await _bearable(around.previous, teller), **around.environment}
    if not environment:
        return _Plan(command, {}, stdin)
    prelude.check_names(environment)
    answer = await _probe(link, environment)
    taken = prelude.accepted(answer, environment)
    channel = {name: item for name, item in environment.items() if name in taken}
    rest = {name: item for name, item in environment.items() if name not in taken}
    if rest and not prelude.is_posix(answer):
        await _refuse(sorted(rest), where, around, teller)
        rest = {}
    if not rest:
        return _Plan(command, channel, stdin)
    exports = prelude.exports(rest)
    return _Plan(prelude.wrapped(command, len(exports)), channel, exports + stdin)


async def _bearable(previous: Mapping[str, str], teller: Teller) -> dict[str, str]:
    """Leave out what no program could be started with: an output of 128 KiB and more."""
    long = prelude.too_long(previous)
    if long:
        await teller.warn(f"{' and '.join(long)} would be longer than an environment can hold, and are left out")
    return {name: item for name, item in previous.items() if name not in long}


async def _probe(link: asyncssh.SSHClientConnection, environment: dict[str, str]) -> str:
    """Ask the server which variables it takes: a session cannot tell, as SSH clients send them without an answer."""
    done = await link.run(prelude.PROBE, env=environment, encoding=None, check=False, stdin=asyncssh.DEVNULL)
    return done.stdout.decode("utf-8", "replace") if isinstance(done.stdout, bytes) else ""


async def _refuse(names: list[str], where: str, around: Surroundings, teller: Teller) -> None:
    """Go on without the last run's output, which nobody asked for; refuse to go on without what was asked for."""
    asked = [name for name in names if name in around.environment]
    if asked:
        raise CommandError(
            f"{where}: environment.{asked[0]} cannot be set there: the server's AcceptEnv does not name it, "
            f"and its shell is none that POSIX describes"
        )
    await teller.warn(f"{where} cannot be given {', '.join(names)}; addPreviousOutputInEnv=False spares the attempt")


async def _follow(process: asyncssh.SSHClientProcess[bytes], stdin: bytes, recorder: Recorder) -> None:
    try:
        await asyncio.gather(
            _feed(process, stdin), _pump(process, "stdout", recorder), _pump(process, "stderr", recorder)
        )
        await process.wait_closed()
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise


async def _feed(process: asyncssh.SSHClientProcess[bytes], data: bytes) -> None:
    # a command need not read its stdin, and may be over before it could
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        if data:
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.write_eof()


async def _pump(process: asyncssh.SSHClientProcess[bytes], stream: Stream, recorder: Recorder) -> None:
    reader = process.stdout if stream == "stdout" else process.stderr
    while True:
        data = await reader.read(_CHUNK)
        await recorder.take(stream, data)
        if not data:
            return


async def _end(process: asyncssh.SSHClientProcess[bytes]) -> None:
    """End a command there: SIGTERM, then SIGKILL after five seconds; a server without signals closes the channel."""
    for name in ("TERM", "KILL"):
        with contextlib.suppress(OSError, TimeoutError):
            process.send_signal(name)
            await asyncio.wait_for(process.wait_closed(), _GRACE_SECONDS)
            return
    process.close()
