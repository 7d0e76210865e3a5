"""The program's side of `engine.host.fork`: makes two of the process that has just imported the SDK.

program ─fork─> middle ─fork─> plugin ─> middle ends, so that the engine (a subreaper) inherits the plugin
   └> goes on as if nothing had happened    └> leash to the engine, own session, pid into `birth`, _dynamic_main

Standard library only. Nothing is forked where a second thread runs: its locks would stay taken in the copy. The engine
understands a `birth` that ends without a pid as "not forked", and spawns.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import _leash


def fork_plugin(order: Mapping[str, Any], engine: int, report: int) -> bool:
    """Fork the dynamic plugin; tells whether this is the plugin, which has `serve` to call next.

    `order` is what `engine.host.fork` wrote: `out`, `err`, `birth` (descriptors), and `variables`, the plugin's
    environment beyond the program's. `engine` is a process id, `report` the program's own descriptor.
    """
    pipes = [order[name] for name in ("out", "err", "birth")]
    for pipe in pipes:
        os.set_inheritable(pipe, False)
    try:
        is_plugin = _is_alone() and _fork(engine)
        if is_plugin:
            _settle(order, engine, report)
    except OSError as error:
        print(f"the plugin is started, not forked: {error.strerror}", file=sys.stderr)
        return False
    else:
        return is_plugin
    finally:
        for pipe in pipes:
            os.close(pipe)


def serve(address: str) -> None:
    """Do in the plugin what a spawned one does."""
    sys.path.insert(0, str(Path(__file__).parent))
    import _dynamic_main

    _dynamic_main.serve(address)


def _is_alone() -> bool:
    # the threads of a C library are none of Python's
    return threading.active_count() == 1 and len(list(Path("/proc/self/task").iterdir())) == 1


def _fork(engine: int) -> bool:
    """Fork twice; True in the plugin, once it is the engine's child."""
    adopted, adopting = os.pipe()
    middle = os.fork()
    if middle:
        os.close(adopted)
        os.waitpid(middle, 0)
        os.close(adopting)
        return False
    _fork_and_end()
    os.close(adopting)
    os.read(adopted, 1)
    os.close(adopted)
    if os.getppid() != engine:
        # the program died meanwhile, or somebody between them collects orphans
        os._exit(1)
    return True


def _fork_and_end() -> None:
    try:
        child = os.fork()
    except OSError:
        os._exit(1)
    if child:
        os._exit(0)


def _settle(order: Mapping[str, Any], engine: int, report: int) -> None:
    """Let go of all that is the program's; whatever fails here must not go on as a second program."""
    try:
        _leash.hold(engine)
        os.setsid()
        os.close(report)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (order["out"], 1), (order["err"], 2)):
            os.dup2(source, target)
        os.close(null)
        os.environ.update(order["variables"])
        os.write(order["birth"], b"%d\n" % os.getpid())
    except OSError:
        os._exit(1)
