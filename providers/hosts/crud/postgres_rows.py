"""Rows per table: how a database is known to be whole after it was dumped and restored.

COUNT (SQL) -> JSON {"public.task": 3} -> `Rows` -> `difference` in words, or "". Pure.
"""

import json
from collections.abc import Mapping
from typing import cast

from providers.hosts.crud.postgres_backup_job import COUNT

__all__ = ["COUNT", "Rows", "difference", "parse", "summary", "total"]

Rows = Mapping[str, int]


def parse(text: str) -> dict[str, int]:
    """Read what COUNT answers."""
    return {name: int(rows) for name, rows in cast("Mapping[str, int]", json.loads(text)).items()}


def total(rows: Rows) -> int:
    """Add them up."""
    return sum(rows.values())


def summary(rows: Rows) -> str:
    """Put them in words: "3 tables, 120 rows"."""
    return f"{_counted(len(rows), 'table')}, {_counted(total(rows), 'row')}"


def difference(before: Rows, after: Rows) -> str:
    """Name every table whose rows differ: "public.task has 3 rows instead of 4"; "" where all is the same."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return "; ".join(_differs(name, before.get(name), after.get(name)) for name in names)


def _differs(name: str, before: int | None, after: int | None) -> str:
    if after is None:
        return f"{name} is missing"
    if before is None:
        return f"{name} was not there before"
    return f"{name} has {_counted(after, 'row')} instead of {before}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
