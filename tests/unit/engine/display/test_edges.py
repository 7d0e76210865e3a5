"""The edges: the prompt, the redactor, the stream, the choice of a display."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import termios
import time
from typing import Never

import pytest

from engine.display import DisplayOptions, Redactor, confirm, make_display
from engine.display.digest import DigestDisplay
from engine.display.live import LiveDisplay
from engine.display.options import is_colored, is_terminal
from engine.display.plain import PlainDisplay
from engine.display.sink import Sink
from engine.display.text import cells, clean, duration, fit, plain
from engine.model.events import Event, StepFailed, StepFinished, StepStarted
from engine.model.state import Op
from tests.unit.engine.display.deployments import begin, create, end, error, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answers", "expected"),
    [("yes\n", True), ("Y\n", True), ("no\n", False), ("\n", False), ("", False), ("what\ndetails\nyes\n", True)],
)
def test_a_question_is_asked_until_it_is_answered(answers: str, *, expected: bool) -> None:
    out = io.StringIO()
    assert confirm(io.StringIO(answers), out, "Perform this update?", lambda: "the plan\n") is expected
    assert out.getvalue().count("Perform this update? yes / no / details [no]: ") == max(answers.count("\n"), 1)
    assert ("the plan\n" in out.getvalue()) == ("details" in answers)
    assert ("'what' is no answer" in out.getvalue()) == ("what" in answers)


@pytest.mark.parametrize(
    ("secrets", "message", "expected"),
    [
        (["hunter2"], "pw=hunter2.", "pw=[secret]."),
        (["abcdef", "efghij"], "xabcdefghijx", "x[secret]x"),
        (["abcd", "abcdefgh"], "abcdefgh abcd", "[secret] [secret]"),
        (["abc"], "abc", "abc"),
        (["   abc  "], "   abc  ", "   abc  "),
        (["line one of a key\nline two of a key\n"], "x\nline two of a key", "x\n[secret]"),
        (['a"b\nc'], 'said "a\\"b\\nc"', 'said "[secret]"'),
        (["a/b c+d"], "https://u:a%2Fb%20c%2Bd@h a%2Fb+c%2Bd", "https://u:[secret]@h [secret]"),
        ([], "nothing", "nothing"),
    ],
)
def test_known_secrets_are_taken_out_of_messages(secrets: list[str], message: str, expected: str) -> None:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    assert redactor.redact(message) == expected


@pytest.mark.parametrize(
    ("options", "environ", "tty", "terminal", "colored"),
    [
        (DisplayOptions(), {"TERM": "xterm"}, True, True, True),
        (DisplayOptions(), {"TERM": "xterm"}, False, False, False),
        (DisplayOptions(), {"TERM": "dumb"}, True, False, False),
        (DisplayOptions(), {"NO_COLOR": "1"}, True, True, False),
        (DisplayOptions(), {"NO_COLOR": ""}, True, True, True),
        (DisplayOptions(color="always"), {"NO_COLOR": "1"}, False, False, True),
        (DisplayOptions(color="never"), {}, True, True, False),
        (DisplayOptions(color="raw"), {}, True, True, False),
        (DisplayOptions(interactive=False), {}, True, False, True),
        (DisplayOptions(interactive=True), {}, False, False, False),
    ],
)
def test_the_terminal_is_used_as_far_as_it_goes(
    options: DisplayOptions, environ: dict[str, str], *, tty: bool, terminal: bool, colored: bool
) -> None:
    chosen = DisplayOptions(color=options.color, interactive=options.interactive, environ=environ)
    stream = Terminal() if tty else io.StringIO()
    assert is_terminal(stream, chosen) is terminal
    assert is_colored(stream, chosen) is colored


def test_the_options_choose_the_display() -> None:
    environ = {"TERM": "xterm"}
    assert isinstance(make_display(DisplayOptions(environ=environ), Terminal()), LiveDisplay)
    assert isinstance(make_display(DisplayOptions(environ=environ, diff=True), Terminal()), PlainDisplay)
    assert isinstance(make_display(DisplayOptions(environ=environ, json=True), Terminal()), DigestDisplay)
    assert isinstance(make_display(DisplayOptions(environ=environ), io.StringIO()), PlainDisplay)


def test_an_unknown_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="--color is 'blue', it should be one of auto, always, never, raw"):
        DisplayOptions(color="blue")  # pyright: ignore[reportArgumentType] # the bad value is the subject


def test_a_stream_that_cannot_encode_gets_replacements() -> None:
    raw = io.BytesIO()
    sink = Sink(io.TextIOWrapper(raw, encoding="ascii"), color=False)
    sink.lines([(("├─ … \ud800", ""),)])
    assert raw.getvalue() == b"?? ? ?\n"
    assert not sink.unicode


def test_a_reader_that_went_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", buffering=1) as stream:
        display = make_display(DisplayOptions(), stream)
        for event in (begin(), StepStarted(create("a"), 0.0), end({})):
            display.handle(event)
        display.close()
        with pytest.raises(BrokenPipeError):
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)


def test_importing_the_displays_leaves_the_terminal_library_out() -> None:
    code = "import sys, engine.display; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (-1, "0.0s"), (9.94, "9.9s"), (9.96, "10s"), (59.6, "1m00s"), (3599.9, "1h00m"), (7380, "2h03m")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_widths_are_counted_in_columns() -> None:
    assert cells("ab") == 2
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert plain(fit((("日本語", ""), ("abc", "")), 5)) == "日本…"
    assert clean("a\tb\x9bc") == "a   b\\x9bc"


DEPLOYMENT: list[Event] = [
    begin(),
    StepStarted(create("server1"), 0.0),
    progress("server1", "Deploying: 40%"),
    StepFinished(create("server1"), 12.0),
    StepStarted(create("server2"), 12.0),
    error("server2", "no power"),
    StepFailed(create("server2"), 13.0),
    end({Op.CREATE: 1}, succeeded=False, resources=1),
]


class PseudoTerminal:
    """A real terminal of 60 columns and 10 lines; `read` gives what was drawn on it."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (10, 60))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")

    def read(self) -> str:
        self.stream.flush()
        os.set_blocking(self.master, False)
        parts: list[bytes] = []
        try:
            while chunk := os.read(self.master, 65536):
                parts.append(chunk)
        except BlockingIOError:
            return b"".join(parts).decode()
        return b"".join(parts).decode()

    def close(self) -> None:
        self.stream.close()
        os.close(self.master)


