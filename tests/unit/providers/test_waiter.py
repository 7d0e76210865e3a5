"""The waiter with a scripted MAAS and a clock that stands still until a poll moves it."""

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.common.waiter import elapsed, interval
from providers.maas.crud.waits import until
from providers.maas.errors import NotDone, Refused, WaitFailed
from providers.maas.models import Machine
from providers.maas.waiter import Waiter
from tests.unit.providers.maas_samples import machine

JUDGE = until({"Deployed"}, {"Deploying"}, "deploy")


class Script:
    """Each poll answers the next row and takes `seconds` of the clock; the last row repeats."""

    def __init__(self, rows: list[dict[str, str] | Exception], seconds: float = 1.0) -> None:
        self.rows = rows
        self.seconds = seconds
        self.now = 0.0
        self.asked: list[list[str]] = []

    def clock(self) -> float:
        return self.now

    def poll(self, ids: Iterable[str]) -> Mapping[str, Machine]:
        self.asked.append(sorted(ids))
        self.now += self.seconds
        row = self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]
        if isinstance(row, Exception):
            raise row
        return {name: machine(name, status, status_message=f"{status} now") for name, status in row.items()}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(youngest: float, cost: float) -> float:
        return min(youngest, cost, 0.0)

    monkeypatch.setattr("providers.common.waiter.interval", at_once)


def test_progress_is_told_when_it_changes_and_the_machine_comes_back() -> None:
    script = Script([{"abc": "Deploying"}, {"abc": "Deploying"}, {"abc": "Deployed"}])
    said: list[str] = []
    found = Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, said.append)
    assert found.status == "Deployed"
    assert said == ["server1: Deploying - Deploying now (1s)"]


def test_a_failure_says_where_the_machine_stands() -> None:
    script = Script([{"abc": "Failed deployment"}])
    with pytest.raises(
        WaitFailed, match=r"server1 \(abc\) failed to deploy: Failed deployment - Failed deployment now"
    ):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, print)


def test_the_deadline_ends_the_wait() -> None:
    script = Script([{"abc": "Deploying"}], seconds=50)
    with pytest.raises(WaitFailed, match="did not get there within 2m00s: is still Deploying"):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 120, lambda _: None)
    assert len(script.asked) == 3


def test_a_machine_that_was_removed_ends_the_wait() -> None:
    script = Script([{}])
    with pytest.raises(WaitFailed, match="was removed from MAAS"):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, print)


def test_a_temporary_error_is_outlived_and_a_refusal_is_not() -> None:
    script = Script([NotDone("busy"), {"abc": "Deployed"}])
    assert Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, print).status == "Deployed"
    script = Script([Refused("MAAS refused", 401, {})])
    with pytest.raises(Refused):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, print)


def test_a_maas_that_cannot_be_asked_is_told() -> None:
    script, said = Script([NotDone("MAAS could not be reached"), {"abc": "Deployed"}]), list[str]()
    Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 600, said.append)
    assert said == ["server1: can't be asked for: MAAS could not be reached (1s)"]


def test_a_poll_that_is_never_answered_does_not_outlive_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.common.waiter.GRACE", 0.01)
    script, answered = Script([{"abc": "Deployed"}], seconds=120), threading.Event()

    def poll(ids: Iterable[str]) -> Mapping[str, Machine]:
        seen = script.poll(ids)
        answered.wait(30)
        return seen

    with pytest.raises(WaitFailed, match="did not get there within 0s: MAAS has not answered when it was asked"):
        Waiter(poll, script.clock).wait("abc", "server1", JUDGE, 0.1, print)
    answered.set()


def test_a_maas_that_stays_away_ends_at_the_deadline() -> None:
    script = Script([NotDone("MAAS could not be reached")], seconds=70)
    with pytest.raises(WaitFailed, match="could not be reached"):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 60, print)


def test_an_unexpected_error_reaches_the_waiting_thread() -> None:
    script = Script([ZeroDivisionError("odd")])
    with pytest.raises(WaitFailed, match="odd"):
        Waiter(script.poll, script.clock).wait("abc", "server1", JUDGE, 60, print)


def test_one_poll_serves_all_waits_and_the_thread_ends_with_them() -> None:
    names = [f"m{number}" for number in range(40)]
    all_there = threading.Event()
    polls: list[int] = []

    def poll(ids: Iterable[str]) -> Mapping[str, Machine]:
        asked = list(ids)
        polls.append(len(asked))
        if len(asked) == len(names):
            all_there.set()
        status = "Deployed" if all_there.is_set() else "Deploying"
        return {name: machine(name, status) for name in names}

    waiter = Waiter(poll)

    def wait(name: str) -> str:
        return waiter.wait(name, name, JUDGE, 600, lambda _: None).system_id

    with ThreadPoolExecutor(len(names)) as pool:
        results = list(pool.map(wait, names))
    assert results == names
    assert max(polls) == len(names)
    for thread in threading.enumerate():
        if thread.name == "maas-waiter":
            thread.join(10)
            assert not thread.is_alive()


def test_the_interval_grows_with_the_age_and_spares_a_slow_maas() -> None:
    assert [interval(age, 0.0) for age in (0, 0.3, 6, 12, 600)] == [0.1, 0.1, 1.0, 2.0, 5.0]
    assert interval(0, 0.4) == pytest.approx(0.8)


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0s"), (9.9, "9s"), (60, "1m00s"), (130, "2m10s"), (3900, "1h05m")])
def test_elapsed(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text
