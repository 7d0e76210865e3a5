"""Where what stands in a DIY backend's folder, and how stacks are named there. Pure path work.

    .pulumi/meta.yaml                                                  version: 1
    .pulumi/stacks/<project>/<stack>.json[.gz]                         the state file, .bak beside it
    .pulumi/backups/<project>/<stack>/<stack>.<unix ns>.json           before each update
    .pulumi/history/<project>/<stack>/<stack>-<unix ns>.{history,checkpoint}.json   after each update
    .pulumi/locks/organization/<project>/<stack>/<uuid>.json           while one runs

Source: pulumi/pulumi pkg/backend/diy/store.go, state.go, lock.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import EngineError

ORGANIZATION: Final = "organization"
"""The one organization that a DIY backend has."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")


@dataclass(frozen=True, slots=True, order=True)
class StackRef:
    """A stack's full name."""

    project: str
    name: str

    @property
    def qualified(self) -> str:
        """`organization/<project>/<stack>`."""
        return f"{ORGANIZATION}/{self.project}/{self.name}"

    def shown(self, project: str) -> str:
        """Give the short name inside its own project, else the full one."""
        return self.name if self.project == project else self.qualified


def parse_ref(text: str, project: str) -> StackRef:
    """Read `stack`, `organization/stack` or `organization/project/stack`; `project` is the one at hand, or empty.

    Raises
    ------
    EngineError: a part is malformed, or no project is named and none is at hand.

    """
    *prefix, name = text.split("/")
    if len(prefix) > 2 or (prefix and prefix[0] != ORGANIZATION):
        raise EngineError(
            f"{text!r} is no stack of a file backend: it should be <stack> or organization/<project>/<stack>"
        )
    chosen = prefix[1] if len(prefix) == 2 else project
    if not chosen:
        raise EngineError(f"stack {text!r} has no project: run this inside one, or write organization/<project>/{name}")
    for what, part in (("project", chosen), ("stack", name)):
        if not _NAME.match(part):
            raise EngineError(f"{part!r} is no {what} name: letters, digits, '-', '_' and '.' are allowed, 100 at most")
    return StackRef(chosen, name)


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below a backend's root folder."""

    root: Path

    @property
    def bookkeeping(self) -> Path:
        """The folder that holds everything."""
        return self.root / ".pulumi"

    @property
    def meta(self) -> Path:
        """The file that tells the layout's version."""
        return self.bookkeeping / "meta.yaml"

    @property
    def stacks(self) -> Path:
        """The folder of all state files."""
        return self.bookkeeping / "stacks"

    def state_files(self, ref: StackRef) -> tuple[Path, ...]:
        """Where a stack's state may stand: plain, gzip, zstd."""
        plain = self.stacks / ref.project / f"{ref.name}.json"
        return plain, Path(f"{plain}.gz"), Path(f"{plain}.zst")

    def tags(self, ref: StackRef) -> Path:
        """Name the file of a stack's tags, which the official engine keeps beside the state."""
        return self.stacks / ref.project / f"{ref.name}.pulumi-tags"

    def history(self, ref: StackRef) -> Path:
        """Name the folder of a stack's updates."""
        return self.bookkeeping / "history" / ref.project / ref.name

    def backups(self, ref: StackRef) -> Path:
        """Name the folder of a stack's former state files."""
        return self.bookkeeping / "backups" / ref.project / ref.name

    def locks(self, ref: StackRef) -> Path:
        """Name the folder of a stack's locks."""
        return self.bookkeeping / "locks" / ORGANIZATION / ref.project / ref.name


def stack_name(file: str) -> str | None:
    """Give the stack whose state file has this name; None for backups, attributes and other neighbours."""
    base = file.removesuffix(".gz").removesuffix(".zst")
    name = base.removesuffix(".json")
    return name if name != base and _NAME.match(name) else None
