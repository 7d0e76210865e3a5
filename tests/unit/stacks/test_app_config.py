"""`controller`, `ssh` and `app`: what a person may write, and each mistake told with its place, value and remedy."""

from copy import deepcopy
from typing import Any

import pytest

from stacks.config.files import load_texts
from stacks.config.parse import parse_baremetal
from stacks.config.problems import ConfigError
from tests.unit.stacks.kit import KIT

KEYS = {".lab/ssh-key": "a private key", "pw": " hunter2\n", "cert.pem": "CERT", "key.pem": "KEY"}


def app_kit() -> dict[str, Any]:
    kit = deepcopy(KIT)
    kit["deploy"] = {"server1": {}, "server2": {}, "server3": {}}
    kit["images"][0]["arches"] = ["amd64", "arm64"]
    kit["controller"] = {"host": "10.0.0.3", "privateKeyFile": ".lab/ssh-key", "admin": {"passwordFile": "pw"}}
    kit["ssh"] = {"privateKeyFile": ".lab/ssh-key"}
    kit["app"] = {
        "roles": {"database": "server1", "app": ["server2", "server3"], "balancer": "server3"},
        "balancer": {"weights": {"server2": 3}},
    }
    return kit


def spoiled(path: str, value: object) -> dict[str, Any]:
    kit = app_kit()
    *way, last = path.split(".")
    place: Any = kit
    for step in way:
        place = place.setdefault(step, {})
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return kit


def problems(kit: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_baremetal(kit)
    return [problem.text for problem in raised.value.problems]


def test_the_kit_itself_is_good() -> None:
    settings = parse_baremetal(app_kit())
    assert settings.app is not None
    assert settings.app.roles.app == ("server2", "server3")
    assert settings.app.source.path == "apps/tasks"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("app.roles.database", "server9", "app.roles.database names the server 'server9', but must name a server"),
        ("app.roles.database", "serve1", "did you mean 'server1'?"),
        ("app.roles.app", ["server2", "server9"], "app.roles.app[1] names the server 'server9'"),
        ("app.roles.app", ["server2", "server2"], "app.roles.app lists server2 twice"),
        ("deploy.server1", {"released": True}, "app.roles.database is on server1, which runs no system"),
        ("app.roles.backups", "server1", "app.roles.backups is on server1, the database's own server"),
        ("app.roles.appServers", 0, "app.roles.appServers is 0, but must be at least 1"),
        ("app.balancer.weights", {"server1": 2}, "must be about a server of the app (server2 or server3)"),
        ("app.balancer.weights", {"server2": 0}, "app.balancer.weights.server2 is 0, but must be at least 1"),
        ("app.balancer.port", 8080, "app.balancer.port is 8080, as baremetal:app.port is, but both run on server3"),
        ("app.balancer.port", 70000, "app.balancer.port is 70000, but must be at most 65535"),
        ("app.source", {"path": "a", "git": "b"}, "app.source must have either path (a folder) or git"),
        ("app.source", {"path": "a", "ref": "main"}, "app.source.ref is 'main', but only a git source"),
        ("app.database.password", "x", ""),
        ("app.admin", {"password": "x", "passwordFile": "pw"}, "app.admin.passwordFile stands beside password"),
        ("app.database.name", "Tasks!", "app.database.name is 'Tasks!', but must be a PostgreSQL name"),
        ("app.environment", {"debug": "1"}, "environment"),
        ("ssh", None, "baremetal:ssh is missing; app needs it"),
        ("ssh", {}, "baremetal:ssh must have either privateKeyFile or privateKey"),
        ("ssh.through", {"host": "main", "user": "cloud"}, "ssh.through must have either privateKeyFile"),
        ("controller.privateKey", "secret text", "baremetal:controller must have either privateKeyFile or privateKey"),
        ("controller.channel", "latest", "controller.channel is 'latest', but must be a snap channel"),
        ("app.sourc", {}, "did you mean 'source'?"),
    ],
)
def test_a_mistake_is_told(path: str, value: object, says: str) -> None:
    kit = spoiled(path, value)
    if not says:
        parse_baremetal(kit)
        return
    assert any(says in text for text in problems(kit)), problems(kit)


def test_more_roles_than_machines() -> None:
    kit = spoiled("app.roles", {"appServers": 5})
    kit["app"]["balancer"] = {}
    assert any("there are more roles than servers" in text for text in problems(kit))


def test_no_secret_is_repeated() -> None:
    kit = spoiled("controller.privateKey", {"oops": "hunter2"})
    kit["app"]["admin"] = "hunter2"
    assert all("hunter2" not in text for text in problems(kit))


def test_texts_are_read_and_trimmed() -> None:
    kit = app_kit()
    kit["app"]["balancer"]["tls"] = {"certificateFile": "cert.pem", "keyFile": "key.pem"}
    texts = load_texts(parse_baremetal(kit), KEYS.__getitem__).app
    assert (texts.maas_password, texts.certificate, texts.certificate_key) == ("hunter2", "CERT", "KEY")
    assert texts.database_password is None
    assert "hunter2" not in repr(texts)


def test_a_missing_key_file_is_told() -> None:
    def read(path: str) -> str:
        raise FileNotFoundError(2, "No such file or directory", path)

    with pytest.raises(ConfigError, match=r"baremetal:controller.privateKeyFile is '.lab/ssh-key'"):
        load_texts(parse_baremetal(app_kit()), read)
