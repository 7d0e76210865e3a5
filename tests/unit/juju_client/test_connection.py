"""Connections that are cut, answers that are lost, many threads at once."""

import asyncio
import functools
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.juju.errors import AnswerLost, JujuError, NotDone, NotFound, Refused, SetupError, Temporary, WaitFailed
from providers.juju.link import Link
from providers.juju.pool import Intent, Pool
from providers.juju.waiter import Verdict
from providers.juju.wire import IN_FLIGHT, Ended, Line, Loop
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


def test_a_machine_that_is_still_to_come_is_waited_for(server: Scripted, connect: Connect) -> None:
    late = {"message": 'machine "0" not started, please retry when started', "code": ""}
    answers: list[dict[str, object]] = [{"Results": [{"Errors": [late]}]}, {"Results": [{"Errors": []}]}]
    server.answers["Application", "DeployFromRepository"] = lambda _params: answers.pop(0)  # pyright: ignore[reportUnknownLambdaType] - any parameters
    told = connect(server.endpoint()).call(MODEL, "Application", "DeployFromRepository", {}, WRITE)
    assert told == {"Results": [{"Errors": []}]}


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
    with pytest.raises(
        JujuError, match="Juju can't be asked any more to show it: all connections were closed"
    ) as caught:
        pool.call("", "Client", "FullStatus", {}, ASK)
    assert not isinstance(caught.value, Temporary)  # trying again, as waits do, would be in vain
    pool.close()


def test_a_pool_that_ends_opens_nothing_more_and_leaves_nothing(server: Scripted) -> None:
    before, asked = set(threading.enumerate()), threading.Event()
    pool = Pool(server.endpoint(), sleep=at_once)

    async def silent_login(_params: object) -> object:
        asked.set()
        return await asyncio.Event().wait()

    pool.welcome("")
    server.answers["Admin", "Login"] = silent_login
    with ThreadPoolExecutor(8) as threads:
        opening = [threads.submit(pool.welcome, f"model{number}") for number in range(8)]
        assert asked.wait(10)
        pool.close()
        for one in opening:
            assert isinstance(one.exception(10), JujuError)
    assert set(threading.enumerate()) <= before


def test_nobody_waits_for_a_loop_that_is_being_closed() -> None:
    loop, closing, go_on = Loop(), threading.Event(), threading.Event()
    late: list[asyncio.Task[None]] = []

    async def endless() -> None:
        await asyncio.Event().wait()

    async def begins_another() -> None:
        try:
            await endless()
        finally:
            late.append(asyncio.create_task(endless()))

    async def last() -> None:
        closing.set()
        await asyncio.to_thread(go_on.wait, 10)

    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(loop.run, begins_another())
        closed = threads.submit(loop.close, last())
        assert closing.wait(10)
        with pytest.raises(Ended, match="closed on this side") as caught:
            loop.run(endless())
        go_on.set()
        closed.result(10)
        assert isinstance(waiting.exception(10), Ended)
    assert not caught.value.sent
    assert [task.cancelled() for task in late] == [True]


@pytest.mark.parametrize("name", ["results", "Results"])
def test_the_only_item_of_a_bulk_call_is_tried_again(server: Scripted, connect: Connect, name: str) -> None:
    busy = {"error": {"message": "state changing too quickly; try again soon", "code": "excessive contention"}}
    answers: list[object] = [{name: [busy]}, {name: [busy]}, {name: [{}]}]
    server.answers["Application", "SetConfigs"] = lambda _params: answers.pop(0)  # pyright: ignore[reportUnknownLambdaType] - any parameters
    pool = connect(server.endpoint())
    assert pool.call(MODEL, "Application", "SetConfigs", {}, WRITE) == {name: [{}]}
    answers[:] = [{name: [busy, {}]}]
    assert pool.call(MODEL, "Application", "SetConfigs", {}, WRITE) == {name: [busy, {}]}  # the other was done


def test_an_only_item_that_stays_busy_says_so_in_the_end(server: Scripted, connect: Connect) -> None:
    busy = {"error": {"message": "the password is hunter2", "code": "try again"}}
    server.answers["Application", "SetConfigs"] = {"results": [busy]}
    intent = Intent("configure it", secrets=("hunter2",))
    with pytest.raises(NotDone, match=r"Juju was not able yet to configure it: the password is \*\*\*"):
        connect(server.endpoint()).call(MODEL, "Application", "SetConfigs", {}, intent)
    late = {"error": {"message": "too late", "code": "deadline exceeded"}}
    server.answers["Application", "SetConfigs"] = {"results": [late]}
    server.calls.clear()
    with pytest.raises(AnswerLost, match="ran out of time to configure it"):
        connect(server.endpoint()).call(MODEL, "Application", "SetConfigs", {}, intent)
    assert server.calls == ["Application.SetConfigs"]


def test_a_call_may_be_less_patient_than_others(server: Scripted, connect: Connect) -> None:
    server.answers["Client", "FullStatus"] = Refusal("later", "try again")
    pool = connect(server.endpoint())
    with pytest.raises(NotDone):
        pool.call(MODEL, "Client", "FullStatus", {}, Intent("show it", repeatable=True, patience=5))
    assert len(server.calls) == 4  # after 0.5, 1 and 2 seconds


def test_a_poll_that_fails_is_told_soon_and_its_wait_ends_in_time(server: Scripted, connect: Connect) -> None:
    server.answers["Client", "FullStatus"] = Refusal("later", "try again")
    link, told = Link(connect(server.endpoint()), MODEL, time.monotonic), list[tuple[str, int]]()

    def say(line: str) -> None:
        told.append((line, len(server.calls)))

    with pytest.raises(WaitFailed, match=r"^it did not get there within 0s: Juju was not able yet to show the model"):
        link.wait("it", "it", lambda _: Verdict("waiting"), 0.005, say)
    assert told[0][0].startswith("it: can't be asked for: Juju was not able yet to show the model's status: later")
    assert told[0][1] < 10  # a whole budget of retries would be some twenty


def test_what_a_call_must_not_tell_is_not_in_its_repr() -> None:
    assert "hunter2" not in repr(Intent("configure it", secrets=("hunter2",)))
