"""Integrations: two applications related at one endpoint each; checked before Juju is asked, adopted where they are.

two ends + what both charms offer -> `plan.relations.choose` (or why they don't go together) -> AddRelation -> outputs.
Removed by hand is gone, and made again. Deleting waits until it is gone, so that a replacement finds its place free.
Source: juju 3.6 API, Application.AddRelation, DestroyRelation.
"""

from collections.abc import Mapping
from typing import cast

from providers.common.cleaning import cidr, each, flag, whole
from providers.common.fields import Field, Schema, same_set
from providers.common.progress import say
from providers.common.raw import maybe_whole, text, texts
from providers.juju.crud import charms
from providers.juju.crud.base import Found, JujuProvider, Props, model_field, sure
from providers.juju.crud.cleaners import reason
from providers.juju.crud.leaving import Leaving, wait_gone, words
from providers.juju.errors import AlreadyExists, JujuError, NotFound
from providers.juju.link import STATUS, Link
from providers.juju.names import nearest
from providers.juju.plan import relations
from providers.juju.plan.charm import Endpoint, Role
from providers.juju.plan.relations import End, Side
from providers.juju.plan.waiting import in_error
from providers.juju.session import Session
from providers.juju.status import Relation, RemoteApplication, Status
from providers.juju.waiter import Verdict


def same_ends(old: object, new: object) -> bool:
    """Say whether the asked ends mean the relation that is there: an end without endpoint left it open."""
    before, after = (sorted(texts({"ends": one}, "ends")) for one in (old, new))
    if before == after:
        return True
    if len(before) != 2 or len(after) != 2:
        return False
    ends = [relations.parse(one) for one in before]
    wanted = [relations.parse(one) for one in after]
    return any(
        all(_covers(one, other) for one, other in zip(wanted, order, strict=True)) for order in (ends, ends[::-1])
    )


def _covers(wanted: End, there: End) -> bool:
    return wanted.application == there.application and wanted.endpoint in {"", there.endpoint}


_DYING = "is dying"
"""Juju's words, within the refusal to relate two ends, of a relation that is not gone yet."""
_APPEARS = 5
"""Minutes that a relation may take to be listed."""


