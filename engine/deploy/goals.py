"""From a program's request to a Goal: names become URNs, packages become providers, durations become seconds.

RegisterResourceRequest ─> Goal          ReadResourceRequest ─> the state to read
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from engine.deploy.errors import DeploymentError
from engine.deploy.wire import decode
from engine.host.protos import resource_pb2
from engine.model import urn as urns
from engine.model.state import PROVIDER_PREFIX, CustomTimeouts, Goal, ResourceState
from engine.model.values import Properties, flatten_properties
from engine.plan.paths import parse_path

_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class _Position(Protocol):
    """pulumirpc.SourcePosition; the generated types don't say so."""

    uri: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Place:
    """The stack and the project that URNs are made for."""

    stack: str
    project: str

    def urn(self, parent: str, type_: str, name: str) -> str:
        """Make a resource's URN."""
        return urns.build(self.stack, self.project, parent, type_, name)


def package_of_type(type_: str) -> str:
    """Give the package of a type token `package:module:Name`."""
    package = type_.split(":", 1)[0]
    if type_.count(":") < 1 or not package:
        raise DeploymentError(f"{type_!r} is not a resource type: it should look like package:module:Name")
    return package


def needs_provider(type_: str, *, custom: bool) -> bool:
    """Tell whether a provider manages resources of this type: components and providers themselves have none."""
    return custom and not type_.startswith(PROVIDER_PREFIX)


def goal_of(request: resource_pb2.RegisterResourceRequest, place: Place, provider: str, position: str) -> Goal:
    """Write a registration as a goal; `provider` is the reference that was found for it."""
    urn = place.urn(request.parent, request.type, request.name)
    dependencies = {key: tuple(item.urns) for key, item in request.propertyDependencies.items()}
    _check_paths(urn, ignoreChanges=request.ignoreChanges, replaceOnChanges=request.replaceOnChanges)
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=flatten_properties(decode(request.object)),
        parent=request.parent,
        protect=request.protect,
        dependencies=_distinct(request.dependencies),
        property_dependencies=dependencies,
        provider=provider,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        hide_diff=tuple(request.hideDiffs),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=_distinct(alias for alias in request.aliasURNs if alias != urn),
        import_id=request.importId,
        custom_timeouts=_timeouts(request),
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        replace_with=tuple(request.replace_with),
        source_position=position,
    )


def _check_paths(urn: str, **options: Iterable[str]) -> None:
    """Refuse an option that names a property by something that is no property path."""
    for option, paths in options.items():
        for path in paths:
            try:
                parse_path(path)
            except ValueError as error:
                raise DeploymentError(f"{urn}: {option}: {error}") from None


def default_provider_goal(place: Place, package: str, version: str, configuration: Properties) -> Goal:
    """Write the goal of the provider that the engine makes by itself for a package."""
    name = f"default_{version.replace('.', '_')}" if version else "default"
    type_ = f"{PROVIDER_PREFIX}{package}"
    inputs = dict(configuration)
    if version:
        inputs |= {"version": version, "__internal": {}}
    return Goal(place.urn("", type_, name), type_, name, True, inputs)


def read_state_of(
    request: resource_pb2.ReadResourceRequest, place: Place, provider: str, position: str
) -> ResourceState:
    """Write the state of a resource that is to be read: external, its outputs still to come."""
    return ResourceState(
        urn=place.urn(request.parent, request.type, request.name),
        type=request.type,
        custom=True,
        id=request.id,
        inputs=flatten_properties(decode(request.properties)),
        parent=request.parent,
        external=True,
        dependencies=_distinct(request.dependencies),
        provider=provider,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        source_position=position,
    )


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> CustomTimeouts | None:
    if not request.HasField("customTimeouts"):
        return None
    given = request.customTimeouts
    timeouts = CustomTimeouts(
        create=parse_duration(given.create), update=parse_duration(given.update), delete=parse_duration(given.delete)
    )
    return timeouts if timeouts != CustomTimeouts() else None


def parse_duration(text: str) -> float:
    """Read a duration such as '1h30m' in seconds; '' is 0.

    Raises
    ------
    DeploymentError: the text is no duration; the message shows what is.

    """
    if not text:
        return 0.0
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise DeploymentError(f"{text!r} is not a duration: write numbers with units, such as '90s', '5m' or '1h30m'")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def source_position(request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest, root: str) -> str:
    """Write where the program made the resource, relative to the project, as the state has it."""
    position = cast("_Position", request.sourcePosition)
    if not position.uri:
        return ""
    path = position.uri.removeprefix("file://")
    relative = path.removeprefix(root.rstrip("/") + "/") if path.startswith(root.rstrip("/") + "/") else path
    return f"project:///{relative}#{position.line}" + (f",{position.column}" if position.column else "")
