"""URNs: `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`.

Source: pulumi/pulumi sdk/go/common/resource/urn. Pure string work.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.state import STACK_TYPE

PREFIX = "urn:pulumi:"


@dataclass(frozen=True, slots=True)
class Urn:
    """The parts of a URN; `qualified_type` holds the parents' types joined by '$'."""

    stack: str
    project: str
    qualified_type: str
    name: str

    @property
    def type(self) -> str:
        """The resource's own type."""
        return self.qualified_type.rsplit("$", 1)[-1]

    def __str__(self) -> str:
        return f"{PREFIX}{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def parse(urn: str) -> Urn:
    """Take a URN apart.

    Raises
    ------
    ValueError: the text is no URN; the message shows it.

    """
    parts = urn.removeprefix(PREFIX).split("::", 3)
    if not urn.startswith(PREFIX) or len(parts) != 4:
        raise ValueError(f"{urn!r} is not a URN: it should look like {PREFIX}<stack>::<project>::<type>::<name>")
    return Urn(*parts)


def build(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Make the URN of a resource; `parent` is its parent's URN, or empty. The root stack is no part of the type."""
    parent_type = parse(parent).qualified_type if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type and parent_type != STACK_TYPE else type_
    return str(Urn(stack, project, qualified, name))


def name_of(urn: str) -> str:
    """Give the last part, the name; for text that is no URN, the text itself."""
    return urn.split("::", 3)[-1] if urn.startswith(PREFIX) else urn
