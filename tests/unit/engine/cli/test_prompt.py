"""Questions: what counts as a yes, and when a passphrase is believed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from engine.cli.prompt import ask_passphrase, choose, confirm_name
from engine.errors import CancelledError


def test_only_the_name_itself_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(" dev \n"))
    confirm_name("This removes it.", "dev")
    for answer in ("yes\n", "Dev\n", "\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        with pytest.raises(CancelledError, match="nothing was done"):
            confirm_name("This removes it.", "dev")


def test_a_new_passphrase_is_typed_twice_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    typed: Iterator[str] = iter(["one", "two", "same", "same", "once"])

    def type_next(_question: str, stream: object) -> str:
        assert stream is sys.stderr
        return next(typed)

    monkeypatch.setattr("getpass.getpass", type_next)
    assert ask_passphrase(confirm=True)("?") == "same"
    assert ask_passphrase(confirm=False)("?") == "once"


def test_a_line_is_taken_without_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("dev\nrest\n"))
    assert choose("Which? ") == "dev"
