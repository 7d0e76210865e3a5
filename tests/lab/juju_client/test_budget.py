"""How few logins and calls many resources cost."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.common.waiter import Verdict
from providers.juju.errors import WaitFailed
from providers.juju.status import Status
from tests.lab.juju_client.conftest import Bench, add_model, attached, deploy

T = TypeVar("T")
NAMES = [f"app{number}" for number in range(64)]


def at_once(read: Callable[[str], T]) -> list[T]:
    """Run for each name in a thread of its own, all at the same time."""
    start = threading.Barrier(len(NAMES))

    def run(name: str) -> T:
        start.wait()
        return read(name)

    with ThreadPoolExecutor(len(NAMES)) as threads:
        return list(threads.map(run, NAMES))


def test_a_refresh_of_64_applications_costs_four_calls(controller: RunningJuju) -> None:
    with attached(controller) as before:
        uuid = add_model(before, "refreshed").uuid
        deploy(before.model(uuid), *NAMES)
    with attached(controller) as session:
        controller.calls.clear()
        controller.logins.clear()
        link = session.model(uuid)

        def look(name: str) -> tuple[str, str, str]:
            model = session.models(uuid)[uuid]
            return model.name, link.status(name).applications[name].charm_name, link.applications(name)[name].base

        assert at_once(look) == [("refreshed", "ubuntu", "ubuntu@22.04")] * len(NAMES)
        assert sorted(f"{facade}.{method}" for facade, method in controller.call_counts().elements()) == [
            "Application.ApplicationsInfo",
            "Application.GetConfig",
            "Client.FullStatus",
            "ModelManager.ListModelSummaries",
        ]
        assert sorted(controller.logins) == [("admin", ""), ("admin", uuid)]


def test_an_own_write_is_seen_by_its_writer_and_outdates_nobody_elses_view(bench: Bench) -> None:
    deploy(bench.model, "mine", "theirs")
    assert not bench.model.status("mine").applications["mine"].exposed
    bench.model.change(
        "Application",
        "Expose",
        {"application": "mine"},
        purpose="expose mine",
        touches={"status": "mine", "applications": "mine"},
    )
    bench.forget()
    bench.model.status("theirs")
    assert bench.called == {}
    assert bench.model.status("mine").applications["mine"].exposed
    assert bench.model.status().applications["mine"].exposed
    assert bench.called == {"Client.FullStatus": 1}


def test_what_is_read_for_one_is_not_too_old_for_another(bench: Bench) -> None:
    deploy(bench.model, "a")
    bench.model.status()
    args = {"Args": [{"CharmName": "ubuntu", "ApplicationName": "b", "num-units": 1}]}
    touches = {"status": "b", "applications": "b"}
    bench.model.change("Application", "DeployFromRepository", args, purpose="deploy b", touches=touches)
    assert "a" in bench.model.applications("a")
    assert "b" in bench.model.applications("b")


def test_a_write_without_a_word_outdates_all_of_the_model(bench: Bench) -> None:
    deploy(bench.model, "first")
    assert set(bench.model.applications()) == {"first"}
    deploy(bench.model, "second")
    assert set(bench.model.applications()) == {"first", "second"}


@pytest.fixture
def slow() -> Iterator[RunningJuju]:
    with running_juju(pace="manual") as running:
        yield running


def active(name: str) -> Callable[[Status], Verdict]:
    def judge(status: Status) -> Verdict:
        unit = status.applications[name].units[f"{name}/0"]
        return Verdict(unit.workload.line, done=unit.workload.status == "active")

    return judge


def test_polls_do_not_grow_with_the_waits(slow: RunningJuju) -> None:
    def polls(waits: int) -> int:
        with attached(slow) as session:
            link = add_model(session, f"waits{waits}")
            names = NAMES[:waits]
            deploy(link, *names)
            slow.calls.clear()
            waiting, told = threading.Semaphore(0), list[str]()

            def say(line: str) -> None:
                told.append(line)
                waiting.release()

            with ThreadPoolExecutor(waits) as threads:
                ended = [threads.submit(link.wait, name, name, active(name), 60, say) for name in names]
                for _ in names:
                    waiting.acquire()  # each saw where its unit stands once
                asked = slow.call_counts()["Client", "FullStatus"]
                while not all(one.done() for one in ended):
                    slow.advance(300)
                assert all(one.result().unit(f"{name}/0") for name, one in zip(names, ended, strict=True))
            assert f"{names[0]}: waiting: waiting for machine (0s)" in told
            return asked

    assert polls(40) < polls(1) + 8  # they join within a few polls; each for itself would make forty


def test_a_wait_ends_with_the_units_own_message(bench: Bench) -> None:
    bench.juju.fault("hook", hook="install", target="grafana", text="NO_PUBKEY 8C8C34C524098CB6")
    deploy(bench.model, "grafana")

    def judge(status: Status) -> Verdict:
        unit = status.applications["grafana"].units["grafana/0"]
        return Verdict(unit.workload.line, failed=f"is in {unit.workload.line}")

    with pytest.raises(WaitFailed, match=r'^grafana is in error: hook failed: "install"'):
        bench.model.wait("grafana", "grafana", judge, 5, print)


def test_a_wait_outlives_a_busy_controller_and_lost_answers(bench: Bench) -> None:
    deploy(bench.model, "one")
    bench.juju.fault("try-again", facade="Client", method="FullStatus", times=3)
    bench.juju.fault("drop", facade="Client", method="FullStatus", times=2)
    status = bench.model.wait("one", "one", active("one"), 5, print)
    assert status.applications["one"].units["one/0"].workload.status == "active"
