"""A controller that does not answer: what the client knows of it, and how its machines go back to MAAS."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.maas.status import Status
from lab.maas.testing import RunningMaas, running_maas
from providers.hosts.errors import StepFailedError
from providers.juju.crud import controller_said as said
from providers.juju.crud.controller import ControllerProvider
from providers.juju.crud.controller_client import Client
from providers.juju.crud.controller_place import Here
from providers.juju.crud.controller_reclaim import OWNER, kill
from providers.juju.errors import ForeignError, JujuError
from tests.lab.maas.conftest import Raw

UUID = "f0a839c3-cbb0-49c0-87dd-40996e9e7c28"
NEEDS = "ERROR cannot connect to model config API: unable to connect to API: dial tcp: connection refused"
JUJU = """\
#!/bin/sh
echo "$@" >>"$HOME/asked"
case "$1" in
version) echo 3.6.11-ubuntu-amd64;;
controllers) cat "$HOME/listed";;
unregister) echo '{"controllers":null,"current-controller":""}' >"$HOME/listed";;
show-controller) echo '{}'; echo 'ERROR opening API connection: no route to host' >&2; exit 1;;
kill-controller) echo "$(cat "$HOME/says")" >&2; exit 1;;
esac
"""


class Main:
    """This machine, with a juju that knows the controller "main" but does not reach it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def knows(self, *addresses: str) -> None:
        entry = {"uuid": UUID, "api-endpoints": list(addresses), "ca-cert": "PEM", "user": "admin"}
        (self.home / "listed").write_text(json.dumps({"controllers": {"main": entry}, "current-controller": "main"}))

    def says(self, words: str) -> None:
        (self.home / "says").write_text(words)

    @property
    def asked(self) -> list[str]:
        return (self.home / "asked").read_text().splitlines()


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Main:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "juju").write_text(JUJU)
    (tmp_path / "juju").chmod(0o755)
    running = Main(tmp_path)
    running.says(NEEDS)
    running.knows("127.0.0.1:9")
    return running


@pytest.fixture
def maas() -> Iterator[RunningMaas]:
    """Two machines that Juju took: of the controller that is lost, and of another one."""
    with running_maas() as running:
        raw = Raw(running)
        for name, system_id in zip(("ours", "other"), raw.ready("server1", "server2"), strict=True):
            assert raw.post("machines/", "allocate", system_id=system_id).status == 200
            owner = {OWNER: UUID if name == "ours" else "of-another"}
            assert raw.post(f"machines/{system_id}/", "set_owner_data", **owner).status == 200
        yield running


def props(maas: RunningMaas, **more: object) -> dict[str, object]:
    return {
        "name": "main",
        "uuid": UUID,
        "cloud": {"name": "maas-one", "type": "maas", "endpoint": f"{maas.url}/"},
        "credential": {"name": "anyuser", "key": maas.api_key},
        **more,
    }


def statuses(maas: RunningMaas) -> list[str]:
    return [Status(maas.machine(name).status).name for name in ("server1", "server2")]


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def test_one_without_addresses_was_never_finished(main: Main) -> None:
    main.knows()
    found = Client(Here(), "main").show()
    assert found is not None
    assert (found.uuid, found.complete) == (UUID, False)


def test_one_that_does_not_answer_is_neither_gone_nor_unfinished(main: Main) -> None:
    with pytest.raises(StepFailedError, match="no route to host"):
        Client(Here(), "main").show()
    known = Client(Here(), "main").known()
    assert known is not None
    assert known.addresses == ("127.0.0.1:9",)
    assert Client(Here(), "other").known() is None
    assert said.known('{"controllers":null,"current-controller":""}', "main") is None


def test_its_machines_are_released_where_juju_can_not(main: Main, maas: RunningMaas) -> None:
    kill(Client(Here(), "main"), props(maas), UUID)
    assert statuses(maas) == ["READY", "ALLOCATED"]
    assert main.asked[-1] == "unregister main --no-prompt"
    assert Client(Here(), "main").known() is None


def test_any_other_failure_is_told_and_nothing_is_released(main: Main, maas: RunningMaas) -> None:
    main.says("ERROR getting controller environ: permission denied")
    with pytest.raises(JujuError, match="getting controller environ: permission denied"):
        kill(Client(Here(), "main"), props(maas), UUID)
    assert statuses(maas) == ["ALLOCATED", "ALLOCATED"]


def test_a_maas_that_refuses_leaves_the_client_as_it_is(main: Main, maas: RunningMaas) -> None:
    given = props(maas, credential={"name": "anyuser", "key": "a:b:c"})
    with pytest.raises(JujuError, match="The machines of the controller main are not released: "):
        kill(Client(Here(), "main"), given, UUID)
    assert Client(Here(), "main").known() is not None


def test_a_forced_delete_gives_them_back(main: Main, maas: RunningMaas) -> None:
    login = {"addresses": [closed_port()], "ca_cert": "", "username": "admin", "password": "p", "version": "3.6.11"}
    state = props(maas, owned=True, claim="a/b/c", **login)
    with pytest.raises(JujuError, match="could not be reached"):
        ControllerProvider().delete("main", state)
    assert statuses(maas) == ["ALLOCATED", "ALLOCATED"]
    ControllerProvider().delete("main", {**state, "force": "its machine burnt"})
    assert statuses(maas) == ["READY", "ALLOCATED"]
    assert Client(Here(), "main").known() is None


def test_the_half_made_one_of_others_is_told_of(main: Main, maas: RunningMaas) -> None:
    main.knows()
    with pytest.raises(ForeignError, match=f"forgotten by `juju unregister main` there; .*{OWNER}={UUID}"):
        ControllerProvider().create(props(maas, channel="3.6/stable", claim="a/b/c"))
    assert statuses(maas) == ["ALLOCATED", "ALLOCATED"]
