"""One MAAS per process: client, shared lists, waiter, and who we are.

stack config -> `configure` (any provider, any thread) -> `current()` for every operation, which opens the session at
the first one. Effects live here; what they mean is decided in `crud`.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pulumi.dynamic import ConfigureRequest

from providers.common.current import Current
from providers.common.pool import widen
from providers.common.raw import Raw, mappings, text
from providers.common.snapshots import Snapshots
from providers.maas import models
from providers.maas.bones import Data
from providers.maas.client import Client
from providers.maas.connection import Connection
from providers.maas.endpoint import Endpoint, find, find_url, key_file
from providers.maas.errors import NotFound, SetupError
from providers.maas.waiter import Waiter

FEW = 24
"""Up to so many machines are asked for by id; for more, one list of all is cheaper."""


Touches = Mapping[str, str | tuple[str, ...] | None]
"""Kind of object -> id (several, or None: any) of what a call changes."""


class Session:
    """What every provider of the process shares. Safe for many threads."""

    def __init__(
        self, client: Client, now: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.client = client
        self.now = now
        self.pause = pause
        self.snapshots = Snapshots(now)
        self.waiter = Waiter(self._poll, now)
        self._me = ""
        self._lock = threading.Lock()

    @property
    def me(self) -> str:
        """Name of the API key's user (MAAS 3.5 API: users/?op=whoami), asked once."""
        with self._lock:
            if not self._me:
                self._me = text(self.client.one("Users.whoami", "say whose API key this is"), "username")
            return self._me

    def listing(self, target: str, params: Data | None = None, data: Data | None = None) -> tuple[Raw, ...]:
        """List objects of one kind ("Tags.read"), shared with everybody who asks for the same at the same time."""
        kind = target.partition(".")[0]
        variant = repr((sorted((params or {}).items()), sorted((data or {}).items())))
        purpose = f"list its {kind}"
        return self.snapshots.get(kind, lambda: self.client.many(target, purpose, params, data), variant=variant)

    def machines(self, about: str | None = None) -> Mapping[str, models.Machine]:
        """List all machines by system_id, fresh enough to judge the machine `about` (None: any)."""
        return self.snapshots.get("Machines", self._all_machines, about)

    def machine(self, system_id: str) -> models.Machine | None:
        """Find one machine in the shared list."""
        return self.machines(system_id).get(system_id)

    def find_machine(self, data: Data, purpose: str) -> tuple[models.Machine, ...]:
        """Ask MAAS for machines by its own filters (mac_address, agent_name, ...), unshared."""
        return tuple(models.machine(raw) for raw in self.client.many("Machines.read", purpose, data=data))

    def change(
        self,
        target: str,
        purpose: str,
        params: Data | None = None,
        data: Data | None = None,
        *,
        touches: Touches,
        repeatable: bool | None = None,
        secrets: tuple[str, ...] = (),
    ) -> object:
        """Call something that writes; `touches`: whose shared lists it outdates."""
        try:
            return self.client.call(target, purpose, params, data, repeatable=repeatable, secrets=secrets)
        finally:
            for kind, about in touches.items():
                for one in about if isinstance(about, tuple) else (about,):
                    self.snapshots.wrote(kind, one)

    def remove(self, target: str, purpose: str, params: Data, *, touches: Touches) -> None:
        """Delete an object; one that is gone already is as good."""
        try:
            self.change(target, purpose, params, touches=touches)
        except NotFound:
            return

    def events(self, system_id: str, limit: int = 5) -> tuple[str, ...]:
        """Read the last events of a machine, oldest first, as lines (MAAS 3.5 API: events/?op=query)."""
        data = {"id": system_id, "limit": limit, "level": "INFO"}
        answer = self.client.one("Events.query", "show its events", data=data)
        lines = [_event(raw) for raw in mappings(answer, "events")]
        return tuple(reversed(lines[:limit]))

    def import_problems(self) -> tuple[str, ...]:
        """Read what MAAS said of the last import of images, oldest first: its warnings and errors."""
        data = {"limit": 100, "level": "INFO"}
        answer = self.client.one("Events.query", "show its events", data=data)
        return _of_last_import(mappings(answer, "events"))

    def close(self) -> None:
        """End the connection."""
        self.client.close()

    def _all_machines(self) -> Mapping[str, models.Machine]:
        return self._parsed(self.client.many("Machines.read", "list its machines"))

    def _poll(self, system_ids: Iterable[str]) -> Mapping[str, models.Machine]:
        wanted = sorted(set(system_ids))
        data = {"id": wanted} if len(wanted) <= FEW else None
        return self._parsed(self.client.many("Machines.read", "list the machines that are waited for", data=data))

    def _parsed(self, raws: Iterable[Raw]) -> Mapping[str, models.Machine]:
        return {found.system_id: found for found in map(models.machine, raws)}


def _of_last_import(events: Iterable[Raw]) -> tuple[str, ...]:
    """Choose from events, newest first, those about images since the last import began."""
    lines: list[str] = []
    for raw in events:
        if text(raw, "description").startswith("Started importing"):
            break
        if text(raw, "type").startswith("Region import") and text(raw, "level") in {"WARNING", "ERROR"}:
            lines.append(_event(raw))
    return tuple(reversed(lines))


def _event(raw: Raw) -> str:
    description = text(raw, "description")
    head = f"{text(raw, 'created')} {text(raw, 'type')}".strip()
    return f"{head}: {description}" if description else head


_current: Current[Endpoint, Session] = Current(lambda: SetupError("MAAS was used before its endpoint was configured"))


def configure(req: ConfigureRequest) -> None:
    """Take the process's MAAS from the stack's config and widen the pool of serving threads.

    A key in a file is read at the first call, not here: what installs MAAS may write it in the same run.
    """
    widen()
    config, environment = req.config.get, dict(os.environ)
    find_url(config, environment)
    if key_file(config):
        _current.follow(lambda: find(config, environment, _read))
    else:
        adopt(find(config, environment, _read))


def _read(path: str) -> str:
    return Path(path).expanduser().read_text(encoding="utf-8")


def adopt(endpoint: Endpoint, connect: Callable[[], Connection] = Connection) -> Session:
    """Make `endpoint` the process's MAAS; the same endpoint again keeps the open session."""
    _current.follow(lambda: endpoint)
    return _current.get(lambda found: Session(Client(found, connect())))


def current() -> Session:
    """Return the process's session, with the key that holds now; raises SetupError before `configure`."""
    return _current.get(lambda found: Session(Client(found, Connection())))


def release() -> None:
    """Close the process's session, if one is open, and forget its MAAS."""
    _current.release()
