"""`describe/`: the API's description of itself, from the same table that routes (source: MAAS 3.5 describe/)."""

import hashlib
import json
from collections.abc import Sequence

from lab.maas.models import Json
from lab.maas.urls import API, Action, Resource


def describe(resources: Sequence[Resource], origin: str) -> Json:
    """Describe every resource with absolute URIs under `origin` (scheme://host:port), as python-libmaas needs them."""
    described = [_resource(each, origin) for each in sorted(resources, key=lambda each: each.name) if each.described]
    return {"doc": "MAAS API", "hash": fingerprint(resources), "handlers": [], "resources": described}


def fingerprint(resources: Sequence[Resource]) -> str:
    """Sum up the API's shape; goes out with every response as X-MAAS-API-Hash."""
    shape = [[each.name, each.path, [[act.name, act.method, act.op] for act in each.actions]] for each in resources]
    return hashlib.sha1(json.dumps(shape).encode(), usedforsecurity=False).hexdigest()


def _resource(resource: Resource, origin: str) -> Json:
    anon = [each for each in resource.actions if each.anon]
    closed = len(anon) < len(resource.actions)
    name = f"{resource.name}Handler"
    return {
        "name": name,
        "auth": _handler(name, resource, resource.actions, origin) if closed else None,
        "anon": _handler(f"Anon{name}" if closed else name, resource, anon, origin) if anon else None,
    }


def _handler(name: str, resource: Resource, actions: Sequence[Action], origin: str) -> Json:
    path = API + resource.path
    return {
        "name": name,
        "doc": f"{resource.name} of this MAAS.",
        "uri": origin + path,
        "path": path,
        "params": resource.params,
        "actions": [
            {
                "name": each.name,
                "doc": (each.run.__doc__ or "").strip(),
                "method": each.method,
                "op": each.op,
                "restful": each.op is None,
            }
            for each in actions
        ],
    }
