"""Relations between applications: which ones a person can mean, made and ended (pure).

    "wordpress mysql" ─> endpoints that fit ─(one pair)─> Relation        ─(none, several)─> JujuError

Sources: juju state/state.go InferEndpoints and AddRelation, state/endpoint.go for the words and the order of ends.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from lab.juju import models as m
from lab.juju.errors import ALREADY_EXISTS, NOT_FOUND, QUOTA, JujuError
from lab.juju.hub.catalogue import JUJU_INFO, CharmEndpoint
from lab.juju.life import rows
from lab.juju.life.charms import charm_of
from lab.juju.world import World, key

_COUNTERPARTS: Final = {"provider": "requirer", "requirer": "provider"}

Pair = tuple[m.Endpoint, m.Endpoint]


def add(world: World, now: float, model: str, texts: Sequence[str], via: Sequence[str] = ()) -> m.Relation:
    """Relate two applications, named "app" or "app:endpoint"; `via` (CIDRs) matters to relations across models only."""
    del via
    rows.living(world, model)
    ends = _scoped(infer(world, model, texts))
    new = m.Relation(model, -1, ends, status=m.Status("joining", "", now))
    where = f'cannot add relation "{new.key}"'
    _refuse(world, new, where)
    row = replace(new, id=world.next_id(f"{model}/relation"))
    return rows.put(world, row)


def add_peers(world: World, now: float, app: m.Application) -> None:
    """Make the peer relations of an application's charm that are not there yet."""
    held = {each.key for each in rows.relations_of(world, app.model, app.name)}
    for name, each in charm_of(world, app).endpoints.items():
        if each.role == "peer" and f"{app.name}:{name}" not in held:
            ends = (_endpoint(app.name, each),)
            row = m.Relation(app.model, world.next_id(f"{app.model}/relation"), ends)
            rows.put(world, replace(row, status=m.Status("joined", "", now)))


def _endpoint(application: str, each: CharmEndpoint) -> m.Endpoint:
    return m.Endpoint(application, each.name, each.role, each.interface, each.scope, each.limit, each.optional)


def endpoints_of(world: World, model: str, name: str) -> list[m.Endpoint]:
    """Give the endpoints of an application, juju-info too, or of one that the model consumes."""
    remote = world.remotes.find(key(model, name))
    if remote is not None:
        return list(remote.endpoints)
    return [_endpoint(name, each) for each in charm_of(world, rows.application(world, model, name)).relatable.values()]


def _meant(world: World, model: str, text: str) -> list[m.Endpoint]:
    name, colon, endpoint = text.partition(":")
    if not name or (colon and not endpoint):
        raise JujuError(f'invalid endpoint "{text}"')
    known = endpoints_of(world, model, name)
    found = [each for each in known if each.name == endpoint or not colon]
    if not found:
        raise JujuError(f'application "{name}" has no "{endpoint}" relation', NOT_FOUND)
    return found


def _pairs(world: World, model: str, texts: Sequence[str]) -> list[Pair]:
    """Give the pairs of endpoints that can be related, the requirer first."""
    if len(texts) != 2:
        raise JujuError(f"cannot relate {len(texts)} endpoints")
    one, other = (_meant(world, model, text) for text in texts)
    return [
        (left, right) if left.role == "requirer" else (right, left)
        for left, right in product(one, other)
        if left.application != right.application
        and left.interface == right.interface
        and _COUNTERPARTS.get(left.role) == right.role
        and _fits_container(world, model, left, right)
    ]


def _fits_container(world: World, model: str, *pair: m.Endpoint) -> bool:
    """Whether the pair needs no container, or has a subordinate for it and nothing from another model."""
    if all(each.scope == "global" for each in pair):
        return True
    apps = [world.applications.find(key(model, each.application)) for each in pair]
    return None not in apps and any(app is not None and app.subordinate for app in apps)


