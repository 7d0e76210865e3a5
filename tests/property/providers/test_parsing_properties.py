"""Answers of MAAS, whole and broken: parsed or told, never a crash and never a secret."""

import json

from hypothesis import given
from hypothesis import strategies as st

from providers.common.raw import text
from providers.common.waiter import FASTEST, SLOWEST, interval
from providers.maas.errors import AnswerLost, MaasError, NotDone, Refused, from_answer
from providers.maas.retry import Policy, delay

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.sampled_from(["application/json", "text/plain", "text/html", ""])},
    optional={"Retry-After": st.text(max_size=4) | st.integers(-5, 500).map(str)},
)


@given(st.integers(400, 599), HEADERS, JSONS.map(json.dumps) | st.text(max_size=30))
def test_every_answer_becomes_one_error(status: int, headers: dict[str, str], body: str) -> None:
    error = from_answer("make tea", status, headers, body)
    assert isinstance(error, Refused | NotDone | AnswerLost)
    assert "make tea" in str(error)
    assert not isinstance(error, NotDone) or status in {409, 503}


@given(st.integers(400, 599), HEADERS, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_never_shows(status: int, headers: dict[str, str], before: str, after: str) -> None:
    error = from_answer("make tea", status, headers, f"{before}Sesame!0pen{after}", ["Sesame!0pen"])
    assert "Sesame!0pen" not in str(error)


@given(
    st.booleans(),
    st.none() | st.floats(0, 1000),
    st.integers(1, 500),
    st.floats(0, 1000),
    st.booleans(),
)
def test_a_retry_is_bounded_heeds_maas_and_never_repeats_what_may_be_done(
    lost: bool, retry_after: float | None, attempt: int, elapsed: float, repeatable: bool
) -> None:
    policy = Policy(first=0.5, most=10, budget=120)
    error = (AnswerLost if lost else NotDone)("x", retry_after)
    pause = delay(policy, error, attempt, elapsed, repeatable=repeatable)
    if pause is None:
        return
    assert not lost or repeatable
    assert policy.first <= pause <= max(policy.most, retry_after or 0)
    assert pause >= (retry_after or 0)
    assert elapsed + pause <= policy.budget


@given(st.floats(0, 1e6), st.floats(0, 1e3))
def test_polls_are_neither_too_fast_nor_too_slow(youngest: float, cost: float) -> None:
    assert FASTEST <= interval(youngest, cost) <= SLOWEST
    assert interval(youngest, cost) <= interval(youngest * 2, cost * 2)


def test_errors_share_one_root() -> None:
    assert all(issubclass(kind, MaasError) for kind in (Refused, NotDone, AnswerLost))


@given(st.integers(-(2**53), 2**53))
def test_a_number_reads_as_its_digits_also_where_pulumi_made_a_float_of_it(number: int) -> None:
    assert text({"size": float(number)}, "size") == text({"size": number}, "size") == str(number)


@given(st.floats(allow_nan=False))
def test_a_number_that_is_read_as_text_keeps_its_value(number: float) -> None:
    assert float(text({"size": number}, "size")) == number
