"""Application's relations, in the model and to what other models offer (Juju 3.6 API: Application)."""

from dataclasses import replace

from lab.juju import models as m
from lab.juju.errors import ALREADY_EXISTS, NOT_FOUND, JujuError
from lab.juju.facades import tags
from lab.juju.facades.access import OFFER_LEVELS, allowed, denied, need_model, offer_level, reaches
from lab.juju.facades.charms import relation_json
from lab.juju.facades.configuring import application
from lab.juju.life import relations, rows
from lab.juju.life.charms import charm_of
from lab.juju.models import Json
from lab.juju.rpc import Call, Fields, bulk
from lab.juju.world import key


def add_relation(call: Call, fields: Fields) -> Json:
    """Relate two applications; each one's endpoint, by application."""
    allowed(need_model(call, "write"), "change")
    made = relations.add(call.world, call.now, call.model, fields.texts("endpoints"), fields.texts("via-cidrs"))
    return {"endpoints": {end.application: relation_json(end) for end in made.endpoints}}


def destroy_relation(call: Call, fields: Fields) -> Json:
    """Begin the end of a relation, named by its ends or its number."""
    allowed(need_model(call, "write"), "remove")
    ends = fields.texts("endpoints")
    number = fields.whole("relation-id") if not ends else None
    relations.destroy(call.world, call.now, call.model, ends, relation_id=number, force=fields.flag("force"))
    return {}


def suspend(call: Call, fields: Fields) -> Json:
    """Suspend and resume relations to what another model offers, by their numbers."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("args")
    return bulk(items, lambda index: _suspend(call, items[index]))


def _suspend(call: Call, item: Fields) -> Json:
    row = relations.find(call.world, call.model, relation_id=item.whole("relation-id"))
    if not any(key(call.model, end.application) in call.world.remotes for end in row.endpoints):
        raise JujuError(f'cannot set suspend status for "{row.key}" which is not associated with an offer')
    suspended = item.flag("suspended")
    status = m.Status("suspended" if suspended else "joined", item.text("message"), call.now)
    rows.put(call.world, replace(row, suspended=suspended, status=status))
    return {}


def charm_relations(call: Call, fields: Fields) -> Json:
    """Give the names of an application's endpoints."""
    need_model(call, "read")
    charm = charm_of(call.world, application(call, fields.text("application")))
    return {"charm-relations": sorted(charm.relatable)}


def consume(call: Call, fields: Fields) -> Json:
    """Let the model use what another model of this controller offers, under a name of its own."""
    allowed(need_model(call, "write"), "change")
    items = fields.each("args")
    return bulk(items, lambda index: _consume(call, items[index]))


def _consume(call: Call, item: Fields) -> Json:
    name = item.text("application-alias") or item.text("offer-name")
    offer = next((each for each in call.world.offers if each.uuid == item.text("offer-uuid")), None)
    if offer is None:
        raise JujuError(f'application offer "{item.text("offer-url")}" not found', NOT_FOUND)
    if not reaches(OFFER_LEVELS, offer_level(call, offer), "consume"):
        raise denied()
    if key(call.model, name) in call.world.applications:
        raise JujuError(f'cannot add saas application "{name}": application already exists', ALREADY_EXISTS)
    known, new = call.world.remotes.find(key(call.model, name)), _remote(call, name, item, offer)
    call.world.remotes.put(key(call.model, name), new if known is None else _widened(call, known, new, offer.model))
    return {}


def _widened(call: Call, known: m.RemoteApplication, new: m.RemoteApplication, model: str) -> m.RemoteApplication:
    """Keep what is consumed already, of whichever offer of the same model, with the endpoints that are new."""
    where = f'saas application called "{known.name}"'
    if known.life != "alive":
        raise JujuError(f"{where} exists but is terminating", ALREADY_EXISTS)
    if all(each.model != model for each in call.world.offers if each.uuid == known.offer_uuid):
        raise JujuError(f"{where} from a different model already exists", ALREADY_EXISTS)
    there = {end.name: (end.role, end.interface) for end in known.endpoints}
    for end in new.endpoints:
        if there.get(end.name, (end.role, end.interface)) != (end.role, end.interface):
            raise JujuError(f"conflicting endpoint {end.name}")
    more = tuple(end for end in new.endpoints if end.name not in there)
    return replace(known, endpoints=(*known.endpoints, *more))


def _remote(call: Call, name: str, item: Fields, offer: m.Offer) -> m.RemoteApplication:
    """Make the stand-in of what is offered; its endpoints are known there by their aliases."""
    app = call.world.applications.get(key(offer.model, offer.application))
    known = charm_of(call.world, app).relatable
    ends = tuple(
        m.Endpoint(name, alias, end.role, end.interface, "global", end.limit)
        for alias, endpoint in offer.endpoints.items()
        if (end := known.get(endpoint)) is not None
    )
    url = item.text("offer-url").rpartition(":")[2]
    return m.RemoteApplication(call.model, name, url, offer.uuid, ends, status=m.Status("active", "", call.now))


def destroy_consumed(call: Call, fields: Fields) -> Json:
    """Use offers no more: the relations to them end, then they are gone."""
    allowed(need_model(call, "write"), "remove")
    items = fields.each("applications")
    return bulk(items, lambda index: _destroy_consumed(call, items[index]))


def _destroy_consumed(call: Call, item: Fields) -> Json:
    name = tags.parse(item.text("application-tag"), "application")
    remote = call.world.remotes.find(key(call.model, name))
    if remote is None:
        raise JujuError(f'saas application "{name}" not found', NOT_FOUND)
    force = item.flag("force") or remote.status.status == "terminated"
    held = list(rows.relations_of(call.world, call.model, name))
    for row in held:
        relations.begin_end(call.world, call.now, row, force=force)
    if held and not force:  # it goes with the last of them
        call.world.remotes.put(key(call.model, name), replace(remote, life="dying"))
    else:
        call.world.remotes.remove(key(call.model, name))
    return {}