def infer(world: World, model: str, texts: Sequence[str]) -> Pair:
    """Give the one pair of endpoints that two names can mean; juju-info is meant only where nothing else fits."""
    pairs = _pairs(world, model, texts)
    if not pairs:
        raise JujuError("no relations found")
    explicit = [each for each in pairs if each[1].name != JUJU_INFO.name]
    if len(pairs) > 1 and len(explicit) == 1:
        return explicit[0]
    if len(pairs) > 1:
        shown = "; ".join(sorted(f'"{one.text} {other.text}"' for one, other in pairs))
        raise JujuError(f'ambiguous relation: "{" ".join(texts)}" could refer to {shown}')
    return pairs[0]


def _scoped(pair: Pair) -> Pair:
    """Where one end is of container scope, the relation is."""
    if all(each.scope == "global" for each in pair):
        return pair
    return replace(pair[0], scope="container"), replace(pair[1], scope="container")


def _refuse(world: World, new: m.Relation, where: str) -> None:
    apps = [world.applications.find(key(new.model, each.application)) for each in new.endpoints]
    for app in apps:
        if app is not None and app.life != "alive":
            raise JujuError(f'{where}: application "{app.name}" is not alive')
    if not any(apps):
        left, right = (each.application for each in new.endpoints)
        raise JujuError(f'{where}: cannot add relation between saas applications "{left}" and "{right}"')
    names = {each.application for each in new.endpoints}
    held = [each for each in world.relations.of(new.model) if any(end.application in names for end in each.endpoints)]
    same = next((each for each in held if each.key == new.key), None)
    if same is not None:
        words = "" if same.life == "alive" else " is dying, but not yet removed"
        raise JujuError(f"{where}: relation {new.key}{words}", ALREADY_EXISTS)
    for end in new.endpoints:
        if end.limit and _count(held, end) >= end.limit:
            raise JujuError(
                f"{where}: establishing a new relation for {end.text} would exceed its maximum relation limit of "
                f"{end.limit}",
                QUOTA,
            )
    if new.endpoints[0].scope == "container":
        _refuse_bases(world, [app for app in apps if app is not None], where)


def _count(held: Sequence[m.Relation], end: m.Endpoint) -> int:
    """Count the relations that an endpoint has."""
    return sum(1 for each in held if any(one.text == end.text for one in each.endpoints))


def _refuse_bases(world: World, apps: list[m.Application], where: str) -> None:
    """Refuse applications that cannot share a machine: their charms have no base in common."""
    one, other = (set(charm_of(world, each).bases) for each in apps)
    if one and other and not one & other:
        raise JujuError(f"{where}: principal and subordinate applications' bases must match")


def find(world: World, model: str, texts: Sequence[str] = (), relation_id: int | None = None) -> m.Relation:
    """Find a relation by its number, or by its ends; of several possible pairs the one that is there is meant."""
    if relation_id is not None:
        row = world.relations.find(key(model, relation_id))
        if row is None:
            raise JujuError(f"relation {relation_id} not found", NOT_FOUND)
        return row
    if len(texts) == 1:
        wanted = {texts[0]}
    else:
        wanted = {f"{one.text} {other.text}" for one, other in _pairs(world, model, texts)}
    found = [each for each in world.relations.of(model) if each.key in wanted]
    if not found:
        raise JujuError(f'relation "{" ".join(texts)}" not found', NOT_FOUND)
    if len(found) > 1:
        shown = "; ".join(sorted(f'"{each.key}"' for each in found))
        raise JujuError(f'ambiguous relation: "{" ".join(texts)}" could refer to {shown}')
    return found[0]


def destroy(
    world: World,
    now: float,
    model: str,
    texts: Sequence[str] = (),
    *,
    relation_id: int | None = None,
    force: bool = False,
) -> m.Relation:
    """Begin the end of a relation; peer relations end with their application only."""
    row = find(world, model, texts, relation_id)
    if len(row.endpoints) == 1:
        raise JujuError(f'cannot destroy relation "{row.key}": is a peer relation')
    return begin_end(world, now, row, force=force)


def begin_end(world: World, _now: float, row: m.Relation, *, force: bool = False) -> m.Relation:
    """Let a relation go: it is gone when no unit is in it any more, at once with `force`. Its status stays."""
    if row.life != "alive" and not force:
        return row
    return rows.put(world, replace(row, life="dying", force=row.force or force))
