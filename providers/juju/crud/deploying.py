"""Deploying an application: everything that can be known is checked first, then one call does it.

Chosen (the charm, its facts) + inputs -> `check` -> DeployFromRepository where the controller has it, else Deploy.
Sources: juju 3.6 API, Application v19 DeployFromRepository (Charmhub's charms), Application.Deploy (local charms, and
Juju 2.9), Resources.AddPendingResources.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from providers.common.raw import Raw, mapping, mappings, text
from providers.juju.crud import resources_of_charms as files
from providers.juju.crud.application_seen import managed, slots
from providers.juju.crud.base import Props
from providers.juju.crud.charms import Chosen
from providers.juju.errors import JujuError, Refused, from_answer
from providers.juju.link import APPLICATIONS, STATUS, Link
from providers.juju.plan import charm, constraints, placement, storage
from providers.juju.plan.charm import CharmFacts
from providers.juju.session import Session

_FROM_REPOSITORY = 19


def settings(props: Props) -> dict[str, object]:
    """Give config and secret_config as one."""
    return {**mapping(props, "config"), **mapping(props, "secret_config")}


def secrets(props: Props) -> tuple[str, ...]:
    """List what no message may show."""
    return tuple(charm.plain(value) for value in mapping(props, "secret_config").values())


def check(props: Props, facts: CharmFacts) -> None:
    """Raise JujuError with everything in the inputs that does not fit the charm."""
    reasons = tuple(reason for _, reason in misfits(props, facts))
    if reasons:
        raise JujuError(f"The application {text(props, 'name')} can't be as asked: the charm {'; it '.join(reasons)}")


def deploy(juju: Session, link: Link, chosen: Chosen, props: Props) -> None:
    """Deploy it; units come about later."""
    if by_repository(link, chosen):
        _from_repository(link, chosen, props)
    else:
        _deploy(juju, link, chosen, props)


def complete(juju: Session, link: Link, chosen: Chosen, props: Props) -> None:
    """Send the files that a deployment from a repository only announced."""
    if by_repository(link, chosen):
        files.upload(juju, link.uuid, text(props, "name"), files.paths(props))


def by_repository(link: Link, chosen: Chosen) -> bool:
    """Say whether one call deploys it out of Charmhub."""
    return link.version_of("Application") >= _FROM_REPOSITORY and not chosen.local


def misfits(props: Props, facts: CharmFacts) -> Iterator[tuple[str, str]]:
    """Give the inputs that do not fit a charm, each with a reason that completes "the charm ..."."""
    for name, secret in (("config", False), ("secret_config", True)):
        yield from ((name, reason) for reason in charm.option_errors(facts, mapping(props, name), secret=secret))
    known = {
        "storage": ("storage", facts.storage),
        "resources": ("resource", facts.resources),
        "bindings": ("endpoint", {"", *facts.endpoints, *facts.bindings, "juju-info"}),
        "expose": ("endpoint", {"", *facts.endpoints}),
    }
    for name, (what, there) in known.items():
        yield from ((name, reason) for reason in charm.unknown(mapping(props, name), there, what))
    yield from (("resources", reason) for reason in charm.file_errors(facts, mapping(props, "resources")))
    if facts.subordinate and managed(props):
        reason = (
            "is a subordinate, whose units come and go with those of the applications that it is related to: "
            "leave out units and placement"
        )
        yield "units" if props.get("units") is not None else "placement", reason


def _of_machines(props: Props, where: Iterable[str]) -> bool:
    """Say whether Juju is to take the base of the machines that units are put on, since nobody names one."""
    return not text(props, "base") and any(placement.parse(slot).kind == "machine" for slot in where if slot)


def _from_repository(link: Link, chosen: Chosen, props: Props) -> None:
    name = text(props, "name")
    where = slots(props) if managed(props) else ("",)
    asked: dict[str, object] = {
        "ApplicationName": name,
        "CharmName": chosen.facts.name,
        "AttachStorage": [],
        "ConfigYAML": _yaml(name, settings(props)),
        "Cons": constraints.parse(text(props, "constraints")),
        "Devices": {},
        "DryRun": False,
        "Placement": placements(where, link.uuid),
        "Storage": storage.wire(mapping(props, "storage")),
        "Trust": bool(props.get("trust")),
        "base": None if _of_machines(props, where) else chosen.origin.get("base"),
        "channel": chosen.channel,
        "endpoint-bindings": mapping(props, "bindings"),
        "resources": files.chosen(props),
        "revision": chosen.origin.get("revision"),
    }
    if not chosen.facts.subordinate:
        asked["num-units"] = len(where)
    answer = _change(link, "DeployFromRepository", {"Args": [asked]}, props)
    for item in mappings(answer, "Results"):
        errors = [text(one, "message") for one in mappings(item, "Errors")]
        if errors:
            code = text(mappings(item, "Errors")[0], "code")
            raise from_answer(_purpose(props), "; ".join(errors), code, secrets=secrets(props))


def _deploy(juju: Session, link: Link, chosen: Chosen, props: Props) -> None:
    name = text(props, "name")
    where = slots(props) if managed(props) else ("",)
    asked: dict[str, object] = {
        "application": name,
        "charm-url": chosen.url,
        "charm-origin": chosen.origin,
        "series": text(chosen.origin, "series"),
        "channel": chosen.channel,
        "num-units": 0 if chosen.facts.subordinate else len(where),
        "config": {"trust": "true"} if props.get("trust") else {},
        "config-yaml": _yaml(name, settings(props)),
        "constraints": constraints.parse(text(props, "constraints")),
        "placement": placements(where, link.uuid),
        "storage": storage.wire(mapping(props, "storage")),
        "endpoint-bindings": mapping(props, "bindings"),
        "resources": files.pending(juju, link, chosen, props),
    }
    _change(link, "Deploy", {"applications": [asked]}, props)


def placements(where: tuple[str, ...], model: str) -> list[Mapping[str, str]]:
    """Give the API's placements; those after them go anywhere."""
    return [placement.wire(placement.parse(slot), model) for slot in where if slot]


def touched(name: str) -> Mapping[str, str]:
    """Say what a change of an application outdates: what is shared about it, and nothing about others."""
    return {STATUS: name, APPLICATIONS: name}


def _change(link: Link, method: str, params: Raw, props: Props) -> Raw:
    name = text(props, "name")
    try:
        return link.change(
            "Application", method, params, purpose=_purpose(props), touches=touched(name), secrets=secrets(props)
        )
    except Refused as error:
        raise _explained(error, props) from None


def _explained(error: Refused, props: Props) -> JujuError:
    """Say beside Juju's words which machines the placements asked for, where those are what it refused."""
    asked = [slot for slot in slots(props) if slot]
    if asked and error.mentions("machine"):
        return JujuError(f"{error} (placement: {', '.join(asked)})")
    return error


def _purpose(props: Props) -> str:
    return f"deploy the application {text(props, 'name')}"


def _yaml(name: str, config: Mapping[str, object]) -> str:
    """Write settings as YAML, of which JSON is a part."""
    return json.dumps({name: config}) if config else ""
