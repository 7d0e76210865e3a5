"""The connection against the lab: who we are, what is retried, what is told."""

import socket
from pathlib import Path

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from lab.maas.testing import RunningMaas
from providers.maas import session
from providers.maas.client import Client
from providers.maas.connection import Connection
from providers.maas.crud.site import TagProvider
from providers.maas.endpoint import Endpoint
from providers.maas.errors import AnswerLost, NotDone, Refused, SetupError
from providers.maas.retry import Policy
from tests.lab.providers.conftest import at_once


def test_a_provider_configures_the_process_from_the_stacks_config(maas: RunningMaas, tmp_path: Path) -> None:
    session.release()
    with pytest.raises(SetupError, match="before its endpoint was configured"):
        session.current()
    key = tmp_path / "key"
    key.write_text(maas.api_key + "\n", encoding="utf-8")
    config = {"maas:apiUrl": maas.url, "maas:apiKeyFile": str(key)}
    TagProvider().configure(ConfigureRequest(Config(config, "project")))
    first = session.current()
    assert first.me == "cloud"
    TagProvider().configure(ConfigureRequest(Config(config, "project")))
    assert session.current() is first


def test_a_key_that_is_written_in_the_same_run_is_read_at_the_first_call(maas: RunningMaas, tmp_path: Path) -> None:
    session.release()
    key = tmp_path / "key"
    config = {"maas:apiUrl": maas.url, "maas:apiKeyFile": str(key)}
    TagProvider().configure(ConfigureRequest(Config(config, "project")))
    with pytest.raises(SetupError, match=r"maas:apiKeyFile names .*/key, which can't be read: No such file"):
        session.current()
    key.write_text("not a key", encoding="utf-8")
    with pytest.raises(SetupError, match=r"the file .*/key \(maas:apiKeyFile\) holds no MAAS API key"):
        session.current()
    key.write_text(maas.api_key, encoding="utf-8")
    first = session.current()
    assert first.me == "cloud"
    assert session.current() is first
    key.write_text("another:key:here", encoding="utf-8")
    assert session.current().client.endpoint == Endpoint(maas.url, "another:key:here")


def test_a_key_file_is_no_excuse_for_a_wrong_url(tmp_path: Path) -> None:
    config = {"maas:apiUrl": "172.16.0.3", "maas:apiKeyFile": str(tmp_path / "key")}
    with pytest.raises(SetupError, match="must be an http"):
        TagProvider().configure(ConfigureRequest(Config(config, "project")))


def test_the_description_is_fetched_once(maas: RunningMaas) -> None:
    for _ in range(3):
        session.current().client.many("Tags.read", "list")
    assert sum(call.path.endswith("/describe/") for call in maas.calls) == 1


def test_a_wrong_key_is_told_and_not_shown(maas: RunningMaas) -> None:
    client = Client(Endpoint(maas.url, "consumer:token:sesame"), Connection(sleep=at_once))
    with pytest.raises(Refused, match="does not accept the API key") as caught:
        client.many("Tags.read", "list its tags")
    client.close()
    assert "sesame" not in str(caught.value)


def test_a_maas_that_is_not_there_is_told_when_the_budget_is_spent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/MAAS"
        client = Client(Endpoint(url, "a:b:c"), Connection(Policy(budget=3), sleep=at_once))
        with pytest.raises(NotDone, match="MAAS could not be reached to describe its API"):
            client.many("Tags.read", "list its tags")
        client.close()
        client.close()


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_read_whose_answer_was_lost_is_sent_again(maas: RunningMaas, kind: str) -> None:
    session.current().client.many("Tags.read", "list its tags")
    maas.fault(kind, method="GET", path=".*/tags/$", times=2)
    assert session.current().client.many("Tags.read", "list its tags") == ()


def test_a_relay_timeout_is_sent_again_only_when_repeatable(maas: RunningMaas) -> None:
    client = session.current().client
    client.many("Tags.read", "list its tags")
    maas.fault("status", status=504, path=".*/tags/$", times=1)
    assert client.many("Tags.read", "list its tags") == ()
    maas.fault("status", status=504, path=".*/tags/$", times=1)
    with pytest.raises(AnswerLost, match="no answer from a rack controller in time to make a tag"):
        client.call("Tags.create", "make a tag", data={"name": "x"})


def test_a_conflict_without_retry_after_is_final(maas: RunningMaas) -> None:
    client = session.current().client
    client.many("Tags.read", "list its tags")
    maas.fault("status", status=409, path=".*/tags/$", text="No.", times=1)
    calls = len(maas.calls)
    with pytest.raises(Refused, match="MAAS refused to list its tags: No"):
        client.many("Tags.read", "list its tags")
    assert len(maas.calls) == calls + 1


def test_an_operation_that_this_maas_does_not_have(maas: RunningMaas) -> None:
    with pytest.raises(LookupError, match=r"has no Tags\.fly"):
        session.current().client.call("Tags.fly", "fly")
