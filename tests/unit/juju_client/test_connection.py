"""Connections that are cut, answers that are lost, many threads at once."""

import asyncio
import functools
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.juju.errors import AnswerLost, NotDone, NotFound, Refused, SetupError
from providers.juju.pool import Intent, Pool
from providers.juju.wire import IN_FLIGHT, Line
from tests.unit.juju_client.conftest import Connect, at_once
from tests.unit.juju_client.scripted import DROP, SILENCE, Refusal, Scripted

MODEL = "11111111-2222-4333-8444-555555555555"
ASK = Intent("show it", repeatable=True)
WRITE = Intent("change it")


def test_64_threads_share_one_login_per_model(server: Scripted, connect: Connect) -> None:
    pool, start = connect(server.endpoint()), threading.Barrier(64)
    server.answers["Client", "FullStatus"] = {"applications": None}

    def ask(number: int) -> object:
        start.wait()
        return pool.call(MODEL if number % 2 else "", "Client", "FullStatus", {}, ASK)

    with ThreadPoolExecutor(64) as threads:
        assert list(threads.map(ask, range(64))) == [{"applications": None}] * 64
    assert sorted(path for path, _ in server.logins) == ["/api", f"/model/{MODEL}/api"]
    assert len(server.calls) == 64


def test_at_most_eight_requests_are_in_flight_and_answers_find_their_callers(
    server: Scripted, connect: Connect
) -> None:
    pool = connect(server.endpoint())
    full = asyncio.Event()

    async def slowly(params: Mapping[str, object]) -> object:
        if server.in_flight == IN_FLIGHT:
            full.set()
        await full.wait()
        return {"told": params["number"]}

    server.answers["Client", "FullStatus"] = slowly
    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(pool.call, "", "Client", "FullStatus", {"number": n}, ASK) for n in range(40)]
        assert [one.result() for one in asked] == [{"told": n} for n in range(40)]
    assert server.most_in_flight == IN_FLIGHT


def test_a_cut_connection_is_opened_anew_by_the_next_call(server: Scripted, connect: Connect) -> None:
    pool = connect(server.endpoint())
    pool.call("", "Client", "FullStatus", {}, ASK)
    server.close()
    pool.call("", "Client", "FullStatus", {}, ASK)
    assert len(server.logins) == 2


def test_a_lost_answer_is_asked_for_again_only_where_that_does_no_harm(server: Scripted, connect: Connect) -> None:
    pool, answers = connect(server.endpoint()), [DROP, {"done": True}]
    server.answers["Application", "Expose"] = lambda _params: answers.pop(0)  # pyright: ignore[reportUnknownLambdaType] - any parameters
    with pytest.raises(AnswerLost, match="answer to the request to change it was lost: the connection was closed"):
        pool.call(MODEL, "Application", "Expose", {}, WRITE)
    assert server.calls == ["Application.Expose"]
    answers.insert(0, DROP)
    assert pool.call(MODEL, "Application", "Expose", {}, ASK) == {"done": True}


def test_a_busy_controller_is_asked_again(server: Scripted, connect: Connect) -> None:
    answers = [Refusal("try again", "try again"), Refusal("upgrade", "upgrade in progress"), {"done": True}]
    server.answers["Application", "Expose"] = lambda _params: answers.pop(0)  # pyright: ignore[reportUnknownLambdaType] - any parameters
    assert connect(server.endpoint()).call(MODEL, "Application", "Expose", {}, WRITE) == {"done": True}


def test_a_controller_that_stays_busy_says_so_in_the_end(server: Scripted, connect: Connect) -> None:
    server.answers["Application", "Expose"] = Refusal("state changing too quickly", "excessive contention")
    with pytest.raises(NotDone, match="Juju was not able yet to change it: state changing too quickly"):
        connect(server.endpoint()).call(MODEL, "Application", "Expose", {}, WRITE)


def test_silence_ends_in_a_lost_answer(server: Scripted, connect: Connect) -> None:
    pool = Pool(server.endpoint(), sleep=at_once, line=functools.partial(Line, answer=0.05))
    server.answers["Application", "Expose"] = SILENCE
    with pytest.raises(AnswerLost, match="no answer came within"):
        pool.call(MODEL, "Application", "Expose", {}, WRITE)
    pool.close()


