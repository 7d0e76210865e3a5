"""What the person asked to see: options as data, and what they come to for one stream."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TextIO, TypeAlias

from engine.display.redact import Redactor

Color: TypeAlias = Literal["auto", "always", "never", "raw"]
COLORS: tuple[Color, ...] = ("auto", "always", "never", "raw")


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How a deployment is shown.

    `interactive` None means: when the stream is a terminal. `clock` gives seconds; it need not be the deployment's
    own clock, only run at the same pace. `environ` is asked for NO_COLOR and TERM.
    """

    color: Color = "auto"
    interactive: bool | None = None
    diff: bool = False
    json: bool = False
    suppress_outputs: bool = False
    debug: bool = False
    redactor: Redactor = field(default_factory=Redactor)
    clock: Callable[[], float] = time.monotonic
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.color not in COLORS:
            raise ValueError(f"--color is {self.color!r}, it should be one of {', '.join(COLORS)}")


def is_terminal(stream: TextIO, options: DisplayOptions) -> bool:
    """Tell whether the cursor may be moved: on a terminal that can, unless the person wants plain lines."""
    capable = stream.isatty() and options.environ.get("TERM", "") != "dumb"
    return capable and options.interactive is not False


def is_colored(stream: TextIO, options: DisplayOptions) -> bool:
    """Tell whether to colour. `raw` leaves the text as it is; NO_COLOR counts when not empty (no-color.org)."""
    if options.color != "auto":
        return options.color == "always"
    return stream.isatty() and options.environ.get("TERM", "") != "dumb" and not options.environ.get("NO_COLOR")
