"""The question before a deployment: yes, no, or first the details."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

_ANSWERS = {"yes": True, "y": True, "no": False, "n": False, "": False}
_DETAILS = frozenset({"details", "d"})


def confirm(stream_in: TextIO, stream_out: TextIO, question: str, details: Callable[[], str]) -> bool:
    """Ask until the answer is yes or no; 'details' shows what `details` gives and asks again.

    An empty answer and the end of the input mean no. Whether anybody can answer is the caller's to know.
    """
    while True:
        stream_out.write(f"{question} yes / no / details [no]: ")
        stream_out.flush()
        line = stream_in.readline()
        answer = line.strip().lower()
        if not line:
            stream_out.write("\n")
        if answer in _ANSWERS:
            return _ANSWERS[answer]
        if answer in _DETAILS:
            stream_out.write(details().rstrip("\n") + "\n")
        else:
            stream_out.write(f"{line.strip()!r} is no answer: yes, no or details\n")
