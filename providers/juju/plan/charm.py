"""What a charm says of itself: options, endpoints, storage, resources; and whether what is asked for fits it.

the API's answer of Charms.CharmInfo -> `parse` -> CharmFacts -> `option_errors`, `find_endpoint`, ...: sentences that
name what is wrong and the nearest that exists. Pure. Source: juju 3.6 params.Charm, CharmMeta, CharmOption.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from providers.common.raw import Raw, flag, mapping, text, whole
from providers.juju.names import nearest

Role: TypeAlias = Literal["provider", "requirer", "peer"]
_NUMBER: Final = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Option:
    """A config option; `type`: string, int, float, boolean, secret; `default` None: none."""

    name: str
    type: str
    default: object = None


@dataclass(frozen=True)
class Endpoint:
    """One end that relations can have; `limit` 0: any number of them; `scope`: global or container."""

    name: str
    role: Role
    interface: str
    scope: str = "global"
    limit: int = 0


@dataclass(frozen=True)
class CharmFacts:
    """A charm as its controller knows it; `resources` and `storage` map names to their types.

    `filenames`: what the charm calls its resources that are files, such as "rules.zip".
    """

    name: str
    url: str = ""
    subordinate: bool = False
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    bindings: tuple[str, ...] = ()
    storage: Mapping[str, str] = field(default_factory=dict[str, str])
    resources: Mapping[str, str] = field(default_factory=dict[str, str])
    filenames: Mapping[str, str] = field(default_factory=dict[str, str])


def parse(raw: Raw) -> CharmFacts:
    """Read the answer of Charms.CharmInfo."""
    meta = mapping(raw, "meta")
    endpoints = {name: _endpoint(name, role, mapping(group, name)) for role, group in _groups(meta) for name in group}
    return CharmFacts(
        name=text(meta, "name"),
        url=text(raw, "url"),
        subordinate=flag(meta, "subordinate"),
        options={name: _option(name, mapping(mapping(raw, "config"), name)) for name in mapping(raw, "config")},
        endpoints=endpoints,
        bindings=tuple(mapping(meta, "extra-bindings")),
        storage=_types(mapping(meta, "storage")),
        resources=_types(mapping(meta, "resources")),
        filenames=_filenames(mapping(meta, "resources")),
    )


def _groups(meta: Raw) -> tuple[tuple[Role, Raw], ...]:
    return (
        ("provider", mapping(meta, "provides")),
        ("requirer", mapping(meta, "requires")),
        ("peer", mapping(meta, "peers")),
    )


def _endpoint(name: str, role: Role, raw: Raw) -> Endpoint:
    return Endpoint(name, role, text(raw, "interface"), text(raw, "scope") or "global", whole(raw, "limit"))


def _option(name: str, raw: Raw) -> Option:
    return Option(name, text(raw, "type") or "string", raw.get("default"))


def _types(raw: Raw) -> Mapping[str, str]:
    return {name: text(mapping(raw, name), "type") for name in raw}


def _filenames(raw: Raw) -> Mapping[str, str]:
    """Give the names of files; the API says path, a charm's own metadata filename."""
    files = {name: mapping(raw, name) for name in raw if text(mapping(raw, name), "type") == "file"}
    return {name: text(one, "path") or text(one, "filename") for name, one in files.items()}


def ending(name: str) -> str:
    """Give what Juju takes for a file's kind: from its last dot on, "" where it has none."""
    last = name.rpartition("/")[2]
    return last[last.rfind(".") :] if "." in last else ""


def file_errors(facts: CharmFacts, given: Mapping[str, object]) -> tuple[str, ...]:
    """Say which files Juju would not take: those of another kind than the charm's own name for them."""
    files = {name: path for name, path in given.items() if isinstance(path, str) and name in facts.filenames}
    return tuple(
        f"wants a file {_called(facts.filenames[name])} for its resource {name}, not {path}"
        for name, path in sorted(files.items())
        if ending(path) != ending(facts.filenames[name])
    )


def _called(filename: str) -> str:
    return f"that ends with {ending(filename)}" if ending(filename) else "without an ending"


def unknown(given: Iterable[str], known: Iterable[str], what: str) -> tuple[str, ...]:
    """Say of each given name that is not among the known ones what was meant perhaps; `what` e.g. "option"."""
    there = set(known)
    return tuple(
        f'has no {what} "{name}": {nearest(name, there - {""})}' for name in sorted(given) if name not in there
    )


def typed(option: Option, value: object) -> object:
    """Give a value in the option's type; ValueError completes "<field> ..." and never quotes the value."""
    if option.type == "boolean":
        return _boolean(option.name, value)
    if option.type == "int":
        return _whole(option.name, value)
    if option.type == "float":
        return _decimal(option.name, value)
    return plain(value)


def plain(value: object) -> str:
    """Write a scalar as Juju's config does: true, 3, 0.5, text as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def means(option: Option | None, one: object, other: object) -> bool:
    """Say whether two values of an option mean the same: 4 and "4", true and "True"."""
    if one is None or other is None:
        return one is other
    if option is not None:
        try:
            return typed(option, one) == typed(option, other)
        except ValueError:
            return False
    return plain(one) == plain(other)


def _boolean(name: str, value: object) -> bool:
    lowered = plain(value).lower()
    if lowered in {"true", "false"}:
        return lowered == "true"
    raise ValueError(f"{name} must be true or false, as the charm's option is a boolean")


def _whole(name: str, value: object) -> int:
    written = plain(value).strip()
    if not isinstance(value, bool) and _NUMBER.fullmatch(written):
        return int(written)
    raise ValueError(f"{name} must be a whole number, as the charm's option is an int")


def _decimal(name: str, value: object) -> float:
    try:
        return float("x" if isinstance(value, bool) else plain(value))
    except ValueError:
        raise ValueError(f"{name} must be a number, as the charm's option is a float") from None


def option_errors(facts: CharmFacts, config: Mapping[str, object], *, secret: bool = False) -> tuple[str, ...]:
    """Say what is wrong with a config: options that the charm does not have, values of another type.

    `secret`: values are not quoted.
    """
    errors = list(unknown(config, facts.options, "option"))
    for name in sorted(set(config) & set(facts.options)):
        try:
            typed(facts.options[name], config[name])
        except ValueError as error:
            quoted = "" if secret else f" {plain(config[name])!r}"
            errors.append(f"has a wrong value{quoted}: {error}")
    return tuple(errors)
