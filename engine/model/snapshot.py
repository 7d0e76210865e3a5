"""The snapshot: everything the engine knows of a stack, in an order where each resource follows what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.model.state import Operation, ResourceState


@dataclass(frozen=True, slots=True)
class SecretsProvider:
    """Who can open the snapshot's secrets: `type` ('passphrase') and that provider's own state (its salt)."""

    type: str
    state: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stack's resources and the operations whose end is unknown."""

    resources: tuple[ResourceState, ...] = ()
    pending: tuple[Operation, ...] = ()
    secrets: SecretsProvider | None = None
    time: datetime | None = None
    """When the snapshot was made; None before the first deployment."""
    version: str = ""
    """The engine that wrote it."""
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    """Parts of the checkpoint that this engine does not read; carried along untouched."""


def integrity_errors(resources: Iterable[ResourceState]) -> list[str]:
    """Name every resource that stands before something it needs, or twice; an empty list is a sound snapshot."""
    seen: set[str] = set()
    errors: list[str] = []
    for state in resources:
        needs = [("parent", state.parent), ("provider", state.provider.rsplit("::", 1)[0])]
        needs += [("dependency", urn) for urn in state.dependencies]
        missing = ((what, urn) for what, urn in needs if urn and urn not in seen)
        errors += [f"{state.urn}: its {what} {urn} does not come before it" for what, urn in missing]
        if state.urn in seen and not state.delete:
            errors.append(f"{state.urn}: occurs twice")
        if not state.delete:
            seen.add(state.urn)
    return errors
