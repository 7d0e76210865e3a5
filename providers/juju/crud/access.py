"""One user's access to one thing: the controller, a cloud, a model or an offer.

inputs -> which thing and how Juju calls it (`Target`) -> the access that the user has -> grants and revocations
(`grants`) -> the access that is. What the user had before comes back at destroy; a level that was already as asked
counts as given by an earlier try, and goes.
Sources: Juju 3.6 API, Controller.ModifyControllerAccess, Cloud.ModifyCloudAccess, ModelManager.ModifyModelAccess,
ApplicationOffers.ModifyOfferAccess; read from UserInfo, CloudInfo, ModelInfo and ListApplicationOffers.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from providers.common.cleaning import one_of
from providers.common.fields import Field, Inputs, Schema
from providers.common.raw import Raw, mapping, mappings, text
from providers.juju import tags
from providers.juju.crud.base import Found, JujuProvider, Props
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import cloud_name, url_of_offer, user_name, uuid
from providers.juju.crud.offers import list_name, offers_of
from providers.juju.crud.users import USERS, users
from providers.juju.errors import AnswerLost, JujuError
from providers.juju.grants import LEVELS, NONE, Step, given, step
from providers.juju.names import offer_url, plain_user
from providers.juju.session import Session


@dataclass(frozen=True)
class Target:
    """What access is to; `kind` is a key of `grants.LEVELS`, `name` a UUID, cloud or URL ("" for the controller)."""

    kind: str
    name: str

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @property
    def title(self) -> str:
        return f"the {self.kind} {self.name}".strip()


_ORDER = ("model", "offer", "cloud")


def target_of(props: Inputs) -> Target:
    """Say what the inputs name; none of the three is the controller."""
    kind = next((kind for kind in _ORDER if props.get(kind)), "controller")
    return Target(kind, text(props, kind) if kind in _ORDER else "")


def parse_id(id_: str) -> tuple[Target, str]:
    """Read "model/UUID:bob" or "controller:bob": what access is to, and whose."""
    place, _, user = id_.rpartition(":")
    kind, _, name = place.partition("/")
    return Target(kind, name), user


def _one_target(inputs: Inputs) -> Iterator[tuple[str, str]]:
    named = [kind for kind in _ORDER if inputs.get(kind)]
    if len(named) > 1:
        yield named[1], f"contradicts {named[0]}: one grant is to one thing"
    elif "access" in inputs:
        kind = target_of(inputs).kind
        if inputs["access"] not in LEVELS[kind]:
            allowed = ", ".join(LEVELS[kind])
            yield "access", f"is {inputs['access']!r}, but to the {kind} it must be one of {allowed}"


class AccessProvider(JujuProvider):
    """The level is exact: what was raised or lowered by hand is put back."""

    carried = ("previous",)
    schema = Schema(
        (
            Field("user", clean=user_name, required=True, replaces=True),
            Field(
                "access", clean=one_of(*sorted({level for some in LEVELS.values() for level in some})), required=True
            ),
            Field("model", clean=uuid, replaces=True),
            Field("offer", clean=url_of_offer, replaces=True),
            Field("cloud", clean=cloud_name, replaces=True),
        ),
        cross=_one_target,
        delete_first=True,
    )

    def make(self, juju: Session, props: Props) -> Found:
        target, user = target_of(props), plain_user(text(props, "user"))
        before = access_of(juju, target, user)
        if before is None:
            raise JujuError(f"Juju has no {target.title.removeprefix('the ')} to give {user} access to")
        bring(juju, target, user, before, text(props, "access"))
        mine = before == text(props, "access") and user != juju.user
        return Found(f"{target.id}:{user}", {"previous": given(target.kind) if mine else before})

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        target, user = parse_id(id_)
        has = access_of(juju, target, user)
        if not has:
            return None
        named = {target.kind: target.name} if target.name else {}
        return Found(id_, {"user": user, "access": has, **named})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        target, user = parse_id(id_)
        bring(juju, target, user, access_of(juju, target, user) or NONE, text(news, "access"))
        return {}

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        target, user = parse_id(id_)
        has = access_of(juju, target, user)
        if has:
            bring(juju, target, user, has, text(props, "previous"))


def bring(juju: Session, target: Target, user: str, has: str, wanted: str) -> None:
    """Change the user's access until it is what is wanted: one call for each level, and one more for a lost answer."""
    for _ in range(len(LEVELS[target.kind]) + 1):
        one = step(target.kind, has, wanted)
        if one is None:
            return
        with suppress(AnswerLost):  # whether it was done is read next
            _take(juju, target, user, one)
        has = access_of(juju, target, user) or NONE
    if step(target.kind, has, wanted) is not None:
        raise JujuError(f"{user} still has {has or 'no'} access to {target.title}, and not {wanted or 'none'}")


def _take(juju: Session, target: Target, user: str, one: Step) -> None:
    verb = "give" if one.verb == "grant" else "take from"
    facade, method, named, touches = _call(target)
    change = {"user-tag": tags.user(user), "action": one.verb, "access": one.access, **named}
    purpose = f"{verb} {user} {one.access} access to {target.title}"
    juju.controller.change(facade, method, {"changes": [change]}, purpose=purpose, touches=(touches,))


def access_of(juju: Session, target: Target, user: str) -> str | None:
    """Say what access the user has, "" for none; None: the thing itself is gone."""
    people = _people(juju, target)
    if people is None:
        return None
    return next((access for name, access in people if plain_user(name) == user), NONE)


def _call(target: Target) -> tuple[str, str, dict[str, str], str]:
    if target.kind == "model":
        return "ModelManager", "ModifyModelAccess", {"model-tag": tags.model(target.name)}, _list(target)
    if target.kind == "offer":
        url = offer_url(target.name)
        return "ApplicationOffers", "ModifyOfferAccess", {"offer-url": url.local}, list_name(url.owner, url.model)
    if target.kind == "cloud":
        return "Cloud", "ModifyCloudAccess", {"cloud-tag": tags.cloud(target.name)}, _list(target)
    return "Controller", "ModifyControllerAccess", {}, USERS


def _list(target: Target) -> str:
    return f"access to {target.id}"


def _people(juju: Session, target: Target) -> list[tuple[str, str]] | None:
    if target.kind == "controller":
        return [(text(raw, "username"), text(raw, "access")) for raw in users(juju)]
    raw = _offer(juju, target.name) if target.kind == "offer" else _shared(juju, target)
    return None if raw is None else [(text(one, "user"), text(one, "access")) for one in mappings(raw, "users")]


def _offer(juju: Session, url: str) -> Raw | None:
    wanted = offer_url(url)
    found = offers_of(juju, wanted.owner, wanted.model)
    return next((raw for raw in found if text(raw, "offer-name") == wanted.name), None)


def _shared(juju: Session, target: Target) -> Raw | None:
    return juju.controller.shared(_list(target), lambda: _read(juju, target))


def _read(juju: Session, target: Target) -> Raw | None:
    model = target.kind == "model"
    facade, method = ("ModelManager", "ModelInfo") if model else ("Cloud", "CloudInfo")
    tag = tags.model(target.name) if model else tags.cloud(target.name)
    params = {"entities": [{"tag": tag}]}
    found = listed(juju.controller, facade, method, params, f"say who may use {target.title}")
    return mapping(found[0], "result") if found else None
