"""`juju status` (pure): what Client.FullStatus tells, in the shapes and columns of Juju's own client.

FullStatus (wire) ─> formatted ─> JSON, YAML, or `tabular`
                               └ of a client of 2.9: `of_two` ─> series for bases, relations by names

Source: juju cmd/juju/status/{formatted,formatter,output_tabular}.go, 3.6 as far as it is remembered, and 2.9.45.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from lab.juju.hub.document import SERIES
from lab.juju.models import Json
from lab.mainhost.juju_formats import pairs, table

_INDENT: Final = "  "


def _map(value: object) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


def _each(value: object) -> Iterator[tuple[str, Json]]:
    for name, one in sorted(_map(value).items(), key=lambda pair: _natural(pair[0])):
        yield name, _map(one)


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Sort 2 before 10, as Juju does."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in name.replace("/", " / ").split()]


def _kept(document: Json) -> Json:
    """Leave out what is empty, as Go's omitempty does."""
    return {name: value for name, value in document.items() if value not in ("", None, [], {}, False)}


# --- documents


def formatted(full: Json, controller: str) -> Json:
    """Give the document that `juju status --format json` prints."""
    model = _map(full["model"])
    relations = [_map(each) for each in cast("Sequence[object]", full.get("relations") or [])]
    applications = {name: _application(name, one, relations) for name, one in _each(full.get("applications"))}
    document: Json = {
        "model": _kept(
            {
                "name": model["name"],
                "type": model.get("type") or "iaas",
                "controller": controller,
                "cloud": str(model["cloud-tag"]).removeprefix("cloud-"),
                "region": model.get("region"),
                "version": model["version"],
                "upgrade-available": model.get("available-version"),
                "model-status": _status(_map(model.get("model-status"))),
                "sla": model.get("sla"),
            }
        ),
        "machines": {name: _machine(one) for name, one in _each(full.get("machines"))},
        "applications": applications,
    }
    remotes = {name: _remote(one) for name, one in _each(full.get("remote-applications"))}
    offers = {name: _offer(one) for name, one in _each(full.get("offers"))}
    time = {"controller": {"timestamp": _clock(str(full.get("controller-timestamp") or ""))}}
    return {
        **document,
        **({"application-endpoints": remotes} if remotes else {}),
        **({"offers": offers} if offers else {}),
        **({"storage": {}} | _storage(full)),
        **time,
    }


def _clock(moment: str) -> str:
    return f"{moment[11:19]}Z" if len(moment) > 19 else ""


def _moment(since: str) -> str:
    """Write "2026-11-22T01:42:02.3Z" as "22 Nov 2026 01:42:02Z", the time of a main whose clock is UTC."""
    return datetime.fromisoformat(since[:19]).strftime("%d %b %Y %H:%M:%SZ") if since else ""


def _status(detailed: Json) -> Json:
    """Give Juju's StatusInfo."""
    return _kept(
        {
            "current": detailed.get("status"),
            "message": detailed.get("info"),
            "since": _moment(str(detailed.get("since") or "")),
            "version": detailed.get("version"),
            "life": detailed.get("life"),
        }
    )


def _base(value: object) -> Json | None:
    base = _map(value)
    return {"name": base["name"], "channel": str(base["channel"]).partition("/")[0]} if base.get("channel") else None


def _machine(row: Json) -> Json:
    return _kept(
        {
            "juju-status": _status(_map(row["agent-status"])),
            "hostname": row.get("hostname"),
            "dns-name": row.get("dns-name"),
            "ip-addresses": row.get("ip-addresses"),
            "instance-id": row.get("instance-id"),
            "display-name": row.get("display-name"),
            "machine-status": _status(_map(row["instance-status"])),
            "modification-status": _status(_map(row.get("modification-status"))),
            "base": _base(row.get("base")),
            "network-interfaces": row.get("network-interfaces"),
            "containers": {name: _machine(one) for name, one in _each(row.get("containers"))},
            "constraints": row.get("constraints"),
            "hardware": row.get("hardware"),
            "controller-member-status": "has-vote" if row.get("has-vote") else "",
            "ha-primary": row.get("primary-controller-machine"),
        }
    )


def _application(name: str, row: Json, relations: Sequence[Json]) -> Json:
    source, _, rest = str(row["charm"]).partition(":")
    plain = rest.rpartition("/")[2].rpartition("-")
    document: Json = {
        "charm": plain[0] or rest,
        "base": _base(row.get("base")),
        "charm-origin": "charmhub" if source == "ch" else "local",
        "charm-name": plain[0] or rest,
        "charm-rev": row.get("charm-rev") or 0,
        "charm-channel": row.get("charm-channel"),
        "charm-version": row.get("charm-version"),
        "charm-profile": row.get("charm-profile"),
        "can-upgrade-to": row.get("can-upgrade-to"),
        "scale": row.get("int"),
        "exposed": bool(row.get("exposed")),
        "life": row.get("life"),
        "application-status": _status(_map(row["status"])),
        "relations": _related(name, relations),
        "subordinate-to": row.get("subordinate-to"),
        "units": {unit: _unit(one) for unit, one in _each(row.get("units"))},
        "version": row.get("workload-version"),
        "endpoint-bindings": row.get("endpoint-bindings"),
    }
    # Go's omitempty does not reach these
    return {**_kept(document), "charm-rev": document["charm-rev"], "exposed": document["exposed"]}


