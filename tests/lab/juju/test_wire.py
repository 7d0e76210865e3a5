"""The wire: login, both error layers, concurrent requests on one socket, versions, as Juju 3.6 has them."""

import json
import ssl
import threading
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from lab.juju.session import DroppedError, parse
from lab.juju.testing import PASSWORD, RunningJuju, running_juju
from tests.lab.juju.client import (
    Answer,
    RefusedError,
    Wire,
    deploy,
    dialled,
    logged_in,
    new_model,
    plain,
    status,
    trust,
)

NO_MODEL = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def juju() -> Generator[RunningJuju]:
    with running_juju() as running:
        yield running


@pytest.fixture(scope="module")
def model(juju: RunningJuju) -> str:
    return new_model(juju)


@pytest.fixture
def wire(juju: RunningJuju, model: str) -> Generator[Wire]:
    with logged_in(juju, model) as connected:
        yield connected


# --- TLS


def test_the_server_answers_to_jujus_name_and_to_its_address(juju: RunningJuju) -> None:
    with plain(f"wss://{juju.addresses[0]}/api", trust(juju), None) as socket:
        assert Wire(socket).login()["server-version"]


def test_who_trusts_another_authority_is_not_served(juju: RunningJuju) -> None:
    with (
        running_juju() as other,
        pytest.raises(ssl.SSLCertVerificationError),
        plain(f"wss://{juju.addresses[0]}/api", trust(other)),
    ):
        raise AssertionError("it was served")


# --- login


def test_controller_login_tells_who_and_what_there_is(juju: RunningJuju) -> None:
    with dialled(juju) as wire:
        result = wire.login()
    assert result["controller-tag"] == f"controller-{juju.uuid}"
    assert result["server-version"] == "3.6.14"
    assert result["user-info"]["identity"] == "user-admin"
    assert result["user-info"]["controller-access"] == "superuser"
    assert "model-tag" not in result
    (servers,) = result["servers"]
    assert [f"{each['value']}:{each['port']}" for each in servers] == list(juju.addresses)
    facades = {each["name"]: each["versions"] for each in result["facades"]}
    assert facades["ModelManager"] == [9, 10]
    assert facades["Admin"] == [3]
    assert "Application" not in facades


def test_model_login_lists_what_a_model_has(juju: RunningJuju, model: str) -> None:
    with dialled(juju, model) as wire:
        result = wire.login()
    assert result["model-tag"] == f"model-{model}"
    assert result["user-info"]["model-access"] == "admin"
    facades = {each["name"]: each["versions"] for each in result["facades"]}
    assert facades["Application"] == [15, 16, 17, 18, 19, 20, 21, 22]
    assert facades["Charms"] == [5, 6, 7]
    assert facades["AllWatcher"] == [3]
    assert "ModelManager" not in facades


@pytest.mark.parametrize(("user", "password"), [("admin", "wrong"), ("nobody", PASSWORD), ("admin", "")])
def test_wrong_name_or_password(juju: RunningJuju, user: str, password: str) -> None:
    with dialled(juju) as wire, pytest.raises(RefusedError, match=r"^invalid entity name or password$") as refused:
        wire.login(user, password)
    assert refused.value.code == "unauthorized access"


def test_tag_that_is_none(juju: RunningJuju) -> None:
    with dialled(juju) as wire, pytest.raises(RefusedError, match='"flowers" is not a valid tag'):
        wire.call("Admin", 3, "Login", {"auth-tag": "flowers", "credentials": PASSWORD})


def test_second_login_on_a_connection(juju: RunningJuju) -> None:
    with logged_in(juju) as wire, pytest.raises(RefusedError, match=r"^already logged in$"):
        wire.login()


def test_unknown_model(juju: RunningJuju) -> None:
    with (
        dialled(juju, NO_MODEL) as wire,
        pytest.raises(RefusedError, match=f'^unknown model: "{NO_MODEL}"$') as refused,
    ):
        wire.login()
    assert refused.value.code == "model not found"


def test_nothing_but_login_before_login(juju: RunningJuju) -> None:
    with (
        dialled(juju) as wire,
        pytest.raises(RefusedError, match=r'^unknown version \(10\) of interface "ModelManager"$'),
    ):
        wire.call("ModelManager", 10, "ListModels", {"tag": "user-admin"})


def test_old_login(juju: RunningJuju) -> None:
    with dialled(juju) as wire, pytest.raises(RefusedError, match=r"from old clients \(not supported\)$") as refused:
        wire.call("Admin", 2, "Login", {})
    assert refused.value.code == "not supported"


