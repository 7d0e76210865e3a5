"""The command line: words -> argparse Namespace with `handler` (where to go) or `kind` (an operation).

Global options stand before or after the command. What the official engine has and this one has not is known by name,
and refused in a sentence; a word that nobody knows gets the nearest one that is.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn, cast

from engine.errors import EngineError

OFFICIAL: Final = {
    "pulumi": (
        *("new", "console", "state", "install", "env", "org", "project", "deployment", "api", "insights", "do"),
        *("policy", "plugin", "schema", "package", "gen-completion", "convert", "watch", "logs", "template", "neo"),
    ),
    "pulumi stack": (
        *("change-secrets-provider", "drift", "get", "graph", "history", "migrate", "rename", "schedule", "tag"),
        "webhook",
    ),
    "pulumi config": ("copy", "cp", "env", "refresh", "remove-all", "rm-all", "set-all"),
}
"""The commands that only the official engine has."""


class UsageError(EngineError):
    """The command line makes no sense."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises, knows no abbreviations, and remembers which words it takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(*args, **{"allow_abbrev": False, "formatter_class": formatter, **kwargs})

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process."""
        raise UsageError(f"{message} (see `{self.prog} --help`)")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Say what is wrong with an unknown command."""
        choices: object = action.choices
        if isinstance(choices, dict) and value not in choices:
            known = cast("dict[str, object]", choices)
            check_command(str(value), self.prog, known, OFFICIAL.get(self.prog, ()))
        super()._check_value(action, value)

    def option_names(self) -> list[str]:
        """Name the options that this parser takes."""
        return list(self._option_string_actions)


class Missing(argparse.Action):
    """An option that only the official engine has."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: object, values: object, option_string: str | None = None
    ) -> None:
        raise UsageError(f"{option_string} is not there in this engine yet: use the official pulumi for it")


def nearest(word: str, known: Iterable[str]) -> str:
    """Give ` - did you mean ...?` for a misspelt word; nothing if no known one is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" - did you mean {close[0]!r}?" if close else ""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Raises
    ------
    UsageError: a command, an option or a value is unknown, missing or not there in this engine.

    """
    from engine.cli.grammar import build_parser

    parser = build_parser()
    args, rest = parser.parse_known_args(list(argv))
    leaf = cast("Parser", getattr(args, "parser", parser))
    if rest:
        word = rest[0].split("=", 1)[0]
        if not word.startswith("-") or word in leaf.option_names():
            raise UsageError(f"unknown argument {word!r} for `{leaf.prog}`")
        raise UsageError(f"unknown option {word!r} for `{leaf.prog}`{nearest(word, leaf.option_names())}")
    args.parser = leaf
    return args


def check_command(word: str, group: str, known: Iterable[str], official: Iterable[str]) -> None:
    """Refuse a command that is not there: with a pointer if the official engine has it, else with the nearest one."""
    if word in official:
        raise UsageError(f"`{group} {word}` is not there in this engine yet: use the official pulumi for it")
    raise UsageError(f"unknown command {word!r} for `{group}`{nearest(word, known)} (see `{group} --help`)")
