"""What people read."""

import pytest

from providers.hosts.errors import LAST_LINES, StepFailedError, plain


def test_a_failed_step_names_server_step_and_output():
    error = StepFailedError("server2", "PostgreSQL is installed", "Reading package lists...\nE: no space left\n")
    assert str(error) == (
        'server2: "PostgreSQL is installed" failed. It printed:\n  Reading package lists...\n  E: no space left'
    )


def test_only_the_last_lines_are_shown():
    text = str(StepFailedError("server2", "x", "\n".join(f"line {number}" for number in range(100))))
    assert text.count("\n") == LAST_LINES
    assert text.endswith("line 99")


def test_silence_is_told():
    assert str(StepFailedError("server2", "x", "\n ")) == 'server2: "x" failed. It printed nothing.'


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m alert", "red alert"),
        ("10%\r50%\r100%\ndone", "100%\ndone"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("bell\x07, null\x00, tab\t", "bell, null, tab\t"),
    ],
)
def test_only_text_is_shown(printed: str, shown: str):
    assert plain(printed) == shown
