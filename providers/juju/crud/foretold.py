"""What can be told of an application's inputs before anything is done: its charm's options, endpoints, channel.

inputs -> of a charm on this machine: what its own files say, at every check;
inputs + those before -> of an application that is there: what its charm says, or Charmhub of another channel, asked
only where something of that changes -> (input, reason) pairs.
A controller that can't be asked soon is no reason: the same is checked again before anything changes.
Source: juju 3.6 API, Application.GetCharmURLOrigin, Charms.CharmInfo, Charms.ResolveCharms.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from providers.common import fields
from providers.common.fields import Schema, has_unknown
from providers.common.raw import mapping, maybe_whole, text
from providers.juju.crud import charms, deploying, local_charm
from providers.juju.crud.application_steps import BRANCH
from providers.juju.crud.base import Props
from providers.juju.errors import JujuError, SetupError, Temporary, from_item
from providers.juju.link import Link
from providers.juju.plan.charm import CharmFacts
from providers.juju.session import Session
from providers.juju.status_wire import base as base_of

Misfits: TypeAlias = Iterator[tuple[str, str]]
"""Inputs, each with a reason that completes "<input> ..."."""

_OF_CHARM: Final = frozenset({"config", "secret_config", "storage", "resources", "bindings", "expose"})
_WHICH: Final = frozenset({"channel", "revision"})
_OTHER: Final = frozenset({"model", "name", "charm", "local_charm", "base"})
"""Inputs whose change makes another application of it, or another charm that can't be asked yet."""
_PATIENCE: Final = 5.0
"""Seconds in which a preview tries to reach the controller."""


@dataclass(frozen=True)
class Present:
    """The charm that an application runs; `revision` None: not said."""

    url: str
    channel: str
    revision: int | None
    base: str


def by_files(props: Props) -> Misfits:
    """Compare with what a charm on this machine says of itself."""
    known = _known(props)
    path = text(known, "local_charm")
    if not path or has_unknown(props.get("metadata_overrides")):
        return
    try:
        found = local_charm.describe(path, mapping(known, "metadata_overrides"))
    except JujuError as error:
        yield "local_charm", f"can't be deployed: {error}"
        return
    yield from _told(known, found.facts)
    if has_unknown(props.get("base")):
        return
    try:
        local_charm.base_for(path, found.bases, text(known, "base"))
    except JujuError as error:
        yield "base", f"does not fit: {error}"


def by_controller(schema: Schema, session: Callable[[], Session], olds: Props, news: Props) -> Misfits:
    """Compare what changes with the charm of the application that is there, or with what Charmhub has."""
    changed = frozenset(fields.diff(schema, olds, news).changed) if olds else frozenset[str]()
    if not changed & (_OF_CHARM | _WHICH) or changed & _OTHER or news.get("charm") is None:
        return
    known = _known(news)
    try:
        link = session().model(text(known, "model"))
        present = _present(link, text(known, "name"))
        if _asked(known, present):
            judged = {name: known[name] for name in _OF_CHARM & changed & set(known)}
            yield from _told(judged, charms.facts(link, present.url))
            return
    except JujuError:
        return  # not there, not reached, or not ours to see: up says it
    if changed & _WHICH:
        yield from _resolved(link, {"base": present.base, **known})


def _told(props: Props, facts: CharmFacts) -> Misfits:
    for name, reason in deploying.misfits(props, facts):
        yield name, f"does not fit: the charm {facts.name} {reason}"


def _present(link: Link, name: str) -> Present:
    purpose = f"tell which charm {name} runs"
    params = {"application": name, "branch": BRANCH}
    found = link.call("Application", "GetCharmURLOrigin", params, purpose=purpose, repeatable=True, patience=_PATIENCE)
    error = from_item(purpose, found)
    if error is not None:
        raise error
    origin = mapping(found, "charm-origin")
    return Present(text(found, "url"), charms.channel_of(origin), maybe_whole(origin, "revision"), base_of(origin))


def _asked(props: Props, present: Present) -> bool:
    """Say whether the charm that is asked for is the one that is there."""
    channel, revision = text(props, "channel"), maybe_whole(props, "revision")
    return (not channel or charms.same_channel(channel, present.channel)) and revision in {None, present.revision}


def _resolved(link: Link, props: Props) -> Misfits:
    name = "channel" if props.get("channel") is not None else "revision"
    try:
        charms.resolve(link, props)
    except (Temporary, SetupError):
        return
    except JujuError as error:
        yield name, f"can't be {props[name]}: {error}"


def _known(props: Props) -> dict[str, object]:
    """Leave out what is unknown in preview, in an object entry by entry."""
    pairs = {name: _known_part(value) for name, value in props.items()}
    return {name: value for name, value in pairs.items() if value is not None and not has_unknown(value)}


def _known_part(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {name: item for name, item in cast("Props", value).items() if not has_unknown(item)}
