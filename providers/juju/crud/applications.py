"""Applications: deployed once, then changed in place; nothing redeploys them but another name, charm, base or model.

inputs -> the application that an earlier try left, or a new one (`deploying`) -> steps in Juju's order
(`application_steps`) -> the wait that was asked for -> what is seen (`application_seen`), as outputs and as inputs.
Source: juju 3.6 API, Application.
"""

import re
from collections.abc import Iterator, Sequence
from typing import cast

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, DiffResult

from providers.common import fields
from providers.common.cleaning import each, filled, flag, matching, whole
from providers.common.fields import Field, Inputs, Schema
from providers.common.progress import say, warn
from providers.common.raw import mapping, maybe_whole, text, texts
from providers.juju import tags
from providers.juju.crud import application_seen as seen
from providers.juju.crud import application_steps as steps
from providers.juju.crud import claims, deploying, foretold, hosting, resources_of_charms
from providers.juju.crud.base import Found, JujuProvider, Props, model_field, sure
from providers.juju.crud.charms import channel, choose, same_channel
from providers.juju.crud.cleaners import annotations, application_name, labels, reason, strings
from providers.juju.crud.leaving import Leaving, units_going, wait_gone, words
from providers.juju.errors import ForeignError, JujuError, NotFound
from providers.juju.link import Link
from providers.juju.plan import config, constraints, expose, placement, storage, waiting
from providers.juju.session import Session
from providers.juju.status import Application, Status

_BASE = re.compile(r"((?P<name>[a-z]+)@)?(?P<release>\d{2}\.\d{2})(/stable)?")
_TOLD = 6
"""Steps of units that a preview lists for one application."""
_charm_name = matching(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "a charm's name on Charmhub, such as nova-compute")


def clean_base(value: object) -> str:
    """Bring a base to "ubuntu@22.04"; ValueError completes "<field> ..."."""
    found = _BASE.fullmatch(filled(value))
    if found is None:
        raise ValueError(f"is {value!r}, but must be a base such as ubuntu@22.04")
    return f"{found['name'] or 'ubuntu'}@{found['release']}"


