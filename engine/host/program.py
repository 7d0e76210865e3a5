"""The Pulumi program: a child process that the engine starts early, tells what to run, and listens to.

ProgramProcess.start ─> child imports the SDK ──┐
engine imports gRPC, serves monitor and engine ─┴─> run(RunInfo): one JSON line on stdin ─> program runs
on_line(stream, text) <─ its output · wait() -> Outcome <─ its exit, and one JSON line on a pipe of its own

Config and secrets go through stdin: command lines and environments can be read by others. The report's pipe is not
stdout, so nothing that a program prints can be taken for it. The child's side is `_program_main.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from engine.host.fork import Fork
from engine.host.interpreter import InterpreterError, interpreter_environment
from engine.host.process import DRAIN_SECONDS, HERE, Child, OnLine, read_all

STOP_SECONDS = 10.0
"""How long a program may take to end after SIGTERM."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a program is run with; addresses are `host:port`."""

    monitor: str
    engine: str
    project: str
    stack: str
    organization: str
    root: Path
    """The folder of Pulumi.yaml."""
    program: Path
    """The file, or the folder with a `__main__.py`, that Pulumi.yaml's `main` names; absolute."""
    directory: Path
    """The working directory, absolute."""
    config: Mapping[str, str]
    """Full key (`project:name`) to value; secrets in clear, objects as JSON."""
    secret_keys: tuple[str, ...] = ()
    dry_run: bool = False
    parallel: int = 16
    """How many resource operations may run at a time; below 1 means as many as there are."""
    debug: bool = False
    """Send the SDK's debug log lines to the engine: four blocking calls per resource."""

    def line(self) -> bytes:
        """Write the line that the child reads."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        paths = {name: str(fields[name]) for name in ("root", "program", "directory")}
        return json.dumps({**fields, **paths, "config": dict(self.config)}).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended."""

    kind: Literal["ok", "raised", "exited", "killed"]
    message: str = ""
    """One sentence: `ExceptionType: message`, `exited with code 3`, `was killed by SIGKILL`; empty when ok."""
    place: str = ""
    """`file:line`, the last place in the person's own code; empty where there is none."""
    traceback: str = ""
    """Python's traceback without the SDK's frames; empty for errors that are made to be read alone (RunError)."""
    exit_code: int | None = 0
    """The process's exit code; None where a signal killed it."""
    signal: int | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the program ran to its end."""
        return self.kind == "ok"


class ProgramProcess:
    """One run of a program; make it with `ProgramProcess.start`."""

    def __init__(self, child: Child, report: asyncio.Task[bytes]) -> None:
        self._child = child
        self._report = report

    @classmethod
    async def start(
        cls,
        interpreter: Path,
        root: Path,
        *,
        on_line: OnLine,
        env: Mapping[str, str] | None = None,
        fork: Fork | None = None,
    ) -> ProgramProcess:
        """Start the child with `root` as working directory. `env` is the engine's own environment where it is None.

        With `fork` it gives birth to the dynamic plugin, once it has imported the SDK.

        Raises
        ------
        InterpreterError: the interpreter cannot be started.

        """
        read, write = os.pipe()
        argv = [str(interpreter), "-u", str(HERE / "_program_main.py"), str(os.getpid()), str(write)]
        passed = (write,)
        if fork is not None:
            argv.append(fork.order)
            passed += fork.passed
        child_env = interpreter_environment(interpreter, os.environ if env is None else env)
        try:
            child = await Child.spawn(argv, cwd=root, env=child_env, on_line=on_line, stdin=True, pass_fds=passed)
        except BaseException as error:
            os.close(read)
            if not isinstance(error, OSError):
                raise
            raise InterpreterError(f"{interpreter} cannot be started in {root}: {error.strerror}") from error
        finally:
            os.close(write)
            if fork is not None:
                fork.pass_on()
        return cls(child, asyncio.create_task(read_all(read)))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    async def run(self, info: RunInfo) -> None:
        """Let the program begin; where the child is gone already, `wait` tells why."""
        self._child.send(info.line())

    async def wait(self) -> Outcome:
        """Wait for the program's end; all its output has been given to `on_line` by then."""
        return await self._outcome(await self._child.wait())

    async def stop(self, grace: float = STOP_SECONDS) -> Outcome:
        """End the program and what it started: SIGTERM, then SIGKILL after `grace` seconds."""
        return await self._outcome(await self._child.stop(grace))

    async def _outcome(self, code: int) -> Outcome:
        # a process that the program left behind may hold the pipe; the report itself was written before the exit
        await asyncio.wait([self._report], timeout=DRAIN_SECONDS)
        self._report.cancel()
        await asyncio.wait([self._report])
        return read_outcome(code, b"" if self._report.cancelled() else self._report.result())


def read_outcome(code: int, report: bytes) -> Outcome:
    """Join a return code (negative: a signal's number) and the child's report into an Outcome. Pure."""
    if code < 0:
        return Outcome("killed", f"the program was killed by {_signal_name(-code)}", exit_code=None, signal=-code)
    said = _parse(report)
    if code == 0 and said.get("kind") != "raised":
        return Outcome("ok")
    if not said.get("message"):
        return Outcome("exited", f"the program exited with code {code}", exit_code=code)
    return Outcome(
        "raised" if said.get("kind") == "raised" else "exited",
        str(said["message"]),
        str(said.get("place", "")),
        str(said.get("traceback", "")),
        exit_code=code,
    )


def _parse(report: bytes) -> dict[str, object]:
    """Read the report; one that was cut by a crash counts as none."""
    try:
        said: object = json.loads(report)
    except ValueError:
        return {}
    return cast("dict[str, object]", said) if isinstance(said, dict) else {}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
