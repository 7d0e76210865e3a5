"""One model, or the controller, as providers use it: calls, shared reads, shared waits.

`call` / `one` / `each` / `change` -> the pool's one connection -> plain objects, or typed errors.
`status` / `applications` / `shared` -> snapshots that all who ask at the same time share.
`wait` -> one poll for all waits of the model. Blocking; safe for many threads.
"""

import functools
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from providers.common.raw import Raw, mapping, mappings
from providers.common.snapshots import Snapshots
from providers.juju import tags
from providers.juju.errors import JujuError, NotFound, Refused, from_item
from providers.juju.models import ApplicationDetails, details
from providers.juju.pool import Intent, Pool
from providers.juju.status import Status
from providers.juju.status_wire import parse
from providers.juju.waiter import Judge, Say, new_waiter

T = TypeVar("T")

STATUS, APPLICATIONS = "status", "applications"
"""Names of the shared reads that every model has."""

_WITH_STORAGE = 7
"""Since which version of the facade Client a status holds the model's storage."""

POLL = 5.0
"""Seconds after which a poll that fails is told to those who wait; the next poll is its next try."""

About: TypeAlias = str | tuple[str, ...] | None
Touches: TypeAlias = tuple[str, ...] | Mapping[str, About]
"""Names of the shared reads that a call outdates; as a mapping: for whom (None: everybody)."""

_NOTHING: Raw = {}


