"""The parts of a config that are well-formed, each with its path, so that relations can be checked despite errors.

One bad entry must not hide what is wrong between the others: `BaremetalSettings` needs all parts, a `Draft` takes
those that parse. Names are gathered from broken entries too, so that a reference to one is no second error. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from stacks.config import app_models, models
from stacks.config.problems import path_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class At(Generic[T]):
    """A value and where it stands in the config."""

    path: str
    value: T


@dataclass(frozen=True)
class Draft:
    """The well-formed entries of `metal-to-cloud:baremetal`.

    `names` is what entries are called, broken ones included; None for a list that can't be read at all.
    """

    settings: Mapping[str, object]
    ssh_keys: tuple[At[models.SshKey], ...]
    images: tuple[At[models.Image], ...]
    zones: tuple[At[models.Zone], ...]
    pools: tuple[At[models.Pool], ...]
    subnets: tuple[At[models.Subnet], ...]
    power: models.PowerDefaults | None
    servers: tuple[At[models.Server], ...]
    bridges: tuple[At[models.Bridge], ...]
    tags: tuple[At[models.Tag], ...]
    devices: tuple[At[models.Device], ...]
    dns_records: tuple[At[models.DnsRecord], ...]
    deploy: tuple[At[tuple[str, models.Deploy]], ...]
    controller: At[app_models.Controller] | None
    ssh: At[app_models.Ssh] | None
    app: At[app_models.App] | None
    names: Mapping[str, frozenset[str] | None]


def draft(root: str, raw: Mapping[str, object]) -> Draft:
    """Take from `raw` every entry that is well-formed by itself; paths begin with `root`."""
    return Draft(
        settings=_mapping(raw.get("settings")),
        ssh_keys=_entries(root, raw, "sshKeys", models.SshKey),
        images=_entries(root, raw, "images", models.Image),
        zones=_entries(root, raw, "zones", models.Zone),
        pools=_entries(root, raw, "pools", models.Pool),
        subnets=_entries(root, raw, "subnets", models.Subnet),
        power=_valid(models.PowerDefaults, raw.get("power", {})),
        servers=_entries(root, raw, "servers", models.Server),
        bridges=_entries(root, raw, "bridges", models.Bridge),
        tags=_entries(root, raw, "tags", models.Tag),
        devices=_entries(root, raw, "devices", models.Device),
        dns_records=_entries(root, raw, "dnsRecords", models.DnsRecord),
        deploy=tuple(
            At(path_of(root, ("deploy", name)), (name, entry))
            for name, value in _mapping(raw.get("deploy")).items()
            if (entry := _valid(models.Deploy, value))
        ),
        controller=_part(root, raw, "controller", app_models.Controller),
        ssh=_part(root, raw, "ssh", app_models.Ssh),
        app=_part(root, raw, "app", app_models.App),
        names={
            "servers": _names(raw, "servers", "name"),
            "zones": _names(raw, "zones", "name", "default"),
            "pools": _names(raw, "pools", "name", "default"),
            "releases": _names(raw, "images", "release"),
        },
    )


M = TypeVar("M", bound=BaseModel)


def _entries(root: str, raw: Mapping[str, object], section: str, model: type[M]) -> tuple[At[M], ...]:
    return tuple(
        At(path_of(root, (section, index)), entry)
        for index, value in enumerate(_list(raw.get(section)))
        if (entry := _valid(model, value)) is not None
    )


def _part(root: str, raw: Mapping[str, object], section: str, model: type[M]) -> At[M] | None:
    value = _valid(model, raw[section]) if section in raw else None
    return None if value is None else At(path_of(root, (section,)), value)


def _valid(model: type[M], value: object) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _names(raw: Mapping[str, object], section: str, key: str, *always: str) -> frozenset[str] | None:
    entries = raw.get(section, ())
    if not isinstance(entries, list | tuple):
        return None
    found = (_mapping(entry).get(key) for entry in _list(raw.get(section)))
    return frozenset(name for name in (*found, *always) if isinstance(name, str))


def _list(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