def _related(name: str, relations: Sequence[Json]) -> Json:
    found: dict[str, list[Json]] = {}
    for relation in relations:
        ends = [_map(each) for each in cast("Sequence[object]", relation["endpoints"])]
        for end in ends:
            if end["application"] == name:
                other = next((each for each in ends if each is not end), end)
                one: Json = {"related-application": other["application"], "interface": relation["interface"]}
                found.setdefault(str(end["name"]), []).append({**one, "scope": relation["scope"]})
    return {endpoint: found[endpoint] for endpoint in sorted(found)}


def _unit(row: Json) -> Json:
    return _kept(
        {
            "workload-status": _status(_map(row["workload-status"])),
            "juju-status": _status(_map(row["agent-status"])),
            "leader": row.get("leader"),
            "machine": row.get("machine"),
            "open-ports": row.get("opened-ports"),
            "public-address": row.get("public-address"),
            "address": row.get("address"),
            "subordinates": {name: _unit(one) for name, one in _each(row.get("subordinates"))},
        }
    )


def _remote(row: Json) -> Json:
    ends = [_map(each) for each in cast("Sequence[object]", row.get("endpoints") or [])]
    endpoints = {str(each["name"]): {"interface": each["interface"], "role": each["role"]} for each in ends}
    return _kept(
        {
            "url": row["offer-url"],
            "endpoints": endpoints,
            "life": row.get("life"),
            "application-status": _status(_map(row["status"])),
            "relations": row.get("relations"),
        }
    )


def _offer(row: Json) -> Json:
    endpoints = {
        name: {"interface": one["interface"], "role": one["role"]} for name, one in _each(row.get("endpoints"))
    }
    return {
        "application": row["application-name"],
        "charm": row.get("charm") or "",
        "total-connected-count": row.get("total-connected-count") or 0,
        "active-connected-count": row.get("active-connected-count") or 0,
        "endpoints": endpoints,
    }


def _storage(full: Json) -> Json:
    listed = [_map(each) for each in cast("Sequence[object]", full.get("storage") or [])]
    if not listed:
        return {}
    return {"storage": {"storage": {_plain(str(each["storage-tag"])): _one_storage(each) for each in listed}}}


def _plain(tag: str) -> str:
    """Read a tag's id: "storage-osd-devices-0" is osd-devices/0, "unit-ceph-osd-0" is ceph-osd/0."""
    name, _, number = tag.partition("-")[2].rpartition("-")
    return f"{name}/{number}"


def _one_storage(row: Json) -> Json:
    status = _map(row["status"])
    units = {
        _plain(str(one["unit-tag"])): _kept(
            {"machine": str(one.get("machine-tag") or "").partition("-")[2], "location": one.get("location")}
        )
        for _, one in _each(row.get("attachments"))
    }
    return {
        "kind": {1: "block", 2: "filesystem"}.get(cast("int", row.get("kind")), "unknown"),
        "status": _kept({"current": status.get("status"), "message": status.get("info"), "since": status.get("since")}),
        "persistent": bool(row.get("persistent")),
        **_kept({"life": row.get("life")}),
        **({"attachments": {"units": units}} if units else {}),
    }


# --- documents of 2.9


def of_two(document: Json) -> Json:
    """Give the document that a client of 2.9 prints."""
    applications = {name: _application_of_two(one) for name, one in _each(document["applications"])}
    return {**document, "machines": _machines_of_two(document["machines"]), "applications": applications}


def _machines_of_two(machines: object) -> Json:
    return {name: _machine_of_two(one) for name, one in _each(machines)}


def _machine_of_two(machine: Json) -> Json:
    shown = {name: value for name, value in machine.items() if name != "base"}
    inside = {"containers": _machines_of_two(shown["containers"])} if "containers" in shown else {}
    return {**shown, "series": _series(machine), **inside}


def _application_of_two(app: Json) -> Json:
    shown = {name: value for name, value in app.items() if name != "base"}
    names = {
        endpoint: sorted({str(_map(each)["related-application"]) for each in cast("Sequence[object]", others)})
        for endpoint, others in _map(app.get("relations")).items()
    }
    return {**shown, "series": _series(app), "os": _map(app.get("base")).get("name") or "", "relations": names}


def _series(thing: Json) -> str:
    return SERIES.get(str(_map(thing.get("base")).get("channel")), "")


# --- tables


