"""Command lines read without exiting or printing (pure): argparse's grammar and help, its errors as answers."""

import argparse
from typing import NoReturn

from lab.mainhost.asked import Answer


class Stopped(Exception):  # noqa: N818 # no error: the command line was answered by its help, or refused
    """The command line is answered already, by help or by what is wrong with it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.err or answer.out)
        self.answer = answer


class Grammar(argparse.ArgumentParser):
    """A parser that raises `Stopped` where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise Stopped(Answer(err=f"{self.format_usage()}{self.prog}: error: {message}\n", code=2))

    def print_help(self, file: object = None) -> None:
        raise Stopped(Answer(out=self.format_help()))


class Terse(Grammar):
    """A parser whose errors are one line, as snap's are."""

    def error(self, message: str) -> NoReturn:
        raise Stopped(Answer(err=f"error: {message}\n", code=1))
