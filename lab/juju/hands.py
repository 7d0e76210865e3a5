"""Hands: what another admin does to a controller behind the program's back (pure).

`do(world, now, action, target)` is the one way in; `HANDS` tells what each action takes. The first word of a target may
be "MODEL:"; without it the only hosted model is meant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lab.juju import faults, vault
from lab.juju.errors import JujuError
from lab.juju.life import applications, machines, relations, rows
from lab.juju.life.placement import MACHINE, Placement
from lab.juju.models import Fault, Model
from lab.juju.world import World

KEY: Final = "8C8C34C524098CB6"
"""The key that grafana's repository was signed with, as apt names it."""
Act = Callable[[World, float, str, Sequence[str]], str]


def model_named(world: World, name: str = "") -> Model:
    """Find a model by name or uuid; without a name the only one that is hosted."""
    hosted = [each for each in world.models if not each.is_controller]
    chosen = [each for each in world.models if name in {each.name, each.uuid}] if name else hosted
    if len(chosen) != 1:
        known = ", ".join(each.name for each in world.models)
        raise ValueError(f"There is no model '{name}'; there are {known}." if name else f"Name one model of {known}.")
    return chosen[0]


def _add_unit(world: World, now: float, model: str, args: Sequence[str]) -> str:
    placements = [Placement(MACHINE, args[1])] if len(args) > 1 else []
    names = applications.add_units(world, now, model, args[0], 1, placements)
    return f"added the unit {names[0]}"


def _remove_unit(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.destroy_units(world, now, model, args)
    return f"removed the unit {', '.join(args)}"


def _remove_application(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.destroy(world, now, model, args[0])
    return f"removed the application {args[0]}"


def _config(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.set_config(world, now, model, args[0], {args[1]: args[2]})
    return f"set {args[1]} of {args[0]} to {args[2]}"


def _reset_config(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.unset_config(world, now, model, args[0], list(args[1:]))
    return f"reset {', '.join(args[1:])} of {args[0]}"


def _relate(world: World, now: float, model: str, args: Sequence[str]) -> str:
    return f"related {relations.add(world, now, model, args).key}"


def _remove_relation(world: World, now: float, model: str, args: Sequence[str]) -> str:
    return f"removed the relation {relations.destroy(world, now, model, args).key}"


def _remove_machine(world: World, now: float, model: str, args: Sequence[str]) -> str:
    machines.destroy(world, now, model, [args[0]], force=True)
    return f"removed machine {args[0]} and what is on it"


def _lose_machine(world: World, _now: float, model: str, args: Sequence[str]) -> str:
    row = rows.machine(world, model, args[0])
    faults.add(world, Fault(0, "agent-lost", model, row.id))
    return f"machine {row.id} does not answer any more"


def _find_machine(world: World, _now: float, model: str, args: Sequence[str]) -> str:
    row = rows.machine(world, model, args[0])
    wanted = ("agent-lost", model, row.id)
    for each in [each for each in world.faults if (each.kind, each.model, each.target) == wanted]:
        faults.clear(world, each.id)
    return f"machine {row.id} answers again"


def _resolved(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.resolve(world, now, model, args[0], retry="--no-retry" not in args)
    return f"resolved {args[0]}"


def _seal(world: World, _now: float, model: str, args: Sequence[str]) -> str:
    unit = rows.unit(world, model, args[0])
    rows.put(world, vault.sealed(unit))
    return f"sealed the vault of {unit.name}"


def _expose(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.expose(world, now, model, args[0])
    return f"exposed {args[0]}"


def _unexpose(world: World, now: float, model: str, args: Sequence[str]) -> str:
    applications.unexpose(world, now, model, args[0])
    return f"unexposed {args[0]}"


def _lose_key(world: World, _now: float, model: str, args: Sequence[str]) -> str:
    """Let an application's repository be signed by a key that its machines do not have, as grafana's is."""
    name = args[0]
    text = f"GPG error: the repository of {name} is not signed: NO_PUBKEY {KEY}"
    faults.add(world, Fault(0, "hook", model, name, "install", text=text))
    return f"the key of {name}'s repository is not known any more"


def _add_key(world: World, _now: float, model: str, args: Sequence[str]) -> str:
    """Bring the public key that the hooks of an application miss (NO_PUBKEY): they fail no more when run again."""
    name = rows.application(world, model, args[0]).name
    own = {model, world.models.get(model).name, ""}
    found = [
        each
        for each in world.faults
        if each.kind == "hook"
        and "NO_PUBKEY" in each.text
        and each.model in own
        and rows.application_of(each.target) in {name, ""}
    ]
    for each in found:
        faults.clear(world, each.id)
    return f"added the key that {name} misses" if found else f"{name} misses no key"


@dataclass(frozen=True, slots=True)
class Hand:
    """An action: what it does, its arguments for a person to read, and how many it needs."""

    run: Act
    arguments: str
    needs: int


HANDS: Final[Mapping[str, Hand]] = {
    "add-unit": Hand(_add_unit, "APPLICATION [MACHINE]", 1),
    "remove-unit": Hand(_remove_unit, "UNIT...", 1),
    "remove-application": Hand(_remove_application, "APPLICATION", 1),
    "config": Hand(_config, "APPLICATION OPTION VALUE", 3),
    "reset-config": Hand(_reset_config, "APPLICATION OPTION...", 2),
    "relate": Hand(_relate, "APPLICATION[:ENDPOINT] APPLICATION[:ENDPOINT]", 2),
    "remove-relation": Hand(_remove_relation, "APPLICATION[:ENDPOINT] APPLICATION[:ENDPOINT]", 2),
    "remove-machine": Hand(_remove_machine, "MACHINE", 1),
    "lose-machine": Hand(_lose_machine, "MACHINE", 1),
    "find-machine": Hand(_find_machine, "MACHINE", 1),
    "resolved": Hand(_resolved, "UNIT [--no-retry]", 1),
    "seal": Hand(_seal, "VAULT-UNIT", 1),
    "expose": Hand(_expose, "APPLICATION", 1),
    "unexpose": Hand(_unexpose, "APPLICATION", 1),
    "lose-key": Hand(_lose_key, "APPLICATION", 1),
    "add-key": Hand(_add_key, "APPLICATION", 1),
}


def do(world: World, now: float, action: str, target: Sequence[str]) -> str:
    """Do it, and say in words what was done; ValueError says why it can't be done."""
    hand = HANDS.get(action)
    if hand is None:
        raise ValueError(f"There is no hand '{action}'; hands are {', '.join(HANDS)}.")
    named = target[0][:-1] if target and target[0].endswith(":") else ""
    words = target[1:] if named else target
    if len(words) < hand.needs:
        raise ValueError(f"The hand {action} takes {hand.arguments}.")
    try:
        return hand.run(world, now, model_named(world, named).uuid, words)
    except JujuError as error:
        raise ValueError(error.message) from error
