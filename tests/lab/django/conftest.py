"""One rack for the session: a PostgreSQL server, three app servers, and a release of the app itself."""

from collections.abc import Generator
from pathlib import Path

import pytest

import lab.hosts.testing as lab_hosts
from providers.hosts import session
from providers.hosts.crud import appserver_rollout
from tests.lab.django.cluster import Cluster, Held, install_database, migration, release
from tests.support import guests

rack = guests.rack


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder, where releases are kept."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="session")
def machines(rack: lab_hosts.Hosts) -> Cluster:
    names = ("jdb", "j1", "j2", "j3")
    for name in names:
        rack.add(name, wait=False)
    for name in names:
        rack[name].wait()
    install_database(rack["jdb"])
    return Cluster(rack["jdb"], [rack[name] for name in names[1:]])


@pytest.fixture(scope="session")
def worker() -> Generator[None]:
    yield
    session.release()


@pytest.fixture
def cluster(machines: Cluster, folder: Path, worker: None, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster, at the beginning of a run, all of its servers on."""
    del worker
    monkeypatch.chdir(folder)
    appserver_rollout.forget()
    return machines


@pytest.fixture(scope="session")
def made(machines: Cluster, folder: Path, worker: None) -> Held:
    del worker
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        held = release()
        held.up(machines.source(machines.servers[0]))
        migration().up(machines.migration(machines.servers[0], held.state["release"]))
    return held


@pytest.fixture
def built(made: Held, cluster: Cluster) -> Held:
    """The app itself, built on the first server, with its database migrated, whatever an earlier test did."""
    if made.refresh():
        made.up(cluster.source(cluster.servers[0]))
    return made
