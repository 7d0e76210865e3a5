"""Figures: what was measured, against what it may be."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `limit` None means that it is only told."""

    name: str
    value: float
    unit: str = ""
    limit: float | None = None

    @property
    def met(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def line(self) -> str:
        """Print it, with its limit and whether it holds."""
        value = f"{self.value:.2f}" if isinstance(self.value, float) else str(self.value)
        text = f"  {self.name:<62} {value:>8} {self.unit}"
        if self.limit is not None:
            text += f"   (limit {self.limit:g}: {'met' if self.met else 'NOT MET'})"
        return text


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_of(work: Callable[[], object], runs: int = 5) -> float:
    """Time a call several times after one that doesn't count."""
    work()
    return statistics.median(seconds(work) for _ in range(runs))


def run_quietly(command: list[str], env: dict[str, str], cwd: str) -> None:
    """Run a command; a failure shows what it printed."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
