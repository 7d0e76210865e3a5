"""Applications as a person asks for them: deployed, configured, refreshed, destroyed (pure).

Sources: juju apiserver/facades/client/application, state/application.go for the words. What a request begins,
`advance` carries on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import ALREADY_EXISTS, BAD_REQUEST, NOT_SUPPORTED, JujuError
from lab.juju.hub.catalogue import ARCH, Charm, Resolved
from lab.juju.life import assigning, charms, relations, rows, storage
from lab.juju.life.bindings import bound, expose, merge_bindings, unexpose
from lab.juju.life.placement import Placement
from lab.juju.life.units import UnitEnd, add_units, destroy_units, dying, end_of, leader_of, resolve, stage_units
from lab.juju.world import World, key

__all__ = [
    "ApplicationEnd",
    "Deploy",
    "Placement",
    "UnitEnd",
    "add_units",
    "deploy",
    "destroy",
    "destroy_units",
    "expose",
    "leader_of",
    "merge_bindings",
    "resolve",
    "set_charm",
    "set_config",
    "set_constraints",
    "unexpose",
    "unset_config",
]

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")


@dataclass(frozen=True, slots=True)
class Deploy:
    """What a deployment asks for. `num_units` None: one, or none of a subordinate; `base` "": the charm's ("22.04").

    `config` may hold texts, read by the charm's types, and `trust`; `resources`: name -> revision, or "upload".
    """

    name: str
    charm: Resolved
    num_units: int | None = None
    placement: tuple[Placement, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict[str, object])
    trust: bool = False
    constraints: Mapping[str, object] = field(default_factory=dict[str, object])
    storage: Mapping[str, m.StorageDirective] = field(default_factory=dict[str, m.StorageDirective])
    bindings: Mapping[str, str] = field(default_factory=dict[str, str])
    resources: Mapping[str, str] = field(default_factory=dict[str, str])
    attach_storage: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationEnd:
    """What goes with an application: units, and storage ids that are destroyed or kept."""

    units: tuple[str, ...] = ()
    destroyed_storage: tuple[str, ...] = ()
    detached_storage: tuple[str, ...] = ()


def deploy(world: World, now: float, model: str, asked: Deploy) -> list[str]:
    """Deploy a charm as an application, with its peer relations and first units; the units' names."""
    rows.living(world, model)
    charm = asked.charm.charm
    _refuse(world, model, asked, charm)
    config = {name: value for name, value in asked.config.items() if name != charms.TRUST}
    charms.keep(world, model, asked.charm)
    app = m.Application(
        model,
        asked.name,
        asked.charm.url,
        asked.charm.channel,
        asked.base.partition("/")[0] or asked.charm.base,
        charms.typed(charm, config),
        asked.trust or charms.trusted(asked.config.get(charms.TRUST, False)),
        _constraints(world, model, charm, asked.constraints),
        bindings=bound(world, model, charm, asked.bindings),
        storage=storage.directives(world, model, charm, asked.storage),
        resources=dict(asked.resources),
        subordinate=charm.subordinate,
        status=m.Status("unknown" if charm.subordinate else "waiting", "", now),
        made=now,
    )
    assigning.check(world, app, asked.placement)
    rows.put(world, app)
    relations.add_peers(world, now, app)
    count = (0 if charm.subordinate else 1) if asked.num_units is None else asked.num_units
    if not count:
        return []
    return stage_units(world, now, app, count, asked.placement, asked.attach_storage)


def _constraints(world: World, model: str, charm: Charm, asked: Mapping[str, object]) -> dict[str, object]:
    """Give an application's constraints: what architecture it began with stays, whoever named it."""
    if charm.subordinate:
        return {}
    return {"arch": rows.model(world, model).constraints.get("arch") or ARCH, **asked}


def _refuse(world: World, model: str, asked: Deploy, charm: Charm) -> None:
    where = f'cannot add application "{asked.name}"'
    if _NAME.fullmatch(asked.name) is None:
        raise JujuError(f"{where}: invalid name")
    if key(model, asked.name) in world.applications:
        raise JujuError(f"{where}: application already exists", ALREADY_EXISTS)
    if key(model, asked.name) in world.remotes:
        raise JujuError(f"{where}: saas application with same name already exists", ALREADY_EXISTS)
    if charm.subordinate and asked.num_units:
        raise JujuError("subordinate application must be deployed without units")
    if charm.subordinate and asked.constraints:
        raise JujuError("subordinate application must be deployed without constraints")


