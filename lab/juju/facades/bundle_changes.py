"""What has to be done to deploy a bundle: a pure planner (juju core/bundle/changes).

YAML documents ─ merged ─> _Bundle ─ verified ─> errors
                                └── planned ─> Change(id, method, args, requires), each after what it requires

Charms come before their applications, machines before containers, units last; "$deploy-1" in an argument stands for
what the change "deploy-1" made.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, cast

import yaml

from lab.juju.errors import BAD_REQUEST, JujuError
from lab.juju.hub.catalogue import SERIES
from lab.juju.hub.document import section, texts
from lab.juju.models import Json

_PLACE: Final = re.compile(r"(?:(?P<container>lxd|kvm|lxc):)?(?P<target>[a-z0-9][a-z0-9-]*)(?:/(?P<unit>\d+))?")
_NEW: Final = "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan."""

    id: str
    method: str
    args: Mapping[str, object]
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, or what is wrong with the bundle."""

    changes: tuple[Change, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unit goes: in a `container` type or directly, on a machine, "new", or another application's unit."""

    container: str
    target: str
    unit: int | None


@dataclass(frozen=True, slots=True)
class _Bundle:
    applications: Mapping[str, Mapping[str, object]]
    machines: Mapping[str, Mapping[str, object]]
    saas: Mapping[str, Mapping[str, object]]
    relations: tuple[tuple[str, ...], ...]
    base: str


def planned(text: str) -> Plan:
    """Plan a bundle with its overlays; JujuError for what is no YAML mapping."""
    bundle = _read(text)
    errors = tuple(_verified(bundle))
    return Plan(errors=errors) if errors else Plan(tuple(_Planner(bundle).run()))


def _read(text: str) -> _Bundle:
    try:
        documents = [each for each in cast("Iterator[object]", yaml.safe_load_all(text)) if each is not None]
    except yaml.YAMLError as error:
        raise JujuError(f"cannot read bundle YAML: {error}", BAD_REQUEST) from error
    if not documents or not all(isinstance(each, Mapping) for each in documents):
        raise JujuError("cannot read bundle YAML: the bundle is no mapping", BAD_REQUEST)
    whole: Json = {}
    for each in documents:
        whole = _merged(whole, section(each))
    return _Bundle(
        _sections(whole.get("applications") or whole.get("services")),
        _sections(whole.get("machines")),
        _sections(whole.get("saas")),
        tuple(pair for each in cast("Sequence[object]", whole.get("relations") or ()) for pair in _pairs(each)),
        _base_text(whole),
    )


def _pairs(value: object) -> list[tuple[str, ...]]:
    """Read a relation: [a, b], or [a, [b, c]] for those of a to each of the others."""
    ends = cast("Sequence[object]", value) if isinstance(value, list) else ()
    return list(product(*(texts(end) or (str(end),) for end in ends)))


def _merged(under: Json, over: Mapping[str, object]) -> Json:
    """Lay an overlay over a bundle: mappings are merged, null takes away, relations add up."""
    whole = dict(under)
    for name, value in over.items():
        if value is None:
            whole.pop(name, None)
        elif name == "relations":
            whole[name] = [*cast("Sequence[object]", whole.get(name) or ()), *cast("Sequence[object]", value)]
        elif isinstance(value, Mapping):
            whole[name] = _merged(dict(section(whole.get(name))), section(cast("object", value)))
        else:
            whole[name] = value
    return whole


def _sections(value: object) -> dict[str, Mapping[str, object]]:
    return {str(name): section(each) for name, each in section(value).items()}


def _base_text(spec: Mapping[str, object]) -> str:
    """Give the base that a bundle, an application or a machine names, by itself or by its series."""
    said = spec.get("default-base") or spec.get("base")
    if said:
        return str(said)
    release = next((version for version, name in SERIES.items() if name == spec.get("series")), "")
    return f"ubuntu@{release}/stable" if release else ""


def _verified(bundle: _Bundle) -> Iterator[str]:
    if not bundle.applications:
        yield "at least one application must be specified"
    for name, spec in bundle.applications.items():
        yield from _verified_application(bundle, name, spec)
    for ends in bundle.relations:
        shown = " ".join(f'"{end}"' for end in ends)
        if len(ends) != 2:
            yield f"relation [{shown}] has {len(ends)} endpoint(s), not 2"
        for name in (end.partition(":")[0] for end in ends):
            if name not in bundle.applications and name not in bundle.saas:
                yield f'relation [{shown}] refers to application "{name}" not defined in this bundle'
    yield from _circles(bundle)


