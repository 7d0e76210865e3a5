"""Offers as they are addressed, found and shown: the pure half of ApplicationOffers.

"controller:admin/model.name" ─ OfferUrl.parse ─> Offer row ─ details ─> Juju's ApplicationOfferAdminDetailsV5
{"model-name", "offer-name", ...} ─ matches ─> whether a filter finds an offer
"""

import base64
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from lab.juju.errors import NOT_SUPPORTED, NOT_VALID, JujuError
from lab.juju.facades import access, tags
from lab.juju.facades.shapes import entity_status
from lab.juju.hub import catalogue
from lab.juju.hub.catalogue import Charm
from lab.juju.models import Application, Json, Model, Offer, Relation, RemoteApplication
from lab.juju.rpc import Call, Fields
from lab.juju.world import World, key

EVERYONE: Final = "everyone@external"
"""The user that stands for all users of other controllers."""

_BAKERY_V2: Final = 2
_LOCATION: Final = "juju"
_URL: Final = re.compile(
    r"(?:(?P<source>[^:./]+):)?(?:(?P<owner>[^/.:]+)/)?(?P<model>[^./:]+)\.(?P<name>[^./:]+)(?P<endpoint>:.*)?"
)


@dataclass(frozen=True, slots=True)
class OfferUrl:
    """Where an offer is: "source:owner/model.name"."""

    owner: str
    model: str
    name: str
    source: str = ""

    @property
    def text(self) -> str:
        return f"{self.source}:{self.local}" if self.source else self.local

    @property
    def local(self) -> str:
        return f"{self.owner}/{self.model}.{self.name}"

    @staticmethod
    def parse(text: str, user: str) -> "OfferUrl":
        """Read a URL; without an owner it is the user's own model. JujuError for what is none, and for an endpoint."""
        found = _URL.fullmatch(text)
        if found is None:
            raise JujuError(f'application offer URL "{text}" not valid', NOT_VALID)
        url = OfferUrl(found["owner"] or user, found["model"], found["name"], found["source"] or "")
        if found["endpoint"]:
            raise JujuError(f'saas application "{url.text}" shouldn\'t include endpoint', NOT_SUPPORTED)
        return url


def url_of(world: World, offer: Offer) -> OfferUrl:
    model = world.models.get(offer.model)
    return OfferUrl(model.owner, model.name, offer.name)


def find_model(world: World, owner: str, name: str) -> Model:
    """Give the model that someone named; JujuError "not found"."""
    for model in world.models:
        if (model.owner, model.name) == (owner, name):
            return model
    raise JujuError(f'model "{owner}/{name}" not found', "not found")


def find(world: World, url: OfferUrl) -> Offer:
    """Give the offer at a URL of this controller; JujuError "not found"."""
    offer = world.offers.find(key(find_model(world, url.owner, url.model).uuid, url.name))
    if offer is None:
        raise JujuError(f'application offer "{url.text}" not found', "not found")
    return offer


def local_url(world: World, text: str, user: str) -> OfferUrl:
    """Read the URL of an offer of this controller; other controllers have to be asked themselves."""
    url = OfferUrl.parse(text, user)
    if url.source and url.source != world.meta.name:
        raise JujuError("query for non-local application offers", NOT_SUPPORTED)
    return replace(url, source="")


def application_of(world: World, offer: Offer) -> tuple[Application, Charm]:
    app = world.applications.get(key(offer.model, offer.application))
    return app, catalogue.of_application(world, offer.model, app)


def endpoints(world: World, offer: Offer) -> list[Json]:
    """Give the offered endpoints (Juju's RemoteEndpoint) by their aliases."""
    _, charm = application_of(world, offer)
    known = charm.relatable
    return [
        {"name": alias, "role": end.role, "interface": end.interface, "limit": end.limit}
        for alias, name in sorted(offer.endpoints.items())
        if (end := known.get(name)) is not None
    ]


def connections(world: World, offer: Offer) -> Iterator[tuple[RemoteApplication, Relation]]:
    """Give the relations of other models that use an offer."""
    for remote in world.remotes:
        if remote.offer_uuid == offer.uuid:
            for relation in world.relations.of(remote.model):
                if any(end.application == remote.name for end in relation.endpoints):
                    yield remote, relation


