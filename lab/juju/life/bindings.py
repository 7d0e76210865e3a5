"""Which endpoints an application has, which spaces they are bound to, and to whom they are exposed (pure).

Sources: juju state/endpoint_bindings.go, state/application.go MergeExposeSettings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.juju.errors import NOT_FOUND, JujuError, not_found
from lab.juju.hub.catalogue import Charm
from lab.juju.life import rows
from lab.juju.life.charms import charm_of
from lab.juju.world import World, key

EVERYWHERE = ("0.0.0.0/0", "::/0")


def bindable(charm: Charm) -> set[str]:
    """Give the names that can be bound to a space; "" stands for all of them."""
    return {"", *charm.endpoints, *charm.extra_bindings}


def bound(world: World, model: str, charm: Charm, asked: Mapping[str, str]) -> dict[str, str]:
    """Give the bindings of a new application: what was asked for, else its "", else the model's default space."""
    _check(world, model, charm, asked)
    default = asked.get("") or str(rows.model(world, model).config.get("default-space") or "alpha")
    return {name: asked.get(name) or default for name in sorted(bindable(charm))}


def merge_bindings(
    world: World, _now: float, model: str, name: str, asked: Mapping[str, str], *, force: bool = False
) -> None:
    """Bind endpoints of an application anew; a new "" moves those too that followed the old one."""
    app = rows.application(world, model, name)
    charm = charm_of(world, app)
    if not force:
        _check(world, model, charm, asked)
    old = app.bindings.get("", "alpha")
    default = asked.get("", old)
    kept = {each: default if space == old else space for each, space in app.bindings.items()}
    named = {each: space for each, space in asked.items() if each in bindable(charm)}
    rows.put(world, replace(app, bindings={**kept, **named}))


def _check(world: World, model: str, charm: Charm, asked: Mapping[str, str]) -> None:
    unknown = sorted(set(asked) - bindable(charm))
    if unknown:
        raise JujuError(f'endpoint "{unknown[0]}" not found', NOT_FOUND)
    for space in asked.values():
        if space and key(model, space) not in world.spaces:
            raise not_found("space", space)


def expose(
    world: World,
    _now: float,
    model: str,
    name: str,
    endpoints: Mapping[str, tuple[Sequence[str], Sequence[str]]] | None = None,
) -> None:
    """Open an application to the world, or endpoints ("" for all) to spaces and networks (CIDR)."""
    app = rows.application(world, model, name)
    charm = charm_of(world, app)
    wanted = endpoints or {"": ((), ())}
    for each, (spaces, _) in wanted.items():
        if each not in bindable(charm):
            raise JujuError(f'endpoint "{each}" not found', NOT_FOUND)
        for space in spaces:
            if key(model, space) not in world.spaces:
                raise not_found("space", space)
    opened = {
        each: (tuple(spaces), tuple(cidrs) or (() if spaces else EVERYWHERE))
        for each, (spaces, cidrs) in wanted.items()
    }
    rows.put(world, replace(app, exposed={**(app.exposed or {}), **opened}))


def unexpose(world: World, _now: float, model: str, name: str, endpoints: Sequence[str] = ()) -> None:
    """Close an application, or only these endpoints of it."""
    app = rows.application(world, model, name)
    held = dict(app.exposed or {})
    for each in endpoints:
        if each not in held:
            raise JujuError(f'endpoint "{each}" is not exposed', NOT_FOUND)
        del held[each]
    rows.put(world, replace(app, exposed=held if endpoints and held else None))
