"""Which version of a facade is spoken with a controller: the highest that both sides know.

the login's list + `SPOKEN` -> `negotiate` -> a version, or NotSupported that names both lists. Pure.
Source: api/facadeversions.go of Juju 2.9 and 4.0, the schema of 3.6.14.
"""

import re
from collections.abc import Iterable, Mapping

from providers.juju.errors import NotSupported, SetupError


def _span(low: int, high: int) -> tuple[int, ...]:
    return tuple(range(low, high + 1))


SPOKEN: Mapping[str, tuple[int, ...]] = {
    "Action": (6, 7),
    "Annotations": (2,),
    "Application": _span(13, 22),
    "ApplicationOffers": _span(3, 6),
    "Block": (2,),
    "Bundle": _span(4, 8),
    "Charms": _span(4, 7),
    "Client": _span(2, 8),
    "Cloud": (7, 8),
    "Controller": _span(9, 14),
    "CredentialManager": (1,),
    "HighAvailability": (2, 3),
    "KeyManager": (1,),
    "MachineManager": _span(6, 11),
    "ModelConfig": _span(2, 4),
    "ModelManager": _span(9, 11),
    "ModelUpgrader": (1, 2),
    "Pinger": (1,),
    "Resources": (2, 3),
    "SecretBackends": (1,),
    "Secrets": (1, 2),
    "Spaces": (6,),
    "Storage": (6, 7),
    "Subnets": (4, 5),
    "UserManager": (2, 3),
}
"""Facade -> the versions that this client can speak, from the first of Juju 2.9 to the last of 4.x."""

OLDEST, NEWEST_MAJOR = (2, 9), 4
SUPPORTED = "2.9, 3.x and 4.x"


def release(version: str) -> tuple[int, int]:
    """Read major and minor of a version such as "3.6.14", "4.0-beta5" or "2.9.49.1"; (0, 0) when it has none."""
    found = re.match(r"(\d{1,6})\.(\d{1,6})", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def major(version: str) -> int:
    """Read the first number of a version, 0 when it has none."""
    return release(version)[0]


def supported(version: str) -> bool:
    """Say whether this client speaks with a controller of this version."""
    return OLDEST <= release(version) < (NEWEST_MAJOR + 1, 0)


def check_channel(channel: str) -> str:
    """Give a snap channel back; ValueError where its track is of a Juju that this client does not support.

    A track without a minor version stands for its newest, and one without a version, "latest", for any.
    """
    track = channel.partition("/")[0]
    if track[:1].isdigit() and not supported(track if "." in track else f"{track}.99"):
        raise ValueError(f"is {channel!r}, but must be a channel of Juju {SUPPORTED}, such as 3.6/stable")
    return channel


def check_release(address: str, version: str) -> None:
    """Raise SetupError for a controller that this client does not support."""
    if not supported(version):
        shown = version or "an unknown version"
        raise SetupError(f"The controller at {address} runs Juju {shown}, but {SUPPORTED} are supported")


def negotiate(version: str, offered: Mapping[str, Iterable[int]], facade: str) -> int:
    """Choose the version to speak; `version` is the controller's own, `offered` what its login listed.

    Raises NotSupported when there is none in common, LookupError for a facade that `SPOKEN` does not have.
    """
    if facade not in SPOKEN:
        raise LookupError(f"this client does not speak the facade {facade}")
    theirs = sorted(set(offered.get(facade, ())))
    common = set(SPOKEN[facade]).intersection(theirs)
    if common:
        return max(common)
    has = f"has it in the versions {_listed(theirs)}" if theirs else "does not offer it here"
    ours = _listed(SPOKEN[facade])
    raise NotSupported(
        f"Juju {version} can't be asked for {facade}: the controller {has}, this client speaks {ours}", "not supported"
    )


def _listed(versions: Iterable[int]) -> str:
    return ", ".join(str(version) for version in versions)
