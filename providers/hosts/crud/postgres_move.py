"""Which way a database comes to another server.

what the old server is (`Old`), what the new one holds (`New`), the newest good backup -> `choose` -> a `Way`, or
`RefusedError` with the reason. Pure.

    moved already ─> nothing to carry (an earlier try got past the switch, and its end was not recorded)
    the old one answers ─> dump: nothing is lost
    it does not, a backup is there ─> backup: what was written since is lost, and said to be
    neither ─> refused, unless the program says that an empty database will do
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

START_EMPTY = "start-empty"
REFUSE = "refuse"
ON_LOST_DATA = (REFUSE, START_EMPTY)

Way = Literal["done", "dump", "backup", "empty"]


class RefusedError(Exception):
    """The database can't come along, or what is on the new server stands in its way."""


def moved_file(database: str) -> str:
    """Name the file by which a server says where its database went: it holds the machine."""
    return f"/var/lib/postgresql/{database}.moved"


@dataclass(frozen=True)
class Old:
    """The server it leaves. `lost`: why nothing can be had from it, "" when its database answers.

    `moved_to`: the machine that it says its database went to, "" when none.
    """

    name: str
    lost: str = ""
    moved_to: str = ""


@dataclass(frozen=True)
class New:
    """The server it comes to. `tables`: of a database of that name there, None when there is none.

    `left`: it says itself that its database moved away once, so what it holds is out of date.
    """

    name: str
    machine: str
    tables: int | None = None
    left: bool = False


@dataclass(frozen=True)
class Backup:
    """A verified backup: `made_at` in UTC, `server`: where it lies."""

    name: str
    server: str
    made_at: datetime


def choose(database: str, old: Old, new: New, backup: Backup | None, on_lost_data: str) -> Way:
    """Choose the way. Raises RefusedError."""
    if not old.lost and old.moved_to == new.machine and new.tables is not None:
        return "done"
    if not old.lost and old.moved_to not in {"", new.machine}:
        raise RefusedError(elsewhere(old.name, database, old.moved_to))
    if new.tables and not new.left:
        raise RefusedError(
            f"{new.name} has a database {database} with {new.tables} tables already, which would be lost: rename or "
            f"drop it there, and try again"
        )
    if not old.lost:
        return "dump"
    if backup is not None:
        return "backup"
    if on_lost_data == START_EMPTY:
        return "empty"
    raise RefusedError(
        f"{old.lost}, and there is no backup of the database {database}, so its rows would be lost: bring {old.name} "
        f'back, or say on_lost_data: "{START_EMPTY}" to begin with an empty database on {new.name}'
    )


def elsewhere(server: str, database: str, machine: str) -> str:
    """Tell that a move from this server, which is not recorded, came as far as its switch."""
    return (
        f"{server} says that its database {database} moved to the machine {machine!r} before, so what it holds may be "
        f"out of date: name that machine's server again, or remove {moved_file(database)} on {server} if it is not"
    )


def age(made_at: datetime, now: datetime) -> str:
    """Put the age of a backup in words: "2 days 3 hours", "5 minutes", "less than a minute"."""
    left = max(now - made_at, timedelta())
    parts = (
        (left.days, "day"),
        (left.seconds // 3600, "hour"),
        (left.seconds % 3600 // 60, "minute"),
    )
    told = [f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in parts if number]
    return " ".join(told[:2]) or "less than a minute"