def _placements(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError(f"is {value!r}, but must be a list of placements, one per unit")  # noqa: TRY004 - the contract of cleaners
    return [placement.clean(one) for one in cast("Sequence[object]", value)]


def _cross(inputs: Inputs) -> Iterator[tuple[str, str]]:
    if "charm" in inputs and "local_charm" in inputs:
        yield "local_charm", "contradicts charm: an application runs one or the other"
    if "local_charm" in inputs:
        for name in ("channel", "revision"):
            if name in inputs:
                yield name, "contradicts local_charm: channels and revisions are Charmhub's"
    count, places = maybe_whole(inputs, "units"), texts(inputs, "placement")
    if count is not None and len(places) > count:
        yield "placement", f"names {len(places)} places, but units asks for {count}: each place is for one unit"
    spots = texts(inputs, "spots")
    if places and spots and len(spots) != len(places):
        yield "spots", f"names {len(spots)} places, but must name each of the {len(places)} placements"
    doubled = sorted(set(mapping(inputs, "config")) & set(mapping(inputs, "secret_config")))
    if doubled:
        yield "secret_config", f"has {', '.join(doubled)}, which config has too"


def told(lines: Sequence[str]) -> str:
    """Make one line of the steps that units take."""
    more = f"; and {len(lines) - _TOLD} more" if len(lines) > _TOLD else ""
    return f"{'; '.join(lines[:_TOLD])}{more}"


class ApplicationProvider(JujuProvider):
    """See `providers.juju.resources.applications.Application`."""

    schema = Schema(
        (
            model_field(),
            Field("name", clean=application_name, required=True, replaces=True),
            Field("charm", clean=_charm_name, replaces=True),
            Field("local_charm", clean=filled, same=lambda old, new: bool(old) == bool(new)),
            Field("charm_hash", clean=filled),
            Field("metadata_overrides"),
            Field("channel", clean=lambda value: channel(filled(value)), same=same_channel),
            Field("revision", clean=whole(0, 2**31)),
            Field("base", clean=clean_base, replaces=True),
            Field("config", clean=config.clean, same=config.same),
            Field("secret_config", clean=config.clean_secret, same=config.same),
            Field("constraints", clean=constraints.clean),
            Field("trust", clean=flag),
            Field("units", clean=whole(0, 10_000)),
            Field("placement", clean=_placements),
            Field("spots", clean=labels, same=lambda _old, _new: True),
            Field("expose", clean=expose.clean),
            Field("bindings", clean=strings),
            Field("storage", clean=storage.clean),
            Field("resources", clean=resources_of_charms.clean),
            Field("resource_hashes"),
            Field("annotations", clean=annotations),
            Field("claim", clean=filled),
            Field("wait_for", clean=waiting.clean),
            Field("destroy_storage", clean=flag, default=False),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 24 * 60), default=30),
            Field("drift", clean=each(filled), default=[]),
        ),
        cross=_cross,
        delete_first=True,  # the name is the application's key in its model
        stables=("name",),
    )

    def check(self, _olds: dict[str, object], news: dict[str, object]) -> CheckResult:
        """Clean the inputs; of what changes, and of a charm on this machine, it is told whether the charm has it."""
        found = super().check(_olds, news)
        if found.failures:
            return found
        misfits = (
            *foretold.by_files(found.inputs),
            *foretold.by_controller(self.schema, self.session, _olds, found.inputs),
        )
        return CheckResult(found.inputs, [CheckFailure(name, reason) for name, reason in misfits])

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Compare; what will happen to which unit is told, as far as the state knows the units."""
        changed = set(fields.diff(self.schema, _olds, _news).changed)
        if changed == {"spots"}:
            return DiffResult(changes=False, replaces=[], stables=list(self.schema.stables))
        if {"units", "placement", "drift"} & changed:
            lines = seen.foreseen(_olds, _news)
            if lines:
                pulumi.log.info(f"{text(_olds, 'name')}: {told(lines)}")
        return super().diff(_id, _olds, _news)

    def make(self, juju: Session, props: Props) -> Found:
        link, name = juju.model(text(props, "model")), text(props, "name")
        before = link.status(name)
        there = before.applications.get(name)
        if there is not None and there.life in {"dying", "dead"}:
            _wait_gone(juju, link, props)
            there = None
        adopted = there is not None and _adopted(link, there, props)
        if there is None:
            self._deploy(juju, link, props, before)
        else:
            self._bring(juju, link, {}, claims.unclaimed(props) if adopted else props)
        status = steps.settle(juju, link, props, before)
        outs = {**self._seen(link, props, status, changed=there is not None), "adopted": adopted}
        return Found(f"{link.uuid}/{name}", outs)

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model, _, name = id_.partition("/")
        link = juju.model(text(props, "model") or model)
        try:
            status = link.status()
        except NotFound:
            return None  # the whole model is gone
        found = status.applications.get(name or text(props, "name"))
        if found is None or found.life in {"dying", "dead"}:
            return None
        asked = props if props.get("name") is not None else _imported(found)
        outs = seen.observe(asked, found, status, link.applications().get(found.name))
        if asked.get("annotations") is not None:
            tag = tags.application(found.name)
            known = claims.annotations(link, map(tags.application, status.applications), tag)
            outs["annotations"] = claims.observed(mapping(asked, "annotations"), known.get(tag, {}))
        if asked.get("trust") is not None:
            outs["trust"] = _trust(link, found.name)
        return Found(id_, {**outs, "model": link.uuid, "name": found.name, "drift": seen.drift(props, found, status)})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        del id_
        link = juju.model(text(news, "model"))
        before = link.status(text(news, "name"))
        self._bring(juju, link, olds, news)
        return self._seen(link, news, steps.settle(juju, link, news, before), changed=True)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Remove it with its units, and wait until it is gone; what was adopted stays."""
        link, name = juju.model(text(props, "model")), text(props, "name")
        if props.get("adopted"):
            warn(f"{name} was there before this stack took it over, so it stays in its model")
            return
        try:
            if name not in link.status(name).applications:
                return
            _destroy(link, props)
            _wait_gone(juju, link, props)
        except NotFound:
            return

    def _deploy(self, juju: Session, link: Link, props: Props, before: Status) -> None:
        name = text(props, "name")
        chosen = choose(juju, link, props)
        deploying.check(props, chosen.facts)
        if deploying.by_repository(link, chosen):
            hosting.wait_for(link, props, before)
        sure(
            lambda: deploying.deploy(juju, link, chosen, props),
            lambda: True if name in link.status(name).applications else None,
        )
        claims.annotate(link, tags.application(name), claims.wanted(props), f"annotate {name}")
        deploying.complete(juju, link, chosen, props)
        if props.get("expose"):
            params = {"application": name, "exposed-endpoints": expose.wire(expose.clean(props["expose"]))}
            touches = deploying.touched(name)
            link.change("Application", "Expose", params, purpose=f"expose {name}", touches=touches)

    def _bring(self, juju: Session, link: Link, olds: Props, news: Props) -> None:
        name = text(news, "name")
        status = link.status(name)
        found, details = status.applications.get(name), link.applications(name).get(name)
        if found is None or details is None:
            raise JujuError(f"Juju no longer has the application {name}: after a refresh, up makes it again")
        steps.bring(steps.Work(juju, link, olds, news, found, details, status))

    def _seen(self, link: Link, props: Props, status: Status, *, changed: bool) -> dict[str, object]:
        """Observe; what a fresh deployment was asked for needs no second look."""
        name = text(props, "name")
        details = link.applications(name).get(name) if changed else None
        return seen.observe(props, status.applications[name], status, details)


