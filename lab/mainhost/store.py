"""The snap store as far as the lab has it: what can be installed on main, from which channels (data)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lab.maas import seed
from lab.maas.models import Snap

CLASSIC: Final = "classic"
"""The note of a snap that is not confined."""
_RISKS: Final = ("stable", "candidate", "beta", "edge")


@dataclass(frozen=True, slots=True)
class Entry:
    """A snap of the store: where it is published, what it needs, what `snap info` says; `snap` is one installed.

    `others` are what further tracks than the default one hold.
    """

    snap: Snap
    track: str
    summary: str
    description: str
    megabytes: int
    base: str = ""
    commands: tuple[str, ...] = ()
    others: Mapping[str, Snap] = field(default_factory=dict[str, Snap])

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(f"{track}/{risk}" for track in (self.track, *self.others) for risk in _RISKS)

    def at(self, channel: str) -> Snap:
        """Give the snap that a channel holds ("2.9/stable"), tracking it."""
        return replace(self.others.get(channel.partition("/")[0], self.snap), channel=channel)


_SNAPS: Final = {each.name: each for each in (*seed.PREINSTALLED, *seed.INSTALLED)}

STORE: Final = {
    entry.snap.name: entry
    for entry in (
        Entry(
            _SNAPS["maas"],
            "3.5",
            "Metal as a Service",
            "Total automation of your physical servers for amazing data center operational efficiency.",
            145,
            base="core22",
            commands=("maas",),
        ),
        Entry(
            _SNAPS["maas-test-db"],
            "latest",
            "PostgreSQL DB for MAAS.",
            "A PostgreSQL database for MAAS to try it out with; it is not meant for production.",
            30,
            base="core22",
            commands=("maas-test-db.psql",),
        ),
        Entry(
            Snap("juju", "3.6.14", 33352, "3.6/stable", "canonical"),
            "3.6",
            "Juju - a model-driven operator lifecycle manager for K8s and machines",
            "A model-driven universal operator lifecycle manager for multi cloud and hybrid cloud environments.",
            112,
            base="core22",
            commands=("juju", "juju.fetch-oci"),
            others={
                "2.9": Snap("juju", "2.9.49", 26241, "2.9/stable", "canonical", CLASSIC),
                "4.0": Snap("juju", "4.0.12", 34011, "4.0/stable", "canonical"),
            },
        ),
        Entry(_SNAPS["core20"], "latest", "Runtime environment based on Ubuntu 20.04", "The base snap.", 67),
        Entry(_SNAPS["core22"], "latest", "Runtime environment based on Ubuntu 22.04", "The base snap.", 77),
        Entry(_SNAPS["snapd"], "latest", "Daemon and tooling that enable snap packages", "The snap daemon.", 46),
    )
}


def channel_of(text: str, track: str) -> str:
    """Complete a channel as snap does: "3.5" is 3.5/stable, "edge" is of the default track, "" is its stable."""
    if not text:
        return f"{track}/stable"
    if "/" in text:
        return text
    return f"{track}/{text}" if text in _RISKS else f"{text}/stable"
