"""Providers of plain objects: one list, one natural key, create, update, delete.

Shared list -> the row whose key matches -> adopted, or created -> outputs; a subclass gives names and two functions.
"""

from typing import ClassVar

from providers.common.raw import Raw, as_mapping
from providers.maas.bones import Data
from providers.maas.crud.base import Found, MaasProvider, Props, changed, sure
from providers.maas.errors import MaasError
from providers.maas.session import Session, Touches


class RowProvider(MaasProvider):
    """`many` and `single` are the handlers' names in MAAS's description, e.g. "Zones" and "Zone"."""

    many: ClassVar[str]
    single: ClassVar[str]
    touches: ClassVar[tuple[str, ...]] = ()
    """Other kinds of lists that a change outdates."""

    def ident(self, raw: Raw) -> str:
        """Return MAAS's own id of a row, Pulumi's id of the resource."""
        raise NotImplementedError

    def key(self, raw: Raw) -> str:
        """Return the natural key of a row; rows and inputs with equal keys are the same thing."""
        raise NotImplementedError

    def wanted(self, props: Props) -> str:
        """Return the natural key of inputs."""
        raise NotImplementedError

    def uri(self, raw: Raw) -> Data:
        """Return the parameters of the row's URI."""
        raise NotImplementedError

    def observe(self, raw: Raw) -> Props:
        """Return the outputs that a row shows."""
        raise NotImplementedError

    def body(self, maas: Session, props: Props, names: frozenset[str]) -> Data:
        """Return what to send for the inputs `names`; by default their values under their own names."""
        return {name: props[name] for name in sorted(names) if props.get(name) is not None}

    def title(self, props: Props) -> str:
        """Return how messages call it, e.g. `the zone rack1`."""
        raise NotImplementedError

    def rows(self, maas: Session) -> tuple[Raw, ...]:
        """List the rows."""
        return maas.listing(f"{self.many}.read")

    def make(self, maas: Session, props: Props) -> Found:
        """Adopt the row of the same natural key, brought to what is wanted; else create one."""
        row = self._by_key(maas, props)
        if row is not None:
            before = self.observe(row)
            now = self._bring(maas, row, before, props)
            return Found(self.ident(now), {**self.observe(now), "adopted": True, "previous": before})
        row = sure(lambda: self._create(maas, props), lambda: self._by_key(maas, props))
        return Found(self.ident(row), {**self.observe(row), "adopted": False})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        """Find the row by its id, or by the natural key given as id."""
        row = self._by_id(maas, id_)
        return None if row is None else Found(self.ident(row), self.observe(row))

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        """Send what differs."""
        row = self._by_id(maas, id_)
        if row is None:
            raise MaasError(f"MAAS no longer has {self.title(olds)}: after a refresh, up makes it again")
        return self.observe(self._bring(maas, row, self.observe(row), news))

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        """Delete what this resource made; leave what it adopted."""
        row = None if props.get("adopted") else self._by_id(maas, id_)
        if row is not None:
            touches = self._touched()
            maas.remove(f"{self.single}.delete", f"delete {self.title(props)}", self.uri(row), touches=touches)

    def _bring(self, maas: Session, row: Raw, before: Props, props: Props) -> Raw:
        names = changed(self.schema, before, props)
        data = self.body(maas, props, names)
        if not data:
            return row
        purpose = f"change {self.title(props)}"
        touches = self._touched()
        answer = maas.change(f"{self.single}.update", purpose, self.uri(row), data, touches=touches)
        return as_mapping(answer, f"MAAS's answer to {purpose}")

    def _create(self, maas: Session, props: Props) -> Raw:
        purpose = f"create {self.title(props)}"
        data = self.body(maas, props, frozenset(self.schema.names))
        answer = maas.change(f"{self.many}.create", purpose, data=data, touches=self._touched())
        return as_mapping(answer, f"MAAS's answer to {purpose}")

    def _by_key(self, maas: Session, props: Props) -> Raw | None:
        key = self.wanted(props)
        return next((row for row in self.rows(maas) if self.key(row) == key), None)

    def _by_id(self, maas: Session, id_: str) -> Raw | None:
        rows = self.rows(maas)
        by_id = next((row for row in rows if self.ident(row) == id_), None)
        return by_id or next((row for row in rows if self.key(row) == id_), None)

    def _touched(self) -> Touches:
        return dict.fromkeys((self.many, *self.touches))
