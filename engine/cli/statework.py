"""The state file around an operation: what to begin with, the journal while it runs, what is kept at the end.

state file (+ journal of a process that was ended) ─> Snapshot ─> ... ─> Snapshot ─> state file, backup, history
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from engine import COMPATIBLE_VERSION
from engine.backend.history import UpdateRecord
from engine.backend.journal import Journal, JournalError, journal_path, read_journal, recover, state_hash
from engine.backend.layout import parse_ref
from engine.backend.statefile import render_state
from engine.cli.context import StackContext
from engine.errors import EngineError
from engine.model.codec import decode_deployment, decode_secrets_provider
from engine.model.snapshot import Snapshot
from engine.model.state import PROVIDER_PREFIX, STACK_TYPE, Op
from engine.model.values import Properties
from engine.workspace.secrets import PassphraseCrypter


class StateWork:
    """Loads, journals and saves one stack's state."""

    def __init__(self, context: StackContext) -> None:
        self._context = context
        self.recovered = False
        """Whether a journal left behind by an earlier process was found and folded in."""

    @property
    def _journal(self) -> Path:
        context = self._context
        return journal_path(context.backend.layout.bookkeeping, context.ref.project, context.ref.name)

    def _state_hash(self) -> str:
        return state_hash(self._context.backend.state_file(self._context.ref).read_bytes())

    def packages(self) -> list[str]:
        """Name the packages whose providers the state has, without opening its secrets."""
        latest = self._context.checkpoint().latest or {}
        resources = latest.get("resources")
        if not isinstance(resources, list):  # nothing yet, or corrupt, which is told where the state is read
            return []
        items = (cast("dict[str, object]", item) for item in cast("list[object]", resources) if isinstance(item, dict))
        types = [item.get("type") for item in items]
        found = {str(type_).removeprefix(PROVIDER_PREFIX) for type_ in types if str(type_).startswith(PROVIDER_PREFIX)}
        return sorted(found - {"pulumi"})

    def load(self, *, keep: bool) -> Snapshot:
        """Give the snapshot, with what an ended process left in its journal; `keep` also puts that into the state file.

        Raises
        ------
        EngineError: the state file or the journal can't be used; both are left as they are.

        """
        context, path = self._context, self._journal
        if not path.exists() or (not keep and any(holder.alive for holder in context.backend.holders(context.ref))):
            return context.snapshot()
        try:
            found = recover(read_journal(path), self._state_hash(), context.snapshot, context.crypter)
        except JournalError as error:
            raise EngineError(
                f"{path} tells of a deployment that was ended, and doesn't fit the stack's state: {error};"
                " run `pulumi refresh` after moving it away"
            ) from error
        self.recovered = found is not None
        if keep:
            if found is not None:
                context.save(self._stamped(found))
            path.unlink()
        return context.snapshot() if found is None else found

    def begin(self) -> Journal:
        """Open the journal of an operation."""
        return Journal(self._journal, self._state_hash(), self._context.crypter)

    def finish(self, snapshot: Snapshot, journal: Journal, *, succeeded: bool) -> None:
        """Fold the journal into the state file; a failure that changed nothing leaves the file as it is."""
        context = self._context
        checkpoint = context.backend.load(context.ref)
        if not succeeded and checkpoint.latest == context.encode(snapshot):
            journal.discard()
            return
        new = replace(checkpoint, stack=context.ref.qualified, latest=context.encode(self._stamped(snapshot)))
        saved = state_hash(render_state(new, context.backend.state_file(context.ref)))
        journal.finish(saved, lambda: context.backend.save(context.ref, new))

    def record(self, kind: str, changes: Mapping[Op, int], message: str, started: float, *, succeeded: bool) -> None:
        """Keep a backup of the state and a record of the update."""
        context = self._context
        context.back_up()
        context.add_history(
            UpdateRecord(
                kind=kind,
                start=int(started),
                end=int(time.time()),
                result="succeeded" if succeeded else "failed",
                message=message,
                config=dict(context.stack_file.config),
                changes={str(op): number for op, number in changes.items()},
            )
        )

    @staticmethod
    def _stamped(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, time=datetime.now(UTC), version=f"v{COMPATIBLE_VERSION}")

    def outputs_of(self, name: str) -> Properties:
        """Give another stack's outputs, for a StackReference.

        Raises
        ------
        EngineError: there is no such stack, or its secrets don't open.

        """
        context = self._context
        ref = parse_ref(name, context.project.name)
        latest = context.backend.load(ref).latest
        if latest is None:
            return {}
        provider = decode_secrets_provider(latest)
        salt = str(provider.state.get("salt", "")) if provider else ""
        crypter = context.crypter if salt in {"", context.crypter.salt} else self._crypter(salt, ref.name)
        for state in decode_deployment(latest, crypter).resources:
            if state.type == STACK_TYPE and not state.delete:
                return state.outputs
        return {}

    def _crypter(self, salt: str, stack: str) -> PassphraseCrypter:
        return PassphraseCrypter(salt, self._context.passphrase, stack)
