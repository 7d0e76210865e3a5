"""What a planner asks a provider, and what it is told. Data only."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from engine.model.values import Properties


@dataclass(frozen=True, slots=True)
class Check:
    """Are these inputs valid, and what do they become? `olds` is None where no earlier inputs count."""

    provider: str
    urn: str
    type: str
    olds: Properties | None
    news: Properties


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One invalid property; `property` is empty where the whole resource is at fault."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to `Check`: the inputs to go on with, or why not."""

    inputs: Properties
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What does it take to get from the old state to the new inputs?"""

    provider: str
    urn: str
    type: str
    id: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diffed:
    """The answer to `Diff`. `changes` None means that the provider leaves the comparison to the engine."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    stables: tuple[str, ...] = ()
    delete_before_replace: bool = False
    detailed: tuple[tuple[str, str, bool], ...] = ()
    """(property path, kind as in DiffKind, is it an input)."""
    unavailable: str = ""
    """Set where the provider can't tell yet; the planner then assumes an update and says this."""


@dataclass(frozen=True, slots=True)
class Read:
    """What is this resource now? Empty inputs and outputs: it is being imported."""

    provider: str
    urn: str
    type: str
    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True, slots=True)
class WasRead:
    """The answer to `Read`; an empty id says that the resource is gone. `inputs` None: the provider told none."""

    id: str
    inputs: Properties | None
    outputs: Properties


Question: TypeAlias = Check | Diff | Read
Answer: TypeAlias = Checked | Diffed | WasRead

T = TypeVar("T")
Asking: TypeAlias = Generator[Question, Answer, T]


def ask_check(question: Check) -> Asking[Checked]:
    """Ask, and insist on the right kind of answer."""
    answer = yield question
    if not isinstance(answer, Checked):
        raise TypeError(f"{question.urn}: Check was answered by {type(answer).__name__}")
    return answer


def ask_diff(question: Diff) -> Asking[Diffed]:
    """Ask, and insist on the right kind of answer."""
    answer = yield question
    if not isinstance(answer, Diffed):
        raise TypeError(f"{question.urn}: Diff was answered by {type(answer).__name__}")
    return answer


def ask_read(question: Read) -> Asking[WasRead]:
    """Ask, and insist on the right kind of answer."""
    answer = yield question
    if not isinstance(answer, WasRead):
        raise TypeError(f"{question.urn}: Read was answered by {type(answer).__name__}")
    return answer
