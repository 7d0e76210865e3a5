"""What answers for one MAAS: its API while it is initialised, and main's commands; and its looks at running time.

start ─> Site: API at host:port │ desk, if main is there │ a look at the world twice a second ─> close
                                     └ juju: the lab's controller, on MAAS's machines
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from lab.juju.site import JujuSite
from lab.maas import seed, server
from lab.maas.service import Service
from lab.mainhost import desk

LOOK: Final = 0.5
"""Seconds between two looks at a world whose time runs."""

_log = logging.getLogger("lab")


class Site:
    """The listeners of one service, in the loop that `start` was awaited in."""

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        then: Callable[[], object] = lambda: None,
        juju: JujuSite | None = None,
    ) -> None:
        """Serve at host:port; `then` is called after each command of main that may have changed the world."""
        self._service = service
        self._work = desk.Desk(service, juju)
        self._then = then
        self._host = host
        self._port = port
        self._api: web.AppRunner | None = None
        self._desk: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._following = asyncio.Lock()

    async def start(self, shared: Path | None = None) -> None:
        """Listen; with `shared`, main's commands end here too, through that folder (see `desk`)."""
        await self.follow()
        if shared is not None:
            self._desk = await desk.listen(shared, self._work, self._changed)
        self._looking = asyncio.create_task(self._look())

    async def _changed(self) -> None:
        await self.follow()
        self._then()

    async def follow(self) -> None:
        """Answer calls exactly while MAAS is initialised."""
        async with self._following:
            wanted = seed.initialised(self._service.world)
            if wanted and self._api is None:
                self._api, _ = await server.start(self._service, self._host, self._port)
                _log.info("MAAS answers at http://%s:%d/MAAS", self._host, self._port)
            elif not wanted and self._api is not None:
                await self._api.cleanup()
                self._api = None
                _log.info("MAAS is gone from http://%s:%d/MAAS", self._host, self._port)

    async def close(self) -> None:
        """Listen no more."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        if self._desk is not None:
            self._desk.close()
        await asyncio.to_thread(self._work.close)
        if self._api is not None:
            await self._api.cleanup()

    async def _look(self) -> None:
        """Let machines move on while nobody asks."""
        while True:
            await asyncio.sleep(LOOK)
            if self._service.world.pace.mode == "timed":
                with self._service.transaction():
                    pass
