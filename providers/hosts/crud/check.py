"""A question to a server: what one command says, from there. Changes nothing.

inputs -> the command, again and again until it answers as expected or its time is over -> `answer`.
Drift: it no longer answers so.
"""

import re
import time

from providers.common import cleaning
from providers.common.fields import Field, Inputs
from providers.common.raw import decimal, mapping, text
from providers.hosts.crud.base import HostProvider, Props, Seen, host_schema
from providers.hosts.errors import StepFailedError
from providers.hosts.session import Server

WITHIN = 60
"""Seconds in which the answer must come right."""
PAUSE = 2.0
"""Seconds between two questions."""
ONE_ANSWER = 30.0
"""Seconds that the command may take."""


def _pattern(value: object) -> object:
    """Accept a regular expression."""
    written = cleaning.text(value)
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"is {written!r}, but must be a regular expression: {error}") from None
    return written


def _one_line(value: object) -> object:
    return " ".join(cleaning.filled(value).split())


class CheckProvider(HostProvider):
    """Asks; an answer that is not as expected is a failed step."""

    schema = host_schema(
        Field("description", clean=_one_line, required=True),
        Field("command", clean=cleaning.filled, required=True),
        Field("expect", clean=_pattern, default=""),
        Field("as_user", clean=cleaning.filled, default="root"),
        Field("within", clean=cleaning.whole(0, 86_400), default=WITHIN),
        Field("triggers"),
    )
    deploy = "check"
    undoes = False

    def label(self, props: Props) -> str:
        return f"{text(mapping(props, 'connection'), 'name')}/{self.deploy}/{text(props, 'description')}"

    def make(self, server: Server, props: Props) -> Props:
        deadline = time.monotonic() + decimal(props, "within")
        while True:
            try:
                return {"answer": ask(server, props)}
            except StepFailedError:
                if time.monotonic() + PAUSE > deadline:
                    raise
            time.sleep(PAUSE)

    def look(self, server: Server, props: Props) -> Seen:
        try:
            return Seen(outs={"answer": ask(server, props)})
        except StepFailedError:
            return Seen((text(props, "description"),))


def ask(server: Server, props: Inputs) -> str:
    """Ask once; raises StepFailedError when the answer is not as expected."""
    description, expected = text(props, "description"), text(props, "expect")
    answer = server.run(description, text(props, "command"), as_user=text(props, "as_user"), timeout=ONE_ANSWER)
    if not re.search(expected, answer):
        raise StepFailedError(server.name, description, f"{answer.rstrip()}\nThis does not match {expected!r}.")
    return answer.strip()
