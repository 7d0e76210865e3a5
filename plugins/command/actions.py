"""What each resource does at create, update and delete.

resource + inputs (+ state before) ─> which command, or which copy ─> local · remote · copying ─> what the run gave
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from plugins.command import copying, local, remote, settings
from plugins.command.dialing import REAL, Clock, connected
from plugins.command.errors import CommandError, HostGoneError
from plugins.command.masking import Mask
from plugins.command.shapes import COPY_FILE, COPY_TO_REMOTE, LOCAL_COMMAND, RUN, Resource
from plugins.command.telling import Teller
from plugins.command.values import Properties, same

Step = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Run:
    """One action on one resource: its type, what to say and to hide, and how time passes."""

    resource: Resource
    teller: Teller
    mask: Mask
    clock: Clock = REAL

    async def create(self, inputs: Properties) -> Properties:
        """Make the resource; give its computed outputs."""
        if self._copies:
            return await self._copy(inputs)
        return await self._command(settings.text_of(inputs, "create"), inputs, {}, "create")

    async def update(self, inputs: Properties, old: Properties) -> Properties:
        """Change the resource; `old` is its state before. Give its computed outputs, {} where nothing ran."""
        if self._copies:
            return await self._copy(inputs) if needs_copy(inputs, old) else {}
        command = settings.text_of(inputs, "update")
        command = settings.text_of(inputs, "create") if command is None else command
        return await self._command(command, inputs, old, "update")

    async def delete(self, state: Properties) -> None:
        """Delete the resource. A server that is gone took its resources along: a warning, and success."""
        if self._copies:
            return
        try:
            await self._command(settings.text_of(state, "delete"), state, state, "delete")
        except HostGoneError as gone:
            await self.teller.warn(f"{gone}; taken for gone, so the delete command was not run")

    async def invoke(self, inputs: Properties) -> Properties:
        """Run the command of the function command:local:run."""
        return await self._command(settings.text_of(inputs, "command"), inputs, {}, "create")

    @property
    def _copies(self) -> bool:
        return self.resource in (COPY_TO_REMOTE, COPY_FILE)

    async def _command(self, command: str | None, inputs: Properties, old: Properties, step: Step) -> Properties:
        if command is None:
            return {}
        around = settings.surroundings(inputs, old)
        if self.resource in (LOCAL_COMMAND, RUN):
            return await local.run(command, around, settings.local_settings(inputs), self.teller, self.mask)
        where = settings.connection(inputs)
        async with connected(where, self.teller, farewell=step == "delete", clock=self.clock) as link:
            return await remote.run(link, str(where.server), command, around, self.teller, self.mask)

    async def _copy(self, inputs: Properties) -> Properties:
        job = settings.copy_file(inputs) if self.resource is COPY_FILE else settings.copy_to_remote(inputs)
        where = settings.connection(inputs)
        try:
            copying.check_source(job)
        except CommandError as error:
            raise CommandError(f"{where.server}: {error}") from error
        async with connected(where, self.teller, clock=self.clock) as link:
            await copying.copy(link, str(where.server), job, self.teller)
        return {}


def needs_copy(inputs: Properties, old: Properties) -> bool:
    """Tell whether an update copies anew: another source, another path, or another server (not another password)."""
    here, there = settings.connection(inputs).server, settings.connection(old).server
    moved = (here.host, here.port) != (there.host, there.port)
    return moved or any(not same(inputs.get(name), old.get(name)) for name in ("source", "remotePath"))


def new_id(resource: Resource, name: str) -> str:
    """Make an id as the official plugin does: the resource's name, for a copy nothing, and 8 random hex digits."""
    return f"{'' if resource in (COPY_TO_REMOTE, COPY_FILE) else name}{secrets.token_hex(4)}"