def test_nobody_is_redirected(juju: RunningJuju) -> None:
    with dialled(juju) as wire, pytest.raises(RefusedError, match=r"^not redirected$"):
        wire.call("Admin", 3, "RedirectInfo")


def test_logins_are_counted(juju: RunningJuju, model: str) -> None:
    juju.logins.clear()
    with logged_in(juju), logged_in(juju, model):
        assert juju.logins == [("admin", ""), ("admin", model)]


def test_user_without_access_to_a_model_is_refused_and_reader_cannot_write(juju: RunningJuju, model: str) -> None:
    with logged_in(juju) as admin:
        admin.call("UserManager", 3, "AddUser", {"users": [{"username": "eve", "password": "secret"}]})
        with dialled(juju, model) as wire, pytest.raises(RefusedError, match=r"^permission denied$") as refused:
            wire.login("eve", "secret")
        assert refused.value.code == "unauthorized access"
        change = {"user-tag": "user-eve", "action": "grant", "access": "read", "model-tag": f"model-{model}"}
        admin.call("ModelManager", 10, "ModifyModelAccess", {"changes": [change]})
    with logged_in(juju, model, user="eve", password="secret") as wire:
        assert status(wire)["model"]["name"] == "work"
        with pytest.raises(RefusedError, match=r"^permission denied$"):
            wire.call("Application", 20, "Expose", {"application": "ubuntu"})


# --- requests


def test_an_error_has_an_empty_response_beside_it(wire: Wire) -> None:
    answer = wire.receive(wire.send("Flowers", 1, "Bloom"))
    assert answer["response"] == {}
    assert "error-info" not in answer


def test_unknown_facade(wire: Wire) -> None:
    with pytest.raises(RefusedError, match=r'^unknown version \(1\) of interface "Flowers"$') as refused:
        wire.call("Flowers", 1, "Bloom")
    assert refused.value.code == "not implemented"
    with pytest.raises(RefusedError, match=r'^unknown object type "Flowers"$'):
        wire.call("Flowers", 0, "Bloom")


def test_unknown_version(wire: Wire) -> None:
    with pytest.raises(RefusedError, match=r'^unknown version \(3\) of interface "Application"$') as refused:
        wire.call("Application", 3, "Get", {"application": "ubuntu"})
    assert refused.value.code == "not implemented"


def test_unknown_method(wire: Wire) -> None:
    with pytest.raises(
        RefusedError, match=r"^no such request - method Application\(20\)\.Bloom is not implemented$"
    ) as refused:
        wire.call("Application", 20, "Bloom")
    assert refused.value.code == "not implemented"


def test_method_that_a_later_version_brought(wire: Wire) -> None:
    with pytest.raises(RefusedError, match=r"method Application\(18\)\.DeployFromRepository is not implemented"):
        wire.call("Application", 18, "DeployFromRepository", {"Args": []})


def test_facades_of_the_other_kind_of_login(juju: RunningJuju, wire: Wire) -> None:
    with pytest.raises(
        RefusedError, match=r'^facade "ModelManager" not supported for model API connection$'
    ) as refused:
        wire.call("ModelManager", 10, "ListModels", {"tag": "user-admin"})
    assert refused.value.code == "not supported"
    with (
        logged_in(juju) as controller,
        pytest.raises(RefusedError, match=r'^facade "Client" not supported for controller API connection$'),
    ):
        controller.call("Client", 8, "FullStatus", {})


def test_key_case_is_ignored(wire: Wire) -> None:
    asked: Answer = {
        "Request-Id": 900,
        "TYPE": "Client",
        "Version": 8,
        "REQUEST": "FullStatus",
        "Params": {"PATTERNS": []},
    }
    wire.socket.send(json.dumps(asked))
    assert wire.receive(900)["response"]["model"]["name"] == "work"


def test_missing_params_and_null_are_the_zero_value(wire: Wire) -> None:
    assert wire.call("Client", 8, "FullStatus")["applications"] == {}
    assert wire.call("Client", 8, "FullStatus", {"patterns": None})["applications"] == {}


def test_an_item_fails_alone(wire: Wire) -> None:
    deploy(wire, "ubuntu", "alone", **{"num-units": 0})
    tags = [{"tag": "application-alone"}, {"tag": "application-none"}, {"tag": "flowers"}]
    good, missing, bad = wire.call("Application", 20, "ApplicationsInfo", {"entities": tags})["results"]
    assert good["result"]["charm"] == "ubuntu"
    assert missing["error"] == {"message": 'application "none" not found', "code": "not found"}
    assert bad["error"]["message"] == '"flowers" is not a valid tag'


