"""Controllers that can't be used: each says which address, what is wrong, and what must be there."""

import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from providers.juju.errors import JujuError, LoginRefused, NotSupported, SetupError, Unreached
from providers.juju.facades import SPOKEN
from providers.juju.pool import Intent
from tests.unit.juju_client.conftest import Connect
from tests.unit.juju_client.scripted import FACADES, Refusal, Scripted, identity, scripted

ASK = Intent("list its models", repeatable=True)


def ask(connect: Connect, server: Scripted, **other: Any) -> JujuError:
    """Give the error that a first call meets."""
    with pytest.raises(JujuError) as caught:
        connect(server.endpoint(**other)).call("", "ModelManager", "ListModels", {}, ASK)
    return caught.value


@contextmanager
def listening(first_words: bytes) -> Generator[str]:
    """Listen with something that is no controller: it says these words to whoever comes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            try:
                while True:
                    visitor, _ = door.accept()
                    with visitor:
                        visitor.sendall(first_words)
                        visitor.recv(4096)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_certificate_of_another_authority(server: Scripted, connect: Connect) -> None:
    error = ask(connect, server, ca_cert=identity("other.test").certificate)
    assert isinstance(error, SetupError)
    assert f"controller at {server.address} is not signed by the given CA certificate" in str(error)
    assert server.logins == []


def test_a_public_authority_is_asked_for_without_a_certificate(server: Scripted, connect: Connect) -> None:
    error = ask(connect, server, ca_cert="")
    assert isinstance(error, SetupError)
    assert "is not signed by an authority that this machine trusts" in str(error)


def test_a_certificate_that_is_no_controllers(connect: Connect) -> None:
    with scripted("web.test") as server:
        error = ask(connect, server)
    assert isinstance(error, SetupError)
    assert "can't be trusted: Hostname mismatch, certificate is not valid for 'juju-apiserver'" in str(error)


def test_a_wrong_password(server: Scripted, connect: Connect) -> None:
    error = ask(connect, server, password="wrong horse")
    assert isinstance(error, LoginRefused)
    assert str(error) == (
        f"Juju refused the login of admin at {server.address}: invalid entity name or password; user and password of "
        "juju:controllerAddresses must be those of a user of this controller"
    )


def test_nobody_there(server: Scripted, connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    with listening(b"SSH-2.0-OpenSSH\r\n") as ssh:
        error = ask(connect, server, addresses=(nobody, ssh, "no-such-host.invalid:17070"))
    assert isinstance(error, Unreached)
    words = str(error)
    assert words.startswith("Juju could not be reached to list its models: ")
    assert f"{nobody} refused the connection; " in words
    assert f"{ssh} does not speak TLS as a controller does (" in words
    assert "no-such-host.invalid:17070 can't be reached (" in words
    assert words.endswith("; juju:controllerAddresses must name where its controller answers")


def test_the_first_address_that_answers_is_used_and_kept(server: Scripted, connect: Connect) -> None:
    with listening(b"no controller") as other:
        pool = connect(server.endpoint(addresses=(other, server.address)))
        pool.call("", "ModelManager", "ListModels", {}, ASK)
    assert pool.welcome("").address == server.address
    assert len(server.logins) == 1


@pytest.mark.parametrize("version", ["2.8.13", "1.25.6", "5.0.0", ""])
def test_a_version_that_is_not_supported(server: Scripted, connect: Connect, version: str) -> None:
    server.version = version
    error = ask(connect, server)
    assert isinstance(error, SetupError)
    assert f"runs Juju {version or 'an unknown version'}, but 2.9, 3.x and 4.x are supported" in str(error)
    assert server.calls == []


@pytest.mark.parametrize(
    ("version", "clients"),
    [("2.9.49", ["3.6.14", "2.9.49", "2.9.49", "2.9.49"]), ("4.0-beta5", ["3.6.14", "3.6.14", "3.6.14"])],
)
def test_a_controller_of_2_9_is_logged_in_to_as_its_own_client(
    server: Scripted, connect: Connect, version: str, clients: list[str]
) -> None:
    server.version = version
    pool = connect(server.endpoint())
    for model in ("", "a", "b"):
        pool.call(model, "Client", "FullStatus", {}, ASK)
    # the first login is made before anybody knows the version; 2.9 would refuse all calls behind it
    assert [client for _, client in server.logins] == clients


def test_a_known_version_saves_that_login(server: Scripted, connect: Connect) -> None:
    server.version = "2.9.49"
    connect(server.endpoint(version="2.9.49")).call("", "ModelManager", "ListModels", {}, ASK)
    assert [client for _, client in server.logins] == ["2.9.49"]


def test_a_facade_that_is_not_there_names_both_sides(server: Scripted, connect: Connect) -> None:
    def login(params: Mapping[str, object]) -> object:
        welcome: Any = server.login(params)
        offered = [one for one in FACADES if one["name"] not in {"ModelManager", "Secrets"}]
        return {**welcome, "facades": [*offered, {"name": "ModelManager", "versions": [2, 3]}]}

    server.answers["Admin", "Login"] = login
    error = ask(connect, server)
    assert isinstance(error, NotSupported)
    assert str(error) == (
        "Juju 3.6.14 can't be asked for ModelManager: the controller has it in the versions 2, 3, "
        "this client speaks 9, 10, 11"
    )
    with pytest.raises(
        NotSupported, match="for Secrets: the controller does not offer it here, this client speaks 1, 2"
    ):
        connect(server.endpoint()).call("", "Secrets", "ListSecrets", {}, ASK)
    assert server.calls == []


def test_the_versions_spoken_are_the_highest_in_common(server: Scripted, connect: Connect) -> None:
    pool = connect(server.endpoint())
    assert {name: pool.welcome("").version_of(name) for name in SPOKEN} == {n: max(v) for n, v in SPOKEN.items()}


def test_a_migrated_model_says_where_it_went(server: Scripted, connect: Connect) -> None:
    servers = [[{"value": "10.9.9.9", "port": 17070}]]
    server.answers["Admin", "Login"] = Refusal("redirection required", "redirection required", {"servers": servers})
    with pytest.raises(SetupError, match=r"The model m is not at .* any more: it was migrated to 10.9.9.9:17070"):
        connect(server.endpoint()).call("m", "Client", "FullStatus", {}, ASK)


def test_a_login_through_an_identity_provider(server: Scripted, connect: Connect) -> None:
    server.answers["Admin", "Login"] = {"discharge-required": {"x": 1}, "server-version": "3.6.14"}
    assert "asks for a login with an external identity provider" in str(ask(connect, server))


def test_a_controller_that_upgrades_is_asked_again(server: Scripted, connect: Connect) -> None:
    answers: list[object] = [Refusal("upgrade in progress", "upgrade in progress"), None]
    server.answers["Admin", "Login"] = lambda _params: answers.pop(0)  # pyright: ignore[reportUnknownLambdaType] - any parameters
    connect(server.endpoint()).call("", "ModelManager", "ListModels", {}, ASK)
    assert len(server.logins) == 1
