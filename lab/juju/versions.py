"""What other versions of Juju than 3.6 advertise and name otherwise, so that one lab can play them (pure).

facades as written (3.6) ─> advertised(version) ─> what login lists
request of a 2.9 or 4.0 client ─> `Dialect.heard` ─> fields of 3.6 ─> method ─> `Dialect.spoken` ─> reply

What 4.0 does otherwise than 3.6 is `four`'s part. Sources: juju/juju apiserver/restrict_newer_client.go, register.go of
each facade and rpc/params of 2.9.45, which names series beside bases; register.go, schema.json and
restrict_controller.go of the 4.x line (4.1-beta2), which serves clients of 3.6 too: older versions of its facades speak
as 3.6 does; js-libjuju's schema of 4.0.12.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from lab.juju.errors import BAD_REQUEST, NOT_VALID, JujuError
from lab.juju.hub.document import SERIES
from lab.juju.models import Json
from lab.juju.rpc import MODEL, Facade, Login

Rewrite: TypeAlias = Callable[[Json], Json]


def _upto(last: int, first: int = 1) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


_TWO: Final[Mapping[str, tuple[int, ...]]] = {
    "Action": _upto(7, 2),
    "Admin": (3,),
    "AllModelWatcher": _upto(4, 2),
    "AllWatcher": _upto(3),
    "Annotations": (2,),
    "Application": _upto(15),
    "ApplicationOffers": _upto(4),
    "Block": (2,),
    "Bundle": _upto(6),
    "Charms": _upto(5, 2),
    "Client": _upto(6),
    "Cloud": _upto(7),
    "Controller": _upto(11, 3),
    "CredentialManager": (1,),
    "HighAvailability": (2,),
    "ImageMetadataManager": (1,),
    "KeyManager": (1,),
    "MachineManager": _upto(9, 2),
    "ModelConfig": _upto(3),
    "ModelManager": _upto(9, 2),
    "ModelSummaryWatcher": (1,),
    "ModelUpgrader": (1,),
    "NotifyWatcher": (1,),
    "Payloads": (1,),
    "Pinger": (1,),
    "Resources": _upto(3),
    "SSHClient": _upto(4),
    "Spaces": _upto(6, 2),
    "Storage": _upto(6, 3),
    "StringsWatcher": (1,),
    "Subnets": _upto(5, 2),
    "UserManager": _upto(3),
}
"""The last of the 2.9 line; earlier ones (2.9.0) had Application 13, Charms 4, Client 2, MachineManager 6."""

_FOUR: Final[Mapping[str, tuple[int, ...]]] = {
    "ApplicationOffers": (5, 6),
    "Application": (19, 20, 21, 22),
    "Bundle": (8,),
    "Charms": (7,),
    "Client": (8,),
    "Cloud": (7, 8),
    "Controller": (12, 13, 14),
    "HighAvailability": (2, 3),
    "MachineManager": (11,),
    "ModelConfig": (3, 4),
    "ModelManager": (10, 11),
    "ModelUpgrader": (2,),
}
_GONE_IN_FOUR: Final = frozenset({"AllWatcher", "AllModelWatcher", "ModelGeneration", "Payloads"})

_OF_MODELS_IN_FOUR: Final = frozenset({"HighAvailability"})
"""Facades that 4.0 gives to a login at a model only, and 3.6 to one at the controller too."""

_SINCE: Final[Mapping[tuple[str, str], int]] = {
    ("Application", "DeployFromRepository"): 19,
    ("Application", "GetApplicationStorage"): 22,
    ("Application", "Leader"): 14,
    ("Application", "UpdateApplicationBase"): 15,
    ("Application", "UpdateApplicationStorage"): 22,
    ("Charms", "GetDownloadInfos"): 3,
    ("Cloud", "ModelConfigSchema"): 8,
    ("HighAvailability", "ControllerDetails"): 3,
    ("MachineManager", "ProvisioningScript"): 7,
    ("MachineManager", "RetryProvisioning"): 7,
    ("ModelConfig", "GetModelConstraints"): 3,
    ("ModelConfig", "SetModelConstraints"): 3,
}
_FROM: Final[Mapping[tuple[str, str], int]] = {("Controller", "DashboardConnectionInfo"): 3}
"""The first major version of Juju that has a method, without a new version of the facade."""
_UNTIL: Final[Mapping[tuple[str, str], int]] = {
    ("Application", "UpdateApplicationBase"): 4,
    ("Application", "SetMetricCredentials"): 4,
    ("Bundle", "GetChanges"): 4,
    ("Charms", "IsMetered"): 4,
    ("Cloud", "InstanceTypes"): 4,
    ("Controller", "GetCloudSpec"): 4,
    ("Controller", "ModelConfig"): 3,
    ("Controller", "WatchCloudSpecsChanges"): 4,
    ("CredentialManager", "InvalidateModelCredential"): 4,
    ("MachineManager", "GetUpgradeSeriesMessages"): 4,
    ("MachineManager", "UpgradeSeriesComplete"): 4,
    ("MachineManager", "UpgradeSeriesPrepare"): 4,
    ("MachineManager", "UpgradeSeriesValidate"): 4,
    ("MachineManager", "WatchUpgradeSeriesNotifications"): 4,
    ("ModelConfig", "SLALevel"): 4,
    ("ModelConfig", "SetSLALevel"): 4,
}
"""The first major version of Juju that dropped a method, mostly without giving the facade a new version."""

_QUALIFIED: Final[Mapping[str, int]] = {"ApplicationOffers": 6, "Controller": 13, "ModelManager": 11}
"""Since which version a facade calls a model's owner its qualifier."""
_DIRECTIVES: Final = 20
"""Since which version of 4.0's Application SetCharm takes storage directives, and no storage constraints."""