def _connection(world: World, remote: RemoteApplication, relation: Relation) -> Json:
    model = world.models.get(remote.model)
    end = next(end for end in relation.endpoints if end.application == remote.name)
    return {
        "source-model-tag": tags.make("model", model.uuid),
        "username": model.owner,
        "relation-id": relation.id,
        "endpoint": end.name,
        "status": entity_status(relation.status),
        "ingress-subnets": [],
    }


def details(call: Call, offer: Offer) -> Json:
    """Give Juju's ApplicationOfferDetails; who is not the offer's admin sees only himself among its users."""
    model = call.world.models.get(offer.model)
    app, _ = application_of(call.world, offer)
    own = access.offer_level(call, offer)
    others = dict(offer.access) if own == "admin" else {}
    levels = {**others, call.user: own or offer.access.get(EVERYONE, "")}
    shown: Json = {
        "source-model-tag": tags.make("model", model.uuid),
        "offer-uuid": offer.uuid,
        "offer-url": url_of(call.world, offer).text,
        "offer-name": offer.name,
        "application-description": offer.description,
        "endpoints": endpoints(call.world, offer),
        "users": [_user(call.world, name, level) for name, level in levels.items()],
    }
    # version 4 told spaces besides, which a MAAS model has no use for
    return {**shown, "spaces": [], "bindings": dict(app.bindings)} if call.version < 5 else shown


def _user(world: World, name: str, level: str) -> Json:
    row = world.users.find(name)
    return {"user": name, "display-name": row.display_name if row else "", "access": level}


def admin_details(call: Call, offer: Offer, *, connected: bool = True) -> Json:
    """Give Juju's ApplicationOfferAdminDetails; `connected`: with who uses it, which only admins see."""
    app, _ = application_of(call.world, offer)
    shown = {**details(call, offer), "application-name": offer.application, "charm-url": app.charm}
    if not connected or access.offer_level(call, offer) != "admin":
        return shown
    used = [_connection(call.world, remote, relation) for remote, relation in connections(call.world, offer)]
    return {**shown, "connections": used}


def matches(call: Call, offer: Offer, wanted: Fields) -> bool:
    """Say whether a filter (without its model) finds an offer; what it leaves empty fits anything."""
    name = wanted.text("offer-name").removeprefix("^").removesuffix("$")
    return (
        name in ("", offer.name)
        and wanted.text("application-name") in ("", offer.application)
        and wanted.text("application-description") in offer.description
        and _has_endpoint(call.world, offer, wanted)
        and _has_users(call.world, offer, wanted)
    )


def _has_endpoint(world: World, offer: Offer, wanted: Fields) -> bool:
    asked = wanted.each("endpoints")
    names = ("name", "role", "interface")
    return not asked or any(
        all(each.text(name) in ("", end[name]) for name in names) for each in asked for end in endpoints(world, offer)
    )


def _has_users(world: World, offer: Offer, wanted: Fields) -> bool:
    allowed = [_user_of(each) for each in wanted.texts("allowed-users")]
    connected = [_user_of(each) for each in wanted.texts("connected-users")]
    consumers = [name for name, level in offer.access.items() if access.reaches(access.OFFER_LEVELS, level, "consume")]
    users = [world.models.get(remote.model).owner for remote, _ in connections(world, offer)] if connected else []
    return all(name in consumers for name in allowed) and (not connected or any(name in users for name in connected))


def _user_of(text: str) -> str:
    return tags.parse(text, "user") if text.startswith("user-") else text


def macaroon(world: World, offer: Offer, user: str, bakery: int) -> Json:
    """Make the macaroon that lets a user's model consume an offer: a chain of HMAC-SHA256 over what it allows.

    In JSON of version 2 for clients whose bakery is of version 2 or later, else of version 1.
    """
    root = hmac.digest(world.meta.seed.encode(), f"offer {offer.uuid}".encode(), "sha256")
    caveats = [f"source-model-uuid {offer.model}", f"offer-uuid {offer.uuid}", f"username {user}"]
    signature = hmac.digest(b"macaroons-key-generator", root, "sha256")
    for text in (offer.uuid, *caveats):
        signature = hmac.digest(signature, text.encode(), "sha256")
    if bakery < _BAKERY_V2:
        return {
            "location": _LOCATION,
            "identifier": offer.uuid,
            "caveats": [{"cid": text} for text in caveats],
            "signature": signature.hex(),
        }
    signed = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return {"v": 2, "l": _LOCATION, "i": offer.uuid, "c": [{"i": text} for text in caveats], "s64": signed}
