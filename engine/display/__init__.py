"""What a person sees of a deployment: events come in, text goes out, nothing flows back.

    events ─> Board (fold) ─> lines (pure) ─> plain log · live tree · --diff · --json

`make_display` chooses, `render` shows a recorded deployment as text, `confirm` asks before one begins.
A display that cannot write (a closed pipe, an odd encoding) goes quiet; it never changes the outcome.
"""

from __future__ import annotations

from engine.display.choose import Display, make_display, render
from engine.display.options import COLORS, Color, DisplayOptions
from engine.display.prompt import confirm
from engine.display.redact import Redactor

__all__ = ["COLORS", "Color", "Display", "DisplayOptions", "Redactor", "confirm", "make_display", "render"]
