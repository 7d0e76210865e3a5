"""The child's side of `engine.host.program`: `_program_main.py PARENT_PID REPORT_FD [ORDER]`, run by its own Python.

import the SDK ─> with ORDER: fork the plugin (`_birth`)
  └─> one JSON line from stdin ─> Settings, config ─> run_in_stack(runpy) ─> one JSON line on REPORT_FD

Imports only the standard library and what every Pulumi program has: pulumi, grpc. The SDK stays as it is on disk; two
things are changed in memory, because they cost more than the program itself: debug log lines are dropped here, where
the SDK would make four blocking calls per resource, and `_waiting` replaces the wait for outstanding outputs.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib
import inspect
import json
import logging
import os
import runpy
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

# beside this file; _enter takes the folder off the import path before the program can see it
import _birth
import _leash
import _waiting

if TYPE_CHECKING:
    from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

_FAILED = 1
_MOST_THREADS = 4096
_THREADS_PER_OPERATION = 4
"""As the official runner: registrations wait in threads, and more may be waiting than the engine runs at a time."""

_INSTALLED = {"site-packages", "dist-packages"}
"""Folders of other people's packages: a virtual environment often lies inside the project."""

_MACHINERY = ("pulumi", "grpc", "asyncio", "concurrent")


def main() -> NoReturn:
    engine, report = int(sys.argv[1]), int(sys.argv[2])
    order: dict[str, Any] | None = json.loads(sys.argv[3]) if len(sys.argv) > 3 else None
    _enter(engine, report)
    try:
        importlib.import_module("pulumi.runtime")  # the slow part, done while the engine gets ready
        if order:
            importlib.import_module("pulumi.dynamic")
    except ImportError as error:
        _end(report, _FAILED, {"kind": "raised", "message": _no_sdk(error)})
    if order and _birth.fork_plugin(order, engine, report):
        _birth.serve(order["address"])
        sys.exit()
    line = sys.stdin.buffer.readline()
    _close_stdin()
    if not line:
        sys.exit(_FAILED)
    info: dict[str, Any] = json.loads(line)
    code, said = _run(info)
    _end(report, code, said)


def _enter(parent: int, report: int) -> None:
    """Tie this process to the engine's life and take the engine's folder off the import path."""
    _leash.hold(parent)
    os.set_inheritable(report, False)
    for name in ("_birth", "_leash", "_waiting"):
        del sys.modules[name]
    sys.path.pop(0)


def _close_stdin() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def _no_sdk(error: ImportError) -> str:
    return f"{sys.executable} cannot import pulumi ({error}); install it with: {sys.executable} -m pip install pulumi"


