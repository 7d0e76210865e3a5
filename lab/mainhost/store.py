"""The snap store as far as the lab has it: what can be installed on main, from which channels (data)."""

from dataclasses import dataclass
from typing import Final

from lab.maas import seed
from lab.maas.models import Snap

_RISKS: Final = ("stable", "candidate", "beta", "edge")


@dataclass(frozen=True, slots=True)
class Entry:
    """A snap of the store: where it is published, what it needs, what `snap info` says; `snap` is one installed."""

    snap: Snap
    track: str
    summary: str
    description: str
    megabytes: int
    base: str = ""
    commands: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(f"{self.track}/{risk}" for risk in _RISKS)


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