def test_the_live_tree_on_a_real_terminal() -> None:
    terminal = PseudoTerminal()
    try:
        display = make_display(DisplayOptions(environ={"TERM": "xterm"}), terminal.stream)
        for event in DEPLOYMENT[:3]:
            display.handle(event)
        deadline, drawn = time.monotonic() + 5.0, ""
        while "Deploying: 40%" not in drawn and time.monotonic() < deadline:
            drawn += terminal.read()
        assert "\x1b[?25l" in drawn
        assert "Deploying: 40%" in drawn
        for event in DEPLOYMENT[3:]:
            display.handle(event)
        display.close()
        display.close()
        rest = terminal.read()
    finally:
        terminal.close()
    assert rest.rindex("\x1b[?25h") > rest.rindex("server2  ")
    assert "create failed (1.0s)" in rest
    assert rest.count("error: ") == 1
    assert "Update failed at 1 resource" in rest


def test_the_terminal_is_given_back_when_drawing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Never:
        raise RuntimeError("drawing failed")

    terminal = PseudoTerminal()
    try:
        display = make_display(DisplayOptions(environ={"TERM": "xterm"}), terminal.stream)
        display.handle(begin())
        assert isinstance(display, LiveDisplay)
        monkeypatch.setattr(display, "frame", broken)
        with pytest.raises(RuntimeError, match="drawing failed"):
            display.close()
        assert terminal.read().rindex("\x1b[?25h") > 0
    finally:
        terminal.close()