def _verified_application(bundle: _Bundle, name: str, spec: Mapping[str, object]) -> Iterator[str]:
    if not spec.get("charm"):
        yield f'empty charm path in application "{name}"'
    count = spec.get("num_units", 0)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        yield f'negative number of units specified on application "{name}"'
    elif len(_to(spec)) > count:
        yield f'too many units specified in unit placement for application "{name}"'
    for text in _to(spec):
        place = _place(text)
        if place is None:
            yield f'invalid placement syntax "{text}"'
        elif place.target.isdecimal() and place.target not in bundle.machines:
            yield f'placement "{text}" refers to a machine not defined in this bundle'
        elif not place.target.isdecimal() and place.target not in (_NEW, *bundle.applications):
            yield f'placement "{text}" refers to an application not defined in this bundle'
        elif place.unit is not None and place.unit >= _count(bundle.applications[place.target]):
            yield (
                f'placement "{text}" specifies a unit greater than the '
                f"{_count(bundle.applications[place.target])} unit(s) started by the target application"
            )


def _circles(bundle: _Bundle) -> Iterator[str]:
    waiting = {name: _hosts(bundle, name) for name in bundle.applications}
    while free := [name for name, hosts in waiting.items() if not hosts & set(waiting)]:
        for name in free:
            del waiting[name]
    if waiting:
        yield f"unit placement of applications {', '.join(sorted(waiting))} goes round in a circle"


def _hosts(bundle: _Bundle, name: str) -> set[str]:
    """Name the applications on whose units an application is placed."""
    places = [_place(text) for text in _to(bundle.applications[name])]
    return {place.target for place in places if place and place.target in bundle.applications}


def _to(spec: Mapping[str, object]) -> tuple[str, ...]:
    said = spec.get("to")
    return tuple(str(said).split(",")) if isinstance(said, str | int) else texts(said)


def _count(spec: Mapping[str, object]) -> int:
    count = spec.get("num_units", 0)
    return count if isinstance(count, int) else 0


def _place(text: str) -> _Place | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    container = "lxd" if found["container"] == "lxc" else found["container"] or ""
    return _Place(container, found["target"], int(found["unit"]) if found["unit"] else None)