def test_a_message_that_is_none_ends_the_connection(juju: RunningJuju) -> None:
    with logged_in(juju) as wire:
        wire.socket.send("flowers")
        with pytest.raises(ConnectionClosed):
            wire.socket.recv(timeout=20)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_parse_takes_or_drops_whatever_comes(text: str) -> None:
    try:
        request = parse(text)
    except DroppedError:
        return
    assert request.number >= 0 or request.params is not None


@settings(max_examples=50)
@given(number=st.integers(0, 2**40), facade=st.text(), method=st.text(), upper=st.booleans())
def test_parse_reads_what_was_written(number: int, facade: str, method: str, upper: bool) -> None:
    asked = {"request-id": number, "type": facade, "version": 3, "request": method, "params": {"Key": 1}}
    text = json.dumps({name.upper() if upper else name: value for name, value in asked.items()})
    request = parse(text)
    assert (request.number, request.facade, request.method, request.params) == (number, facade, method, {"Key": 1})


# --- watchers, and requests beside them


def test_a_next_that_waits_holds_up_nobody(wire: Wire) -> None:
    watcher = wire.call("Client", 8, "WatchAll")["watcher-id"]
    assert wire.call("AllWatcher", 3, "Next", id=watcher)["deltas"]
    waiting = wire.send("AllWatcher", 3, "Next", Id=watcher)
    for _ in range(20):
        assert wire.call("Pinger", 1, "Ping") == {}
    assert status(wire)["model"]["name"] == "work"
    deploy(wire, "ubuntu", "beside", **{"num-units": 0})
    deltas = wire.receive(waiting)["response"]["deltas"]
    assert ("application", "change", "beside") in {(kind, what, row.get("name")) for kind, what, row in deltas}
    last = wire.send("AllWatcher", 3, "Next", id=watcher)
    assert wire.call("AllWatcher", 3, "Stop", id=watcher) == {}
    answer = wire.receive(last)
    assert (answer["error"], answer["error-code"]) == ("watcher was stopped", "stopped")


def test_watchers_that_are_none(wire: Wire) -> None:
    with pytest.raises(RefusedError, match=r"^unknown watcher id$") as refused:
        wire.call("AllWatcher", 3, "Next", id="99")
    assert refused.value.code == "not found"


def test_many_connections_at_once(juju: RunningJuju, model: str) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with logged_in(juju, model) as wire:
                numbers = [wire.send("Client", 8, "FullStatus", {}) for _ in range(5)]
                assert all(wire.receive(each)["response"]["model"]["name"] == "work" for each in numbers)
        except BaseException as error:  # noqa: BLE001 # the thread that looks raises it
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise failed[0]


# --- misfortunes


def test_a_call_is_refused_by_a_fault(juju: RunningJuju, wire: Wire) -> None:
    juju.fault("try-again", facade="Client", method="FullStatus", times=1)
    with pytest.raises(RefusedError) as refused:
        status(wire)
    assert refused.value.code == "try again"
    assert status(wire)
    juju.fault("call", facade="Pinger", text="no luck today", code="excessive contention", every=2, times=1)
    assert wire.call("Pinger", 1, "Ping") == {}
    with pytest.raises(RefusedError, match=r"^no luck today$") as refused:
        wire.call("Pinger", 1, "Ping")
    assert refused.value.code == "excessive contention"
    juju.clear_faults()


def test_a_connection_is_cut_by_a_fault(juju: RunningJuju, model: str) -> None:
    juju.fault("drop", facade="Client", times=1)
    with logged_in(juju, model) as wire, pytest.raises(ConnectionClosed):
        status(wire)
    juju.clear_faults()


def test_a_call_is_carried_out_though_its_answer_is_cut(juju: RunningJuju, model: str) -> None:
    juju.fault("drop-after", facade="Annotations", method="Set", times=1)
    pair = {"entity": f"model-{model}", "annotations": {"note": "kept"}}
    with logged_in(juju, model) as wire, pytest.raises(ConnectionClosed):
        wire.call("Annotations", 2, "Set", {"annotations": [pair]})
    juju.clear_faults()
    with logged_in(juju, model) as wire:
        shown = wire.call("Annotations", 2, "Get", {"entities": [{"tag": f"model-{model}"}]})
    assert shown["results"][0]["annotations"]["note"] == "kept"


def test_a_slow_answer_comes_after_quick_ones(juju: RunningJuju, wire: Wire) -> None:
    juju.fault("slow", facade="Client", seconds=0.2, times=1)
    slow = wire.send("Client", 8, "FullStatus", {})
    wire.send("Pinger", 1, "Ping")
    assert json.loads(wire.socket.recv(timeout=20))["request-id"] != slow
    assert "error" not in wire.receive(slow)
    juju.clear_faults()


