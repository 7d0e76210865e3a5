"""Client.FullStatus, read: JSON -> `parse` -> `status.Status`.

Nulls are empty values, unknown fields are passed over; a field of another type than Juju's is a JujuError that names
it. Pure. Source: Juju 2.9 to 4.0, facade Client.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from providers.common.raw import Raw, as_mapping, flag, mapping, mappings, maybe_whole, text, texts, whole
from providers.juju import tags
from providers.juju.errors import JujuError
from providers.juju.status import (
    SERIES,
    Application,
    Condition,
    Exposed,
    Machine,
    Model,
    Offer,
    Relation,
    RelationEnd,
    RemoteApplication,
    RemoteEndpoint,
    Status,
    Storage,
    Unit,
)


def parse(raw: Raw) -> Status:
    """Read an answer of Client.FullStatus; JujuError where a field has another type than Juju's."""
    try:
        return _status(raw)
    except (TypeError, ValueError, OverflowError) as error:
        raise JujuError(f"Juju's status can't be read: {error}") from None


def charm_name(url: str) -> str:
    """Give a charm's name out of its URL: "ch:amd64/jammy/vault-220" and "local:jammy/vault-1" are vault."""
    last = url.partition(":")[2] or url
    last = last.rpartition("/")[2]
    head, dash, revision = last.rpartition("-")
    return head if dash and revision.isdecimal() else last


def charm_revision(url: str) -> int:
    """Give the revision in a charm's URL; -1 when it has none."""
    digits = url.rpartition("-")[2]
    return int(digits) if digits.isdecimal() and len(digits) < 10 else -1


def condition(raw: Raw) -> Condition:
    """Read a DetailedStatus or an EntityStatus."""
    return Condition(text(raw, "status"), text(raw, "info"), text(raw, "since"), mapping(raw, "data"))


def base(raw: Raw) -> str:
    """Write the base of an object as the juju command does: "ubuntu@22.04"; 2.9 may only know a series."""
    found = mapping(raw, "base")
    channel = text(found, "channel").partition("/")[0]
    if channel:
        return f"{text(found, 'name') or 'ubuntu'}@{channel}"
    series = text(raw, "series")
    return f"ubuntu@{SERIES[series]}" if series in SERIES else series


def _status(raw: Raw) -> Status:
    machines = {machine.id: machine for machine in _machines(mapping(raw, "machines"))}
    return Status(
        model=_model(mapping(raw, "model")),
        machines=machines,
        applications=_applications(mapping(raw, "applications")),
        remote_applications={name: _remote(name, one) for name, one in _objects(raw, "remote-applications")},
        offers={name: _offer(name, one) for name, one in _objects(raw, "offers")},
        relations=tuple(_relation(one) for one in mappings(raw, "relations")),
        storage=_storages(raw),
        timestamp=text(raw, "controller-timestamp"),
    )


def _objects(raw: Raw, name: str) -> Iterable[tuple[str, Raw]]:
    return ((key, as_mapping(one, key)) for key, one in mapping(raw, name).items() if one is not None)


def _lists(raw: Raw, name: str) -> dict[str, tuple[str, ...]]:
    held = mapping(raw, name)
    return {key: texts(held, key) for key in held}


def _words(raw: Raw, name: str) -> dict[str, str]:
    held = mapping(raw, name)
    return {key: text(held, key) for key in held}


def _life(raw: Raw) -> str:
    """Read alive, dying or dead; Juju leaves it out of what lives."""
    return text(raw, "life") or "alive"


def _error(raw: Raw) -> str:
    return text(mapping(raw, "err"), "message")


def _model(raw: Raw) -> Model:
    return Model(
        name=text(raw, "name"),
        type=text(raw, "type"),
        cloud=tags.name(text(raw, "cloud-tag")),
        region=text(raw, "region"),
        version=text(raw, "version"),
        available=text(raw, "available-version"),
        status=condition(mapping(raw, "model-status")),
    )


def _machines(raw: Raw) -> Iterable[Machine]:
    for key, one in raw.items():
        if one is not None:
            machine = as_mapping(one, key)
            yield _machine(key, machine)
            yield from _machines(mapping(machine, "containers"))


def _machine(key: str, raw: Raw) -> Machine:
    agent = mapping(raw, "agent-status")
    return Machine(
        id=text(raw, "id") or key,
        instance_id=text(raw, "instance-id"),
        hostname=text(raw, "hostname"),
        display_name=text(raw, "display-name"),
        agent=condition(agent),
        instance=condition(mapping(raw, "instance-status")),
        life=_life(agent),
        containers=tuple(mapping(raw, "containers")),
        hardware=text(raw, "hardware"),
        addresses=texts(raw, "ip-addresses"),
        constraints=text(raw, "constraints"),
        base=base(raw),
    )


