"""How long things take a controller's agents, in real seconds; the lab's pace scales them."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

Scale: TypeAlias = Callable[[float], float]
"""Gives how many seconds of the world's clock a real duration takes; 0.0 at the immediate pace."""
Task: TypeAlias = Literal["machine agent", "container agent", "install", "hook", "removal", "action"]

SECONDS: Final[dict[Task, float]] = {
    "machine agent": 60.0,
    "container agent": 90.0,
    "install": 120.0,
    "hook": 10.0,
    "removal": 5.0,
    "action": 5.0,
}


def immediate(_seconds: float) -> float:
    """Take no time at all."""
    return 0.0
