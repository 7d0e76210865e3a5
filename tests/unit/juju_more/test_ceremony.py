"""What a vault's units say, and what follows from it."""

import pytest

from providers.juju.errors import JujuError
from providers.juju.plan.ceremony import Door, can_open, chosen, initialized, told, troubles, was_emptied
from providers.juju.vault import Seal

OPEN = Seal(initialized=True, sealed=False, threshold=3, shares=5, progress=0)
SHUT = Seal(initialized=True, sealed=True, threshold=3, shares=5, progress=1)
NEW = Seal(initialized=False, sealed=True, threshold=0, shares=0, progress=0)


def door(number: int, seal: Seal | None, silence: str = "") -> Door:
    return Door(f"vault/{number}", f"http://10.0.0.{number}:8200", seal, silence)


@pytest.mark.parametrize(
    ("seals", "emptied", "said"),
    [
        ([OPEN, OPEN], False, {}),
        ([OPEN, SHUT], False, {"vault/1": "sealed"}),
        ([SHUT, NEW], False, {"vault/0": "sealed", "vault/1": "not initialized"}),
        ([NEW, NEW], True, {"vault/0": "not initialized", "vault/1": "not initialized"}),
        ([NEW, None], True, {"vault/0": "not initialized", "vault/1": "has no address yet"}),
        ([None, None], False, {"vault/0": "has no address yet", "vault/1": "has no address yet"}),
        ([OPEN, None], False, {"vault/1": "has no address yet"}),
    ],
)
def test_what_is_wrong(seals: list[Seal | None], emptied: bool, said: dict[str, str]) -> None:
    doors = [door(number, seal, "" if seal else "has no address yet") for number, seal in enumerate(seals)]
    assert troubles(doors) == said
    assert was_emptied(doors) is emptied
    assert initialized(doors) is any(seal is not None and seal.initialized for seal in seals)
    assert [one.unit for one in can_open(doors)] == [unit for unit, trouble in said.items() if trouble == "sealed"]


def test_as_many_different_keys_as_are_needed() -> None:
    assert chosen(door(0, SHUT), ["a", "b", "a", "c", "d"]) == ("a", "b", "c")


def test_too_few_keys_are_told_by_number() -> None:
    with pytest.raises(JujuError, match="vault/0 needs 3 different unseal keys, but 2 are known"):
        chosen(door(0, SHUT), ["secret-a", "secret-b", "secret-a"])


def test_troubles_read_as_a_sentence() -> None:
    found = {"vault/1": "does not answer: connection refused", "vault/0": "sealed"}
    assert told(found) == "vault/0 is sealed, vault/1 does not answer: connection refused"
