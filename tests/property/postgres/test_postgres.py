"""What holds for any memory, any password, any rows and any move."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from providers.hosts.crud.postgres_files import admission, configuration, identifier, quoted
from providers.hosts.crud.postgres_move import ON_LOST_DATA, Backup, New, Old, RefusedError, choose
from providers.hosts.crud.postgres_rows import difference, summary
from providers.hosts.crud.postgres_scram import matches, verifier
from providers.hosts.crud.postgres_tuning import GRAIN, LEAST_MEMORY, same, tuned, usable

memory = st.integers(LEAST_MEMORY, 4_000_000)
cpus = st.integers(1, 512)
passwords = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
rows = st.dictionaries(st.text(min_size=1, max_size=8), st.integers(0, 10**9), max_size=5)
WORKERS = 3
"""Processes of autovacuum, each of which may take maintenance_work_mem."""


@given(memory, cpus)
def test_all_that_postgresql_may_hold_is_below_the_memory(mib: int, count: int):
    found = tuned(mib, count)
    held = found.shared_buffers + found.work * found.connections + WORKERS * found.maintenance
    assert held < mib
    assert found.effective_cache < mib
    assert min(vars(found).values()) >= 1


@given(memory, memory, cpus)
def test_more_memory_never_means_less(one: int, other: int, count: int):
    less, more = tuned(min(one, other), count), tuned(max(one, other), count)
    for name in ("shared_buffers", "effective_cache", "maintenance", "connections"):
        assert getattr(less, name) <= getattr(more, name)
    assert less.work * less.connections <= (more.work + 1) * more.connections


@given(memory, st.integers(0, 4_000_000))
def test_no_more_memory_is_counted_on_than_there_is(mib: int, there: int):
    found = usable(mib, there)
    assert found <= mib
    assert found <= max(there, LEAST_MEMORY)
    assert found in {mib, LEAST_MEMORY} or found > there - GRAIN


@given(st.integers(-10, LEAST_MEMORY - 1))
def test_too_little_memory_is_refused(mib: int):
    with pytest.raises(ValueError, match=f"is {mib}, but PostgreSQL needs at least"):
        tuned(mib, 1)


@given(memory, cpus)
def test_a_setting_is_what_it_says(mib: int, count: int):
    for value in tuned(mib, count).settings().values():
        number = int(value.removesuffix("MB"))
        for unit, per_mib in (("8kB", 128), ("kB", 1024), ("MB", 1)):
            if value.endswith("MB"):
                assert same(value, str(number * per_mib), unit)
                assert not same(value, str(number * per_mib + 1), unit)
        assert value.endswith("MB") or same(value, value, "")


@given(passwords, passwords, st.binary(min_size=1, max_size=24), st.integers(1, 20))
def test_a_verifier_is_of_one_password(password: str, other: str, salt: bytes, iterations: int):
    stored = verifier(password, salt, iterations)
    assert matches(password, stored)
    assert matches(other, stored) == (other == password)
    assert "'" not in stored


@given(st.text())
def test_anything_may_be_stored(stored: str):
    assert not matches("pencil", stored)


@given(rows, rows)
def test_rows_are_the_same_exactly_when_nothing_is_told(before: dict[str, int], after: dict[str, int]):
    assert (difference(before, after) == "") == (before == after)
    assert summary(before).startswith(f"{len(before)} table")


@given(st.text())
def test_what_is_quoted_stays_one_text(value: str):
    assert re.fullmatch(r"'([^']|'')*'", quoted(value), re.DOTALL)
    assert quoted(value)[1:-1].replace("''", "'") == value
    assert identifier(value)[1:-1].replace('""', '"') == value


@given(st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), st.text("ab'=0 ", max_size=6)))
def test_a_configuration_has_each_setting_once(settings: dict[str, str]):
    lines = configuration(settings).splitlines()[1:]
    assert [line.split(" = ", 1)[0] for line in lines] == list(settings)


@given(st.lists(st.ip_addresses(v=4).map(lambda address: f"{address}/32"), unique=True))
def test_nobody_from_elsewhere_comes_in_without_a_password(networks: list[str]):
    remote = [line.split() for line in admission(networks).splitlines() if line.startswith("host")]
    assert {line[-1] for line in remote} == {"scram-sha-256"}
    assert [line[3] for line in remote][2:] == networks


olds = st.builds(Old, st.just("old"), st.sampled_from(["", "it is gone"]), st.sampled_from(["", "m2", "m3"]))
news = st.builds(New, st.just("new"), st.just("m2"), st.none() | st.integers(0, 3), st.booleans())
backups = st.none() | st.just(Backup("b", "vault", datetime(2026, 1, 1, tzinfo=UTC)))


@given(olds, news, backups, st.sampled_from(ON_LOST_DATA))
def test_no_way_loses_rows_that_could_be_kept(old: Old, new: New, backup: Backup | None, on_lost_data: str):
    assume(not (old.lost and old.moved_to))
    try:
        way = choose("tasks", old, new, backup, on_lost_data)
    except RefusedError:
        way = "refused"
    if way in {"backup", "empty"}:
        assert old.lost
    if way == "empty":
        assert backup is None
        assert on_lost_data == "start-empty"
    if way == "dump":
        assert not old.lost
        assert old.moved_to in {"", "m2"}
    if new.tables and not new.left:
        assert way in {"refused", "done"}
    if way == "done":
        assert (old.moved_to, new.tables is not None) == ("m2", True)
