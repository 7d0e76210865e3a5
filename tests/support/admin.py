"""Another admin of the same MAAS: sends calls of its own, past the program under test.

`with another_admin(maas) as admin: admin.rows("Zones.read")`: the same thin client as the providers', own connection.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lab.maas.testing import RunningMaas
from providers.common.raw import Raw
from providers.maas.client import Client
from providers.maas.connection import Connection
from providers.maas.endpoint import Endpoint

Data = Mapping[str, object]


@dataclass(frozen=True)
class Admin:
    """Calls by the names of MAAS's own description, and hands on the rack."""

    maas: RunningMaas
    client: Client

    def call(self, target: str, params: Data | None = None, **data: object) -> object:
        """Call e.g. `Zone.update` with the URI's parameters and the form's fields."""
        return self.client.call(target, f"call {target}", params, data)

    def one(self, target: str, params: Data | None = None, **data: object) -> Raw:
        return self.client.one(target, f"call {target}", params, data)

    def rows(self, target: str, params: Data | None = None) -> tuple[Raw, ...]:
        return self.client.many(target, f"call {target}", params)

    def row(self, target: str, field: str, value: object, params: Data | None = None) -> Raw:
        """Find the one row that has this value; a failure shows the values there are."""
        rows = self.rows(target, params)
        found = [row for row in rows if row.get(field) == value]
        assert len(found) == 1, f"{target}: {field} is {value!r} in {len(found)} of {[row.get(field) for row in rows]}"
        return found[0]

    def machine(self, hostname: str) -> Raw:
        return self.row("Machines.read", "hostname", hostname)


@contextmanager
def another_admin(maas: RunningMaas) -> Generator[Admin]:
    client = Client(Endpoint(maas.url, maas.api_key), Connection())
    try:
        yield Admin(maas, client)
    finally:
        client.close()
