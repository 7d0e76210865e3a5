"""Which server plays which role: roles by name or by number -> a Placement. Pure.

A role that names its servers gets them, and may share one with another role. A role that only says how many it needs
takes them from those that no role names, in the order of the rack; of those the database takes the one with the most
memory. Backups go beside the balancer unless told otherwise: they have to outlive the database's server.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server that runs a system; memory in GiB, None where nothing is expected of it."""

    name: str
    memory_gib: int | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """What is wanted: names, or for `app` how many; None leaves the choice to `place`. `backups` "" is none at all."""

    app: Sequence[str] | int = 1
    database: str | None = None
    balancer: str | None = None
    backups: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """A server's name for each role; `backups` None where there are none."""

    database: str
    app: tuple[str, ...]
    balancer: str
    backups: str | None

    def servers(self) -> tuple[str, ...]:
        """Name every server that has a role, once."""
        every = (self.database, *self.app, self.balancer, *filter(None, (self.backups,)))
        return tuple(dict.fromkeys(every))


class PlacementError(Exception):
    """The roles don't fit on the servers. `role` is the one that failed, the message is about it."""

    def __init__(self, role: str, message: str) -> None:
        self.role = role
        super().__init__(message)


def place(roles: Roles, candidates: Sequence[Candidate]) -> Placement:
    """Give every role its servers.

    Raises PlacementError for a name that is no candidate, an app role without or with doubled servers, backups on the
    database's own server, and more roles than servers.
    """
    named = () if isinstance(roles.app, int) else tuple(roles.app)
    _check_named(roles, named, candidates)
    taken = {roles.database, roles.balancer, roles.backups, *named}
    free = [each for each in candidates if each.name not in taken]
    database = roles.database or _take("database", free, _largest(free))
    app = named or tuple(_take("app", free, _first(free)) for _ in range(_count(roles.app)))
    balancer = roles.balancer or _take("balancer", free, _first(free))
    return Placement(database, app, balancer, _backups(roles, database, app, balancer, free))


def _count(wanted: object) -> int:
    if not isinstance(wanted, int) or wanted < 1:
        raise PlacementError("app", "needs at least one server")
    return wanted


def _check_named(roles: Roles, named: Sequence[str], candidates: Sequence[Candidate]) -> None:
    names = {each.name for each in candidates}
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise PlacementError("app", f"lists {twice} twice, but a server runs the app once")
    asked = [("database", roles.database), *(("app", name) for name in named)]
    asked += [("balancer", roles.balancer), ("backups", roles.backups)]
    for role, name in asked:
        if name and name not in names:
            raise PlacementError(role, f"is on {name}, which runs no system")


def _take(role: str, free: list[Candidate], chosen: Candidate | None) -> str:
    if chosen is None:
        raise PlacementError(role, "has no server left: there are more roles than servers that run a system")
    free.remove(chosen)
    return chosen.name


def _first(free: Sequence[Candidate]) -> Candidate | None:
    return free[0] if free else None


def _largest(free: Sequence[Candidate]) -> Candidate | None:
    return max(free, key=lambda each: each.memory_gib or 0, default=None)


def _backups(roles: Roles, database: str, app: Sequence[str], balancer: str, free: Sequence[Candidate]) -> str | None:
    if roles.backups is None:
        others = (balancer, *app, *(each.name for each in free))
        return next((name for name in others if name != database), None)
    if roles.backups == database:
        raise PlacementError("backups", f"is on {database}, the database's own server, which they have to outlive")
    return roles.backups or None
