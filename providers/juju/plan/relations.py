"""Relations: which two endpoints are meant, and whether they go together; said before Juju is asked.

"app:endpoint" or "app", twice + what each application's charm offers + the relations there are -> `choose` -> one pair
of ends, or ValueError with the reason in one sentence. `found` gives the relation that is there already. Pure.
Source: juju 3.6 state.InferEndpoints: provider meets requirer, interfaces are equal, one side may be left open.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from providers.juju.names import nearest
from providers.juju.plan.charm import Endpoint
from providers.juju.status import Relation

_END: Final = re.compile(
    r"(?P<application>[a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*)(?::(?P<endpoint>[A-Za-z][A-Za-z0-9_-]*))?"
)
_IMPLICIT: Final = Endpoint("juju-info", "provider", "juju-info")


@dataclass(frozen=True)
class End:
    """One side as a person writes it; `endpoint` is "" where the other side decides it."""

    application: str
    endpoint: str = ""

    @property
    def text(self) -> str:
        return f"{self.application}:{self.endpoint}" if self.endpoint else self.application


@dataclass(frozen=True)
class Side:
    """An application with what its charm, or the offer that it stands for, has to relate to."""

    end: End
    endpoints: Mapping[str, Endpoint]
    subordinate: bool = False
    remote: bool = False


@dataclass(frozen=True)
class Pair:
    """Two ends that go together, both with their endpoints."""

    one: End
    other: End
    interface: str


def parse(text: str) -> End:
    """Read "app" or "app:endpoint"; ValueError completes "<field> ..."."""
    found = _END.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"has {text!r}, but an end of a relation must be app or app:endpoint, such as vault:shared-db")
    return End(found["application"], found["endpoint"] or "")


def clean(value: object) -> list[str]:
    """Accept two ends of two applications, sorted: a relation has no direction."""
    given = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    texts = [one for one in given if isinstance(one, str)]
    if len(given) != 2 or len(texts) != 2:
        raise ValueError(f"is {value!r}, but must be two ends such as keystone:shared-db and mysql:shared-db")
    one, other = (parse(text) for text in texts)
    if one.application == other.application:
        raise ValueError(
            f"has {one.application} on both sides, but only peers relate to themselves, and Juju does that"
        )
    return sorted((one.text, other.text))


def found(ends: Sequence[str], relations: Iterable[Relation]) -> Relation | None:
    """Find the relation with these ends; an end without endpoint fits any of that application's, if only one does."""
    wanted = [parse(text) for text in ends]
    fitting = [relation for relation in relations if _joins(relation, wanted)]
    return fitting[0] if len(fitting) == 1 else None


def _joins(relation: Relation, wanted: Sequence[End]) -> bool:
    if len(relation.endpoints) != 2:
        return False
    first, second = relation.endpoints
    return any(
        all(
            end.application == there.application and end.endpoint in {"", there.name}
            for end, there in zip(wanted, order, strict=True)
        )
        for order in ((first, second), (second, first))
    )


def choose(one: Side, other: Side, relations: Iterable[Relation]) -> Pair:
    """Infer the pair of endpoints; ValueError with the reason when there is none, or more than one."""
    for side in (one, other):
        _check_end(side)
    pairs = _pairs(one, other)
    if not pairs:
        raise ValueError(_mismatch(one, other))
    explicit = [pair for pair in pairs if "juju-info" not in {pair.one.endpoint, pair.other.endpoint}]
    pairs = explicit or pairs
    if len(pairs) > 1:
        listed = "; ".join(f"{pair.one.text} {pair.other.text}" for pair in pairs)
        raise ValueError(f"{one.end.text} and {other.end.text} could be related as {listed}: name the endpoints")
    _check_limits(pairs[0], (one, other), list(relations))
    return pairs[0]


def _check_end(side: Side) -> None:
    name = side.end.endpoint
    if name and name not in _all(side):
        listed = ", ".join(f"{one.name} ({one.interface})" for one in side.endpoints.values() if one.role != "peer")
        close = nearest(name, side.endpoints)
        meant = f"; {close}" if close.startswith("did") else ""
        raise ValueError(f'{side.end.application} has no endpoint "{name}"; it has {listed or "none"}{meant}')
    if name and _all(side)[name].role == "peer":
        raise ValueError(f"{side.end.text} is a peer endpoint: Juju relates the units of {side.end.application} itself")


def _all(side: Side) -> Mapping[str, Endpoint]:
    implicit = {} if side.remote or "juju-info" in side.endpoints else {"juju-info": _IMPLICIT}
    return {**side.endpoints, **implicit}


def _candidates(side: Side) -> list[Endpoint]:
    every = _all(side)
    return [every[side.end.endpoint]] if side.end.endpoint else list(every.values())


def _pairs(one: Side, other: Side) -> list[Pair]:
    return [
        Pair(End(one.end.application, left.name), End(other.end.application, right.name), left.interface)
        for left in _candidates(one)
        for right in _candidates(other)
        if left.interface == right.interface and {left.role, right.role} == {"provider", "requirer"}
        if _scopes_meet(left, right, one, other)
    ]


def _scopes_meet(left: Endpoint, right: Endpoint, one: Side, other: Side) -> bool:
    """Relate within a machine only a subordinate and its principal: that is what the scope container says."""
    return "container" not in {left.scope, right.scope} or one.subordinate or other.subordinate


def _mismatch(one: Side, other: Side) -> str:
    if not (one.end.endpoint and other.end.endpoint):
        return (
            f"{one.end.text} and {other.end.text} have no endpoints that go together: {_offers(one)}; {_offers(other)}"
        )
    left, right = _all(one)[one.end.endpoint], _all(other)[other.end.endpoint]
    if left.interface != right.interface:
        return (
            f"{one.end.text} speaks the interface {left.interface}, but {other.end.text} speaks {right.interface}: "
            "both must be the same"
        )
    if left.role == right.role:
        return f"{one.end.text} and {other.end.text} are both {left.role}s of {left.interface}: one must be the other"
    return f"{one.end.text} and {other.end.text} relate within a machine, so one of them must be a subordinate"


def _offers(side: Side) -> str:
    listed = sorted(
        f"{one.role}s {one.interface} at {one.name}".replace("providers", "provides").replace("requirers", "requires")
        for one in _candidates(side)
        if one.role != "peer" and one.name != "juju-info"
    )
    return f"{side.end.application} {', '.join(listed) or 'has none'}"


def _check_limits(pair: Pair, sides: Sequence[Side], relations: Sequence[Relation]) -> None:
    for side, end in zip(sides, (pair.one, pair.other), strict=True):
        limit = _all(side)[end.endpoint].limit
        held = [relation.key for relation in relations if _at(relation, end)]
        if limit and len(held) >= limit:
            many = "s" if limit > 1 else ""
            raise ValueError(f"{end.text} takes {limit} relation{many} at most, and has {', '.join(held)} already")


def _at(relation: Relation, end: End) -> bool:
    return any(one.application == end.application and one.name == end.endpoint for one in relation.endpoints)
