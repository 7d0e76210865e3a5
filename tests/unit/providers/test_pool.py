"""The pool that runs us becomes wide; where there is none, nothing happens."""

import threading
from concurrent.futures import ThreadPoolExecutor

from providers.common.pool import widen


def test_the_own_pool_serves_more_than_it_was_made_for() -> None:
    barrier = threading.Barrier(6)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(widen, 8).result()
        arrived = [pool.submit(barrier.wait, 10) for _ in range(6)]
        assert sorted(future.result() for future in arrived) == list(range(6))


def test_calls_that_queued_up_before_get_their_threads_too() -> None:
    barrier = threading.Barrier(6)
    go = threading.Event()

    def first() -> int:
        assert go.wait(10)
        assert widen(8)
        return barrier.wait(10)

    with ThreadPoolExecutor(1) as pool:
        arrived = [pool.submit(first), *(pool.submit(barrier.wait, 10) for _ in range(5))]
        go.set()
        assert sorted(future.result() for future in arrived) == list(range(6))


def test_outside_of_a_pool_nothing_is_touched() -> None:
    with ThreadPoolExecutor(1) as other:
        other.submit(int).result()
        assert not widen()
        assert other._max_workers == 1


def test_a_wide_pool_is_not_narrowed() -> None:
    with ThreadPoolExecutor(20) as pool:
        assert pool.submit(widen, 8).result()
        assert pool._max_workers == 20
