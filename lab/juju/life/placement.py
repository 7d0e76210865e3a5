"""Where a unit or machine goes, as a client asks for it: Juju's instance.Placement (pure)."""

from dataclasses import dataclass
from typing import Final

HOSTS: Final = ("lxd", "kvm")
"""The container types that a placement's scope can name."""
MACHINE: Final = "#"
"""The scope of a placement on a machine of the model."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A place for a unit or machine; both "": a machine of its own.

    `scope`: "" or "#" with a machine's id as directive, a container type with the host's id or "" (a new host), or a
    model's uuid (or name) with what the cloud understands: a hostname, "zone=Z", "system-id=S".
    """

    scope: str = ""
    directive: str = ""
