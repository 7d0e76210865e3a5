"""What a charm's `behaviour` says, as types (pure).

kind        the state machine of its own that the charm has (vault, ceph-mon, ...); "" for none
needs       what must be related, and complete: name in messages -> endpoint(s), or {endpoints, missing, incomplete}
related     what must be related, its data does not matter
wants       what may be missing, but must be complete once it is related
words       openstack: "Missing relations: a, b"; reactive: "'a' missing, 'b' incomplete"
awaits      endpoints besides, whose data a `kind` asks for
active, clustered   the message when all is well, and with more than one unit
serves      endpoint -> when this side's data is there: active (the default), installed, or a word of the kind
version     of the workload: one text, or by the channel's track
ports       that a unit opens
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lab.juju.hub.document import Charm, section, texts
from lab.juju.hub.kept import Kept

READY: Final = "Unit is ready"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a charm waits for; any of `endpoints` will do."""

    name: str
    endpoints: tuple[str, ...]
    missing: str = ""
    incomplete: str = ""
    data: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A charm's behaviour; see the module."""

    kind: str = ""
    words: str = "openstack"
    needs: tuple[Need, ...] = ()
    awaits: frozenset[str] = frozenset()
    active: str = READY
    clustered: str = ""
    serves: Mapping[str, str] = field(default_factory=dict[str, str])
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: tuple[str, ...] = ()

    def version(self, channel: str) -> str:
        """Give the workload's version in a channel; of a local charm, that of the first track."""
        track = channel.rpartition("/")[0]
        return self.versions.get(track) or next(iter(self.versions.values()), "")


def _read(said: Mapping[str, object]) -> Script:
    version = said.get("version")
    versions = section(version) or ({"": version} if version else {})
    needs = (*_needs(said, "needs"), *_needs(said, "related"), *_needs(said, "wants"))
    return Script(
        kind=str(said.get("kind") or ""),
        words=str(said.get("words") or "openstack"),
        needs=needs,
        awaits=frozenset(texts(said.get("awaits"))).union(*(each.endpoints for each in needs if each.data)),
        active=str(said.get("active", READY) or ""),
        clustered=str(said.get("clustered") or ""),
        serves={name: str(value) for name, value in section(said.get("serves")).items()},
        versions={str(track): str(value) for track, value in versions.items()},
        ports=texts(said.get("ports")),
    )


def _needs(said: Mapping[str, object], group: Literal["needs", "related", "wants"]) -> Iterator[Need]:
    for name, value in section(said.get(group)).items():
        own = section(value)
        ends = own.get("endpoints") if own else value
        yield Need(
            name,
            (ends,) if isinstance(ends, str) else texts(ends),
            str(own.get("missing") or ""),
            str(own.get("incomplete") or ""),
            group != "related",
            group == "wants",
        )


_scripts: Final = Kept(_read)


def script_of(charm: Charm) -> Script:
    """Give a charm's behaviour; one without is ready when it is installed."""
    return _scripts(charm.behaviour)
