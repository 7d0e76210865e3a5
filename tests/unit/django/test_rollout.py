"""Turns: one at a time, in order, and none after a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.hosts.crud import appserver_rollout
from providers.hosts.crud.appserver_rollout import NotTouchedError, Rollout


def run(rollout: Rollout, wanted: list[tuple[int, str]], fails: str = "") -> tuple[list[str], list[str]]:
    """Let all arrive before the first may go; who went, and who was turned away."""
    went: list[str] = []
    turned_away: list[str] = []
    inside = threading.Lock()
    together = threading.Barrier(len(wanted))

    def take(place: int, server: str) -> None:
        together.wait(10)
        try:
            with rollout.turn(place, server):
                assert inside.acquire(blocking=False), "two at a time"
                went.append(server)
                inside.release()
                if server == fails:
                    raise OSError(server)  # noqa: TRY301 - the failure under test
        except NotTouchedError:
            turned_away.append(server)
        except OSError:
            pass

    with ThreadPoolExecutor(len(wanted)) as pool:
        for done in [pool.submit(take, *each) for each in wanted]:
            done.result(20)
    return went, turned_away


SERVERS = [(2, "server4"), (0, "server2"), (1, "server3")]


def test_they_go_in_their_order_however_they_arrive():
    assert run(Rollout("tasks", gather=0.2), SERVERS) == (["server2", "server3", "server4"], [])


def test_none_is_touched_after_a_failure():
    went, turned_away = run(Rollout("tasks", gather=0.2), SERVERS, fails="server3")
    assert went == ["server2", "server3"]
    assert turned_away == ["server4"]


def test_one_that_comes_later_is_turned_away_too():
    rollout = Rollout("tasks", gather=0)
    run(rollout, [(0, "server2")], fails="server2")
    with (
        pytest.raises(NotTouchedError, match=r"server9 was not touched: .* of tasks .* server2 failed"),
        rollout.turn(9, "server9"),
    ):
        raise AssertionError("it must not go")


def test_it_does_not_wait_for_servers_that_have_nothing_to_do():
    assert run(Rollout("tasks", gather=0), [(7, "server9")]) == (["server9"], [])


def test_a_run_has_one_rollout_for_each_cluster():
    appserver_rollout.forget()
    first = appserver_rollout.of("tasks")
    assert appserver_rollout.of("tasks") is first
    assert appserver_rollout.of("other") is not first
    appserver_rollout.forget()
    assert appserver_rollout.of("tasks") is not first
