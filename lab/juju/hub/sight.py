"""Who stands where in a world: an index of relations and units, kept while it is true.

world.relations, world.units ─> `sight(world)` ─> relations of an application, units of it, units beside a principal

What a hook looks at must cost what the hook's own neighbours cost: a world of 500 applications is asked 500 times.
The index holds keys; rows are read when they are asked for, so a row that changes in place needs no new index.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from lab.juju.models import Relation, Unit
from lab.juju.world import Table, World, key

R = TypeVar("R", Relation, Unit)


class Index(Generic[R]):
    """Keys of one table's rows, by what `_places` says that a row belongs to."""

    def __init__(self) -> None:
        self._rows: object = None
        self._count = 0
        self._last: tuple[object, ...] = ()
        self._keys: dict[str, list[str]] = defaultdict(list)

    def at(self, table: Table[R], place: str) -> Iterator[R]:
        """Give the rows that belong to a place, oldest first."""
        self._follow(table)
        found = (table.find(each) for each in self._keys.get(place, ()))
        return (row for row in found if row is not None)

    def _follow(self, table: Table[R]) -> None:
        """Take in what was added since, or begin anew when something went.

        New keys come last. One comes back only by a rollback, which makes a new dictionary, or as a later unit of an
        application that was deployed again. So with the same dictionary, length and last row the same rows are there.
        """
        rows = table._rows  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  a rollback shows in nothing else
        last = next((_mark(row) for row in table.newest_first()), ())
        if rows is self._rows and len(table) == self._count and last == self._last:
            return
        added = self._added(table) if rows is self._rows else None
        if added is not None:
            self._add(added)
        else:
            self._keys.clear()
            self._add(table)
        self._rows, self._count, self._last = rows, len(table), last

    def _added(self, table: Table[R]) -> Iterable[R] | None:
        """Give the rows that came after the last one known, None when rows went as well."""
        count = len(table) - self._count
        if count <= 0 or not self._count:
            return None
        newest = list(islice(table.newest_first(), count + 1))
        return reversed(newest[:-1]) if _mark(newest[-1]) == self._last else None

    def _add(self, rows: Iterable[R]) -> None:
        for row in rows:
            for place in _places(row):
                self._keys[place].append(_key(row))


def _key(row: Relation | Unit) -> str:
    return key(row.model, row.id if isinstance(row, Relation) else row.name)


def _mark(row: Relation | Unit) -> tuple[object, ...]:
    """Give what tells a row from every other one that was there."""
    return _key(row), row.made if isinstance(row, Unit) else 0.0, _places(row)


def _places(row: Relation | Unit) -> tuple[str, ...]:
    if isinstance(row, Unit):
        beside = (f"{row.model}+{row.principal}",) if row.principal else ()
        return (key(row.model, row.application), *beside)
    names = (name for each in row.endpoints for name in (each.application, each.text))
    return tuple(dict.fromkeys(key(row.model, name) for name in names))


class Sight:
    """The index of one world; `sight` gives it."""

    def __init__(self) -> None:
        self._relations = Index[Relation]()
        self._units = Index[Unit]()

    def relations(self, world: World, model: str, application: str, endpoint: str = "") -> Iterator[Relation]:
        """Give the relations that an application is in, or one endpoint of it, its peers' too, oldest first."""
        place = f"{application}:{endpoint}" if endpoint else application
        return self._relations.at(world.relations, key(model, place))

    def units(self, world: World, model: str, application: str) -> Iterator[Unit]:
        """Give the units of an application, oldest first."""
        return self._units.at(world.units, key(model, application))

    def beside(self, world: World, model: str, principal: str) -> Iterator[Unit]:
        """Give the subordinate units on a principal unit."""
        return self._units.at(world.units, f"{model}+{principal}")


_sights: WeakKeyDictionary[World, Sight] = WeakKeyDictionary()


def sight(world: World) -> Sight:
    """Give the world's index."""
    found = _sights.get(world)
    if found is None:
        found = _sights[world] = Sight()
    return found
