"""An offer of another model, used in this one as if it were an application.

What is consumed of an offer that was removed since is dead and useless, but keeps its name taken: it is consumed anew.

controller: GetConsumeDetails -> the model: Consume -> FullStatus shows it among the remote applications.
Source: Juju 3.6 API, ApplicationOffers.GetConsumeDetails, Application.Consume, DestroyConsumedApplications.
"""

from providers.common.cleaning import whole
from providers.common.fields import Field, Schema
from providers.common.progress import say, warn
from providers.common.raw import Raw, mapping
from providers.common.raw import text as read_text
from providers.common.raw import whole as read_whole
from providers.juju import tags
from providers.juju.crud.base import Found, JujuProvider, Props, model_field, sure, surely_removed
from providers.juju.crud.cleaners import application_name, reason, url_of_offer
from providers.juju.errors import ForeignError, JujuError, NotFound
from providers.juju.link import STATUS
from providers.juju.names import offer_url
from providers.juju.session import Session
from providers.juju.status import RemoteApplication, Status
from providers.juju.waiter import Verdict

_TERMINATED = "terminated"
"""The status of what is consumed of an offer that was removed: it stays so, until somebody takes it out."""
_BAKERY = 3
"""The version of macaroons that Juju's own clients ask for."""


class ConsumedOfferProvider(JujuProvider):
    """Adopts what consumes the same offer under the same name."""

    schema = Schema(
        (
            model_field(),
            Field("offer_url", clean=url_of_offer, required=True, replaces=True),
            Field("name", clean=application_name, replaces=True),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 1440), default=15),
        ),
        delete_first=True,
    )

    def make(self, juju: Session, props: Props) -> Found:
        model, url = read_text(props, "model"), read_text(props, "offer_url")
        name = read_text(props, "name") or offer_url(url).name
        there = _find(juju, model, name)
        if there is not None and there.status.status == _TERMINATED:
            say(f"{name} is of an offer that was removed: it goes, and {url} is consumed anew")
            _stop(juju, model, name, force=False)
        if there is not None and not _alive(there):
            _wait_gone(juju, model, name, props)
            there = None
        if there is None:
            new = sure(lambda: _consumed(juju, model, url, name), lambda: _find(juju, model, name))
            return Found(f"{model}/{name}", {**_observed(new, url), "adopted": False})
        if not _same(there.offer_url, url):
            raise ForeignError(
                f"the model consumes {there.offer_url} as {name} already: give {url} another name in this model"
            )
        say(f"{url} is consumed as {name} already, which is taken over: it stays at destroy")
        return Found(f"{model}/{name}", {**_observed(there, url), "adopted": True})

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model, _, name = id_.partition("/")
        there = _find(juju, model, name) if model in juju.models(model) else None
        if there is None or not _alive(there):
            return None
        return Found(id_, {**_observed(there, read_text(props, "offer_url")), "model": model})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        """Change nothing in Juju: what changes in place only says how it will be removed."""
        found = self.look(juju, id_, news)
        if found is None:
            raise JujuError(f"Juju no longer consumes {id_.partition('/')[2]}: after a refresh, up consumes it again")
        return found.outs

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        model, _, name = id_.partition("/")
        if props.get("adopted"):
            warn(f"{name} was consumed before this stack took it over, so it stays in its model")
            return
        if model not in juju.models(model) or _find(juju, model, name) is None:
            return
        _stop(juju, model, name, force=bool(props.get("force")))
        try:
            _wait_gone(juju, model, name, props)
        except NotFound:
            return  # the whole model is gone


def _stop(juju: Session, model: str, name: str, *, force: bool) -> None:
    link = juju.model(model)
    params = {"applications": [{"application-tag": tags.application(name), "force": force}]}
    purpose = f"stop consuming {name}"
    surely_removed(
        lambda: link.change("Application", "DestroyConsumedApplications", params, purpose=purpose, touches=(STATUS,)),
        lambda: _alive(_find(juju, model, name)),
    )


def _alive(there: RemoteApplication | None) -> bool:
    return there is not None and there.life not in {"dying", "dead"}


def _wait_gone(juju: Session, model: str, name: str, props: Props) -> None:
    minutes = read_whole(props, "minutes") or 15
    juju.model(model).wait(name, name, lambda status: _until_gone(status, name), minutes, say)


def _until_gone(status: Status, name: str) -> Verdict:
    there = status.remote_applications.get(name)
    if there is None:
        return Verdict("gone", done=True)
    bound = ", ".join(sorted({other for others in there.relations.values() for other in others}))
    return Verdict(f"is {there.life}" + (f", still related to {bound}" if bound else ""))


def _consumed(juju: Session, model: str, url: str, name: str) -> RemoteApplication:
    purpose = f"consume {url}"
    # no user-tag: whoever it names, Juju takes it of the controller's admins only
    wanted = {"offer-urls": {"offer-urls": [offer_url(url).local], "bakery-version": _BAKERY}}
    item = juju.controller.one("ApplicationOffers", "GetConsumeDetails", wanted, purpose=purpose, repeatable=True)
    offer = mapping(item, "offer")
    details: Raw = {**offer, "macaroon": item.get("macaroon"), "external-controller": item.get("external-controller")}
    params = {"args": [{**details, "application-alias": name}]}
    juju.model(model).change("Application", "Consume", params, purpose=purpose, touches=(STATUS,))
    there = _find(juju, model, name)
    if there is None:
        raise JujuError(f"Juju consumed {url} as {name}, and then no longer had it: somebody else removed it")
    return there


def _find(juju: Session, model: str, name: str) -> RemoteApplication | None:
    return juju.model(model).status().remote_applications.get(name)


def _same(one: str, other: str) -> bool:
    """Compare URLs; the name of the controller that asks may be in them or not."""
    return offer_url(one).local == offer_url(other).local


def _observed(there: RemoteApplication, url: str) -> Props:
    shown = url if url and _same(there.offer_url, url) else there.offer_url
    return {
        "name": there.name,
        "offer_url": shown,
        "endpoints": sorted(end.name for end in there.endpoints),
    }
