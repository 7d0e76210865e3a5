"""A model written down as a bundle: applications, machines, relations, offers (pure; juju facades/client/bundle).

rows of a model ─ exported ─> YAML: the bundle, and, where something is offered or exposed in part, an overlay after it
"""

from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from lab.juju.errors import JujuError
from lab.juju.facades import tags
from lab.juju.facades.model_shapes import default_base
from lab.juju.facades.offer_rows import EVERYONE
from lab.juju.facades.shapes import base_text, constraints_text
from lab.juju.hub import catalogue
from lab.juju.hub.catalogue import SERIES
from lab.juju.models import Application, Json, Machine, Unit
from lab.juju.world import World, key

_EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
_OVERLAY: Final = ("exposed-endpoints", "offers")
_EMPTY: Final = ("", False, 0)


def exported(world: World, model: str, *, defaults: bool = False, series: bool = False, two: bool = False) -> str:
    """Write the model as YAML; `defaults`: with the charms' default options; `series`: names the release as well.

    `two`: as 2.9 does, which names series only.

    Raises JujuError where there is no application.
    """
    units = _units(world, model)
    applications = sorted(world.applications.of(model), key=lambda app: app.name)
    if not applications:
        raise JujuError("nothing to export as there are no applications")
    machines = _machines(world, model, [unit for each in units.values() for unit in each])
    base = _default_base(default_base(world, world.models.get(model)), [*applications, *machines])
    spaces = len({space for app in applications for space in app.bindings.values()}) > 1
    writer = _Writer(world, model, base, defaults, spaces)
    named = _in_series if two else _in_bases
    whole = {app.name: named(writer.application(app, units.get(app.name, []))) for app in applications}
    bundle: Json = {
        "default-base": "" if two else base,
        "series": _series(base) if series or two else "",
        "saas": {remote.name: {"url": remote.offer_url} for remote in world.remotes.of(model)},
        "applications": {name: _without(spec, _OVERLAY) for name, spec in whole.items()},
        "machines": {machine.id: named(writer.machine(machine)) for machine in machines},
        "relations": _relations(world, model),
    }
    overlay = {name: kept for name, spec in whole.items() if (kept := _only(spec, _OVERLAY))}
    text = _written(_filled(bundle))
    return f"{text}--- # overlay.yaml\n{_written({'applications': overlay})}" if overlay else text


def _series(base: str) -> str:
    return SERIES.get(base.partition("@")[2].partition("/")[0], "")


def _in_bases(spec: Json) -> Json:
    return spec


def _in_series(spec: Json) -> Json:
    return {
        "series" if name == "base" else name: _series(str(value)) if name == "base" else value
        for name, value in spec.items()
    }


def _without(spec: Json, names: Sequence[str]) -> Json:
    return {name: value for name, value in spec.items() if name not in names}


def _only(spec: Json, names: Sequence[str]) -> Json:
    return {name: value for name, value in spec.items() if name in names}


def _written(value: Json) -> str:
    return yaml.safe_dump(value, sort_keys=False, default_flow_style=False, allow_unicode=True, width=4096)


def _units(world: World, model: str) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for unit in world.units.of(model):
        if not unit.principal:
            found.setdefault(unit.application, []).append(unit)
    return found


def _machines(world: World, model: str, units: Sequence[Unit]) -> list[Machine]:
    used = {unit.machine.partition("/")[0] for unit in units if unit.machine}
    return [row for row in world.machines.of(model) if row.id in used]


def _default_base(wanted: str, rows: Sequence[Application | Machine]) -> str:
    """Choose the base to name once: the one that all use, else the model's own where somebody uses it."""
    used = {base_text(row.base) for row in rows}
    if len(used) == 1:
        return used.pop()
    return wanted if not used or wanted in used else ""


def _relations(world: World, model: str) -> list[list[str]]:
    return [[end.text for end in row.endpoints] for row in world.relations.of(model) if len(row.endpoints) > 1]


class _Writer:
    """Writes applications and machines of one model; knows what is said once for all of them."""

    def __init__(self, world: World, model: str, base: str, defaults: bool, spaces: bool) -> None:
        self._world = world
        self._model = model
        self._base = base
        self._defaults = defaults
        self._spaces = spaces

    def application(self, app: Application, units: Sequence[Unit]) -> Json:
        revision = self._charm(app)
        wildcard = app.exposed is not None and _is_wildcard(app.exposed)
        spec: Json = {
            **revision,
            "base": "" if base_text(app.base) == self._base else base_text(app.base),
            "resources": {name: int(value) for name, value in app.resources.items() if value.isdecimal()},
            "num_units": 0 if app.subordinate else len(units),
            "to": [_place(unit) for unit in units if unit.machine],
            "expose": wildcard,
            "exposed-endpoints": {} if wildcard else _exposed(app),
            "options": self._options(app),
            "annotations": self._annotations("application", app.name),
            "constraints": constraints_text(app.constraints),
            "storage": {label: f"{each.pool},{each.count},{each.size}M" for label, each in app.storage.items()},
            "bindings": dict(app.bindings) if self._spaces else {},
            "offers": self._offers(app),
            "trust": app.trust,
        }
        return _filled(spec)

    def _charm(self, app: Application) -> Json:
        row = self._world.charms.get(f"{self._model}|{app.charm}")
        if row.source == "local":
            return {"charm": f"local:{row.name}-{row.revision}"}
        return {"charm": row.name, "channel": app.channel or row.channel, "revision": row.revision}

    def _options(self, app: Application) -> Json:
        if not self._defaults:
            return dict(app.config)
        charm = catalogue.of_application(self._world, self._model, app)
        return {**{name: option.default for name, option in charm.options.items()}, **app.config}

    def _annotations(self, kind: tags.Kind, name: str) -> dict[str, str]:
        row = self._world.annotations.find(key(self._model, tags.make(kind, name)))
        return dict(row.pairs) if row else {}

    def _offers(self, app: Application) -> Json:
        return {
            offer.name: {
                "endpoints": sorted(offer.endpoints.values()),
                "acl": {name: level for name, level in offer.access.items() if name != EVERYONE},
            }
            for offer in self._world.offers.of(self._model)
            if offer.application == app.name
        }

    def machine(self, row: Machine) -> Json:
        return _filled(
            {
                "constraints": constraints_text(row.constraints),
                "annotations": self._annotations("machine", row.id),
                "base": "" if base_text(row.base) == self._base else base_text(row.base),
            }
        )


def _filled(spec: Json) -> Json:
    # revision 0 is a revision, what else is nothing is not written
    return {
        name: value
        for name, value in spec.items()
        if name == "revision" or (value not in _EMPTY and value != [] and value != {})
    }


def _place(unit: Unit) -> str:
    host, _, rest = unit.machine.partition("/")
    return f"{rest.partition('/')[0]}:{host}" if rest else host


def _is_wildcard(exposed: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> bool:
    """Say whether it is what plain `juju expose` does, which needs no settings by endpoint."""
    if set(exposed) != {""}:
        return not exposed
    spaces, cidrs = exposed[""]
    return not spaces and set(cidrs) <= _EVERYWHERE


def _exposed(app: Application) -> Json:
    return {
        name: _filled({"expose-to-spaces": sorted(spaces), "expose-to-cidrs": sorted(cidrs)})
        for name, (spaces, cidrs) in (app.exposed or {}).items()
    }
