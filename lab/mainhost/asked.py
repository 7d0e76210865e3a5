"""What the commands on main ask and what they are answered (pure): programs on main only pass it on.

argv, who asks, answers to prompts ─> Asked ─> snap / maas (world, now) ─> Answer: lines, exit code, or prompts
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to the person at the terminal; `secret` is typed unseen, `again` a second time with that question."""

    name: str
    text: str
    secret: bool = False
    again: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command line of `program`, without its name; `root` is what the kernel says of the caller."""

    program: str
    argv: tuple[str, ...]
    root: bool
    unicode: bool = False
    answers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to stdout and stderr, the exit code; with `prompts`, the command is asked again with the answers."""

    out: str = ""
    err: str = ""
    code: int = 0
    prompts: tuple[Prompt, ...] = ()

    def shown(self) -> dict[str, object]:
        """Give the answer as the programs on main read it."""
        prompts = [{"name": p.name, "text": p.text, "secret": p.secret, "again": p.again} for p in self.prompts]
        return {"out": self.out, "err": self.err, "code": self.code, "prompts": prompts}


def failed(words: str, code: int = 1) -> Answer:
    """Give an answer that is an error."""
    return Answer(err=f"{words}\n", code=code)


def parse(document: object, root: bool) -> Asked:
    """Read {"program", "argv", "unicode", "answers"}; ValueError for anything else."""
    if not isinstance(document, dict):
        raise ValueError("A command is asked as an object {program, argv, unicode, answers}.")  # noqa: TRY004 # wire data
    fields = cast("Mapping[str, object]", document)
    argv, answers = fields.get("argv"), fields.get("answers", {})
    if not isinstance(argv, list) or not isinstance(answers, dict):
        raise ValueError("A command's argv is a list, its answers are an object.")  # noqa: TRY004 # wire data
    words = tuple(str(each) for each in cast("Sequence[object]", argv))
    given = {str(name): str(value) for name, value in cast("Mapping[object, object]", answers).items()}
    return Asked(str(fields.get("program")), words, root, bool(fields.get("unicode")), given)
