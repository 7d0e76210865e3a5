"""What the commands on main ask and what they are answered (pure): programs on main only pass it on.

argv, who asks, answers to prompts ─> Asked ─> snap / maas (world, now) ─> Answer: lines, exit code, or prompts
                         the client's files ─┘    juju (site) ─────────────────┘  files to write, or: ask again
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import cast


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to the person at the terminal; `secret` is typed unseen, `again` a second time with that question.

    With `file`, `text` is a path on main, and the answer is what that file holds.
    """

    name: str
    text: str
    secret: bool = False
    again: str = ""
    file: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One command line of `program`, without its name; `root` is what the kernel says of the caller.

    `files` are those that the command keeps in the caller's home (`juju`'s), by name. `again` is the token of an answer
    that was not the last one; with `interrupt` the person would rather stop.
    """

    program: str
    argv: tuple[str, ...]
    root: bool
    unicode: bool = False
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    again: str = ""
    interrupt: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to stdout and stderr, the exit code; with `prompts`, the command is asked again with the answers.

    With `again` the command goes on: it is asked again with that token. `files` are to be written in the caller's home.
    """

    out: str = ""
    err: str = ""
    code: int = 0
    prompts: tuple[Prompt, ...] = ()
    again: str = ""
    files: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def shown(self) -> dict[str, object]:
        """Give the answer as the programs on main read it."""
        prompts = [asdict(each) for each in self.prompts]
        said = {"out": self.out, "err": self.err, "code": self.code}
        return {**said, "prompts": prompts, "again": self.again, "files": dict(self.files)}


def failed(words: str, code: int = 1) -> Answer:
    """Give an answer that is an error."""
    return Answer(err=f"{words}\n", code=code)


def parse(document: object, root: bool) -> Asked:
    """Read {"program", "argv", "unicode", "answers", "files", "again", "interrupt"}; ValueError for anything else."""
    if not isinstance(document, dict):
        raise ValueError("A command is asked as an object {program, argv, unicode, answers}.")  # noqa: TRY004 # wire data
    fields = cast("Mapping[str, object]", document)
    argv = fields.get("argv")
    if not isinstance(argv, list):
        raise ValueError("A command's argv is a list.")  # noqa: TRY004 # wire data
    return Asked(
        str(fields.get("program")),
        tuple(str(each) for each in cast("Sequence[object]", argv)),
        root,
        bool(fields.get("unicode")),
        _texts(fields, "answers"),
        _texts(fields, "files"),
        str(fields.get("again") or ""),
        bool(fields.get("interrupt")),
    )


def _texts(fields: Mapping[str, object], name: str) -> dict[str, str]:
    given = fields.get(name, {})
    if not isinstance(given, dict):
        raise ValueError(f"A command's {name} are an object.")  # noqa: TRY004 # wire data
    return {str(each): str(value) for each, value in cast("Mapping[object, object]", given).items()}
