"""One stretch of the world's time: what is to be looked at, what is due when, and who notices a change (pure).

    row changes ─> `noticed` ─> looks (kind, key), each once ─> `advance` looks ─> rows change ...
    row with `until` ─> dues, in order of time

A look reads the state alone, never the change, so looking once more than needed changes nothing.
"""

import heapq
from collections.abc import Iterable
from typing import Final, cast

from lab.juju import models as m
from lab.juju.life.index import DUE, Index
from lab.juju.life.rows import R, Row, place, table
from lab.juju.pace import SECONDS, Scale, Task
from lab.juju.world import World, key

INSTALLED: Final = ("configuring", "started")
"""The phases of a unit whose charm is there: others see no difference between them."""
TIMED: Final = ("units", "machines", "actions")
"""The tables whose rows are due by their `until`."""


class Flow:
    """What goes on in a world up to a moment; `now` is the time of the step that is being taken, in seconds."""

    def __init__(self, world: World, index: Index, scale: Scale, now: float) -> None:
        self.world = world
        self.index = index
        self.now = now
        self._scale = scale
        self._looks: dict[tuple[str, str], None] = {}
        self._dues: list[tuple[float, int, str, str]] = []
        self._count = 0

    def after(self, task: Task) -> float:
        """When a task ends that begins now."""
        return self.now + self._scale(SECONDS[task])

    def put(self, row: R) -> R:
        """Change a row, and let all notice that it concerns."""
        name, row_key = place(row)
        rows = table(self.world, name)
        old = rows.find(row_key)
        if old == row:
            return row
        rows.put(row_key, row)
        self.index.take(name, row_key, row)
        self.noticed(old, row)
        return row

    def drop(self, row: Row) -> None:
        """Take a row away."""
        name, row_key = place(row)
        table(self.world, name).remove(row_key)
        self.index.take(name, row_key, None)
        self.noticed(row, None)

    def look(self, name: str, row_key: str) -> None:
        """Let a row be looked at; one that is gone is passed over then."""
        self._looks[name, row_key] = None

    def look_all(self, name: str, bucket: str) -> None:
        """Let all rows of a bucket be looked at."""
        for each in self.index.keys(name, bucket):
            self.look(name, each)

    def next_look(self) -> tuple[str, str] | None:
        """Take the oldest look."""
        if not self._looks:
            return None
        first = next(iter(self._looks))
        del self._looks[first]
        return first

    def plan(self, row: object, name: str, row_key: str) -> None:
        """Note when a row is due."""
        until = cast("float", getattr(row, "until", 0.0))
        if until:
            self._count += 1
            heapq.heappush(self._dues, (until, self._count, name, row_key))

    def next_dues(self, limit: float) -> list[tuple[str, str]]:
        """Take all that is due first, at one moment up to `limit`, and make it now; none when nothing is."""
        found: dict[tuple[str, str], None] = {}
        while self._dues and self._dues[0][0] <= limit and (not found or self._dues[0][0] <= self.now):
            until, _, name, row_key = heapq.heappop(self._dues)
            row = table(self.world, name).find(row_key)
            # a row that changed meanwhile is due at another time
            if row is not None and getattr(row, "until", 0.0) == until:
                self.now = max(self.now, until)
                found[name, row_key] = None
        return list(found)

    def plan_all(self) -> None:
        """Note when each row is due that was there before this flow."""
        for name in TIMED:
            for row_key in self.index.keys(name, DUE):
                self.plan(table(self.world, name).find(row_key), name, row_key)

    def noticed(self, old: Row | None, row: Row | None) -> None:
        """Let all be looked at whom it concerns that a row changed."""
        seen = row or old
        if seen is None:
            return
        name, row_key = place(seen)
        if row is not None:
            self.look(name, row_key)
            if name in TIMED:
                self.plan(row, name, row_key)
        if isinstance(seen, m.Unit):
            self._unit_noticed(cast("m.Unit | None", old), cast("m.Unit | None", row), seen)
        elif isinstance(seen, m.Application):
            self._application_noticed(cast("m.Application | None", old), cast("m.Application | None", row), seen)
        elif isinstance(seen, m.Relation):
            self._relation_noticed(cast("m.Relation | None", old), cast("m.Relation | None", row), seen)
        elif isinstance(seen, m.Machine):
            self._machine_noticed(seen)

    def _unit_noticed(self, old: m.Unit | None, row: m.Unit | None, seen: m.Unit) -> None:
        if row is None:
            self.look("models", seen.model)
            self.look("machines", key(seen.model, seen.machine))
            self.look("units", key(seen.model, seen.principal))
        self.look_all("actions", f"unit {key(seen.model, seen.name)}")
        for each in {*(old.joined if old else ())} ^ {*(row.joined if row else ())}:
            self.look("relations", key(seen.model, each))
        if old is None or row is None or old.life != row.life:
            self.look_all("units", f"principal {key(seen.model, seen.name)}")
        if _shown_unit(old) != _shown_unit(row):
            self.look("applications", key(seen.model, seen.application))
            self._neighbours(seen.model, seen.application, seen)

    def _application_noticed(self, old: m.Application | None, row: m.Application | None, seen: m.Application) -> None:
        if row is None:
            self.look("models", seen.model)
        if _shown_application(old) != _shown_application(row):
            self.look_all("units", f"application {key(seen.model, seen.name)}")
            self._neighbours(seen.model, seen.name)

    def _relation_noticed(self, old: m.Relation | None, row: m.Relation | None, seen: m.Relation) -> None:
        if _shown_relation(old) == _shown_relation(row):
            return
        for end in seen.endpoints:
            self.look("applications", key(seen.model, end.application))
            if not _is_container(seen):
                self.look_all("units", f"application {key(seen.model, end.application)}")
        if _is_container(seen):
            self._container(seen)

    def _container(self, relation: m.Relation) -> None:
        """Let those be looked at who stand together in a relation's containers: no principal meets another's units."""
        found = (self.world.applications.find(key(relation.model, end.application)) for end in relation.endpoints)
        apps = [app for app in found if app is not None]
        # two subordinates may share a container, then all of their units are looked at
        for app in [app for app in apps if not app.subordinate] or apps:
            for each in self.index.keys("units", f"application {key(relation.model, app.name)}"):
                self.look("units", each)
                self.look_all("units", f"principal {each}")

    def _neighbours(self, model: str, name: str, unit: m.Unit | None = None) -> None:
        """Let the units be looked at that see an application, or one unit of it, over a relation."""
        for each in self.index.keys("relations", f"application {key(model, name)}"):
            relation = self.world.relations.find(each)
            if relation is None:
                continue
            if not _is_container(relation):
                for end in relation.endpoints:
                    # a peer relation has one end: the application's own units
                    if end.application != name or len(relation.endpoints) == 1:
                        self.look_all("units", f"application {key(model, end.application)}")
            elif unit is None:
                self._container(relation)
        if unit is not None:
            principal = key(model, unit.principal or unit.name)
            self.look("units", principal)
            self.look_all("units", f"principal {principal}")

    def _machine_noticed(self, seen: m.Machine) -> None:
        self.look_all("units", f"machine {key(seen.model, seen.id)}")
        self.look_all("machines", f"parent {key(seen.model, seen.id)}")
        self.look("machines", key(seen.model, seen.parent))
        self.look("models", seen.model)

    def open(self, touched: Iterable[tuple[Row | None, Row | None]]) -> None:
        """Take in what a transaction changed before this flow began."""
        for old, row in touched:
            self.noticed(old, row)


def _shown_unit(row: m.Unit | None) -> object:
    """Give what others see of a unit."""
    if row is None:
        return None
    workload = (row.workload.status, row.workload.message)
    phase = "up" if row.phase in INSTALLED else row.phase
    return phase, row.life, workload, row.leader, row.facts, row.ports, row.machine, row.agent.status == "lost"


def _shown_application(row: m.Application | None) -> object:
    """Give what units see of an application."""
    return None if row is None else (row.life, row.config, row.facts, row.charm, row.bindings, row.trust)


def _shown_relation(row: m.Relation | None) -> object:
    """Give what units see of a relation."""
    return None if row is None else (row.life, row.suspended, row.force)


def _is_container(relation: m.Relation) -> bool:
    return len(relation.endpoints) > 1 and relation.endpoints[0].scope == "container"
