"""A MAAS that never answered is given up soon; one that did is waited for."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.maas.bones import Request
from providers.maas.connection import Connection, Intent
from providers.maas.errors import NotDone, Unreached
from providers.maas.retry import Policy, delay

SECONDS = st.floats(0, 1000)
UNREACHED = Unreached("no connection")


@given(attempt=st.integers(1, 50), elapsed=SECONDS, budget=SECONDS, contact=SECONDS, met=st.booleans())
def test_no_try_begins_after_its_budget(attempt: int, elapsed: float, budget: float, contact: float, met: bool):
    policy = Policy(budget=budget, contact=contact)
    pause = delay(policy, UNREACHED, attempt, elapsed, repeatable=False, met=met)
    limit = budget if met else min(budget, contact)
    assert pause is None or elapsed + pause <= limit


@given(attempt=st.integers(1, 50), elapsed=SECONDS, met=st.booleans())
def test_a_busy_maas_answered_so_its_budget_is_the_long_one(attempt: int, elapsed: float, met: bool):
    busy = NotDone("too busy", 1.0)
    assert delay(Policy(), busy, attempt, elapsed, repeatable=False, met=met) == delay(
        Policy(), busy, attempt, elapsed, repeatable=False
    )


def test_all_calls_share_the_budget_of_the_first_contact():
    """Each of many resources waiting for its own would add up to minutes."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/MAAS/api/2.0/tags/"
        connection = Connection(Policy(contact=1.2), sleep=pause)
        connection._began = 1.0  # the first call was made long ago
        with pytest.raises(Unreached, match=r"could not be reached to list its tags: .*; maas:apiUrl names http://127"):
            connection.send(lambda: Request("GET", url, None, {}), Intent("list its tags", repeatable=True))
        connection.close()
    assert pauses == []