def _run(info: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Run the program; the exit code and the report."""
    program = Path(info["program"])
    entry = program / "__main__.py" if program.is_dir() else program
    if not entry.is_file():
        return _FAILED, {"kind": "raised", "message": f"there is no program: {entry} does not exist"}
    _configure(info)
    os.chdir(info["directory"])
    # run_path takes a folder off the path when the program's top level is through; applies import later
    sys.path.insert(0, str(entry.parent))
    sys.argv = [str(program)]
    # the SDK leaves futures unread when a program fails; asyncio would tell the person about each
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        _drive(program, int(info["parallel"]))
    except SystemExit as end:
        return _exit_report(end)
    except BaseException as error:  # noqa: BLE001 - whatever the program raises ends here, as the report
        return _FAILED, _describe(error, Path(info["root"]))
    return 0, {"kind": "ok"}


def _configure(info: dict[str, Any]) -> None:
    from pulumi import runtime

    known = inspect.signature(runtime.Settings.__init__).parameters
    wanted: dict[str, Any] = {
        "monitor": info["monitor"],
        "engine": _engine_stub(info["engine"], debug=info["debug"]),
        "project": info["project"],
        "stack": info["stack"],
        "parallel": info["parallel"],
        "dry_run": info["dry_run"],
        "organization": info["organization"],
        "root_directory": info["root"],
    }
    # older SDKs know fewer of them
    runtime.configure(runtime.Settings(**{key: value for key, value in wanted.items() if key in known}))
    for key, value in info["config"].items():
        # into the default that all threads share: set_all_config reaches this thread's context only
        runtime.set_config(key, value)
    runtime.set_all_config(info["config"], list(info["secret_keys"]))
    _waiting.install()


def _engine_stub(address: str, *, debug: bool) -> EngineStub:
    """Give a stub of the engine that answers debug log lines itself, unless the person asked for them."""
    import grpc
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

    # typed as Any: grpc's and the generated stubs' types differ between the SDK versions a program may have
    stub: Any = engine_pb2_grpc.EngineStub(cast("Any", grpc).insecure_channel(address))
    if not debug:
        send = stub.Log

        def log(request: engine_pb2.LogRequest, *args: Any, **kwargs: Any) -> Any:
            return None if request.severity == engine_pb2.DEBUG else send(request, *args, **kwargs)

        stub.Log = log
    return stub


def _threads(parallel: int) -> int:
    return min(_MOST_THREADS, parallel * _THREADS_PER_OPERATION) if parallel > 0 else _MOST_THREADS


def _drive(program: Path, parallel: int) -> None:
    from pulumi.runtime import run_in_stack

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=_threads(parallel))
    loop.set_default_executor(executor)

    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(run))
    finally:
        executor.shutdown(wait=True)
        loop.close()


def _exit_report(end: SystemExit) -> tuple[int, dict[str, str]]:
    """Do as Python does with sys.exit's argument: nothing and 0 are success, a text is a failure's message."""
    if end.code is None:
        return 0, {"kind": "exited"}
    if isinstance(end.code, int):
        return end.code, {"kind": "exited"}
    return _FAILED, {"kind": "exited", "message": str(end.code)}


def _describe(error: BaseException, root: Path) -> dict[str, str]:
    """Tell an exception: one sentence, the person's own place, and a traceback without the machinery."""
    from pulumi import RunError

    trace = traceback.TracebackException.from_exception(error)
    place = _place(trace, root)
    if isinstance(error, RunError):
        # made by the SDK and by programs to be read alone
        return {"kind": "raised", "message": str(error), "place": place}
    for part in _chain(trace):
        part.stack = _trim(part.stack, root)
    name = type(error).__qualname__
    message = f"{name}: {error}" if str(error) else name
    return {"kind": "raised", "message": message, "place": place, "traceback": "".join(trace.format())}


def _chain(trace: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    # groups' members are there since Python 3.11
    members = cast("list[traceback.TracebackException]", getattr(trace, "exceptions", None) or [])
    yield trace
    for part in (trace.__cause__, trace.__context__, *members):
        if part is not None:
            yield from _chain(part)


def _place(trace: traceback.TracebackException, root: Path) -> str:
    """Give `file:line` of the person's last frame, relative to the project where it lies there."""
    filename, line = getattr(trace, "filename", None), getattr(trace, "lineno", None)
    if not filename:
        own = [frame for frame in trace.stack if _is_own(frame.filename, root)]
        if not own:
            return ""
        filename, line = own[-1].filename, own[-1].lineno
    path = Path(filename)
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{line}"


def _trim(stack: traceback.StackSummary, root: Path) -> traceback.StackSummary:
    """Begin with the person's first frame, and leave out the SDK's; a stack that holds nothing else stays whole."""
    frames = list(stack)
    first = next((i for i, frame in enumerate(frames) if _is_own(frame.filename, root)), 0)
    kept = [frame for frame in frames[first:] if not _is_machinery(frame.filename)]
    return traceback.StackSummary.from_list(kept or frames)


def _is_own(filename: str, root: Path) -> bool:
    path = Path(filename)
    return path.is_relative_to(root) and not _INSTALLED & set(path.parts) and not _is_machinery(filename)


def _is_machinery(filename: str) -> bool:
    if filename == __file__ or filename.startswith("<frozen"):
        return True
    return any(Path(filename).is_relative_to(folder) for folder in _machinery_folders())


def _machinery_folders() -> list[Path]:
    files = [getattr(sys.modules.get(name), "__file__", None) for name in _MACHINERY]
    return [Path(file).parent for file in files if file]


def _end(report: int, code: int, said: dict[str, str]) -> NoReturn:
    """Report and leave: threads and exit functions come to their end, taking the interpreter apart is spared."""
    # in the interpreter's own order; these two have no public names
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    atexit._run_exitfuncs()  # type: ignore[attr-defined]  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(report, "wb") as pipe:
        pipe.write(json.dumps(said).encode() + b"\n")
    os._exit(code)


if __name__ == "__main__":
    main()