_KEPT: Final = (("models", "filesystems"), ("models", "volumes"))
"""What ModelStatus of 4.0 leaves out, so that its client asks nobody what becomes of a model's storage."""
_MODEL: Final = (("sla",), ("default-base",), ("machines", "has-vote"), ("machines", "wants-vote"))
_UNSAID_BY_TWO: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Charms": (("Results", "supported-bases"),),
    "Client": (("applications", "*", "charm-rev"),),
    "ModelManager": (("results", "result", "secret-backends"),),
}
_OPTIONS: Final = (
    "fan-config",
    "ignore-machine-addresses",
    "logforward-enabled",
    "logging-output",
    "max-status-history-age",
    "max-status-history-size",
    "provisioner-harvest-mode",
    "secret-backend",
    "syslog-ca-cert",
)
"""Options of a model that 4.0 no longer has."""
_STORAGE: Final = tuple(("results", "info", each) for each in ("detached-storage", "destroyed-storage"))
_UNSAID_BY_FOUR: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Application": _STORAGE,
    "MachineManager": _STORAGE,
    "Charms": (("meta", "series"),),
    "Client": (("applications", "*", "meter-statuses"), ("model", "meter-status"), ("model", "sla")),
    "Cloud": tuple(("schema", each) for each in _OPTIONS),
    "Controller": (
        ("models", "machines", "has-vote"),
        ("models", "machines", "wants-vote"),
        *(("models", "config", each) for each in _OPTIONS),
        *_KEPT,
    ),
    "ModelConfig": tuple(("config", each) for each in _OPTIONS),
    "ModelManager": (
        *(("results", "config", each) for each in _OPTIONS),
        *_KEPT,
        *_MODEL,
        *(("results", "result", *path) for path in _MODEL),
        *(("models", *path) for path in _MODEL),
    ),
}
"""Paths of what 3.6 says, and 2.9 did not yet or 4.0 no longer does; lists are passed through, "*" is every key."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How this version of Juju names things: `heard` turns params into those of 3.6, `spoken` replies of 3.6 back."""

    heard: Rewrite
    spoken: Rewrite


def dialect(version: str, facade: str, number: int) -> Dialect | None:
    """Give what has to be renamed for version `number` of a facade; None where a Juju speaks as 3.6 does."""
    if major(version) == 2:
        early, told = _UNSAID_BY_TWO.get(facade, ()), _SPOKEN_BY_TWO.get(facade, _with_series)
        return Dialect(_HEARD_BY_TWO.get(facade, _with_base), lambda reply: told(_without(reply, early)))
    if major(version) < 4:
        return None
    unsaid = _UNSAID_BY_FOUR.get(facade, ())
    if number >= _QUALIFIED.get(facade, number + 1):
        return Dialect(_HEARD.get(facade, _same), lambda reply: _with_qualifier(_without(reply, unsaid)))
    heard = _with_directives if facade == "Application" and number >= _DIRECTIVES else _same
    return Dialect(heard, lambda reply: _without(reply, unsaid))


def major(version: str) -> int:
    """Give the first number of a version, 0 where there is none."""
    first = version.partition(".")[0]
    return int(first) if first.isdecimal() else 0


def advertised(version: str, facade: Facade) -> tuple[int, ...]:
    """Give the versions of a facade that this version of Juju serves; none where it doesn't have the facade."""
    if major(version) == 2:
        return _TWO.get(facade.name, ())
    if major(version) >= 4:
        return () if facade.name in _GONE_IN_FOUR else _FOUR.get(facade.name, facade.versions)
    return facade.versions