def test_a_quiet_connection_is_kept_alive_and_given_up_when_nothing_comes_back(
    server: Scripted, connect: Connect
) -> None:
    pool = Pool(server.endpoint(), sleep=at_once, line=functools.partial(Line, ping=0.05))
    pool.welcome("")
    assert server.pinged.wait(10)
    server.answers["Application", "Expose"] = server.answers["Pinger", "Ping"] = SILENCE
    with pytest.raises(AnswerLost, match="it was silent: no answer came within 0 s"):
        pool.call("", "Application", "Expose", {}, WRITE)
    pool.close()


def test_what_is_not_jujus_ends_the_connection(server: Scripted, connect: Connect) -> None:
    server.answers["Application", "Expose"] = "[1]"
    with pytest.raises(AnswerLost, match=r"what it sent is not Juju's: a message is not a JSON object"):
        connect(server.endpoint()).call(MODEL, "Application", "Expose", {}, WRITE)


def test_whole_numbers_are_sent_as_such(server: Scripted, connect: Connect) -> None:
    sent: list[object] = []
    server.answers["Application", "AddUnits"] = lambda params: sent.append(params) or {}  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - any parameters
    params = {
        "num-units": 3.0,
        "placement": [{"scope": "#", "weight": 0.5}],
        "nested": {"tuple": (1.0, "1.0", True, None)},
    }
    connect(server.endpoint()).call(MODEL, "Application", "AddUnits", params, WRITE)
    expected = {
        "num-units": 3,
        "placement": [{"scope": "#", "weight": 0.5}],
        "nested": {"tuple": [1, "1.0", True, None]},
    }
    assert json.dumps(sent) == json.dumps([expected])


def test_a_refusal_is_told_at_once_without_secrets(server: Scripted, connect: Connect) -> None:
    server.answers["Application", "SetConfigs"] = Refusal('bad value "hunter2"', "not valid", {"more": 1})
    intent = Intent("set the config", secrets=("hunter2",))
    with pytest.raises(Refused, match=r'^Juju refused to set the config: bad value "\*\*\*"$') as caught:
        connect(server.endpoint()).call(MODEL, "Application", "SetConfigs", {}, intent)
    assert (caught.value.code, caught.value.info) == ("not valid", {"more": 1})
    assert len(server.calls) == 1


def test_a_model_that_is_gone_is_told_apart_from_a_wrong_password(server: Scripted, connect: Connect) -> None:
    hidden = Refusal("invalid entity name or password", "unauthorized access")

    def login(params: Mapping[str, object]) -> object:
        return hidden if any(socket.request.path != "/api" for socket in server.open if socket.request) else None

    server.answers["Admin", "Login"] = login
    with pytest.raises(NotFound, match=f"Juju has no model {MODEL} any more, or admin may not see it"):
        connect(server.endpoint()).call(MODEL, "Client", "FullStatus", {}, ASK)
    with pytest.raises(SetupError, match="Juju refused the login of admin at 127"):
        connect(server.endpoint(password="wrong")).call(MODEL, "Client", "FullStatus", {}, ASK)


def test_a_pool_ends_while_calls_wait_for_an_answer_or_for_their_next_try(server: Scripted) -> None:
    asked, resting = threading.Event(), threading.Event()

    async def rest(_seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    pool = Pool(server.endpoint(), sleep=rest)
    server.answers["Application", "Expose"] = Refusal("later", "try again")

    def silence(_params: object) -> object:
        asked.set()
        return SILENCE

    server.answers["Client", "FullStatus"] = silence
    with ThreadPoolExecutor(2) as threads:
        calls = [("Client", "FullStatus"), ("Application", "Expose")]
        waiting = [threads.submit(pool.call, "", *call, {}, WRITE) for call in calls]
        assert asked.wait(10)
        assert resting.wait(10)
        pool.close()
        for one in waiting:
            with pytest.raises(AnswerLost, match="closed on this side"):
                one.result(10)
    with pytest.raises(NotDone, match="closed on this side"):
        pool.call("", "Client", "FullStatus", {}, ASK)
    pool.close()
