"""How long things take in this world, and what time it is there (pure: the wall clock is an argument, in seconds)."""

from collections.abc import Mapping
from dataclasses import replace

from lab.maas.models import Pace
from lab.maas.phases import NAMES, OTHER_SECONDS, PHASES


def seconds_of(pace: Pace, phase: str) -> float:
    """Seconds that `phase` takes: none at the immediate pace, scaled at the timed one, real ones at the manual one."""
    if pace.mode == "immediate":
        return 0.0
    if phase in pace.phases:
        return pace.phases[phase]
    return scaled(pace, PHASES[phase].seconds if phase in PHASES else OTHER_SECONDS[phase])


def scaled(pace: Pace, seconds: float) -> float:
    """Give a real duration at this pace; time-outs are scaled as the work is."""
    if pace.mode == "immediate":
        return 0.0
    return seconds * pace.factor if pace.mode == "timed" else seconds


def time_in(pace: Pace, wall: float) -> float:
    return pace.clock if pace.mode == "manual" else wall + pace.offset


def switch(pace: Pace, wall: float, mode: str, factor: float = 1.0, phases: Mapping[str, float] | None = None) -> Pace:
    """Another pace; the world's time goes on from where it stands, so it never runs backwards."""
    unknown = sorted(set(phases or {}) - set(NAMES))
    if unknown:
        raise ValueError(f"There is no phase '{unknown[0]}' to pace; phases are {', '.join(NAMES)}.")
    if mode not in {"immediate", "timed", "manual"}:
        raise ValueError(f"There is no pace '{mode}'; paces are immediate, timed and manual.")
    if factor < 0 or any(value < 0 for value in (phases or {}).values()):
        raise ValueError(f"A pace cannot be negative: factor {factor}, phases {dict(phases or {})}.")
    now = time_in(pace, wall)
    return Pace(mode, factor, dict(phases or {}), now - wall, now)  # pyright: ignore[reportArgumentType] # checked above


def forward(pace: Pace, seconds: float) -> Pace:
    """Give the world's clock put forward by `seconds`."""
    if seconds < 0:
        raise ValueError(f"Time cannot go back by {-seconds} s: the lab's clock only advances.")
    return replace(pace, clock=pace.clock + seconds, offset=pace.offset + seconds)
