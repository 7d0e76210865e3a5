"""One controller per process: who we are there, and a link to each model.

stack config -> `configure` (any provider, any thread) -> `current()` for every operation, which opens the session at
the first one. Effects live here and in `link`; what they mean is decided in `crud`.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi.dynamic import ConfigureRequest

from providers.common.current import Current
from providers.common.pool import widen
from providers.common.raw import mapping
from providers.juju import tags
from providers.juju.endpoint import Endpoint, controller_file, find
from providers.juju.errors import JujuError, SetupError
from providers.juju.link import Link
from providers.juju.models import ModelSummary, summary
from providers.juju.pool import Pool

MODELS = "models"
"""Name of the shared list of models."""


class Session:
    """What every provider of the process shares. Safe for many threads."""

    def __init__(
        self, pool: Pool, now: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.endpoint = pool.endpoint
        self.now = now
        self.pause = pause
        self._pool = pool
        self._lock = threading.Lock()
        self._links: dict[str, Link] = {}

    @property
    def controller(self) -> Link:
        """The controller itself: clouds, credentials, models, users, offers."""
        return self.model("")

    def model(self, uuid: str) -> Link:
        """Choose a model; nothing happens before something is asked of it."""
        with self._lock:
            if uuid not in self._links:
                self._links[uuid] = Link(self._pool, uuid, self.now)
            return self._links[uuid]

    def models(self, about: str | None = None) -> Mapping[str, ModelSummary]:
        """List the models that we may see, by uuid, shared (ModelManager.ListModelSummaries)."""
        return self.controller.shared(MODELS, self._summaries, about)

    @property
    def version(self) -> str:
        """The controller's version, such as "3.6.14"."""
        return self._pool.welcome("").version

    @property
    def user(self) -> str:
        """Who we are there, such as "admin"."""
        return self._pool.welcome("", "say who is logged in").user or self.endpoint.username

    @property
    def uuid(self) -> str:
        """The controller's own UUID."""
        return self._pool.welcome("").controller

    def close(self) -> None:
        """End all connections."""
        self._pool.close()

    def _summaries(self) -> Mapping[str, ModelSummary]:
        params = {"user-tag": tags.user(self.user), "all": True}
        items = self.controller.each(
            "ModelManager", "ListModelSummaries", params, purpose="list its models", repeatable=True
        )
        # a model that goes away while it is listed has an error for an item, and is left out
        found = [summary(mapping(item, "result")) for item in items if not isinstance(item, JujuError)]
        return {one.uuid: one for one in found}


_current: Current[Endpoint, Session] = Current(lambda: SetupError("Juju was used before its controller was configured"))


def configure(req: ConfigureRequest) -> None:
    """Take the process's controller from the stack's config and widen the pool of serving threads.

    All of it is read at the first call, not here: what bootstraps a controller writes its file in the same run, and a
    stack that only bootstraps needs no more than that.
    """
    widen()
    config, environment = req.config.get, dict(os.environ)
    _current.follow(lambda: find(config, environment, _read))
    if config("juju:controllerAddresses") and not controller_file(config):
        find(config, environment, _read)  # what is wrong with it is said at once


def _read(path: str) -> str:
    return Path(path).expanduser().read_text(encoding="utf-8")


def adopt(endpoint: Endpoint, connect: Callable[[Endpoint], Pool] = Pool) -> Session:
    """Make `endpoint` the process's controller; the same endpoint again keeps the open session."""
    _current.follow(lambda: endpoint)
    return _current.get(lambda found: Session(connect(found)))


def current() -> Session:
    """Return the process's session, with the controller that holds now; raises SetupError before `configure`."""
    return _current.get(lambda found: Session(Pool(found)))


def release() -> None:
    """Close the process's session, if one is open, and forget its controller."""
    _current.release()
