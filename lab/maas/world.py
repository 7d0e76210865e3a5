"""The emulator's state: tables of frozen rows, changed in transactions.

`begin()` opens a transaction, `rollback()` restores every row touched since, `commit()` returns the touched rows as
JSON-able data for `store`. Nothing here reads a clock, a file or a random source: ids and keys are drawn from a seed.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Generic, TypeAlias, TypeVar

from pydantic import TypeAdapter

from lab.maas import models as m
from lab.maas.errors import not_found

R = TypeVar("R")

Change: TypeAlias = tuple[str, str, object]
"""(table, key, row as JSON-able data, or None when the row is gone)."""

_ID_ALPHABET = "34678abcdefghkmnpqrstwxy"
_KEY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


class Table(Generic[R]):
    """Rows by key, in order of insertion; remembers what a transaction touched."""

    def __init__(self, name: str, kind: str, row_type: type[R]) -> None:
        self.name = name
        self.kind = kind
        self._rows: dict[str, R] = {}
        self._undo: dict[str, R | None] = {}
        self._order: list[str] = []
        self._codec = TypeAdapter[R](row_type)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return str(key) in self._rows

    def find(self, key: object) -> R | None:
        return self._rows.get(str(key))

    def newest_first(self) -> Iterator[R]:
        return reversed(self._rows.values())

    def get(self, key: object) -> R:
        """Give the row, or 404 in MAAS's words."""
        row = self._rows.get(str(key))
        if row is None:
            raise not_found(self.kind)
        return row

    def put(self, key: object, row: R) -> R:
        name = str(key)
        self._undo.setdefault(name, self._rows.get(name))
        self._rows[name] = row
        return row

    def remove(self, key: object) -> None:
        name = str(key)
        # a row that comes back by rollback must come back to its place
        self._order = self._order or list(self._rows)
        self._undo.setdefault(name, self._rows.get(name))
        self._rows.pop(name, None)

    def clear(self) -> None:
        for name in list(self._rows):
            self.remove(name)

    def mark(self) -> Callable[[], None]:
        """Remember the rows as they are; gives what puts them back within the same transaction."""
        rows = dict(self._rows)

        def back() -> None:
            self._rows = rows

        return back

    def rollback(self) -> None:
        before: dict[str, R | None] = {**self._rows, **self._undo}
        order = self._order or list(self._rows)
        if self._undo:
            self._rows = {key: row for key in order if (row := before.get(key)) is not None}
        self._forget()

    def _forget(self) -> None:
        self._undo.clear()
        self._order = []

    def commit(self) -> list[Change]:
        changes: list[Change] = []
        for key in self._undo:
            row = self._rows.get(key)
            changes.append((self.name, key, None if row is None else self._codec.dump_python(row, mode="json")))
        self._forget()
        return changes

    def touched(self) -> list[tuple[R | None, R | None]]:
        """(row before, row now) of every row that this transaction touched."""
        return [(old, self._rows.get(key)) for key, old in self._undo.items()]

    def load(self, key: str, data: object) -> None:
        """Take a row as `commit` gave it, or None to drop the row."""
        if data is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = self._codec.validate_python(data)

    def dump(self) -> list[Change]:
        return [(self.name, key, self._codec.dump_python(row, mode="json")) for key, row in self._rows.items()]


def digest_of(seed: str, turn: int) -> bytes:
    """Give 32 bytes that nobody can guess without the seed, others at each turn."""
    return hmac.digest(seed.encode(), str(turn).encode(), hashlib.sha256)


def spelled(digest: bytes, length: int, alphabet: str = _KEY_ALPHABET) -> str:
    """Write a digest as so many letters."""
    while len(digest) < length:
        digest += hashlib.sha256(digest).digest()
    return "".join(alphabet[byte % len(alphabet)] for byte in digest[:length])


