"""Where the controller is: from a file, the stack's config, or the environment, and what is said of wrong values."""

import json
from pathlib import Path

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from providers.juju import session
from providers.juju.endpoint import Endpoint, find, parse_addresses
from providers.juju.errors import SetupError
from tests.unit.juju_client.scripted import PASSWORD, Scripted, identity

PEM = identity().certificate
KEYS = {
    "juju:controllerAddresses": "10.0.0.5:17070, 10.0.0.6",
    "juju:caCertificate": PEM,
    "juju:username": "bob",
    "juju:password": "s3cret",
}


def found(config: dict[str, str], environment: dict[str, str] | None = None, text: str | OSError = "") -> Endpoint:
    def read(path: str) -> str:
        assert path == "secrets/juju.json"
        if isinstance(text, OSError):
            raise text
        return text

    return find(config.get, environment or {}, read)


def test_the_stacks_config() -> None:
    endpoint = found(KEYS)
    assert endpoint == Endpoint(("10.0.0.5:17070", "10.0.0.6:17070"), PEM.strip(), "bob", "s3cret")
    assert "s3cret" not in repr(endpoint)


def test_the_environment_fills_in() -> None:
    environment = {"JUJU_CONTROLLER_ADDRESSES": "[::1]:17070", "JUJU_PASSWORD": "p", "JUJU_CA_CERT": PEM}
    endpoint = found({}, environment)
    assert (endpoint.addresses, endpoint.username, endpoint.password) == (("[::1]:17070",), "admin", "p")
    assert endpoint.origin == "JUJU_CONTROLLER_ADDRESSES"


def test_the_file_wins() -> None:
    held = {
        "name": "lab",
        "uuid": "1",
        "addresses": ["a:1", "a:1"],
        "ca_cert": PEM,
        "username": "admin",
        "password": "p",
    }
    config = {**KEYS, "juju:controllerFile": "secrets/juju.json"}
    endpoint = found(config, text=json.dumps({**held, "version": "2.9.49"}))
    assert (endpoint.addresses, endpoint.password, endpoint.version) == (("a:1",), "p", "2.9.49")
    assert endpoint.origin == "the file secrets/juju.json (juju:controllerFile)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            FileNotFoundError(2, "No such file or directory"),
            "names secrets/juju.json, which can't be read: No such file",
        ),
        ("hello", r"the file secrets/juju.json \(juju:controllerFile\) is not JSON"),
        ("[1]", "holds no JSON object"),
        ("{}", "has no addresses, but must hold addresses, ca_cert, username and password"),
        (json.dumps({"addresses": ["a"], "ca_cert": PEM}), "has no password"),
        (json.dumps({"addresses": [7], "ca_cert": PEM, "password": "p"}), "holds 7, but must hold addresses such as"),
        (json.dumps({"addresses": ["a"], "ca_cert": "x", "password": "p"}), "holds no CA certificate"),
        (json.dumps({"addresses": ["a"], "ca_cert": PEM, "password": ["p"]}), "password is list, but must be a string"),
    ],
)
def test_files_that_cannot_be_used(text: str | OSError, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        found({"juju:controllerFile": "secrets/juju.json"}, text=text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"juju:controllerAddresses": ""}, "Juju's controller is not set: give juju:controllerFile"),
        (
            {"juju:controllerAddresses": "https://10.0.0.5"},
            "juju:controllerAddresses holds 'https://10.0.0.5', but must",
        ),
        ({"juju:controllerAddresses": "10.0.0.5:99999"}, "holds '10.0.0.5:99999'"),
        ({"juju:caCertificate": "/etc/ca.pem"}, "juju:caCertificate holds no CA certificate: it must be PEM text"),
        ({"juju:password": ""}, r"The password for Juju is not set: give juju:password \(a secret\)"),
    ],
)
def test_values_that_cannot_be_used(change: dict[str, str], message: str) -> None:
    with pytest.raises(SetupError, match=message) as caught:
        found({**KEYS, **change})
    assert "s3cret" not in str(caught.value)


def test_a_list_of_the_stacks_config() -> None:
    assert parse_addresses('["10.0.0.5", "fe80::1"]', "k") == ("10.0.0.5:17070", "[fe80::1]:17070")


def write(path: Path, server: Scripted) -> None:
    held = {"addresses": [server.address], "ca_cert": server.certificate, "password": PASSWORD}
    path.write_text(json.dumps(held))


def test_a_file_that_is_written_later_in_the_run(server: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "juju.json"
    with pytest.raises(SetupError, match="Juju was used before its controller was configured"):
        session.current()
    try:
        session.configure(ConfigureRequest(Config({"juju:controllerFile": str(path)}, "trial")))
        with pytest.raises(SetupError, match="The resource Controller writes it when the controller is there"):
            session.current()
        write(path, server)
        first = session.current()
        assert (first.version, first.user) == ("3.6.14", "admin")
        assert session.current() is first
        path.write_text(path.read_text().replace(PASSWORD, "another"))
        assert session.current() is not first
    finally:
        session.release()


def test_wrong_config_is_said_before_anything_is_done() -> None:
    with pytest.raises(SetupError, match="juju:caCertificate"):
        session.configure(ConfigureRequest(Config({**KEYS, "juju:caCertificate": "no"}, "trial")))
    session.release()