@dataclass
class _Planner:
    """Collects the changes of one bundle; `_made` remembers by which change a thing comes to be."""

    bundle: _Bundle
    _changes: list[Change] = field(default_factory=list[Change])
    _made: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    _next_host: dict[str, int] = field(default_factory=dict[str, int])

    def run(self) -> list[Change]:
        for name, spec in sorted(self.bundle.saas.items()):
            self._add(("saas", name), "consumeOffer", {"url": spec.get("url", ""), "application-name": name})
        for name, spec in sorted(self.bundle.applications.items()):
            self._application(name, spec)
        for name, spec in sorted(self.bundle.machines.items(), key=lambda item: (len(item[0]), item[0])):
            self._machine(name, spec)
        for ends in self.bundle.relations:
            self._relation(ends)
        for name in _in_order(self.bundle):
            self._units(name, self.bundle.applications[name])
        return self._changes

    def _add(self, thing: tuple[str, ...], method: str, args: Json, requires: Sequence[str] = ()) -> str:
        made = f"{method}-{len(self._changes)}"
        self._changes.append(Change(made, method, args, tuple(dict.fromkeys(requires))))
        self._made[thing] = made
        return made

    def _application(self, name: str, spec: Mapping[str, object]) -> None:
        base = _base_text(spec) or self.bundle.base
        where: Json = {"base": base, "series": SERIES.get(base.partition("@")[2].partition("/")[0], "")}
        channel, revision = str(spec.get("channel") or ""), spec.get("revision")
        charm = ("charm", str(spec["charm"]), channel, str(revision), base)
        added = self._made.get(charm) or self._add(
            charm,
            "addCharm",
            {"charm": spec["charm"], "revision": revision, **where, "architecture": "", "channel": channel},
        )
        args: Json = {
            "charm": f"${added}",
            **where,
            "application": name,
            "options": dict(section(spec.get("options"))),
            "constraints": str(spec.get("constraints") or ""),
            "storage": dict(section(spec.get("storage"))),
            "devices": dict(section(spec.get("devices"))),
            "endpoint-bindings": dict(section(spec.get("bindings"))),
            "resources": dict(section(spec.get("resources"))),
            "num-units": 0,
            "channel": channel,
        }
        deployed = self._add(("application", name), "deploy", args, [added])
        self._beside(name, spec, deployed)

    def _beside(self, name: str, spec: Mapping[str, object], deployed: str) -> None:
        exposed = dict(section(spec.get("exposed-endpoints")))
        if spec.get("expose") or exposed:
            args: Json = {"application": f"${deployed}", "exposed-endpoints": exposed or None}
            self._add(("expose", name), "expose", args, [deployed])
        self._annotate("application", name, spec, deployed)
        for offer, said in section(spec.get("offers")).items():
            self._offer(name, offer, section(said), deployed)

    def _offer(self, name: str, offer: str, said: Mapping[str, object], deployed: str) -> None:
        args: Json = {"application": name, "endpoints": list(texts(said.get("endpoints"))), "offer-name": offer}
        made = self._add(("offer", offer), "createOffer", args, [deployed])
        for user, level in section(said.get("acl")).items():
            grant: Json = {"user": user, "access": level, "offer": offer}
            self._add(("grant", offer, user), "grantOfferAccess", grant, [made])

    def _annotate(self, kind: str, name: str, spec: Mapping[str, object], made: str) -> None:
        pairs = dict(section(spec.get("annotations")))
        if pairs:
            args: Json = {"id": f"${made}", "entity-type": kind, "annotations": pairs}
            self._add(("annotations", kind, name), "setAnnotations", args, [made])

    def _machine(self, name: str, spec: Mapping[str, object]) -> None:
        base = _base_text(spec) or self.bundle.base
        made = self._add(("machine", name), "addMachines", _machine_args(base, str(spec.get("constraints") or "")))
        self._annotate("machine", name, spec, made)

    def _relation(self, ends: tuple[str, ...]) -> None:
        args: Json = {}
        requires: list[str] = []
        for number, end in enumerate(ends, 1):
            name, colon, endpoint = end.partition(":")
            made = self._made.get(("application", name)) or self._made["saas", name]
            requires.append(made)
            args[f"endpoint{number}"] = f"${made}{colon}{endpoint}"
        self._add(("relation", *ends), "addRelation", args, requires)

    def _units(self, name: str, spec: Mapping[str, object]) -> None:
        deployed, places = self._made["application", name], [_place(text) for text in _to(spec)]
        for number in range(_count(spec)):
            place = places[number] if number < len(places) else _rest(places, self.bundle)
            to, requires = self._target(name, number, place, _base_text(spec) or self.bundle.base)
            args: Json = {"application": f"${deployed}", "to": to}
            self._add(("unit", name, str(number)), "addUnit", args, [deployed, *requires])

    def _target(self, name: str, number: int, place: _Place | None, base: str) -> tuple[str, list[str]]:
        """Give a unit's target and what that requires; a container is added for it."""
        if place is None:
            return "", []
        host = self._host(name, place)
        if not place.container:
            return (f"${host}", [host]) if host else ("", [])
        args = {**_machine_args(base, ""), "container-type": place.container, "parent-id": f"${host}" if host else ""}
        made = self._add(("container", name, str(number)), "addMachines", args, [host] if host else [])
        return f"${made}", [made]

    def _host(self, name: str, place: _Place) -> str:
        if place.target == _NEW:
            return ""
        if place.target.isdecimal():
            return self._made["machine", place.target]
        unit = place.unit
        if unit is None:
            # each next unit goes to the next one of the application
            turn = f"{name} {place.target}"
            unit = self._next_host.get(turn, 0)
            self._next_host[turn] = unit + 1
        return self._made.get(("unit", place.target, str(unit)), "")


def _machine_args(base: str, constraints: str) -> Json:
    series = SERIES.get(base.partition("@")[2].partition("/")[0], "")
    return {"series": series, "base": base, "constraints": constraints, "container-type": "", "parent-id": ""}


def _rest(places: Sequence[_Place | None], bundle: _Bundle) -> _Place | None:
    """Say where units beyond the placements go: on with an application's units, else to machines of their own."""
    last = places[-1] if places else None
    return last if last and last.unit is None and last.target in bundle.applications else None


def _in_order(bundle: _Bundle) -> list[str]:
    """Order applications by name, but those that others are placed on before them."""
    done: list[str] = []

    def visit(name: str) -> None:
        if name not in done:
            for host in sorted(_hosts(bundle, name)):
                visit(host)
            done.append(name)

    for name in sorted(bundle.applications):
        visit(name)
    return done
