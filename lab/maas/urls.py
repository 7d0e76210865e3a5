"""The table of resources: what the router answers and what `describe/` tells, built from the same rows.

Each area of `api/` contributes its resources; a path's holes are named as in MAAS's own describe document, because
description-driven clients (python-libmaas) fill them by name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from lab.maas.errors import BadRequestError, NotFoundError
from lab.maas.wire import Call

API: Final = "/MAAS/api/2.0/"

_CRUD: Final = {"create": "POST", "read": "GET", "update": "PUT", "delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with a resource; `op` is None for create, read, update and delete."""

    name: str
    method: str
    op: str | None
    run: Callable[[Call], object]
    admin: bool = False
    anon: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Resource:
    """`holes` gives a hole of the path a pattern other than "anything without a slash".

    A second path to the same thing is routed, but not `described`, as in MAAS's own document.
    """

    name: str
    path: str
    actions: Sequence[Action]
    holes: dict[str, str] = field(default_factory=dict[str, str])
    described: bool = True

    @property
    def params(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", lambda hole: f"(?P<{hole[1]}>{self._hole(hole[1])})", self.path))

    def _hole(self, name: str) -> str:
        return self.holes.get(name, "[^/]+")

    def action(self, method: str, op: str | None) -> Action:
        for each in self.actions:
            if (each.method, each.op) == (method, op):
                return each
        raise BadRequestError(f"Unrecognised signature: method={method} op={op}")


def crud(
    name: Literal["create", "read", "update", "delete"],
    run: Callable[[Call], object],
    *,
    admin: bool = False,
    anon: bool = False,
    status: int = 200,
) -> Action:
    return Action(name, _CRUD[name], None, run, admin, anon, status)


def post(op: str, run: Callable[[Call], object], *, admin: bool = False) -> Action:
    """Name an operation with effects."""
    return Action(op, "POST", op, run, admin)


def get(op: str, run: Callable[[Call], object], *, admin: bool = False) -> Action:
    """Name an operation without effects."""
    return Action(op, "GET", op, run, admin)


class Router:
    """Finds the resource and the holes of a path under the API's root."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources
        self._by_head: dict[str, list[tuple[re.Pattern[str], Resource]]] = {}
        for each in resources:
            self._by_head.setdefault(each.path.partition("/")[0], []).append((each.pattern(), each))

    def find(self, path: str) -> tuple[Resource, dict[str, str], str | None]:
        """Find (resource, holes, op of a path suffix /op-x); 404 for any other path, or without a last slash."""
        if path.startswith(API):
            rest, suffix = _split_op(path.removeprefix(API))
            for pattern, resource in self._by_head.get(rest.partition("/")[0], []):
                match = pattern.fullmatch(rest)
                if match:
                    return resource, match.groupdict(), suffix
        raise NotFoundError(f"Unknown API endpoint: {path}")


def _split_op(path: str) -> tuple[str, str | None]:
    match = re.fullmatch(r"(.*/)op-(\w+)/?", path)
    return (match[1], match[2]) if match else (path, None)
