"""What other versions of Juju than 3.6 advertise and name otherwise, so that one lab can play them (pure).

facades as written (3.6) ─> advertised(version) ─> what login lists
request of a 2.9 or 4.0 client ─> `Dialect.heard` ─> fields of 3.6 ─> method ─> `Dialect.spoken` ─> reply

Sources: juju/juju api/facadeversions.go of the 2.9 line, apiserver/restrict_newer_client.go; js-libjuju's schema of
4.0.12.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from lab.juju.errors import JujuError
from lab.juju.hub.document import SERIES
from lab.juju.models import Json
from lab.juju.rpc import Facade

Rewrite: TypeAlias = Callable[[Json], Json]


def _upto(last: int, first: int = 1) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


_TWO: Final[Mapping[str, tuple[int, ...]]] = {
    "Action": _upto(7, 2),
    "Admin": (3,),
    "AllModelWatcher": (2,),
    "AllWatcher": (1,),
    "Annotations": (2,),
    "Application": _upto(13),
    "ApplicationOffers": _upto(3),
    "Backups": _upto(2),
    "Block": (2,),
    "Bundle": _upto(4),
    "Charms": _upto(4, 2),
    "Client": _upto(2),
    "Cloud": _upto(7),
    "Controller": _upto(9, 3),
    "CredentialManager": (1,),
    "HighAvailability": (2,),
    "ImageMetadataManager": (1,),
    "KeyManager": (1,),
    "MachineManager": _upto(6, 2),
    "ModelConfig": _upto(2),
    "ModelGeneration": _upto(4),
    "ModelManager": _upto(9, 2),
    "ModelSummaryWatcher": (1,),
    "ModelUpgrader": (1,),
    "NotifyWatcher": (1,),
    "Payloads": (1,),
    "Pinger": (1,),
    "Resources": _upto(2),
    "SSHClient": _upto(2),
    "Spaces": _upto(6, 2),
    "Storage": _upto(6, 3),
    "StringsWatcher": (1,),
    "Subnets": _upto(4, 2),
    "UserManager": _upto(2),
}

_FOUR: Final[Mapping[str, tuple[int, ...]]] = {
    "ApplicationOffers": (6,),
    "Application": (19, 20, 21, 22),
    "Bundle": (8,),
    "Charms": (7,),
    "Client": (8,),
    "Cloud": (8,),
    "Controller": (13, 14),
    "HighAvailability": (3,),
    "MachineManager": (11,),
    "ModelConfig": (4,),
    "ModelManager": (11,),
    "ModelUpgrader": (2,),
}
_GONE_IN_FOUR: Final = frozenset({"AllWatcher", "AllModelWatcher", "ModelGeneration", "Payloads"})

_SINCE: Final[Mapping[tuple[str, str], int]] = {
    ("Application", "DeployFromRepository"): 19,
    ("Application", "GetApplicationStorage"): 22,
    ("Application", "UpdateApplicationStorage"): 22,
    ("Charms", "GetDownloadInfos"): 3,
}
_UNTIL: Final[Mapping[tuple[str, str], int]] = {
    ("Application", "UpdateApplicationBase"): 4,
    ("Application", "SetMetricCredentials"): 4,
}
"""The first major version of Juju that dropped a method without giving the facade a new version."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How this version of Juju names things: `heard` turns params into those of 3.6, `spoken` replies of 3.6 back."""

    heard: Rewrite
    spoken: Rewrite


def dialect(version: str, facade: str) -> Dialect | None:
    """Give what has to be renamed for a facade; None where a version speaks as 3.6 does."""
    if major(version) == 2:
        return Dialect(_with_base, _with_series)
    if major(version) >= 4 and facade in {"ModelManager", "ApplicationOffers"}:
        return Dialect(_with_owner, _with_qualifier)
    return None


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


def has_method(version: str, facade: str, number: int, method: str) -> bool:
    """Tell whether version `number` of a facade already, or still, has a method."""
    return number >= _SINCE.get((facade, method), 0) and major(version) < _UNTIL.get((facade, method), 99)


_ALWAYS: Final = {("Pinger", "Ping"), ("Client", "FullStatus")}


def check_client(version: str, client: str, facade: str, method: str) -> None:
    """Refuse calls of a client of another major version in Juju's words; pings and status are always served.

    2.9 serves clients of 3.0 too, and X.0 those of the version before.
    """
    ours, theirs = _numbers(version), _numbers(client)
    if ours[0] == theirs[0] or ((facade, method) in _ALWAYS and abs(ours[0] - theirs[0]) == 1):
        return
    if (ours[:2] == (2, 9) and theirs[:2] == (3, 0)) or (theirs[0] == ours[0] - 1 and ours[1] == 0):
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
    series = _series_of(value["base"]) if "base" in value else None
    if series is None:
        return value
    rest = {name: each for name, each in value.items() if name != "base"}
    return {**rest, "series": series, "os": "ubuntu"} if "source" in value else {**rest, "series": series}


def _series_to_base(value: Json) -> Json:
    release = _RELEASES.get(str(value.get("series") or ""))
    if release is None or value.get("base"):
        return value
    return {**value, "base": {"name": "ubuntu", "channel": f"{release}/stable"}}


def _owner_to_qualifier(value: Json) -> Json:
    owner = value.get("owner-tag")
    if not isinstance(owner, str):
        return value
    rest = {name: each for name, each in value.items() if name != "owner-tag"}
    return {**rest, "qualifier": owner.removeprefix("user-")}


def _qualifier_to_owner(value: Json) -> Json:
    qualifier = value.get("qualifier")
    return value if not isinstance(qualifier, str) or not qualifier else {**value, "owner-tag": f"user-{qualifier}"}


_with_series = _deeply(_base_to_series)
_with_base = _deeply(_series_to_base)
_with_qualifier = _deeply(_owner_to_qualifier)
_with_owner = _deeply(_qualifier_to_owner)