def test_a_login_that_is_never_answered(juju: RunningJuju) -> None:
    juju.fault("login", times=1)
    with dialled(juju) as wire, pytest.raises(TimeoutError):
        wire.receive(wire.send("Admin", 3, "Login", {"auth-tag": "user-admin"}), seconds=0.2)
    juju.clear_faults()


# --- other versions of Juju


@pytest.mark.parametrize(
    ("version", "client", "facade", "versions"),
    [
        ("2.9.49", "3.0.3", "Application", list(range(1, 16))),
        ("2.9.49", "3.0.3", "Charms", [2, 3, 4, 5]),
        ("2.9.49", "3.0.3", "Client", list(range(1, 7))),
        ("2.9.49", "3.0.3", "MachineManager", list(range(2, 10))),
        ("2.9.49", "3.0.3", "ModelConfig", [1, 2, 3]),
        ("2.9.49", "3.0.3", "AllWatcher", [1, 2, 3]),
        ("3.6.14", "3.6.14", "Application", list(range(15, 23))),
        ("4.0.12", "4.0.12", "Application", [19, 20, 21, 22]),
        ("4.0.12", "4.0.12", "AllWatcher", None),
        ("4.0.12", "4.0.12", "MachineManager", [11]),
    ],
)
def test_versions_advertise_their_facades(version: str, client: str, facade: str, versions: list[int] | None) -> None:
    with running_juju(version=version) as old:
        with dialled(old) as wire:
            assert wire.login(client=client)["server-version"] == version
            cloud = "cloud-maas-one"
            owner = {"qualifier": "admin"} if version.startswith("4") else {"owner-tag": "user-admin"}
            number = 11 if version.startswith("4") else 9
            asked: Answer = {"name": "work", "cloud-tag": cloud, "config": {}, **owner}
            made = wire.call("ModelManager", number, "CreateModel", asked)
            assert ("qualifier" in made, "owner-tag" in made) == ("qualifier" in owner, "owner-tag" in owner)
        with dialled(old, made["uuid"]) as wire:
            listed = {each["name"]: each["versions"] for each in wire.login(client=client)["facades"]}
    assert listed.get(facade) == versions


def test_2_9_gives_a_client_of_another_major_version_status_only() -> None:
    with running_juju(version="2.9.49") as old:
        model = new_model_of_2_9(old)
        with dialled(old, model) as wire:
            wire.login(client="3.6.14")
            assert wire.call("Client", 2, "FullStatus", {})["model"]["name"] == "work"
            with pytest.raises(RefusedError, match=r"^client incompatible with server 2\.9\.49$") as refused:
                wire.call("Application", 13, "Expose", {"application": "ubuntu"})
    assert refused.value.info == {"server-version": "2.9.49"}


@pytest.mark.parametrize("client", ["2.9.49", "4.0.12", ""])
def test_3_6_serves_clients_of_any_version(juju: RunningJuju, model: str, client: str) -> None:
    with dialled(juju, model) as wire:
        wire.login(client=client)
        assert wire.call("Annotations", 2, "Get", {"entities": []}) == {"results": []}


def test_2_9_speaks_of_series_beside_bases() -> None:
    with running_juju(version="2.9.49") as old:
        model = new_model_of_2_9(old)
        with logged_in(old, model, client="3.0.3") as wire:
            origin = {"source": "charm-hub", "risk": "stable", "track": "latest", "series": "focal", "os": "ubuntu"}
            asked = {"resolve": [{"reference": "ubuntu", "charm-origin": origin}]}
            (found,) = wire.call("Charms", 4, "ResolveCharms", asked)["Results"]
            assert found["charm-origin"]["series"] == "focal"
            assert "focal" in found["supported-series"]
            wire.call("Charms", 4, "AddCharm", {"url": found["url"], "charm-origin": found["charm-origin"]})
            app = {
                "application": "ubuntu",
                "charm-url": found["url"],
                "charm-origin": found["charm-origin"],
                "series": "focal",
                "num-units": 1,
            }
            wire.one("Application", 13, "Deploy", {"applications": [app]})
            shown = wire.call("Client", 2, "FullStatus", {"patterns": []})
    assert shown["applications"]["ubuntu"]["series"] == "focal"
    assert shown["machines"]["0"]["series"] == "focal"
    assert shown["machines"]["0"]["base"] == {"name": "ubuntu", "channel": "20.04/stable"}


def new_model_of_2_9(juju: RunningJuju) -> str:
    with logged_in(juju, client="3.0.3") as wire:
        asked: Answer = {"name": "work", "owner-tag": "user-admin", "cloud-tag": "cloud-maas-one", "config": {}}
        uuid: str = wire.call("ModelManager", 9, "CreateModel", asked)["uuid"]
        return uuid
