"""Which rows belong together, kept up as rows change, so that one change costs as much in a large model as in a small.

    row ─> buckets ("application MODEL/mysql", "machine MODEL/3", ...) ─> keys in order of arrival

Belongs to the process, not to the state: it is built from the tables.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lab.juju import models as m
from lab.juju.life.rows import TABLES, place, table
from lab.juju.world import World, key

DUE: Final = "due"
"""The bucket of the rows that something happens to by itself."""


def _due(row: m.Unit | m.Machine | m.Action) -> Iterable[str]:
    return (DUE,) if row.until else ()


def _unit(row: m.Unit) -> Iterable[str]:
    yield f"model {row.model}"
    yield f"application {key(row.model, row.application)}"
    yield f"machine {key(row.model, row.machine)}"
    yield f"principal {key(row.model, row.principal)}"
    yield from (f"relation {key(row.model, each)}" for each in row.joined)
    yield from _due(row)


def _machine(row: m.Machine) -> Iterable[str]:
    return f"model {row.model}", f"parent {key(row.model, row.parent)}", *_due(row)


def _relation(row: m.Relation) -> Iterable[str]:
    return f"model {row.model}", *{f"application {key(row.model, each.application)}": 0 for each in row.endpoints}


def _action(row: m.Action) -> Iterable[str]:
    return (f"unit {key(row.model, row.receiver)}", *_due(row)) if row.status in {"pending", "running"} else ()


def _storage(row: m.Storage) -> Iterable[str]:
    return f"model {row.model}", f"unit {key(row.model, row.unit)}"


def _application(row: m.Application) -> Iterable[str]:
    return f"model {row.model}", f"charm {row.model}|{row.charm}"


_BUCKETS: Final[Mapping[str, Callable[[Any], Iterable[str]]]] = {
    "units": _unit,
    "machines": _machine,
    "relations": _relation,
    "actions": _action,
    "storage": _storage,
    "applications": _application,
    "models": lambda _: (),
}


class Index:
    """The buckets of a world's rows."""

    def __init__(self, world: World) -> None:
        self._keys: dict[tuple[str, str], dict[str, None]] = {}
        self._where: dict[tuple[str, str], tuple[str, ...]] = {}
        for name in TABLES:
            for row in table(world, name):
                self.take(name, place(row)[1], row)

    def take(self, name: str, row_key: str, row: object | None) -> None:
        """Take in a row as it is now, None for one that is gone."""
        now = () if row is None else tuple(_BUCKETS[name](row))
        before = self._where.get((name, row_key), ())
        if now == before:
            return
        for bucket in before:
            held = self._keys[name, bucket]
            held.pop(row_key, None)
            if not held:
                del self._keys[name, bucket]
        for bucket in now:
            self._keys.setdefault((name, bucket), {})[row_key] = None
        self._where[name, row_key] = now
        if not now:
            del self._where[name, row_key]

    def sync(self, world: World) -> list[tuple[str, str]]:
        """Take in what the open transaction touched; (table, key) of each row."""
        found: list[tuple[str, str]] = []
        for name in TABLES:
            for pair in table(world, name).touched():
                row = pair[1] or pair[0]
                # a row that came and went in one transaction leaves nothing to know it by, and was taken out on its way
                if row is not None:
                    row_key = place(row)[1]
                    self.take(name, row_key, pair[1])
                    found.append((name, row_key))
        return found

    def restore(self, world: World, touched: Iterable[tuple[str, str]]) -> None:
        """Take in rows as a rollback left them; `touched` as `sync` gave it before."""
        for name, row_key in touched:
            self.take(name, row_key, table(world, name).find(row_key))

    def keys(self, name: str, bucket: str) -> list[str]:
        return list(self._keys.get((name, bucket), ()))

    def holds(self, name: str, bucket: str) -> bool:
        return bool(self._keys.get((name, bucket)))
