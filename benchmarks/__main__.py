"""Runs the benchmarks and prints their figures: `python -m benchmarks [NAME ...]`.

Every figure that has a limit is a ratio or a count within one run; absolute times stand beside it for orientation.
The exit code is 1 if a limit is not met.
"""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = ("commands", "preview", "fleet", "hosts", "app_servers", "rolling", "juju")


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all where none is given")
    names = parser.parse_args().names or list(NAMES)
    for name in names:
        if name not in NAMES:
            parser.error(f"{name!r} is no benchmark: there are {', '.join(NAMES)}")
    met = True
    for name in names:
        print(f"\n{name}", flush=True)
        for figure in importlib.import_module(f"benchmarks.{name}").run():
            print(figure.line(), flush=True)
            met &= figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