def _adopted(link: Link, there: Application, props: Props) -> bool:
    """Say whether it was somebody's before, by its annotation; raises ForeignError for what is not to be touched.

    In a model of our own stack one that nobody marked is ours: a create that was killed had no time to mark it.
    """
    name, charm = there.name, text(props, "charm")
    theirs = claims.claim_of(link, tags.application(name))
    claims.check_ours(f"The application {name}", theirs, text(props, "claim"))
    if charm and there.charm_name != charm:
        raise ForeignError(
            f"The model has an application {name} already, which runs {there.charm_name} and not {charm}: "
            "remove it, or give this one another name"
        )
    if theirs or claims.same_stack(claims.claim_of(link, tags.model(link.uuid)), text(props, "claim")):
        return False
    base = text(props, "base")
    if base and there.base not in {"", base}:
        raise ForeignError(
            f"The model has an application {name} already, which runs on {there.base} and not on {base}: "
            "remove it, or give this one another name"
        )
    say(f"{name} is there already and is taken over")
    return True


def _destroy(link: Link, props: Props) -> None:
    name = text(props, "name")
    one = {
        "application-tag": tags.application(name),
        "destroy-storage": bool(props.get("destroy_storage")),
        "force": props.get("force") is not None,
        "dry-run": False,
    }
    if props.get("force") is not None:
        say(f"{name}: forced, because {text(props, 'force')}")
    purpose, touches = f"remove the application {name}", deploying.touched(name)
    params = {"applications": [one]}
    link.change("Application", "DestroyApplication", params, purpose=purpose, touches=touches, repeatable=True)


def _trust(link: Link, name: str) -> bool:
    """Ask whether it is trusted, which no bulk call tells."""
    purpose = f"tell the settings of {name}"
    answer = link.call(
        "Application", "Get", {"application": name, "branch": steps.BRANCH}, purpose=purpose, repeatable=True
    )
    return bool(mapping(mapping(answer, "application-config"), "trust").get("value"))


def _wait_gone(juju: Session, link: Link, props: Props) -> None:
    """Wait until neither it nor a unit of it is left; a model that goes meanwhile takes it along."""
    name = text(props, "name")

    def left(status: Status) -> Leaving | None:
        found = status.applications.get(name)
        if found is None:
            return None
        going = units_going(status, found.units.values())
        return Leaving(f"removing {words(going)}" if going else "removing", going)

    wait_gone(juju, link, name, left, maybe_whole(props, "minutes") or 30)


def _imported(found: Application) -> Props:
    """Ask of an import what every application has."""
    return {
        "name": found.name,
        "charm": found.charm_name,
        "channel": found.channel,
        "units": len(waiting.living(found)),
    }
