"""ApplicationOffers: endpoints that other models may use (juju apiserver/facades/client/applicationoffers, 4 and 5).

Offer ─> World.offers;  URL ─ GetConsumeDetails ─> what Application.Consume of another model is given
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lab.juju.errors import NOT_FOUND, JujuError
from lab.juju.facades import access, offer_rows, tags
from lab.juju.facades.offer_rows import EVERYONE
from lab.juju.life import relations
from lab.juju.models import Json, Offer, Status
from lab.juju.rpc import CONTROLLER, Call, Facade, Fields, bulk
from lab.juju.world import key


def offer(call: Call, fields: Fields) -> Json:
    """Offer endpoints of applications; an offer that is there already gets its new endpoints and description."""
    items = fields.each("Offers")
    if len(items) != 1:
        raise JujuError(f"expected exactly one offer, got {len(items)}")

    def one(at: int) -> Json:
        uuid = tags.parse(items[at].text("model-tag"), "model")
        access.need_model(call, "admin", uuid)
        owner = tags.parse(items[at].text("owner-tag"), "user") if items[at].text("owner-tag") else call.user
        row = _read(call, uuid, items[at], owner)
        call.world.offers.put(key(uuid, row.name), row)
        return {}

    return bulk(items, one)


def _read(call: Call, uuid: str, item: Fields, owner: str) -> Offer:
    name, application = item.text("offer-name") or item.text("application-name"), item.text("application-name")
    if key(uuid, application) not in call.world.applications:
        raise JujuError(f'getting offered application {application}: application "{application}" not found', NOT_FOUND)
    known = call.world.offers.find(key(uuid, name))
    row = Offer(
        uuid,
        name,
        known.uuid if known else call.world.draw_uuid(),
        application,
        item.text("application-description"),
        {alias: str(value) for alias, value in item.map("endpoints").items()},
        known.access if known else {owner: "admin", EVERYONE: "read"},
    )
    _, charm = offer_rows.application_of(call.world, row)
    for endpoint in row.endpoints.values():
        if endpoint not in charm.relatable:
            raise JujuError(
                f'cannot add application offer "{name}": getting relation endpoint for application "{application}": '
                f'application "{application}" has no "{endpoint}" relation',
                NOT_FOUND,
            )
    return replace(row, description=row.description or charm.description)


def _visible(call: Call, row: Offer) -> bool:
    return access.offer_level(call, row) != "" or EVERYONE in row.access


def _filtered(call: Call, filters: list[Fields], *, admin: bool) -> list[Json]:
    if not filters:
        raise JujuError("at least one offer filter is required")
    found: dict[str, Offer] = {}
    for wanted in filters:
        if not wanted.text("model-name"):
            raise JujuError("application offer filter must specify a model name")
        model = offer_rows.find_model(call.world, wanted.text("owner-name") or call.user, wanted.text("model-name"))
        if admin:
            access.need_model(call, "admin", model.uuid)
        for row in call.world.offers.of(model.uuid):
            if _visible(call, row) and offer_rows.matches(call, row, wanted):
                found[row.uuid] = row
    return [offer_rows.admin_details(call, row, connected=admin) for row in found.values()]


def list_offers(call: Call, fields: Fields) -> Json:
    """List the offers of models, with who uses them: for admins of the models."""
    return {"results": _filtered(call, fields.each("Filters"), admin=True)}


def find_offers(call: Call, fields: Fields) -> Json:
    """Find offers that the user can see; one filter without a model goes through all models."""
    filters = fields.each("Filters")
    if len(filters) == 1 and not filters[0].text("model-name"):
        names = [{"model-name": model.name, "owner-name": model.owner} for model in call.world.models]
        filters = [Fields({**filters[0].raw, **each}) for each in names]
    return {"results": _filtered(call, filters, admin=False) if filters else []}


def _at(call: Call, text: str) -> Offer:
    row = offer_rows.find(call.world, offer_rows.local_url(call.world, text, call.user))
    if not _visible(call, row):
        raise JujuError(f'application offer "{text}" not found', NOT_FOUND)
    return row


def _each(show: Callable[[Call, Offer], Json]) -> Callable[[Call, Fields], Json]:
    def shown(call: Call, fields: Fields) -> Json:
        urls = fields.texts("offer-urls")
        return bulk(urls, lambda at: {"result": show(call, _at(call, urls[at]))})

    return shown


def _info(call: Call, row: Offer) -> Json:
    model = call.world.models.get(row.model)
    return {
        "model-tag": tags.make("model", model.uuid),
        "name": row.name,
        "description": row.description,
        "offer-url": offer_rows.url_of(call.world, row).text,
        "source-model-label": model.name,
        "endpoints": offer_rows.endpoints(call.world, row),
        "icon-url-path": f"rest/1.0/remote-application/{row.name}/icon",
    }


def consume_details(call: Call, fields: Fields) -> Json:
    """Give what another model needs to consume offers: the offer, a macaroon, and where this controller is."""
    asked = fields.fields("offer-urls")
    urls = asked.texts("offer-urls")
    user = call.user
    if fields.text("user-tag"):  # whoever it names, it is for the controller's admins
        access.need_superuser(call)
        user = tags.parse(fields.text("user-tag"), "user")
    caller = replace(call, user=user)

    def one(at: int) -> Json:
        row = _at(caller, urls[at])
        if not access.reaches(access.OFFER_LEVELS, access.offer_level(caller, row), "consume"):
            raise access.denied()
        return {
            "offer": offer_rows.details(caller, row),
            "macaroon": offer_rows.macaroon(call.world, row, user, asked.whole("bakery-version")),
            "external-controller": _here(call),
        }

    return bulk(urls, one)


def _here(call: Call) -> Json:
    meta = call.world.meta
    return {
        "controller-tag": tags.make("controller", meta.uuid),
        "controller-alias": meta.name,
        "addrs": [each if ":" in each else f"{each}:{meta.port}" for each in meta.addresses],
        "ca-cert": meta.ca_cert,
    }


def modify_access(call: Call, fields: Fields) -> Json:
    """Grant and revoke: read, consume, admin."""
    changes = fields.each("changes")

    def one(at: int) -> Json:
        row = offer_rows.find(call.world, offer_rows.local_url(call.world, changes[at].text("offer-url"), call.user))
        if access.offer_level(call, row) != "admin":
            raise access.denied()
        user = tags.parse(changes[at].text("user-tag"), "user")
        level = access.changed(call, "offer", access.OFFER_LEVELS, row.access, changes[at], user)
        call.world.offers.put(key(row.model, row.name), replace(row, access=access.with_level(row.access, user, level)))
        return {}

    return bulk(changes, one)


def destroy_offers(call: Call, fields: Fields) -> Json:
    """Remove offers; those in use only by force, with the relations that use them. Its consumers have it terminated."""
    urls, force = fields.texts("offer-urls"), fields.flag("force")

    def one(at: int) -> Json:
        row = offer_rows.find(call.world, offer_rows.local_url(call.world, urls[at], call.user))
        access.need_model(call, "admin", row.model)
        used = list(offer_rows.connections(call.world, row))
        if used and not force:
            plural = "" if len(used) == 1 else "s"
            raise JujuError(f'cannot delete application offer "{row.name}": offer has {len(used)} relation{plural}')
        for remote, relation in used:
            relations.destroy(call.world, call.now, remote.model, relation_id=relation.id, force=True)
        call.world.offers.remove(key(row.model, row.name))
        for remote in [each for each in call.world.remotes if each.offer_uuid == row.uuid]:
            ended = Status("terminated", "offer has been removed", call.now)
            call.world.remotes.put(key(remote.model, remote.name), replace(remote, life="dead", status=ended))
        return {}

    return bulk(urls, one)


FACADE: Final = Facade(
    "ApplicationOffers",
    (4, 5),
    CONTROLLER,
    {
        "ApplicationOffers": _each(offer_rows.admin_details),
        "DestroyOffers": destroy_offers,
        "FindApplicationOffers": find_offers,
        "GetConsumeDetails": consume_details,
        "ListApplicationOffers": list_offers,
        "ModifyOfferAccess": modify_access,
        "Offer": offer,
        "RemoteApplicationInfo": _each(_info),
    },
)
