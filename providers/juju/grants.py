"""Levels of access, and which grants and revocations lead from one to another.

Juju grants a level outright, but takes access away one level at a time: revoking a level leaves one below it.
Source: Juju 3.6, ModelManager.ModifyModelAccess and its likes on offers, clouds and the controller. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verb = Literal["grant", "revoke"]

NONE = ""
"""No access at all."""

LEVELS: Mapping[str, tuple[str, ...]] = {
    "controller": ("login", "superuser"),
    "cloud": ("add-model", "admin"),
    "model": ("read", "write", "admin"),
    "offer": ("read", "consume", "admin"),
}
"""What can be given on each kind of thing, the least first."""


def given(kind: str) -> str:
    """Say which access every user has: to log in to the controller, and nothing else."""
    return LEVELS[kind][0] if kind == "controller" else NONE


@dataclass(frozen=True)
class Step:
    """One change of one user's access."""

    verb: Verb
    access: str


def step(kind: str, current: str, wanted: str) -> Step | None:
    """Say what comes next on the way from `current` to `wanted` ("" for none); None: nothing, it is so already."""
    levels = (NONE, *LEVELS[kind])
    now = levels.index(current) if current in levels else 0
    then = levels.index(wanted)
    if now == then:
        return None
    return Step("grant", wanted) if then > now else Step("revoke", current)
