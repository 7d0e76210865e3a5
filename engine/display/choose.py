"""The choice of a display: --json, else the live tree on a terminal, else plain lines (with --diff always those)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

from engine.display.options import DisplayOptions, is_colored, is_terminal

if TYPE_CHECKING:  # a quarter of the time that importing this package may take, for a name in annotations
    from engine.model.events import Event


class Display(Protocol):
    """Shows events as they come. Its methods are called by one thread at a time; to close twice does no harm."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        ...

    def close(self) -> None:
        """Show what is left and give the terminal back as it was, also after a failure."""
        ...


def make_display(options: DisplayOptions, stream: TextIO) -> Display:
    """Choose how to show a deployment on `stream`."""
    from engine.display.sink import Sink

    sink = Sink(stream, color=is_colored(stream, options))
    if options.json:
        from engine.display.digest import DigestDisplay

        return DigestDisplay(options, sink)
    if is_terminal(stream, options) and not options.diff:
        from engine.display.live import LiveDisplay

        return LiveDisplay(options, sink)
    from engine.display.plain import PlainDisplay

    return PlainDisplay(options, sink)


def render(events: Iterable[Event], options: DisplayOptions) -> str:
    """Show a recorded deployment as text, e.g. for the details of a question; coloured only with color 'always'."""
    text = io.StringIO()
    display = make_display(replace(options, interactive=False), text)
    for event in events:
        display.handle(event)
    display.close()
    return text.getvalue()