def tabular(document: Json, *, relations: bool = False, two: bool = False) -> str:
    """Print the document (not that of 2.9) as `juju status` does on a terminal; `two` as that of a client of 2.9."""
    parts = [_model_table(document), _application_table(document), _unit_table(document)]
    parts += [_machine_table(document, two=two)]
    parts += [_relation_table(document, two=two)] if relations else []
    return "\n".join(part for part in parts if part)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _model_table(document: Json) -> str:
    model, time = _map(document["model"]), _map(document.get("controller"))
    head = ("Model", "Controller", "Cloud/Region", "Version", "SLA", "Timestamp")
    place = f"{model['cloud']}/{model['region']}" if model.get("region") else str(model["cloud"])
    row = [str(model["name"]), str(model["controller"]), place, str(model["version"])]
    return table(head, [[*row, _text(model.get("sla")), _text(time.get("timestamp"))]])


def _application_table(document: Json) -> str:
    rows = [
        (
            name,
            _text(app.get("version")),
            _text(_map(app.get("application-status")).get("current")),
            _scale(document, name, app),
            str(app["charm-name"]),
            _text(app.get("charm-channel")),
            str(app["charm-rev"]),
            "yes" if app["exposed"] else "no",
            _text(_map(app.get("application-status")).get("message")),
        )
        for name, app in _each(document["applications"])
    ]
    head = ("App", "Version", "Status", "Scale", "Charm", "Channel", "Rev", "Exposed", "Message")
    return table(head, rows) if rows else ""


def _scale(document: Json, name: str, app: Json) -> str:
    """Count an application's units: of a subordinate, those on its principals."""
    own = list(_map(app.get("units")))
    for principal in cast("Sequence[str]", app.get("subordinate-to") or ()):
        for _, unit in _each(_map(_map(document["applications"]).get(principal)).get("units")):
            own += [each for each in _map(unit.get("subordinates")) if each.rpartition("/")[0] == name]
    return str(len(set(own)))


def _unit_table(document: Json) -> str:
    rows: list[Sequence[str]] = []
    for _, app in _each(document["applications"]):
        for name, unit in _each(app.get("units")):
            rows.append(_unit_row(name, unit, ""))
            rows += [_unit_row(each, one, _INDENT) for each, one in _each(unit.get("subordinates"))]
    head = ("Unit", "Workload", "Agent", "Machine", "Public address", "Ports", "Message")
    return table(head, rows) if rows else ""


def _unit_row(name: str, unit: Json, indent: str) -> Sequence[str]:
    workload = _map(unit.get("workload-status"))
    return (
        f"{indent}{name}{'*' if unit.get('leader') else ''}",
        _text(workload.get("current")),
        _text(_map(unit.get("juju-status")).get("current")),
        _text(unit.get("machine")),
        _text(unit.get("public-address")),
        ",".join(cast("Sequence[str]", unit.get("open-ports") or ())),
        _text(workload.get("message")),
    )


def _machine_table(document: Json, *, two: bool) -> str:
    rows: list[Sequence[str]] = []
    for name, machine in _each(document["machines"]):
        for each, one in ((name, machine), *_each(machine.get("containers"))):
            rows.append(_machine_row(each, one, _series(one) if two else _base_text(one)))
    head = ("Machine", "State", "Address", "Inst id", "Series" if two else "Base", "AZ", "Message")
    return table(head, rows) if rows else ""


def _base_text(machine: Json) -> str:
    base = _map(machine.get("base"))
    return f"{base['name']}@{base['channel']}" if base else ""


def _machine_row(name: str, machine: Json, base: str) -> Sequence[str]:
    facts = pairs(str(machine.get("hardware") or "").split())
    return (
        name,
        _text(_map(machine.get("juju-status")).get("current")),
        _text(machine.get("dns-name")),
        _text(machine.get("display-name") or machine.get("instance-id")),
        base,
        facts.get("availability-zone", ""),
        _text(_map(machine.get("machine-status")).get("message")),
    )


def _relation_table(document: Json, *, two: bool) -> str:
    """List integrations once: seen from the provider, or of peers."""
    rows: set[tuple[str, str, str, str]] = set()
    for name, app in _each(document["applications"]):
        for endpoint, others in _map(app.get("relations")).items():
            for other in [_map(each) for each in cast("Sequence[object]", others)]:
                related = str(other["related-application"])
                kind = "peer" if related == name else "subordinate" if other["scope"] == "container" else "regular"
                far = _far(document, related, name, str(other["interface"]), endpoint if related == name else "")
                first, second = sorted((f"{name}:{endpoint}", f"{related}:{far}"))
                rows.add((first, second, str(other["interface"]), kind))
    head = ("Relation provider" if two else "Integration provider", "Requirer", "Interface", "Type")
    return table(head, sorted(rows)) if rows else ""


def _far(document: Json, related: str, name: str, interface: str, peer: str) -> str:
    """Name the other application's endpoint of a relation."""
    if peer:
        return peer
    for endpoint, others in _map(_map(_map(document["applications"]).get(related)).get("relations")).items():
        for other in [_map(each) for each in cast("Sequence[object]", others)]:
            if other["related-application"] == name and other["interface"] == interface:
                return endpoint
    return ""
