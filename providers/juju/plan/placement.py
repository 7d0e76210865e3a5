"""Placement: where a unit or a machine goes, as the juju command writes it after `--to`.

text ("3", "0/lxd/1", "lxd:0", "lxd", "server3", "zone=a", "system-id=xyz") -> `parse` -> Placement -> `wire` for the
API, or `fits`: does this machine fulfil it? "" is anywhere. Pure. Source: juju 3.6 core/instance/placement.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

CONTAINERS: Final = ("lxd", "kvm")
_MACHINE: Final = re.compile(r"(0|[1-9]\d*)(/[a-z]+/(0|[1-9]\d*))*")
_DIRECTIVE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(=[^\s=,:]+)?")
_ALLOWED: Final = (
    'a machine ("3", "0/lxd/1"), a container ("lxd:3", or "lxd" on a new machine), '
    'or a machine of the cloud ("server3", "zone=rack1", "system-id=abc123")'
)


@dataclass(frozen=True)
class Placement:
    """`kind`: machine ("#" of Juju), container (on `machine`, or on a new one), cloud (a directive), anywhere."""

    kind: str
    container: str = ""
    machine: str = ""
    directive: str = ""


@dataclass(frozen=True)
class Place:
    """What a machine is known by."""

    id: str
    hostname: str = ""
    instance_id: str = ""
    zone: str = ""
    display_name: str = ""

    @property
    def parent(self) -> str:
        """The machine that hosts this container, "" for a machine."""
        return self.id.rpartition("/")[0].rpartition("/")[0]

    @property
    def container(self) -> str:
        return self.id.split("/")[-2] if "/" in self.id else ""


@cache
def parse(text: str) -> Placement:
    """Read one placement; ValueError completes "<field> ..."."""
    text = text.strip()
    if text == "":
        return Placement("anywhere")
    if _MACHINE.fullmatch(text):
        return Placement("machine", machine=text)
    container, colon, machine = text.partition(":")
    if container in CONTAINERS and not colon:
        return Placement("container", container)
    if container in CONTAINERS and _MACHINE.fullmatch(machine):
        return Placement("container", container, machine)
    if not colon and _DIRECTIVE.fullmatch(text):
        return Placement("cloud", directive=text)
    raise ValueError(f"has {text!r}, but a placement must be {_ALLOWED}")


def clean(value: object) -> str:
    """Accept one placement, without spaces around it; a machine's number may be a number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
        value = str(int(value))
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"is {value!r}, but a placement must be {_ALLOWED}")
    parse(value)
    return value.strip()


def clean_for_machine(value: object) -> str:
    """Accept a placement that a new machine can have: not on a machine, but perhaps in a container."""
    text = clean(value)
    if parse(text).kind == "machine":
        raise ValueError(f"is {value!r}, but a machine can't be placed on a machine: lxd:{text} is a container on it")
    return text


def wire(placement: Placement, model: str) -> Mapping[str, str]:
    """Give the API's {"scope", "directive"}; `model` is the model's uuid, the scope of what the cloud decides."""
    if placement.kind == "machine":
        return {"scope": "#", "directive": placement.machine}
    if placement.kind == "container":
        return {"scope": placement.container, "directive": placement.machine}
    return {"scope": model, "directive": placement.directive}


def fits(placement: Placement, place: Place) -> bool:
    """Say whether a unit on this machine is where the placement puts it."""
    if placement.kind == "machine":
        return place.id == placement.machine
    if placement.kind == "container":
        return place.container == placement.container and placement.machine in {"", place.parent}
    if placement.kind == "cloud":
        return place.container == "" and _is(placement.directive, place)
    return True


def _is(directive: str, place: Place) -> bool:
    name, equals, value = directive.partition("=")
    if not equals:
        known = {place.hostname, place.display_name, place.instance_id, place.hostname.partition(".")[0]}
        return directive in known or directive.partition(".")[0] in known
    return value == {"zone": place.zone, "system-id": place.instance_id}.get(name)