def destroy(
    world: World,
    now: float,
    model: str,
    name: str,
    *,
    destroy_storage: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> ApplicationEnd:
    """Begin the end of an application, of its units and relations. One whose offers are in use needs `force`."""
    app = rows.application(world, model, name)
    users = _users(world, app)
    if users and not force:
        raise JujuError(
            f'cannot destroy application "{name}": application is used by {users} consumer{"s"[: users > 1]}'
        )
    units = rows.units_of(world, app)
    ends = [end_of(world, each, destroy_storage=destroy_storage) for each in units]
    if not dry_run:
        _begin_end(world, now, app, units, destroy_storage=destroy_storage, force=force)
    return ApplicationEnd(
        tuple(each.name for each in units),
        tuple(one for each in ends for one in each.destroyed_storage),
        tuple(one for each in ends for one in each.detached_storage),
    )


def _users(world: World, app: m.Application) -> int:
    """Count the models that consume what the application offers."""
    offered = {each.uuid for each in world.offers.of(app.model) if each.application == app.name}
    return sum(1 for each in world.remotes if each.offer_uuid in offered) if offered else 0


def _begin_end(
    world: World, now: float, app: m.Application, units: list[m.Unit], *, destroy_storage: bool, force: bool
) -> None:
    for each in units:
        rows.put(world, dying(each, destroy_storage=destroy_storage, force=force))
    for each in rows.relations_of(world, app.model, app.name):
        if len(each.endpoints) > 1:
            relations.begin_end(world, now, each, force=force)
    rows.put(
        world,
        replace(app, life="dying", destroy_storage=app.destroy_storage or destroy_storage, force=app.force or force),
    )


def set_config(world: World, _now: float, model: str, name: str, values: Mapping[str, object]) -> None:
    """Set options (texts, or values of the charm's types) and `trust`; JujuError for an unknown one or a misfit."""
    app = rows.application(world, model, name)
    own = {each: value for each, value in values.items() if each != charms.TRUST}
    trust = charms.trusted(values[charms.TRUST]) if charms.TRUST in values else app.trust
    config = {**app.config, **charms.typed(charms.charm_of(world, app), own)}
    rows.put(world, replace(app, config=config, trust=trust))


def unset_config(world: World, _now: float, model: str, name: str, options: Sequence[str]) -> None:
    """Take options back to their charm's defaults."""
    app = rows.application(world, model, name)
    charm = charms.charm_of(world, app)
    for each in options:
        if each != charms.TRUST:
            charms.known(charm, each)
    kept = {each: value for each, value in app.config.items() if each not in options}
    rows.put(world, replace(app, config=kept, trust=app.trust and charms.TRUST not in options))


def set_constraints(world: World, _now: float, model: str, name: str, constraints: Mapping[str, object]) -> None:
    """Set what machines of later units must have."""
    app = rows.application(world, model, name)
    if app.subordinate:
        raise JujuError("constraints do not apply to subordinate applications")
    arch = app.constraints.get("arch")
    if arch and constraints.get("arch") not in {None, "", arch}:
        raise JujuError(f"changing architecture ({arch}) not supported", NOT_SUPPORTED)
    if app.life != "alive":
        raise JujuError("cannot set constraints: application is not found or not alive")
    rows.put(world, replace(app, constraints=dict(constraints)))


def set_charm(
    world: World,
    now: float,
    model: str,
    name: str,
    resolved: Resolved,
    *,
    config: Mapping[str, object] | None = None,
    directives: Mapping[str, m.StorageDirective] | None = None,
    bindings: Mapping[str, str] | None = None,
    resources: Mapping[str, str] | None = None,
    force: bool = False,
) -> None:
    """Give an application another charm (juju refresh); its units run upgrade-charm. `force`: for any base."""
    app = rows.application(world, model, name)
    charm = resolved.charm
    where = f'cannot upgrade application "{name}" to charm "{resolved.url}"'
    _refuse_charm(world, app, charm, where, force=force)
    charms.keep(world, model, resolved)
    old = charms.charm_of(world, app)
    kept = {each: value for each, value in app.config.items() if _same_type(old, charm, each)}
    spaces = {each: space for each, space in app.bindings.items() if each in old.endpoints or not each}
    known = {each: space for each, space in spaces.items() if not each or each in charm.endpoints}
    asked = {each: one for each, one in app.storage.items() if each in charm.storage} | dict(directives or {})
    after = replace(
        app,
        charm=resolved.url,
        channel=resolved.channel or app.channel,
        config={**kept, **charms.typed(charm, config or {})},
        bindings=bound(world, model, charm, {**known, **(bindings or {})}),
        storage=storage.directives(world, model, charm, asked),
        resources={**app.resources, **(resources or {})},
    )
    rows.put(world, after)
    relations.add_peers(world, now, after)


def _same_type(old: Charm, new: Charm, option: str) -> bool:
    return option in new.options and option in old.options and new.options[option].type == old.options[option].type


def _refuse_charm(world: World, app: m.Application, charm: Charm, where: str, *, force: bool) -> None:
    if charm.subordinate != app.subordinate:
        raise JujuError(f"{where}: cannot change an application's subordinacy", BAD_REQUEST)
    if charm.bases and app.base not in charm.bases and not force:
        supported = ", ".join(f"ubuntu@{each}" for each in charm.bases)
        raise JujuError(
            f'{where}: base "ubuntu@{app.base}" not supported by charm, the charm supported bases are: {supported}',
            "incompatible base",
        )
    for row in rows.relations_of(world, app.model, app.name):
        end = next(each for each in row.endpoints if each.application == app.name)
        has = charm.relatable.get(end.name)
        if has is None or (has.role, has.interface) != (end.role, end.interface):
            raise JujuError(f'{where}: would break relation "{row.key}"')