class Link:
    """A model by its UUID, or the controller ("")."""

    def __init__(self, pool: Pool, model: str, now: Callable[[], float]) -> None:
        self.uuid = model
        self._pool = pool
        self._snapshots = Snapshots(now)
        poll = functools.partial(self._full_status, patience=POLL)
        self._waiter = new_waiter(lambda: self._snapshots.renew(STATUS, poll), now)

    def call(
        self,
        facade: str,
        method: str,
        params: Raw | None = None,
        *,
        purpose: str,
        secrets: tuple[str, ...] = (),
        repeatable: bool = False,
        patience: float = math.inf,
    ) -> Raw:
        """Call a facade's method in the version that both sides speak; errors of items are left in the answer.

        `purpose` completes "Juju refused to ..."; `secrets` are masked in what Juju says; `repeatable`: the call may
        be sent again when its answer was lost; `patience`: seconds in which it is sent again at most. Raises the errors
        of `errors`, also where the only item of a bulk call may be tried again and was so in vain.
        """
        intent = Intent(purpose, repeatable, secrets, patience)
        return self._pool.call(self.uuid, facade, method, params or _NOTHING, intent)

    def each(
        self,
        facade: str,
        method: str,
        params: Raw,
        *,
        purpose: str,
        secrets: tuple[str, ...] = (),
        repeatable: bool = False,
    ) -> tuple[Raw | JujuError, ...]:
        """Make a bulk call; give each item, or its own error, in the order in which they were asked."""
        answer = self.call(facade, method, params, purpose=purpose, secrets=secrets, repeatable=repeatable)
        return tuple(from_item(purpose, item, secrets) or item for item in results(answer))

    def one(
        self,
        facade: str,
        method: str,
        params: Raw,
        *,
        purpose: str,
        secrets: tuple[str, ...] = (),
        repeatable: bool = False,
    ) -> Raw:
        """Make a bulk call about one object; give its item, or raise the item's own error."""
        items = self.each(facade, method, params, purpose=purpose, secrets=secrets, repeatable=repeatable)
        if len(items) != 1:
            raise JujuError(f"Juju was asked to {purpose} and answered with {len(items)} results, but must with one")
        if isinstance(items[0], JujuError):
            raise items[0]
        return items[0]

    def change(
        self,
        facade: str,
        method: str,
        params: Raw | None = None,
        *,
        purpose: str,
        touches: Touches | None = None,
        secrets: tuple[str, ...] = (),
        repeatable: bool = False,
    ) -> Raw:
        """Call something that writes; raises also the first error of an item.

        `touches`: which shared reads it outdates; None: all of this model.
        """
        try:
            answer = self.call(facade, method, params, purpose=purpose, secrets=secrets, repeatable=repeatable)
        finally:
            self.touched(touches)
        for item in results(answer):
            error = from_item(purpose, item, secrets)
            if error is not None:
                raise error
        return answer

    def version_of(self, facade: str) -> int:
        """Say which version of a facade is spoken with this controller; raises NotSupported."""
        return self._pool.welcome(self.uuid).version_of(facade)

    def shared(self, name: str, read: Callable[[], T], about: str | None = None) -> T:
        """Read what many ask for at once, fresh enough to judge the object `about` (None: all objects)."""
        return self._snapshots.get(name, read, about)

    def wrote(self, name: str, about: str | None = None) -> None:
        """Note that a shared read is outdated: for who asks about this object, or (None) about any."""
        self._snapshots.wrote(name, about)

    def touched(self, touches: Touches | None) -> None:
        """Note what a write outdates, see `change`."""
        if touches is None:
            touches = tuple({STATUS, APPLICATIONS, *self._snapshots.kinds()})
        for name in touches:
            about = touches[name] if isinstance(touches, Mapping) else None
            for one in about if isinstance(about, tuple) else (about,):
                self._snapshots.wrote(name, one)

    def status(self, about: str | None = None) -> Status:
        """Read the model's status (Client.FullStatus with its storage), shared."""
        return self._snapshots.get(STATUS, self._full_status, about)

    def applications(self, about: str | None = None) -> Mapping[str, ApplicationDetails]:
        """Read config, constraints, bindings and exposure of all applications, shared: three calls for any number."""
        return self._snapshots.get(APPLICATIONS, self._details, about)

    def wait(self, about: str, name: str, judge: Judge, minutes: float, say: Say) -> Status:
        """Block until `judge` is content with the model's status, and give that status.

        `name` is what messages call what is waited for, `about` its key. Raises WaitFailed with the verdict's reason,
        or after so many minutes; the polls are shared with all other waits of the model.
        """
        return self._waiter.wait(about, name, judge, minutes * 60, say)

    def _full_status(self, patience: float = math.inf) -> Status:
        # Storage that is just being attached can make Juju fail to list it; the model's life goes on meanwhile.
        try:
            return self._asked_status(patience, storage=True)
        except NotFound:
            raise
        except Refused as error:
            if error.mentions("filesystem") or error.mentions("volume") or error.mentions("storage"):
                return self._asked_status(patience, storage=False)
            raise

    def _asked_status(self, patience: float, *, storage: bool) -> Status:
        params = {"patterns": list[str](), "include-storage": storage}
        purpose = "show the model's status"
        answer = self.call("Client", "FullStatus", params, purpose=purpose, repeatable=True, patience=patience)
        if storage and self.version_of("Client") < _WITH_STORAGE:
            answer = {**answer, "storage": self._storages(patience)}
        return parse(answer)

    def _storages(self, patience: float) -> tuple[Raw, ...]:
        """List the model's storage, which the status of Juju 2.9 and 3.0 leaves out."""
        params, purpose = {"filters": [dict[str, object]()]}, "list the model's storage"
        answer = self.call("Storage", "ListStorageDetails", params, purpose=purpose, repeatable=True, patience=patience)
        for item in results(answer):
            error = from_item(purpose, item)
            if error is not None:
                raise error
        return tuple(one for item in results(answer) for one in mappings(item, "result"))

    def _details(self) -> Mapping[str, ApplicationDetails]:
        names = sorted(self.status().applications)  # fresh for everybody: so will be what is made of it
        if not names:
            return {}
        entities = {"entities": [{"tag": tags.application(name)} for name in names]}
        purpose = "show its applications"
        infos = self.each("Application", "ApplicationsInfo", entities, purpose=purpose, repeatable=True)
        configs = self.each("Application", "GetConfig", entities, purpose=purpose, repeatable=True)
        # one that was removed since the status was read has errors for items, and is left out
        return {
            name: details(name, mapping(info, "result"), config)
            for name, info, config in zip(names, infos, configs, strict=True)
            if not isinstance(info, JujuError) and not isinstance(config, JujuError)
        }


def results(answer: Raw) -> tuple[Raw, ...]:
    """Give the items of a bulk answer; Juju spells their name "results", or "Results" in some facades."""
    for name in ("results", "Results"):
        if answer.get(name) is not None:
            return mappings(answer, name)
    return ()
