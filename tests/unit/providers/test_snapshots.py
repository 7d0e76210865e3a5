"""Shared lists: one fetch for many, never one that an own write outdated."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.common.snapshots import Snapshots


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    def __init__(self) -> None:
        self.fetched = 0

    def __call__(self) -> int:
        self.fetched += 1
        return self.fetched


def test_adjacent_reads_share_until_the_list_is_too_old() -> None:
    clock, source = Clock(), Source()
    shared = Snapshots(clock, max_age=5)
    assert [shared.get("Machines", source) for _ in range(3)] == [1, 1, 1]
    clock.now = 5.5
    assert shared.get("Machines", source) == 2


def test_a_write_outdates_for_those_whom_it_concerns() -> None:
    source = Source()
    shared = Snapshots(Clock())
    shared.get("Machines", source)
    shared.wrote("Machines", "abc")
    assert shared.get("Machines", source, about="other") == 1
    assert shared.get("Machines", source, about="abc") == 2
    assert shared.get("Machines", source) == 2
    shared.wrote("Machines", None)
    assert shared.get("Machines", source, about="other") == 3
    assert shared.get("Tags", Source()) == 1


def test_variants_of_one_kind_are_kept_apart_and_outdated_together() -> None:
    one, two = Source(), Source()
    shared = Snapshots(Clock())
    for _ in range(2):
        shared.get("Vlans", one, variant="1")
        shared.get("Vlans", two, variant="2")
    shared.wrote("Vlans")
    shared.get("Vlans", one, variant="1")
    assert (one.fetched, two.fetched) == (2, 1)


def test_concurrent_readers_wait_for_one_fetch() -> None:
    shared = Snapshots(Clock())
    started, go = threading.Event(), threading.Event()
    calls: list[int] = []

    def slow() -> str:
        calls.append(1)
        started.set()
        assert go.wait(10)
        return "list"

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(shared.get, "Machines", slow)
        assert started.wait(10)
        others = [pool.submit(shared.get, "Machines", slow) for _ in range(7)]
        go.set()
        assert {future.result() for future in [first, *others]} == {"list"}
    assert len(calls) == 1


def test_a_write_during_a_fetch_makes_the_next_reader_fetch_again() -> None:
    shared = Snapshots(Clock())

    def fetch_and_write() -> str:
        shared.wrote("Machines", "abc")
        return "old"

    assert shared.get("Machines", fetch_and_write, about="abc") == "old"
    assert shared.get("Machines", lambda: "new", about="abc") == "new"


def test_a_failed_fetch_is_told_and_not_kept() -> None:
    shared = Snapshots(Clock())

    def fail() -> str:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        shared.get("Machines", fail)
    assert shared.get("Machines", lambda: "there") == "there"


def test_who_joined_a_hasty_fetch_that_failed_fetches_for_itself() -> None:
    shared, begun, joined, source = Snapshots(Clock()), threading.Event(), threading.Event(), Source()

    def fail() -> int:
        begun.set()
        joined.wait(10)
        raise ConnectionError("gone")

    with ThreadPoolExecutor(9) as threads:
        hasty = threads.submit(shared.renew, "Machines", fail)
        assert begun.wait(10)
        others = [threads.submit(shared.get, "Machines", source) for _ in range(8)]
        joined.set()
        assert [one.result(10) for one in others] == [1] * 8
        assert isinstance(hasty.exception(10), ConnectionError)


def test_a_hasty_fetch_that_came_is_shared() -> None:
    shared, source = Snapshots(Clock()), Source()
    assert shared.renew("Machines", source) == 1
    assert shared.get("Machines", source) == 1
    assert shared.renew("Machines", source) == 2
