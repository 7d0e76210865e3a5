"""MAAS's answers become sentences; the error's type, not its text, decides on a retry."""

import pytest

from providers.maas.errors import AnswerLost, Conflict, NotDone, NotFound, Refused, from_answer
from providers.maas.retry import Policy, delay

JSON = {"Content-Type": "application/json; charset=utf-8"}
TEXT = {"Content-Type": "text/plain"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "sentence"),
    [
        (400, JSON, '{"start_ip": ["Bad."]}', Refused, "MAAS refused to make tea: start_ip: Bad."),
        (
            400,
            JSON,
            '{"__all__": ["Not ready."], "x": ["1", "2"]}',
            Refused,
            "MAAS refused to make tea: Not ready.; x: 1 2",
        ),
        (400, JSON, "{broken", Refused, "MAAS refused to make tea: {broken"),
        (400, JSON, '["a"]', Refused, "MAAS refused to make tea: a"),
        (404, TEXT, "No Machine matches the given query.", NotFound, "MAAS refused to make tea: No Machine matches"),
        (409, TEXT, "No machine available.", Conflict, "MAAS refused to make tea: No machine available."),
        (409, {**TEXT, "Retry-After": "5"}, "busy", NotDone, "MAAS was too busy to make tea: busy"),
        (503, {**TEXT, "Retry-After": "10"}, "", NotDone, "MAAS was too busy to make tea: HTTP 503"),
        (503, {**TEXT, "Retry-After": "soon"}, "power", Refused, "MAAS refused to make tea: power"),
        (503, TEXT, "No rack controllers can access the BMC", Refused, "MAAS refused to make tea: No rack"),
        (504, TEXT, "timeout", AnswerLost, "MAAS got no answer from a rack controller in time to make tea"),
        (401, TEXT, "Authorization Error: Invalid API key.", Refused, "it does not accept the API key"),
        (403, TEXT, "", Refused, "MAAS refused to make tea: HTTP 403"),
        (500, {"Content-Type": "text/html"}, "<html>debug page</html>", Refused, "MAAS refused to make tea: HTTP 500"),
    ],
)
def test_answers(status: int, headers: dict[str, str], body: str, kind: type[Exception], sentence: str) -> None:
    error = from_answer("make tea", status, headers, body)
    assert type(error) is kind
    assert sentence in str(error)


def test_secrets_are_masked_even_where_maas_repeats_them() -> None:
    error = from_answer("enrol", 400, JSON, '{"power_pass": ["hunter2 is too short"]}', ["", "hunter2"])
    assert "hunter2" not in str(error)
    assert "*** is too short" in str(error)


POLICY = Policy(first=1.0, most=8.0, budget=60.0)


@pytest.mark.parametrize(
    ("error", "attempt", "elapsed", "repeatable", "pause"),
    [
        (NotDone("busy"), 1, 0.0, False, 1.0),
        (NotDone("busy"), 3, 0.0, False, 4.0),
        (NotDone("busy"), 9, 0.0, False, 8.0),
        (NotDone("busy", 10.0), 1, 0.0, False, 10.0),
        (NotDone("busy", 10.0), 1, 55.0, False, None),
        (AnswerLost("lost"), 1, 0.0, True, 1.0),
        (AnswerLost("lost"), 1, 0.0, False, None),
    ],
)
def test_delay(error: NotDone, attempt: int, elapsed: float, repeatable: bool, pause: float | None) -> None:
    assert delay(POLICY, error, attempt, elapsed, repeatable=repeatable) == pause
