"""Providers driven as the engine drives them: check, create, diff, read, update, delete, on plain property bags."""

import json
from dataclasses import dataclass, field
from typing import cast

from providers.common.provider import DeclaredProvider

Bag = dict[str, object]


def wired(bag: Bag) -> Bag:
    """What a property bag looks like after the wire: JSON, lists for tuples, floats for numbers, no null properties."""

    def plain(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | dict | list):
            return value
        if isinstance(value, int):
            return float(value)
        if isinstance(value, list):
            return [plain(item) for item in cast("list[object]", value)]
        return {key: plain(item) for key, item in cast("Bag", value).items()}

    loaded: Bag = json.loads(json.dumps(bag))
    return {name: plain(value) for name, value in loaded.items() if value is not None}


@dataclass
class Life:
    """One resource from `up` to `down`; `id` and `state` are what the engine would keep."""

    provider: DeclaredProvider
    inputs: Bag
    id: str = ""
    state: Bag = field(default_factory=dict)

    def check(self, **changes: object) -> Bag:
        result = self.provider.check({}, wired({**self.inputs, **changes, "__provider": "p"}))
        assert [(failure.property, failure.reason) for failure in result.failures] == []
        return wired(result.inputs)

    def up(self) -> "Life":
        """Create; right after it nothing may differ."""
        news = self.check()
        made = self.provider.create(news)
        self.id, self.state = made.id, wired(made.outs or {})
        assert self.changes() == []
        self.refresh()
        assert self.changes() == [], "a refresh right after create shows drift"
        return self

    def changes(self, **changes: object) -> list[str]:
        """What diff says to these changed inputs: ["replace", names of replacing inputs], ["update"] or []."""
        result = self.provider.diff(self.id, self.state, self.check(**changes))
        if not result.changes:
            return []
        return ["replace", *(result.replaces or [])] if result.replaces else ["update"]

    def refresh(self) -> Bag:
        """Read; the inputs come back, or {} when the object is gone."""
        result = self.provider.read(self.id, {**self.state, "__provider": "p"})
        if not result.id:
            self.id, self.state = "", {}
            return {}
        self.id, self.state = result.id, wired(result.outs or {})
        return wired(result.inputs or {})

    def update(self, **changes: object) -> "Life":
        """Update in place, with inputs changed for good; then nothing may differ."""
        self.inputs.update(changes)
        self.state = wired(self.provider.update(self.id, self.state, self.check()).outs or {})
        assert self.changes() == []
        self.refresh()
        assert self.changes() == [], "a refresh right after update shows drift"
        return self

    def down(self) -> None:
        self.provider.delete(self.id, self.state)

    def imported(self, id_: str) -> Bag:
        """Import by `id_` with the program's inputs, as an engine that passes inputs does."""
        result = self.provider.read(id_, self.check())
        self.id, self.state = result.id or "", wired(result.outs or {})
        return wired(result.inputs or {})
