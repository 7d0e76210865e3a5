"""A deployment's layout: what its table looks like, and which containers another one would take away from their nodes.

nodes + spots of each application ("server3", "lxd on server3") -> `table` for a person; the layout that was and the one
that is wanted -> `refusal`, one sentence, "" where no container moves. Pure.

A container that leaves its node loses what only it holds: the unit that takes its place elsewhere begins with nothing
but what its cluster gives it. So it moves only when the person has said where the containers belong.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_INSIDE: Final = " on "


@dataclass(frozen=True)
class Layout:
    """`spots`: those of each application's units. Containers are spread over the first `spread` of `nodes`.

    `setting`: where a person says so ("juju:openstack."), in front of nodes, servers and spread.
    """

    nodes: tuple[str, ...]
    spread: int
    spots: Mapping[str, tuple[str, ...]]
    setting: str = ""


def table(layout: Layout) -> str:
    """Say by node which applications it holds, and which its containers do."""
    return "\n".join(["what runs where:", *(f"  {node}: {_row(layout, node)}" for node in layout.nodes)])


def _row(layout: Layout, node: str) -> str:
    own = [name for name, spots in layout.spots.items() if node in spots]
    inside = [_named(name, spots, node) for name, spots in layout.spots.items() if _containers(spots)[node]]
    parts = [", ".join(own), f"in containers {', '.join(inside)}" if inside else ""]
    return "; ".join(part for part in parts if part) or "nothing"


def _named(name: str, spots: Sequence[str], node: str) -> str:
    count = _containers(spots)[node]
    return name if count == 1 else f"{count} x {name}"


def _containers(spots: Sequence[str]) -> Counter[str]:
    """Count containers by node."""
    return Counter(spot.partition(_INSIDE)[2] for spot in spots if _INSIDE in spot)


def refusal(before: Layout, wanted: Layout) -> str:
    """Say which containers would leave their nodes, and what the person has to say; "" where none would."""
    leaving = dict(_leaving(before, wanted))
    if not leaving:
        return ""
    places = {node for nodes in leaving.values() for node in nodes}
    nodes = ", ".join(node for node in before.nodes if node in places)
    at, count = wanted.setting, len(wanted.nodes)
    would = f"{', '.join(leaving)} would leave their containers on {nodes} and what only those hold"
    moves = f"{at}spread must be {wanted.spread}, which moves them"
    if count < before.spread:
        return f"{at}nodes is {count}, so {would}: it must be at least {before.spread}, or {moves}"
    if places <= set(wanted.nodes):
        stay = f"{at}spread must be {before.spread} to leave them there, or {wanted.spread} to move them"
        return f"{at}nodes is {count}, so {would}: {stay}"
    gone = ", ".join(node for node in before.nodes if node in places - set(wanted.nodes))
    return f"{at}servers is {', '.join(wanted.nodes)}, so {would}: {gone} must be where it was, or {moves}"


def _leaving(before: Layout, wanted: Layout) -> Iterator[tuple[str, list[str]]]:
    for name, spots in before.spots.items():
        gone = _containers(spots) - _containers(wanted.spots.get(name, ()))
        if gone and name in wanted.spots:
            yield name, list(gone)