def logins(version: str, facade: Facade) -> frozenset[Login]:
    """Tell at what a client must have logged in to be given a facade."""
    return MODEL if major(version) >= 4 and facade.name in _OF_MODELS_IN_FOUR else facade.logins


def has_method(version: str, facade: str, number: int, method: str) -> bool:
    """Tell whether version `number` of a facade already, or still, has a method."""
    place, juju = (facade, method), major(version)
    return number >= _SINCE.get(place, 0) and _FROM.get(place, 0) <= juju < _UNTIL.get(place, 99)


_ALWAYS: Final = {
    ("Pinger", "Ping"),
    ("Client", "FullStatus"),
    ("Controller", "IdentityProviderURL"),
    ("Controller", "InitiateMigration"),
    ("ModelManager", "ListModels"),
    ("ModelManager", "ModelInfo"),
    ("UserManager", "UserInfo"),
}
_OF_NEWER: Final = {
    ("Controller", "CloudSpec"),
    ("Controller", "ControllerConfig"),
    ("Controller", "ControllerVersion"),
    ("Controller", "ModelConfig"),
    ("ModelConfig", "ModelGet"),
    ("ModelUpgrader", "AbortModelUpgrade"),
    ("ModelUpgrader", "UpgradeModel"),
}
"""What 2.9 lets clients of 3.x call besides, to upgrade and to migrate its models."""


def check_client(version: str, client: str, facade: str, method: str) -> None:
    """Refuse calls of a client of another major version in the words of 2.9; pings and status are always served.

    2.9 serves clients of 3.0 too, and those that don't say what they are; 3.6 and 4.0 serve any client.
    """
    ours, theirs = _numbers(version), _numbers(client or "2")
    if ours[0] >= 3 or ours[0] == theirs[0] or theirs == (3, 0):
        return
    if (facade, method) in _ALWAYS | (_OF_NEWER if theirs[0] == 3 else set()) and abs(ours[0] - theirs[0]) == 1:
        return
    raise JujuError(f"client incompatible with server {version}", "incompatible client", {"server-version": version})


def _numbers(version: str) -> tuple[int, int]:
    first, _, rest = version.partition(".")
    second = rest.partition(".")[0].partition("-")[0]
    return (int(first) if first.isdecimal() else 0, int(second) if second.isdecimal() else 0)


def _walk(value: object, change: Rewrite) -> object:
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, object]", value)
        return change({name: _walk(each, change) for name, each in inner.items()})
    if isinstance(value, list | tuple):
        return [_walk(each, change) for each in cast("Iterable[object]", value)]
    return value


def _deeply(change: Rewrite) -> Rewrite:
    return lambda value: cast("Json", _walk(value, change))


_RELEASES: Final = {series: release for release, series in SERIES.items()}


def _series_of(base: object) -> str | None:
    if isinstance(base, Mapping):
        channel = str(cast("Mapping[str, object]", base).get("channel") or "")
    else:
        channel = str(base).partition("@")[2]
    return SERIES.get(channel.partition("/")[0])


def _base_to_series(value: Json) -> Json:
    """Name the series beside a base; the origin of a charm names its system and release besides."""
    series = _series_of(value["base"]) if "base" in value else None
    if series is None:
        return value
    return {**value, "series": series, **(_release_of(value["base"]) if _SOURCE in value else {})}


def _release_of(base: object) -> Json:
    named = cast("Json", base) if isinstance(base, Mapping) else {}
    return {"os": named.get("name", ""), "channel": named.get("channel", "")}


def _origin_to_series(value: Json) -> Json:
    """Tell an origin as the facade Charms does: its base stays empty, the channel is only a release."""
    said = _base_to_series(value)
    if _SOURCE not in said or "series" not in said:
        return said
    return {**said, "base": {"name": "", "channel": ""}, "channel": str(said["channel"]).partition("/")[0]}


def _series_to_base(value: Json) -> Json:
    """Read what has a series, which counts for more than a base; in the origin of a charm the base does."""
    based = isinstance(value.get("base"), Mapping) and cast("Json", value["base"]).get("name")
    release = _RELEASES.get(str(value.get("series") or ""))
    if _SOURCE in value and (based or (value.get("os") and value.get("channel"))):
        return value if based else {**value, "base": {"name": value["os"], "channel": value["channel"]}}
    return value if release is None else {**value, "base": {"name": "ubuntu", "channel": f"{release}/stable"}}