class IntegrationProvider(JujuProvider):
    """See `providers.juju.resources.integrations.Integration`."""

    schema = Schema(
        (
            model_field(),
            Field("endpoints", clean=relations.clean, required=True, replaces=True, same=same_ends),
            Field("via", clean=each(cidr), replaces=True, same=same_set),
            Field("wait", clean=flag, default=False),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 24 * 60), default=30),
        ),
        delete_first=True,  # Juju has one relation between two endpoints at most
    )

    def make(self, juju: Session, props: Props) -> Found:
        link = juju.model(text(props, "model"))
        ends = texts(props, "endpoints")
        status = link.status(_about(ends))
        found = relations.found(ends, status.relations)
        if found is not None:
            found = _taken(juju, link, found, props)
        there = found or self._add(link, props, link.status(_about(ends)))
        if props.get("wait"):
            there = _joined(link, there, props)
        return Found(f"{link.uuid}/{there.key}", _observe(there, props))

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model, _, key = id_.partition("/")
        link = juju.model(text(props, "model") or model)
        try:
            status = link.status()
        except NotFound:
            return None  # the whole model is gone
        found = next((one for one in status.relations if one.key == key), None)
        found = found or relations.found(texts(props, "endpoints") or key.split(), status.relations)
        if found is None or _leaving(found, status):
            return None
        return Found(f"{link.uuid}/{found.key}", {"model": link.uuid, **_observe(found, props)})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        link = juju.model(text(news, "model"))
        found = relations.found(texts(news, "endpoints"), link.status().relations)
        if found is None:
            raise JujuError(f"Juju no longer has the relation {text(olds, 'key')}: after a refresh, up makes it again")
        return _observe(_joined(link, found, news) if news.get("wait") else found, news)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Remove it and wait until it is gone."""
        link = juju.model(text(props, "model"))
        key = text(props, "key")
        try:
            found = next((one for one in link.status(key).relations if one.key == key), None)
            if found is None:
                return
            _destroy(link, found, props)
            _wait_gone(juju, link, found, props)
        except NotFound:
            return

    def _add(self, link: Link, props: Props, status: Status) -> Relation:
        ends = [relations.parse(one) for one in texts(props, "endpoints")]
        if any(end.application not in (*status.applications, *status.remote_applications) for end in ends):
            link.wrote(STATUS, _about(texts(props, "endpoints")))  # it may have come since the status was read
            status = link.status(_about(texts(props, "endpoints")))
        sides = [_side(link, status, end) for end in ends]
        try:
            pair = relations.choose(sides[0], sides[1], status.relations)
        except ValueError as error:
            raise JujuError(str(error)) from None
        chosen = [pair.one.text, pair.other.text]

        def add() -> Relation:
            try:
                _relate(link, chosen, props)
            except AlreadyExists as error:
                if error.mentions(_DYING):
                    raise
                say(f"{chosen[0]} and {chosen[1]} are related already")
            return _there(link, chosen)

        return sure(add, lambda: relations.found(chosen, link.status(_about(chosen)).relations))


def _side(link: Link, status: Status, end: End) -> Side:
    """Gather what an application has to relate to: of its charm, or of the offer that it stands for."""
    remote = status.remote_applications.get(end.application)
    if remote is not None:
        return Side(end, _of_offer(remote), remote=True)
    application = status.applications.get(end.application)
    if application is None:
        known = (*status.applications, *status.remote_applications)
        raise JujuError(
            f"The model {status.model.name} has no application {end.application} to relate: "
            f"{nearest(end.application, known)}"
        )
    facts = charms.facts(link, application.charm)
    return Side(end, facts.endpoints, facts.subordinate)


def _of_offer(remote: RemoteApplication) -> Mapping[str, Endpoint]:
    return {
        one.name: Endpoint(one.name, cast("Role", one.role), one.interface, "global", one.limit)
        for one in remote.endpoints
    }


def _relate(link: Link, ends: list[str], props: Props) -> None:
    params: dict[str, object] = {"endpoints": ends}
    if props.get("via") is not None:
        params["via-cidrs"] = list(texts(props, "via"))
    link.change("Application", "AddRelation", params, purpose=f"relate {ends[0]} and {ends[1]}", touches=_touches(ends))


def _taken(juju: Session, link: Link, there: Relation, props: Props) -> Relation:
    """Take a relation that is there, or make it anew once it has gone.

    No status shows whether one is on its way out; Juju says so to who relates the same ends again.
    """
    ends = [one.text for one in there.endpoints]
    try:
        _relate(link, ends, props)
    except AlreadyExists as error:
        if not error.mentions(_DYING):
            return there
        _wait_gone(juju, link, there, props)
        _relate(link, ends, props)
    return _there(link, ends)


def _about(ends: list[str] | tuple[str, ...]) -> str:
    return " ".join(sorted(ends))


def _touches(ends: list[str]) -> Mapping[str, tuple[str, ...]]:
    """Outdate the status for who asks about this relation, not for all."""
    return {STATUS: (_about(ends), " ".join(ends))}


def _there(link: Link, ends: list[str]) -> Relation:
    """Find the new relation with the poll that all waits share: a status of its own would cost each as much."""

    def judge(status: Status) -> Verdict:
        return Verdict("not there yet", done=relations.found(ends, status.relations) is not None)

    name = f"the relation of {ends[0]} and {ends[1]}"
    found = relations.found(ends, link.wait(_about(ends), name, judge, _APPEARS, say).relations)
    if found is None:
        raise AssertionError("the judge found it")
    return found


def _leaving(relation: Relation, status: Status) -> bool:
    """Say whether it goes with an application; that it goes alone is seen only when it is gone."""
    ends = (status.applications.get(end.application) for end in relation.endpoints)
    return any(end is not None and end.life != "alive" for end in ends)


def _joined(link: Link, relation: Relation, props: Props) -> Relation:
    def judge(status: Status) -> Verdict:
        found = next((one for one in status.relations if one.id == relation.id), None)
        if found is None:
            return Verdict("gone", failed="was removed while it was waited for")
        return Verdict(found.status.line, done=found.status.status == "joined", failed=_error(found))

    status = link.wait(relation.key, relation.key, judge, maybe_whole(props, "minutes") or 30, say)
    return next(one for one in status.relations if one.id == relation.id)


def _error(relation: Relation) -> str:
    return f"is in error: {relation.status.message}" if relation.status.status == "error" else ""


def _destroy(link: Link, relation: Relation, props: Props) -> None:
    ends = [one.text for one in relation.endpoints]
    params = {"endpoints": ends, "relation-id": relation.id, "force": props.get("force") is not None}
    purpose = f"remove the relation {relation.key}"
    try:
        link.change("Application", "DestroyRelation", params, purpose=purpose, touches=_touches(ends), repeatable=True)
    except NotFound:
        return


def _wait_gone(juju: Session, link: Link, relation: Relation, props: Props) -> None:
    """Wait until every unit has left it: one in error runs no hook, so it does not leave."""

    def left(status: Status) -> Leaving | None:
        found = next((one for one in status.relations if one.id == relation.id), None)
        if found is None:
            return None
        ends = (status.applications.get(end.application) for end in found.endpoints)
        broken = [unit for end in ends if end is not None for unit in end.units.values() if in_error(unit)]
        line = "; ".join((f"leaving: {found.status.line}", *([words(broken)] if broken else [])))
        staying = [unit for unit in broken if unit.life == "alive"]
        return Leaving(line, tuple(unit for unit in broken if unit not in staying), tuple(staying))

    wait_gone(juju, link, relation.key, left, maybe_whole(props, "minutes") or 30)


def _observe(relation: Relation, props: Props) -> dict[str, object]:
    """Give the ends as they were asked for where they mean this relation."""
    ends = sorted(one.text for one in relation.endpoints)
    asked = list(texts(props, "endpoints"))
    return {
        "endpoints": asked if same_ends(ends, asked) else ends,
        "relation_id": relation.id,
        "key": relation.key,
        "interface": relation.interface,
        "status": relation.status.status,
    }
