"""How a vault is opened: what its units say -> what is wrong, what comes next, and which keys to give. Pure.

Source: openstack/charm-vault README; Vault 1.8, Shamir seal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from providers.juju.errors import JujuError
from providers.juju.vault import Seal

CEREMONY = "ceremony"
"""Under this name stands, among the units' troubles, why the steps after the unseal are not done."""

SEALED, EMPTY = "sealed", "not initialized"


@dataclass(frozen=True)
class Door:
    """A unit's vault: its URL ("" while the unit has no address), and how it stands, or why it does not say."""

    unit: str
    url: str
    seal: Seal | None = None
    silence: str = ""

    @property
    def trouble(self) -> str:
        """What keeps it from serving; "" for nothing."""
        if self.seal is None:
            return self.silence or "does not answer"
        if not self.seal.initialized:
            return EMPTY
        return SEALED if self.seal.sealed else ""


def troubles(doors: Iterable[Door]) -> dict[str, str]:
    """Name what keeps each unit from serving; those that serve are not in it."""
    return {door.unit: door.trouble for door in doors if door.trouble}


def initialized(doors: Iterable[Door]) -> bool:
    """Say whether any unit was initialised: they share one vault."""
    return any(door.seal is not None and door.seal.initialized for door in doors)


def was_emptied(doors: Sequence[Door]) -> bool:
    """Say whether this is a vault that nobody initialised yet: one says so, and none says otherwise."""
    return any(door.seal is not None for door in doors) and not initialized(doors)


def can_open(doors: Iterable[Door]) -> Iterator[Door]:
    """Choose the units that wait for keys."""
    return (door for door in doors if door.seal is not None and door.seal.initialized and door.seal.sealed)


def chosen(door: Door, keys: Sequence[str]) -> tuple[str, ...]:
    """Choose as many different keys as the vault needs; JujuError when there are fewer."""
    needed = door.seal.threshold if door.seal else 0
    different = tuple(dict.fromkeys(keys))
    if len(different) < needed:
        raise JujuError(f"{door.unit} needs {needed} different unseal keys, but {len(different)} are known")
    return different[:needed]


def told(found: dict[str, str]) -> str:
    """Write troubles for a person: "vault/0 is sealed, vault/1 does not answer"."""
    return ", ".join(f"{unit} {_verb(trouble)}{trouble}" for unit, trouble in sorted(found.items()))


def _verb(trouble: str) -> str:
    return "is " if trouble in {SEALED, EMPTY} else ""
