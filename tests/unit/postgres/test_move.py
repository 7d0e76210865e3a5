"""Which way a database takes, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.hosts.crud.postgres_move import Backup, New, Old, RefusedError, age, choose

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BACKUP = Backup("tasks-20261121T110000Z", "server5", NOW - timedelta(hours=1))
LIVE, LOST, GONE = Old("server1"), Old("server1", "server1 does not answer"), Old("server1", moved_to="m2")


@pytest.mark.parametrize(
    ("old", "new", "backup", "on_lost", "way"),
    [
        (LIVE, New("server2", "m2"), None, "refuse", "dump"),
        (LIVE, New("server2", "m2", tables=0), BACKUP, "start-empty", "dump"),
        (LIVE, New("server2", "m2", tables=3, left=True), None, "refuse", "dump"),
        (LOST, New("server2", "m2"), BACKUP, "refuse", "backup"),
        (LOST, New("server2", "m2"), BACKUP, "start-empty", "backup"),
        (LOST, New("server2", "m2"), None, "start-empty", "empty"),
        (GONE, New("server2", "m2", tables=3), None, "refuse", "done"),
        (GONE, New("server2", "m2"), None, "refuse", "dump"),
    ],
)
def test_the_way(old: Old, new: New, backup: Backup | None, on_lost: str, way: str):
    assert choose("tasks", old, new, backup, on_lost) == way


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (LOST, New("server2", "m2"), "server1 does not answer, and there is no backup of the database tasks"),
        (LIVE, New("server2", "m2", tables=3), "server2 has a database tasks with 3 tables already"),
        (LOST, New("server2", "m2", tables=1), "server2 has a database tasks with 1 tables already"),
        (GONE, New("server3", "m3"), "server1 says that its database tasks moved to the machine 'm2' before"),
    ],
)
def test_a_refusal_tells_its_reason(old: Old, new: New, told: str):
    with pytest.raises(RefusedError, match=told):
        choose("tasks", old, new, None, "refuse")


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1, minutes=2), "1 hour 2 minutes"),
        (timedelta(days=2, minutes=5), "2 days 5 minutes"),
    ],
)
def test_an_age_in_words(passed: timedelta, told: str):
    assert age(NOW - passed, NOW) == told
