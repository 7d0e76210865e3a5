"""PostgreSQL's settings for a machine of so much memory.

memory (MiB) + CPUs -> `tuned` -> Tuning -> settings as a file has them;  `same`: is that what runs? Pure.
Source: PostgreSQL 15, chapters 20.4 and 20.6; shared_buffers 25 % and effective_cache_size 75 % are its own advice.
"""

from dataclasses import dataclass

LEAST_MEMORY = 256
"""MiB; below this PostgreSQL has no room beside the system."""
GRAIN = 256
"""MiB; how exactly a server's own word about its memory is taken."""
CONNECTIONS = (20, 200)
"""Fewest and most connections that are let in."""
WORK_MEM = (1, 64)
MAINTENANCE_MEM = (16, 2048)
"""MiB, smallest and largest."""
_PER_UNIT = {"8kB": 128.0, "kB": 1024.0, "MB": 1.0}
"""How many of pg_settings' units make a MiB."""


@dataclass(frozen=True)
class Tuning:
    """Memory in MiB; `work` is for each sort of each connection. `workers`: processes for parallel queries."""

    shared_buffers: int
    effective_cache: int
    work: int
    maintenance: int
    connections: int
    workers: int

    def settings(self) -> dict[str, str]:
        """Write them as a configuration file has them."""
        return {
            "shared_buffers": f"{self.shared_buffers}MB",
            "effective_cache_size": f"{self.effective_cache}MB",
            "work_mem": f"{self.work}MB",
            "maintenance_work_mem": f"{self.maintenance}MB",
            "max_connections": str(self.connections),
            "max_worker_processes": str(max(8, self.workers)),
            "max_parallel_workers": str(self.workers),
            "max_parallel_workers_per_gather": str(min(4, (self.workers + 1) // 2)),
        }


def tuned(memory_mib: int, cpus: int) -> Tuning:
    """Divide the memory. All that PostgreSQL may hold at once stays below it, as long as each connection sorts once.

    Raises ValueError, which completes "memory_mib ...", where there is too little.
    """
    if memory_mib < LEAST_MEMORY:
        raise ValueError(f"is {memory_mib}, but PostgreSQL needs at least {LEAST_MEMORY} MiB")
    shared = memory_mib // 4
    connections = _between(CONNECTIONS, memory_mib // 20)
    maintenance = _between(MAINTENANCE_MEM, memory_mib // 16)
    return Tuning(
        shared_buffers=shared,
        effective_cache=memory_mib * 3 // 4,
        work=_between(WORK_MEM, (memory_mib - shared) // 2 // connections),
        maintenance=maintenance,
        connections=connections,
        workers=max(1, cpus),
    )


def usable(memory_mib: int, there: int) -> int:
    """Choose the memory to count on: not more than the server itself has, in MiB.

    What it has is rounded down: another kernel keeps another bit of it for itself, which is no reason to restart.
    """
    return max(LEAST_MEMORY, min(memory_mib, there - there % GRAIN))


def same(wanted: str, setting: str, unit: str) -> bool:
    """Compare a value as a file has it with what `pg_settings` shows: a number of units such as "8kB"."""
    number = wanted.removesuffix("MB")
    if number == wanted or unit not in _PER_UNIT:
        return wanted == setting
    return setting.isdecimal() and int(setting) == int(number) * _PER_UNIT[unit]


def _between(limits: tuple[int, int], value: int) -> int:
    return max(limits[0], min(limits[1], value))
