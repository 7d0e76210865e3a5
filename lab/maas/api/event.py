"""`events/?op=query` (source: MAAS 3.5 api/events.py)."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from lab.maas.errors import BadRequestError
from lab.maas.events import LEVELS
from lab.maas.models import Event, Json, Machine
from lab.maas.urls import API, Resource, get
from lab.maas.wire import Call

_MOST = 1000
_FILTERS = ("hostname", "id", "mac_address", "zone", "domain", "agent_name", "owner")


def shown(row: Event) -> Json:
    """Show an event as MAAS does."""
    return {
        "username": row.username,
        "node": row.system_id or None,
        "hostname": row.hostname,
        "id": row.id,
        "level": row.level,
        "created": datetime.fromtimestamp(row.created, UTC).strftime("%a, %d %b. %Y %H:%M:%S"),
        "type": row.type,
        "description": row.description,
    }


def query(call: Call) -> Json:
    """List node events, newest first."""
    data = call.data
    level, limit = data.text("level", "INFO").upper(), data.integer("limit")
    before, after = data.integer("before"), data.integer("after")
    if level not in LEVELS:
        raise BadRequestError(f"Unrecognised log level: {level}")
    if limit is not None and limit > _MOST:
        raise BadRequestError(f"Requested number of events {limit} exceeds the maximum of {_MOST}.")
    if before is not None and after is not None:
        raise BadRequestError("There is undefined behaviour when before and after are both specified.")
    nodes = _nodes(call)
    fitting = [
        each
        for each in call.world.events.newest_first()
        if LEVELS[each.level] >= LEVELS[level]
        and (nodes is None or each.system_id in nodes)
        and (before is None or each.id < before)
        and (after is None or each.id > after)
        and data.text("owner") in {"", each.username}
    ]
    count = 100 if limit is None else limit
    page = fitting[-count:] if after is not None and count else fitting[:count]
    return {"count": len(page), "events": [shown(each) for each in page], **_links(call, page, before, after)}


def _links(call: Call, page: list[Event], before: int | None, after: int | None) -> Json:
    kept = [(name, value) for name in call.data.names() if name not in {"op", "before", "after"}
            for value in call.data.all(name)]  # fmt: skip
    newest = page[0].id if page else (after or (before or 1) - 1)
    oldest = page[-1].id if page else (before or (after or 0) + 1)

    def link(name: str, value: int) -> str:
        return f"{API}events/?{urlencode([('op', 'query'), *kept, (name, str(value))])}"

    return {"next_uri": link("after", newest), "prev_uri": link("before", oldest)}


def _nodes(call: Call) -> set[str] | None:
    """Give the ids of the nodes asked for; None when none is asked for in particular."""
    asked = {name: set(call.data.items(name)) for name in _FILTERS if name != "owner" and call.data.items(name)}
    if not asked:
        return None
    if set(asked) == {"id"}:
        # events outlive their nodes
        return asked["id"]
    return {each.system_id for each in call.world.machines if _fits(call, each, asked)}


def _fits(call: Call, machine: Machine, asked: dict[str, set[str]]) -> bool:
    facts = {
        "hostname": {machine.hostname},
        "id": {machine.system_id},
        "mac_address": {each.mac_address for each in machine.interfaces},
        "zone": {call.world.zones.get(machine.zone_id).name},
        "domain": {call.world.domains.get(machine.domain_id).name},
        "agent_name": {machine.agent_name},
    }
    return all(facts[name] & wanted for name, wanted in asked.items())


RESOURCES = (Resource("Events", "events/", (get("query", query),)),)
