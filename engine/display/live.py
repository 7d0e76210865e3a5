"""The live tree: the board redrawn in place ten times a second, the whole of it when the deployment has ended.

    handle ─> Board <─ the refresh thread draws a frame under the same lock ─> terminal

rich moves the cursor; what is drawn is `tree_lines`. One lock guards the board, and no call into rich is made with it
held, for rich has a lock of its own that it holds while it asks for a frame.
"""

from __future__ import annotations

from threading import Lock

from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from engine.display.board import Board
from engine.display.options import DisplayOptions
from engine.display.report import report_lines
from engine.display.sink import Sink
from engine.display.text import Line
from engine.display.tree import ASCII_GUIDES, UNICODE_GUIDES, Frame, tree_lines
from engine.model.events import Event, OutputsRegistered, StepFailed, StepFinished, StepStarted

FRAMES_PER_SECOND = 10


class LiveDisplay:
    """Draws on a terminal. The cursor is hidden from the first event on until `close`."""

    def __init__(self, options: DisplayOptions, sink: Sink) -> None:
        self._options = options
        self._sink = sink
        self._lock = Lock()
        self._board = Board(options.redactor, options.debug)
        self._offset = 0.0
        self._live: Live | None = None
        self._final = False
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event; the next frame shows it."""
        with self._lock:
            self._board.apply(event)
            if isinstance(event, StepStarted | StepFinished | StepFailed | OutputsRegistered):
                self._offset = event.at - self._options.clock()
        if self._live is None:
            self._live = self._start()

    def close(self) -> None:
        """Draw the whole tree, give the terminal back, and write what follows the tree."""
        if self._closed:
            return
        self._closed = self._final = True
        if self._live is not None:
            try:
                self._live.stop()
            finally:
                self._live.console.show_cursor()
        self._sink.lines(report_lines(self._board, outputs=not self._options.suppress_outputs))

    def frame(self) -> list[Line]:
        """Draw the lines of this moment."""
        size = self._sink.size()
        with self._lock:
            now = self._board.now if self._final else max(self._options.clock() + self._offset, self._board.now)
            height = None if self._final else size.lines
            guides = UNICODE_GUIDES if self._sink.unicode else ASCII_GUIDES
            return tree_lines(self._board, Frame(size.columns - 1, height, now, guides))

    def _render(self) -> Text:
        if self._live is not None:
            self._live.console.size = ConsoleDimensions(*self._sink.size())
        text = Text(no_wrap=True, overflow="crop", end="")
        for number, line in enumerate(self.frame()):
            text.append("\n" if number else "")
            for part, style in line:
                text.append(part, style or None)
        return text

    def _start(self) -> Live:
        console = Console(file=self._sink, force_terminal=True, color_system="standard", no_color=not self._sink.color)  # pyright: ignore[reportArgumentType] # the part of a text stream that rich uses
        live = Live(
            console=console,
            get_renderable=self._render,
            refresh_per_second=FRAMES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        live.start()
        return live
