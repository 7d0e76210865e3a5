"""What else is read of Juju's bulk answers, parsed once at the edge: models, and applications in detail. Pure.

Source: ModelManager.ListModelSummaries, Application.GetConfig and Application.ApplicationsInfo of Juju 2.9 to 4.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.common.raw import Raw, as_mapping, flag, mapping, mappings, text, whole
from providers.juju import tags
from providers.juju.status import Condition, Exposed
from providers.juju.status_wire import base, condition, exposed


@dataclass(frozen=True)
class ModelSummary:
    """A model as the controller lists it; `counts`: machines, cores, units, where the controller says them."""

    uuid: str
    name: str
    owner: str
    type: str
    cloud: str
    region: str
    credential: str
    life: str
    status: Condition
    access: str
    is_controller: bool
    agent_version: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Option:
    """An option of an application's charm: its value now, where that comes from (default, user), and its type."""

    value: object
    source: str
    type: str
    default: object
    description: str


@dataclass(frozen=True)
class ApplicationDetails:
    """What FullStatus does not say of an application. `constraints` as Juju's value object: {"mem": 8192, ...}."""

    name: str
    charm: str
    channel: str
    base: str
    life: str
    principal: bool
    exposed: bool
    exposed_endpoints: Mapping[str, Exposed]
    bindings: Mapping[str, str]
    constraints: Raw
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])

    @property
    def config(self) -> Mapping[str, object]:
        """The values of all options that have one."""
        return {name: option.value for name, option in self.options.items() if option.value is not None}


def summary(raw: Raw) -> ModelSummary:
    """Read one model of ListModelSummaries; Juju 4 names its owner `qualifier`."""
    return ModelSummary(
        uuid=text(raw, "uuid"),
        name=text(raw, "name"),
        owner=tags.name(text(raw, "owner-tag")) or text(raw, "qualifier"),
        type=text(raw, "type"),
        cloud=tags.name(text(raw, "cloud-tag")),
        region=text(raw, "cloud-region"),
        credential=tags.credential_parts(text(raw, "cloud-credential-tag"))[2],
        life=text(raw, "life"),
        status=condition(mapping(raw, "status")),
        access=text(raw, "user-access"),
        is_controller=flag(raw, "is-controller"),
        agent_version=text(raw, "agent-version"),
        counts={text(one, "entity"): whole(one, "count") for one in mappings(raw, "counts")},
    )


def details(name: str, info: Raw, config: Raw) -> ApplicationDetails:
    """Read what ApplicationsInfo and GetConfig say of one application."""
    endpoints = mapping(info, "exposed-endpoints")
    bindings = mapping(info, "endpoint-bindings")
    return ApplicationDetails(
        name=name,
        charm=text(info, "charm"),
        channel=text(info, "channel"),
        base=base(info),
        life=text(info, "life"),
        principal=flag(info, "principal"),
        exposed=flag(info, "exposed"),
        exposed_endpoints={key: exposed(as_mapping(one or {}, key)) for key, one in endpoints.items()},
        bindings={key: text(bindings, key) for key in bindings},
        constraints=mapping(info, "constraints"),
        options={key: _option(as_mapping(one, key)) for key, one in mapping(config, "config").items()},
    )


def _option(raw: Raw) -> Option:
    return Option(
        value=raw.get("value"),
        source=text(raw, "source"),
        type=text(raw, "type"),
        default=raw.get("default"),
        description=text(raw, "description"),
    )
