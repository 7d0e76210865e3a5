"""Rolling updates on real servers: one after another, in order, with no request lost; a failure ends them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from providers.hosts.crud import appserver_rollout
from providers.hosts.errors import StepFailedError
from tests.lab.django.cluster import ADMIN_PASSWORD, Cluster, Held, app_server, edition, release
from tests.lab.django.watch import health, log_in, seen_by, visiting


def together(cluster: Cluster, held: list[Held], name: str) -> list[BaseException | None]:
    """Bring all servers to a release at the same moment, the last first, as an engine may; what each ended with."""
    appserver_rollout.forget()
    with ThreadPoolExecutor(len(held)) as pool:
        pairs = [*zip(held, cluster.servers, strict=True)]
        doings = {guest.name: pool.submit(each.up, cluster.server(guest, name)) for each, guest in reversed(pairs)}
        return [doings[guest.name].exception() for _, guest in pairs]


def test_updates_go_one_by_one_and_lose_nothing_and_a_failure_ends_them(cluster: Cluster, built: Held, tmp_path: Path):
    name, held = built.state["release"], [app_server() for _ in cluster.servers]
    assert together(cluster, held, name) == [None] * 3
    newer = release()
    newer.up(cluster.source(cluster.servers[0], edition(tmp_path, "newer", {"tasks/forms.py": "+\n# newer\n"})))
    changed = newer.state["release"]

    cookie = log_in(cluster.servers[0], "cloud", ADMIN_PASSWORD)
    with ExitStack() as stack:
        visits = [stack.enter_context(visiting(guest)) for guest in cluster.servers]
        assert together(cluster, held, changed) == [None] * 3
    for each in visits:
        assert each.failed == []
        assert set(each.releases) == {name, changed}
        assert each.releases == sorted(each.releases, key=(name, changed).index), "there is no way back"
        assert each.slowest < 10
    assert all("Welcome" in seen_by(guest, cookie) for guest in cluster.servers), "a login holds on every server"

    second = cluster.servers[1]
    second.run(f"sudo ip route add blackhole {cluster.database.address}")
    try:
        first, failed, left = together(cluster, held, name)
        assert first is None
        assert isinstance(failed, StepFailedError)
        assert str(left) == ("j3 was not touched: the servers of tasks are updated one after another, and j2 failed")
        assert [health(guest)["release"] for guest in (cluster.servers[0], cluster.servers[2])] == [name, changed]
    finally:
        second.run(f"sudo ip route del blackhole {cluster.database.address}")
    assert together(cluster, held, name) == [None] * 3, "once the cause is gone, the same inputs go on"
    assert {health(guest)["release"] for guest in cluster.servers} == {name}
    for each in held:
        each.down()


@pytest.fixture(autouse=True)
def another_run() -> None:
    appserver_rollout.forget()
