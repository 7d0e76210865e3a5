"""Offers: endpoints of an application that other models may use.

Sources: Juju 3.6 API, ApplicationOffers.Offer (which also changes one that is there), ListApplicationOffers,
DestroyOffers.
"""

from providers.common.cleaning import each, filled, text
from providers.common.fields import Field, Schema, same_set
from providers.common.progress import say, warn
from providers.common.raw import Raw, mappings, texts
from providers.common.raw import text as read_text
from providers.juju import tags
from providers.juju.crud.base import Found, JujuProvider, Props, changed, model_field, sure, surely_removed
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import application_name, as_given, reason
from providers.juju.errors import ForeignError, JujuError, NotFound, NotSupported
from providers.juju.facades import major
from providers.juju.models import ModelSummary
from providers.juju.names import plain_user
from providers.juju.session import Session

_QUALIFIED = 6
"""ApplicationOffers 6 (Juju 4) calls the owner of a model its qualifier."""
_FIXED = 4
"""The major version of Juju whose offers can't be changed: they have their charm's description."""


def list_name(owner: str, model: str) -> str:
    """Name the shared list of a model's offers."""
    return f"offers of {owner}/{model}"


def offers_of(juju: Session, owner: str, model: str) -> tuple[Raw, ...]:
    """List the offers of a model, with who may use them, shared with whoever asks at the same time."""
    return juju.controller.shared(list_name(owner, model), lambda: _offers(juju, owner, model))


def _offers(juju: Session, owner: str, model: str) -> tuple[Raw, ...]:
    named = "model-qualifier" if juju.controller.version_of("ApplicationOffers") >= _QUALIFIED else "owner-name"
    params = {"Filters": [{named: owner, "model-name": model}]}
    purpose = f"list the offers of the model {model}"
    try:
        return listed(juju.controller, "ApplicationOffers", "ListApplicationOffers", params, purpose)
    except NotFound:
        return ()


class OfferProvider(JujuProvider):
    """Adopts an offer of the same name if it is of the same application."""

    schema = Schema(
        (
            model_field(),
            Field("application", clean=application_name, required=True, replaces=True),
            Field("endpoints", clean=each(filled, least=1), required=True, same=same_set),
            Field("name", clean=application_name, replaces=True),
            Field("description", clean=text),
            Field("force", clean=reason),
        ),
        delete_first=True,
    )

    def make(self, juju: Session, props: Props) -> Found:
        model = _model(juju, props)
        name = read_text(props, "name") or read_text(props, "application")
        there = _find(juju, model, name)
        if there is None:
            sure(
                lambda: self._offer(juju, props, name, read_text(props, "description")),
                lambda: True if _find(juju, model, name) else None,
            )
            return self._found(juju, model, name, props, adopted=False)
        if read_text(there, "application-name") != read_text(props, "application"):
            raise ForeignError(
                f"the model {model.name} offers {name} already, of the application "
                f"{read_text(there, 'application-name')}: give this offer another name"
            )
        say(f"the offer {name} is there already and is taken over: it stays at destroy")
        self._bring(juju, there, props)
        return self._found(juju, model, name, props, adopted=True)

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        uuid_, _, name = id_.partition("/")
        model = juju.models(uuid_).get(uuid_)
        raw = None if model is None else _find(juju, model, name)
        return None if raw is None else Found(id_, {**_observed(juju, raw, props), "model": uuid_})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        model = _model(juju, news)
        name = id_.partition("/")[2]
        raw = _find(juju, model, name)
        if raw is None:
            raise JujuError(f"Juju no longer has the offer {name}: after a refresh, up makes it again")
        self._bring(juju, raw, news)
        return self._found(juju, model, name, news, adopted=bool(olds.get("adopted"))).outs

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        if props.get("adopted"):
            warn(f"the offer {id_.partition('/')[2]} was there before this stack took it over, so it stays")
            return
        found = self.look(juju, id_, props)
        if found is None:
            return
        params = {"offer-urls": [found.outs["url"]], "force": bool(props.get("force"))}
        purpose = f"remove the offer {found.outs['url']}"
        surely_removed(
            lambda: self._change(juju, props, "DestroyOffers", params, purpose),
            lambda: self.look(juju, id_, props) is not None,
        )

    def _bring(self, juju: Session, raw: Raw, props: Props) -> None:
        before = _observed(juju, raw, props)
        differing = changed(self.schema, before, props) & {"endpoints", "description"}
        if differing and _fixed(juju):
            raise NotSupported(
                f"Juju {juju.version} can't change the offer {before['name']}: put its endpoints back, or have it made "
                "anew (up --replace) with what consumes it"
            )
        if differing:
            kept = read_text(raw, "application-description")
            description = kept if props.get("description") is None else read_text(props, "description")
            self._offer(juju, props, read_text(raw, "offer-name"), description)

    def _offer(self, juju: Session, props: Props, name: str, description: str) -> bool:
        if description and _fixed(juju):
            warn(f"the offer {name} has the description of its charm: Juju {juju.version} keeps no other")
        application = read_text(props, "application")
        offer = {
            "model-tag": tags.model(read_text(props, "model")),
            "offer-name": name,
            "application-name": application,
            "application-description": description,
            "endpoints": {endpoint: endpoint for endpoint in texts(props, "endpoints")},
            "owner-tag": tags.user(_model(juju, props).owner),
        }
        purpose = f"offer {application} as {name}"
        params = {"Offers": [offer]}
        self._change(juju, props, "Offer", params, purpose)
        return True

    def _change(self, juju: Session, props: Props, method: str, params: Raw, purpose: str) -> None:
        model = _model(juju, props)
        touches = (list_name(plain_user(model.owner), model.name),)
        # an offer that is made twice is changed to the same
        again = method == "Offer" and not _fixed(juju)
        juju.controller.change("ApplicationOffers", method, params, purpose=purpose, touches=touches, repeatable=again)

    def _found(self, juju: Session, model: ModelSummary, name: str, props: Props, *, adopted: bool) -> Found:
        raw = _find(juju, model, name)
        if raw is None:
            raise JujuError(f"Juju made the offer {name}, and then no longer had it: somebody else removed it")
        return Found(f"{model.uuid}/{name}", {**_observed(juju, raw, props), "adopted": adopted})


def _model(juju: Session, props: Props) -> ModelSummary:
    uuid_ = read_text(props, "model")
    found = juju.models(uuid_).get(uuid_)
    if found is None:
        raise JujuError(f"Juju has no model {uuid_}, or {juju.user} may not see it")
    return found


def _fixed(juju: Session) -> bool:
    return major(juju.version) >= _FIXED


def _find(juju: Session, model: ModelSummary, name: str) -> Raw | None:
    found = offers_of(juju, plain_user(model.owner), model.name)
    return next((raw for raw in found if read_text(raw, "offer-name") == name), None)


def _observed(juju: Session, raw: Raw, props: Props) -> Props:
    description = read_text(raw, "application-description")
    if props.get("description") is not None and _fixed(juju):
        description = read_text(props, "description")  # which nobody has kept
    return {
        "name": read_text(raw, "offer-name"),
        "url": read_text(raw, "offer-url"),
        "offer_uuid": read_text(raw, "offer-uuid"),
        "application": read_text(raw, "application-name"),
        "description": description,
        "endpoints": as_given((read_text(one, "name") for one in mappings(raw, "endpoints")), props.get("endpoints")),
    }
