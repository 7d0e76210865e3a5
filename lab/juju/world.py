"""The emulated controller's state: tables of frozen rows, changed in transactions, as the MAAS emulator's are.

Nothing here reads a clock, a file or a random source: ids, uuids and passwords are drawn from a seed.
"""

import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, TypeVar

from lab.juju import models as m
from lab.juju.errors import not_found
from lab.maas.world import Table as Rows
from lab.maas.world import Tables, digest_of, spelled

R = TypeVar("R")


class Table(Rows[R], Generic[R]):
    """Rows by key; what is missing is missing in Juju's words."""

    def get(self, key: object) -> R:
        """Give the row; JujuError "not found" for a key that is not there."""
        row = self.find(key)
        if row is None:
            raise not_found(self.kind, str(key).partition("/")[2] or str(key))
        return row

    def of(self, model: str) -> Iterator[R]:
        """Give the rows of a model, in order of insertion, however the table changes meanwhile."""
        return iter([row for row in self if getattr(row, "model", "") == model])


def key(model: str, name: object) -> str:
    """Give the key of what belongs to a model."""
    return f"{model}/{name}"


class World(Tables):
    """Everything that the controller knows."""

    def __init__(self) -> None:
        self.meta_table = Table("meta", "controller", m.Meta)
        self.users = Table("users", "user", m.User)
        self.clouds = Table("clouds", "cloud", m.Cloud)
        self.credentials = Table("credentials", "credential", m.Credential)
        self.models = Table("models", "model", m.Model)
        self.machines = Table("machines", "machine", m.Machine)
        self.charms = Table("charms", "charm", m.Charm)
        self.applications = Table("applications", "application", m.Application)
        self.units = Table("units", "unit", m.Unit)
        self.relations = Table("relations", "relation", m.Relation)
        self.offers = Table("offers", "application offer", m.Offer)
        self.remotes = Table("remotes", "saas application", m.RemoteApplication)
        self.secrets = Table("secrets", "secret", m.Secret)
        self.operations = Table("operations", "operation", m.Operation)
        self.actions = Table("actions", "action", m.Action)
        self.pools = Table("pools", "storage pool", m.StoragePool)
        self.storage = Table("storage", "storage", m.Storage)
        self.spaces = Table("spaces", "space", m.Space)
        self.keys = Table("keys", "key", m.AuthorizedKey)
        self.annotations = Table("annotations", "annotation", m.Annotation)
        self.faults = Table("faults", "fault", m.Fault)

    @property
    def meta(self) -> m.Meta:
        return self.meta_table.get("meta")

    @meta.setter
    def meta(self, row: m.Meta) -> None:
        self.meta_table.put("meta", row)

    @contextmanager
    def whole(self) -> Generator[None]:
        """Undo what is begun within it when it raises: an item of a bulk call that fails leaves nothing behind."""
        marks = [table.mark() for table in self.tables()]
        try:
            yield
        except BaseException:
            for back in marks:
                back()
            raise

    def next_id(self, kind: str) -> int:
        """Count per kind from 0, as Juju's sequences do; `kind` names the model too where numbers are a model's own."""
        meta = self.meta
        number = meta.next_id.get(kind, 0)
        self.meta = replace(meta, next_id={**meta.next_id, kind: number + 1})
        return number

    def draw(self, length: int) -> str:
        """Give a string that nobody can guess without the seed, and that no earlier draw gave."""
        return spelled(self._drawn(), length)

    def draw_uuid(self) -> str:
        """Give a uuid of version 4 that no earlier draw gave."""
        return str(uuid.UUID(bytes=self._drawn()[:16], version=4))

    def _drawn(self) -> bytes:
        meta = self.meta
        self.meta = replace(meta, drawn=meta.drawn + 1)
        return digest_of(meta.seed, meta.drawn)