class Tables:
    """A state made of tables, which are its attributes: changed, undone, written down and read back as one."""

    def tables(self) -> list[Table[object]]:
        return [value for value in vars(self).values() if isinstance(value, Table)]

    def rollback(self) -> None:
        for table in self.tables():
            table.rollback()

    def commit(self) -> list[Change]:
        return [change for table in self.tables() for change in table.commit()]

    def dump(self) -> list[Change]:
        return [change for table in self.tables() for change in table.dump()]

    def load(self, changes: list[Change]) -> None:
        tables = {table.name: table for table in self.tables()}
        for name, key, data in changes:
            if name not in tables:
                raise ValueError(f"The state names a table '{name}'; this version knows {', '.join(sorted(tables))}.")
            tables[name].load(key, data)


class World(Tables):
    """Everything that MAAS knows, and the rack that stands apart from it.

    `hosted` says that a driver runs the rack's machines: a deployment then lasts until the driver has seen the
    installed system answer. It belongs to the process, not to the state.
    """

    def __init__(self) -> None:
        self.hosted = False
        self.meta_table = Table("meta", "Meta", m.Meta)
        self.users = Table("users", "User", m.User)
        self.tokens = Table("tokens", "Token", m.Token)
        self.sshkeys = Table("sshkeys", "SSHKey", m.SshKey)
        self.settings = Table("settings", "Config", m.Setting)
        self.fabrics = Table("fabrics", "Fabric", m.Fabric)
        self.vlans = Table("vlans", "VLAN", m.Vlan)
        self.subnets = Table("subnets", "Subnet", m.Subnet)
        self.ipranges = Table("ipranges", "IPRange", m.IpRange)
        self.spaces = Table("spaces", "Space", m.Space)
        self.static_routes = Table("static_routes", "StaticRoute", m.StaticRoute)
        self.reserved = Table("reserved", "StaticIPAddress", m.ReservedAddress)
        self.zones = Table("zones", "Zone", m.Zone)
        self.pools = Table("pools", "ResourcePool", m.Pool)
        self.domains = Table("domains", "Domain", m.Domain)
        self.dnsresources = Table("dnsresources", "DNSResource", m.DnsRecord)
        self.dnsdata = Table("dnsdata", "DNSData", m.DnsData)
        self.tags = Table("tags", "Tag", m.Tag)
        self.boot_sources = Table("boot_sources", "BootSource", m.BootSource)
        self.selections = Table("selections", "BootSourceSelection", m.Selection)
        self.boot_resources = Table("boot_resources", "BootResource", m.BootResource)
        self.machines = Table("machines", "Machine", m.Machine)
        self.devices = Table("devices", "Device", m.Device)
        self.rackcontrollers = Table("rackcontrollers", "RackController", m.RackController)
        self.events = Table("events", "Event", m.Event)
        self.rack = Table("rack", "physical machine", m.PhysicalMachine)
        self.installs = Table("installs", "installed system", m.Install)
        self.faults = Table("faults", "fault", m.Fault)
        self.snaps = Table("snaps", "snap", m.Snap)
        self.files = Table("files", "FileStorage", m.StoredFile)

    @property
    def meta(self) -> m.Meta:
        return self.meta_table.get("meta")

    @meta.setter
    def meta(self, row: m.Meta) -> None:
        self.meta_table.put("meta", row)

    @property
    def pace(self) -> m.Pace:
        return self.meta.pace

    def next_id(self, kind: str) -> int:
        """Count per kind from 1, as database sequences do."""
        meta = self.meta
        number = meta.next_id.get(kind, 0) + 1
        self.meta = replace(meta, next_id={**meta.next_id, kind: number})
        return number

    def draw(self, length: int, alphabet: str = _KEY_ALPHABET) -> str:
        """Give a string that nobody can guess without the seed, and that no earlier draw gave."""
        meta = self.meta
        self.meta = replace(meta, drawn=meta.drawn + 1)
        return spelled(digest_of(meta.seed, meta.drawn), length, alphabet)

    def draw_system_id(self) -> str:
        """Six characters of MAAS's own alphabet, free among all nodes."""
        while True:
            found = self.draw(6, _ID_ALPHABET)
            if found not in self.machines and found not in self.devices and found not in self.rackcontrollers:
                return found