def _applications(raw: Raw) -> dict[str, Application]:
    found = {name: as_mapping(one, name) for name, one in raw.items() if one is not None}
    units = [unit for one in found.values() for unit in _units(mapping(one, "units"))]
    owned: dict[str, dict[str, Unit]] = {name: {} for name in found}
    for unit in units:
        owned.get(unit.application, {})[unit.name] = unit
    return {name: _application(name, one, owned[name]) for name, one in found.items()}


def _application(name: str, raw: Raw, units: Mapping[str, Unit]) -> Application:
    url = text(raw, "charm")
    revision = maybe_whole(raw, "charm-rev")
    above = texts(raw, "subordinate-to")
    subordinate = bool(above) or any(unit.principal for unit in units.values())
    return Application(
        name=name,
        charm=url,
        charm_name=charm_name(url),
        channel=text(raw, "charm-channel"),
        revision=charm_revision(url) if revision is None else revision,
        base=base(raw),
        exposed=flag(raw, "exposed"),
        exposed_endpoints={endpoint: exposed(one) for endpoint, one in _objects(raw, "exposed-endpoints")},
        life=_life(raw),
        subordinate=subordinate,
        subordinate_to=above,
        relations=_lists(raw, "relations"),
        units=units,
        status=condition(mapping(raw, "status")),
        bindings=_words(raw, "endpoint-bindings"),
        workload_version=text(raw, "workload-version"),
        err=_error(raw),
        int=whole(raw, "int"),
    )


def exposed(raw: Raw) -> Exposed:
    """Read to whom an endpoint is open."""
    return Exposed(texts(raw, "expose-to-spaces"), texts(raw, "expose-to-cidrs"))


def _units(raw: Raw, principal: str = "", machine: str = "") -> Iterable[Unit]:
    for name, one in raw.items():
        if one is not None:
            unit = _unit(name, as_mapping(one, name))
            yield replace(unit, principal=principal, machine=unit.machine or machine)
            below = mapping(as_mapping(one, name), "subordinates")
            yield from _units(below, principal=name, machine=unit.machine or machine)


def _unit(name: str, raw: Raw) -> Unit:
    return Unit(
        name=name,
        application=name.rpartition("/")[0],
        workload=condition(mapping(raw, "workload-status")),
        agent=condition(mapping(raw, "agent-status")),
        machine=text(raw, "machine"),
        leader=flag(raw, "leader"),
        public_address=text(raw, "public-address"),
        ports=texts(raw, "opened-ports"),
        subordinates=tuple(mapping(raw, "subordinates")),
        charm=text(raw, "charm"),
        workload_version=text(raw, "workload-version"),
        life=_life(mapping(raw, "agent-status")),
    )


def _relation(raw: Raw) -> Relation:
    ends = tuple(
        RelationEnd(text(one, "application"), text(one, "name"), text(one, "role"), flag(one, "subordinate"))
        for one in mappings(raw, "endpoints")
    )
    status = condition(mapping(raw, "status"))
    return Relation(whole(raw, "id"), text(raw, "key"), text(raw, "interface"), text(raw, "scope"), ends, status)


def _end(raw: Raw) -> RemoteEndpoint:
    return RemoteEndpoint(text(raw, "name"), text(raw, "role"), text(raw, "interface"), whole(raw, "limit"))


def _offer(name: str, raw: Raw) -> Offer:
    return Offer(
        name=text(raw, "offer-name") or name,
        application=text(raw, "application-name"),
        charm=text(raw, "charm"),
        endpoints={alias: _end(one) for alias, one in _objects(raw, "endpoints")},
        active_connections=whole(raw, "active-connected-count"),
        total_connections=whole(raw, "total-connected-count"),
    )


def _remote(name: str, raw: Raw) -> RemoteApplication:
    return RemoteApplication(
        name=name,
        offer_url=text(raw, "offer-url"),
        offer_name=text(raw, "offer-name"),
        endpoints=tuple(_end(one) for one in mappings(raw, "endpoints")),
        life=_life(raw),
        status=condition(mapping(raw, "status")),
        relations=_lists(raw, "relations"),
        err=_error(raw),
    )


def _storages(raw: Raw) -> dict[str, Storage]:
    behind = {
        text(mapping(one, "storage"), "storage-tag"): mapping(one, "info")
        for kind in ("volumes", "filesystems")
        for one in mappings(raw, kind)
    }
    found = (_storage(one, behind.get(text(one, "storage-tag"), {})) for one in mappings(raw, "storage"))
    return {one.id: one for one in found}


def _storage(raw: Raw, info: Raw) -> Storage:
    attachments = [one for _, one in _objects(raw, "attachments")]
    attached: Raw = attachments[0] if attachments else {}
    return Storage(
        id=tags.storage_id(text(raw, "storage-tag")),
        kind=whole(raw, "kind"),
        owner=tags.unit_name(text(raw, "owner-tag")),
        unit=tags.unit_name(text(attached, "unit-tag")),
        pool=text(info, "pool"),
        size=whole(info, "size"),
        life=_life(raw),
        status=condition(mapping(raw, "status")),
        persistent=flag(raw, "persistent"),
        location=text(attached, "location"),
    )
