"""Exposure: which endpoints of an application the world may reach, and from where.

true, false, or {endpoint: {spaces, cidrs}} -> `clean` -> the normal form ({} for not exposed, "" for all endpoints)
-> `changes` against what is there -> what to expose and to unexpose. Pure.
Source: juju 3.6 Application.Expose, Unexpose; exposing without more means all endpoints, from everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from providers.common.cleaning import cidr
from providers.common.raw import Raw, mapping, texts

Exposed: TypeAlias = dict[str, dict[str, list[str]]]
"""Endpoint ("" for all) -> {"spaces": [...], "cidrs": [...]}, both sorted."""

EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_KEYS: Final = {"spaces", "cidrs"}


@dataclass(frozen=True)
class Changes:
    """`expose`: endpoints with what they get; `unexpose`: endpoints to close; `close`: close all."""

    expose: Mapping[str, Mapping[str, Sequence[str]]]
    unexpose: tuple[str, ...] = ()
    close: bool = False


def clean(value: object) -> Exposed:
    """Bring true, false, or an object of endpoints to the normal form; ValueError completes "<field> ..."."""
    if isinstance(value, bool):
        return {"": _rules({})} if value else {}
    if not isinstance(value, Mapping):
        raise ValueError(f"is {value!r}, but must be true, false, or an object of endpoints")  # noqa: TRY004 - the contract of cleaners
    return {str(name): _cleaned(str(name), item) for name, item in cast("Mapping[str, object]", value).items()}


def observed(exposed: bool, endpoints: Raw) -> Exposed:
    """Read what a status, or ApplicationsInfo, shows."""
    if not exposed:
        return {}
    shown = {name: _shown(mapping(endpoints, name)) for name in endpoints}
    return shown or {"": _rules({})}


def changes(there: Exposed, asked: Exposed) -> Changes:
    """Compare what is exposed with what is asked for."""
    if not asked:
        return Changes({}, close=bool(there))
    surplus = tuple(sorted(name for name in there if name not in asked))
    return Changes({name: rules for name, rules in asked.items() if there.get(name) != rules}, surplus)


def wire(rules: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, object]:
    """Give the API's exposed-endpoints."""
    return {
        name: {"expose-to-spaces": list(one["spaces"]), "expose-to-cidrs": list(one["cidrs"])}
        for name, one in rules.items()
    }


def _cleaned(name: str, value: object) -> dict[str, list[str]]:
    if value is None or value is True:
        return _rules({})
    if not isinstance(value, Mapping) or set(cast("Mapping[str, object]", value)) - _KEYS:
        raise ValueError(f'has "{name}": {value!r}, but an endpoint takes an object of spaces and cidrs, or true')
    return _rules(cast("Mapping[str, object]", value))


def _rules(raw: Raw) -> dict[str, list[str]]:
    """From nowhere in particular is from everywhere."""
    spaces = sorted(set(texts(raw, "spaces")))
    cidrs = sorted({cidr(one) for one in texts(raw, "cidrs")})
    return {"spaces": spaces, "cidrs": cidrs if cidrs or spaces else list(EVERYWHERE)}


def _shown(raw: Raw) -> dict[str, list[str]]:
    return _rules({"spaces": texts(raw, "expose-to-spaces"), "cidrs": texts(raw, "expose-to-cidrs")})
