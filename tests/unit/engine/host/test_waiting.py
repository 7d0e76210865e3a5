"""Waiting for outputs: the same results as the SDK's own loop, with work that grows with their number only."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.host._waiting import Outstanding, install


class Track:
    """Adds tasks as the SDK's Output does: successes remove themselves, failures and cancelled ones stay."""

    def __init__(self) -> None:
        self.outputs = Outstanding()

    def add(self, future: asyncio.Future[int], parent: asyncio.Task[int] | None = None) -> asyncio.Task[int]:
        async def value() -> int:
            return await future + (await parent if parent else 0)

        task = asyncio.create_task(value())
        self.outputs.add(task)
        task.add_done_callback(self._cleanup)
        return task

    def _cleanup(self, task: asyncio.Task[int]) -> None:
        if not task.cancelled() and task.exception() is None and task in self.outputs:
            self.outputs.remove(task)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)), st.sets(st.integers(1, 5)))
def test_it_returns_when_all_ended_or_raises_the_first_failure(
    order: list[int], failing: set[int], chained: set[int]
) -> None:
    async def go() -> None:
        track = Track()
        futures: list[asyncio.Future[int]] = [asyncio.get_running_loop().create_future() for _ in order]
        tasks: list[asyncio.Task[int]] = []
        for number, future in enumerate(futures):
            tasks.append(track.add(future, tasks[-1] if number in chained else None))
        settled = asyncio.create_task(track.outputs.settle())
        for number in order:
            for _ in range(20):
                await asyncio.sleep(0)
            failed = any(task.done() and task.exception() for task in tasks)
            assert settled.done() == failed
            if number in failing:
                futures[number].set_exception(ValueError(str(number)))
            else:
                futures[number].set_result(number)
        result = (await asyncio.gather(settled, return_exceptions=True))[0]
        assert isinstance(result, ValueError) == bool(failing)
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(go())


def test_outputs_made_while_waiting_are_waited_for() -> None:
    async def go() -> None:
        track = Track()
        loop = asyncio.get_running_loop()
        first: asyncio.Future[int] = loop.create_future()
        second: asyncio.Future[int] = loop.create_future()
        first.add_done_callback(lambda _: track.add(second))
        track.add(first)
        settled = asyncio.create_task(track.outputs.settle())
        await asyncio.sleep(0)
        first.set_result(1)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not settled.done()
        second.set_result(2)
        await settled

    asyncio.run(go())


def test_a_failure_that_another_output_took_over_is_not_raised_here() -> None:
    async def go() -> None:
        track = Track()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = track.add(future)
        track.outputs.discard(task)
        future.set_exception(ValueError("taken over"))
        await asyncio.gather(task, return_exceptions=True)
        await track.outputs.settle()

    asyncio.run(go())


def test_an_sdk_of_another_shape_keeps_its_own_way(monkeypatch: Any) -> None:
    from pulumi.runtime import stack

    async def wait_for_rpcs() -> None:
        """Stand for another version's."""

    monkeypatch.setattr(stack, "wait_for_rpcs", wait_for_rpcs)
    assert install() is False
    assert stack.wait_for_rpcs is wait_for_rpcs
