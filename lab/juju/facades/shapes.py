"""The small shapes that many answers are made of: times, statuses, constraints, bases (pure).

rows (seconds, Status, Mapping) ─> JSON as Go writes it;  constraints of a client ─ constraints() ─> a row's mapping
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.models import Json, Meta, Status

NEVER: Final = "0001-01-01T00:00:00Z"
"""Go's zero time."""

_CONSTRAINTS: Final[Mapping[str, type]] = {
    "allocate-public-ip": bool,
    "arch": str,
    "container": str,
    "cores": int,
    "cpu-power": int,
    "image-id": str,
    "instance-role": str,
    "instance-type": str,
    "mem": int,
    "root-disk": int,
    "root-disk-source": str,
    "spaces": list,
    "tags": list,
    "virt-type": str,
    "zones": list,
}
_BUNDLE_NAMES: Final = {"cores": "cpu-cores"}


def moment(seconds: float) -> str:
    """Write a time as Go does (RFC 3339, fraction without trailing zeros); 0.0 is Go's zero time."""
    if not seconds:
        return NEVER
    at = datetime.fromtimestamp(seconds, UTC)
    fraction = f".{at.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def moment_or_null(seconds: float) -> str | None:
    return moment(seconds) if seconds else None


def entity_status(status: Status) -> Json:
    """Give Juju's EntityStatus: {"status", "info", "data"?, "since"}."""
    shown: Json = {"status": status.status, "info": status.message, "since": moment_or_null(status.since)}
    return {**shown, "data": dict(status.data)} if status.data else shown


def constraints(value: Mapping[str, object]) -> dict[str, object]:
    """Check constraints as a client sends them (Juju's constraints.Value): null is unset; JujuError "bad request"."""
    folded = {name.lower(): each for name, each in value.items() if each is not None}
    for name, each in folded.items():
        kind = _CONSTRAINTS.get(name)
        if kind is None:
            raise JujuError(f'unknown constraint "{name}"', BAD_REQUEST)
        if not isinstance(each, kind) or (kind is int and isinstance(each, bool)):
            raise JujuError(f'bad "{name}" constraint: {each!r} is not a {kind.__name__}', BAD_REQUEST)
    return folded


def constraints_text(value: Mapping[str, object]) -> str:
    """Write constraints as a bundle has them: "arch=amd64 cpu-cores=4 mem=8192 tags=compute"."""
    return " ".join(
        f"{_BUNDLE_NAMES.get(name, name)}={_constraint(value[name])}" for name in _CONSTRAINTS if _set(value, name)
    )


def _set(value: Mapping[str, object], name: str) -> bool:
    return value.get(name) not in (None, "", 0, [], ())


def _constraint(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        ",".join(str(each) for each in cast("Sequence[object]", value))
        if isinstance(value, list | tuple)
        else str(value)
    )


def base(text: str) -> Json:
    """Give Juju's Base of a row's "22.04": {"name": "ubuntu", "channel": "22.04/stable"}."""
    name, _, channel = text.rpartition("@")
    channel = channel if "/" in channel else f"{channel}/stable"
    return {"name": name or "ubuntu", "channel": channel}


def base_text(text: str) -> str:
    """Give "ubuntu@22.04/stable" of a row's "22.04"."""
    shown = base(text)
    return f"{shown['name']}@{shown['channel']}"


def base_of(value: Mapping[str, object]) -> str:
    """Give a row's "22.04" of Juju's Base, "" when there is none."""
    return str(value.get("channel") or "").partition("/")[0]


def api_addresses(meta: Meta) -> list[str]:
    """Give where the controller's API is: "host:port"."""
    return [each if ":" in each else f"{each}:{meta.port}" for each in meta.addresses]