def _of_two(value: Json) -> Json:
    """Read what 2.9 calls otherwise: a forced series; it does not know of trying without doing."""
    rest = {name: each for name, each in _series_to_base(value).items() if name != "dry-run"}
    return {**rest, "force-base": rest["force-series"]} if "force-series" in rest else rest


def _charms_heard(value: Json) -> Json:
    """Refuse to add a charm of Charmhub whose origin names no series."""
    origin = cast("Json", value.get("charm-origin") or {})
    if "url" in value and origin.get(_SOURCE) == "charm-hub" and not origin.get("series"):
        raise JujuError("series required for charm-hub charms", BAD_REQUEST)
    return _with_base(value)


def _option_to_series(option: Json) -> Json:
    """Read an option's value, as a model has it, or those that models of a cloud and of its regions begin with."""
    regions = [_option_to_series(cast("Json", each)) for each in cast("list[object]", option.get("regions") or [])]
    values = {name: _series_of(option[name]) or "" for name in ("value", "default", "controller") if name in option}
    return {**option, **values, **({"regions": regions} if regions else {})}


def _default_to_series(value: Json) -> Json:
    """Name the default base a default series, plain or as an option with its source; one that is there wins."""
    if "default-base" not in value:
        return value
    rest, base = {name: each for name, each in value.items() if name != "default-base"}, value["default-base"]
    if isinstance(base, Mapping):
        own = cast("Json", rest.get("default-series") or {})
        return {**rest, "default-series": {**_option_to_series(cast("Json", base)), **own}}
    return {"default-series": _series_of(base) or "", **rest}


def _same(value: Json) -> Json:
    return value


def _without(reply: Json, paths: Iterable[tuple[str, ...]]) -> Json:
    """Leave out what lies at these paths."""
    left: object = reply
    for path in paths:
        left = _pruned(left, path)
    return cast("Json", left)


def _pruned(value: object, path: tuple[str, ...]) -> object:
    if isinstance(value, list | tuple):
        return [_pruned(each, path) for each in cast("Iterable[object]", value)]
    if not isinstance(value, Mapping):
        return value
    inner, (first, *rest) = cast("Mapping[str, object]", value), path
    if not rest:
        return {name: each for name, each in inner.items() if name != first}
    return {name: _pruned(each, tuple(rest)) if first in ("*", name) else each for name, each in inner.items()}


def _owner_to_qualifier(value: Json) -> Json:
    # the configs of hosted models call the owner's tag just their owner
    name = next((each for each in ("owner-tag", "owner") if str(value.get(each)).startswith(_USER)), "")
    if not name:
        return value
    rest = {each: inner for each, inner in value.items() if each != name}
    return {**rest, "qualifier": str(value[name]).removeprefix(_USER)}


def _qualifier_to_owner(value: Json) -> Json:
    """Read ModelManager's params, of which only a new model's have a qualifier, and must have it."""
    if "name" not in value:
        return value
    qualifier = value.get("qualifier")
    if not isinstance(qualifier, str) or not qualifier:
        raise JujuError("cannot create model with invalid qualifier", NOT_VALID)
    return {**value, "owner-tag": f"{_USER}{qualifier}"}


def _filter_to_owner(value: Json) -> Json:
    rest = {name: each for name, each in value.items() if name != "owner-name"}
    return {**rest, "owner-name": rest["model-qualifier"]} if "model-qualifier" in rest else rest


def _with_directives(value: Json) -> Json:
    rest = {name: each for name, each in value.items() if name != "storage-constraints"}
    return {**rest, "storage-constraints": rest["storage-directives"]} if "storage-directives" in rest else rest


_USER: Final = "user-"
_SOURCE: Final = "source"
"""What only the origin of a charm has, of all that has a base."""
_with_series = _deeply(_base_to_series)
_with_base = _deeply(_series_to_base)
_SPOKEN_BY_TWO: Final[Mapping[str, Rewrite]] = {
    "Charms": _deeply(_origin_to_series),
    "Controller": _deeply(_default_to_series),
    "ModelConfig": _deeply(_default_to_series),
    "ModelManager": _deeply(_default_to_series),
}
_HEARD_BY_TWO: Final[Mapping[str, Rewrite]] = {
    "Application": _deeply(_of_two),
    "Charms": _charms_heard,
    "MachineManager": _deeply(_of_two),
}
_with_qualifier = _deeply(_owner_to_qualifier)
_HEARD: Final[Mapping[str, Rewrite]] = {
    "ApplicationOffers": _deeply(_filter_to_owner),
    "ModelManager": _qualifier_to_owner,
}
