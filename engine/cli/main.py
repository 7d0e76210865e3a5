"""`pulumi`: choose the engine, read the command line, go where it leads, turn errors into sentences and exit codes.

argv ─> choose_engine ─> (official: exec) ─> parse ─> handler(args, options)  or  operations.run(options) ─> exit code
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from engine.errors import CancelledError, EngineError
from engine.model.reading import CodecError

_INTERRUPTED = 130


def entry() -> None:
    """Run as the console script; taking the interpreter apart (gRPC's threads, too) is spared, it takes 0.1 s."""
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one command; give its exit code."""
    from engine.cli.official import choose_engine, hand_over

    try:
        official = choose_engine(os.environ, Path(sys.argv[0]))
        if official is not None:
            hand_over(official, argv, os.environ)
        return run(argv)
    except EngineError as error:
        return _report(error, argv)
    except BrokenPipeError:
        # whoever read our output has had enough, e.g. `pulumi stack export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except CodecError as error:
        return _report(EngineError(f"the stack's state is corrupt: {error}"), argv)
    except OSError as error:
        return _report(EngineError(f"{error.filename or 'a file'}: {error.strerror or error}"), argv)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return _INTERRUPTED


def run(argv: Sequence[str]) -> int:
    """Run one command on this engine.

    Raises
    ------
    EngineError: it cannot be done; the text says why.

    """
    if "--version" in argv[:1]:
        argv = ["version"]
    from engine.cli.parser import parse

    args = parse(argv)
    if kind := getattr(args, "kind", None):
        return _operate(args, str(kind))
    from engine.cli.options import command_options

    module, _, function = str(args.handler).partition(":")
    handler = getattr(importlib.import_module(f"engine.cli.{module}"), function)
    code = cast("Callable[[argparse.Namespace, object], int | None]", handler)(args, command_options(args))
    sys.stdout.flush()
    return code or 0


def _operate(args: argparse.Namespace, _kind: str) -> int:
    from engine.cli.operations import run as operate
    from engine.cli.options import operation_options

    return operate(operation_options(args))


def _report(error: EngineError, argv: Sequence[str]) -> int:
    if "--debug" in argv:
        import traceback

        traceback.print_exception(error)
    from engine.cli.text import say

    say("info" if isinstance(error, CancelledError) else "error", str(error))
    return error.exit_code


if __name__ == "__main__":
    entry()
