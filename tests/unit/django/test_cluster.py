"""How a DjangoCluster's resources hang together, against the SDK's own mock monitor."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.django import AdminArgs, DatabaseAccess, DjangoCluster, DjangoClusterArgs, SourceArgs
from components.servers import ServerAccess
from tests.support import declared

pytestmark = declared.QUIET


def run(declare: Callable[[], None]) -> declared.Recorder:
    outputs = {"hosts:Release": {"release": "4f2a91c0de77"}, "hosts:Password": {"result": "drawn-by-the-provider"}}
    return declared.run(declare, declared.World(outputs))


def server(number: int) -> ServerAccess:
    return ServerAccess(
        name=f"server{number}",
        connection={"name": f"server{number}", "host": f"172.16.0.1{number}", "private_key_file": "key"},
        machine=f"m{number}",
        address=f"172.16.0.1{number}",
        memory_mib=4096,
    )


def arguments(*numbers: int, **given: Any) -> DjangoClusterArgs:
    plain: dict[str, Any] = {
        "servers": [server(number) for number in numbers],
        "database": DatabaseAccess(
            host_name="database", address="172.16.0.11", name="tasks", user="cloud", password="database-pass"
        ),
        "source": SourceArgs(path="apps/tasks"),
        "admin": AdminArgs(user="cloud", password="admin-pass", email="cloud@example.org"),
    }
    return DjangoClusterArgs(**{**plain, **given})


def made(args: DjangoClusterArgs) -> tuple[declared.Recorder, dict[str, Any]]:
    outputs: dict[str, Any] = {}

    def declare() -> None:
        cluster = DjangoCluster("tasks", args)
        pulumi.Output.all(upstreams=cluster.upstreams, release=cluster.release, admin_url=cluster.admin_url).apply(
            outputs.update
        )

    return run(declare), outputs


def test_one_release_one_migration_and_a_server_each():
    recorder, outputs = made(arguments(2, 3, 5))
    kinds = sorted(request.type.rpartition(":")[2] for request in recorder.asked.values())
    assert kinds == [*["AppServer"] * 3, "DjangoCluster", "Migration", "Password", "Release", "Stack"]
    assert {"tasks-server2", "tasks-server3", "tasks-server5"} <= recorder.asked.keys()
    assert outputs["release"] == "4f2a91c0de77"
    assert outputs["admin_url"] == "http://172.16.0.12:8080/admin/"
    assert outputs["upstreams"] == [
        {"name": f"server{number}", "address": f"172.16.0.1{number}", "port": 8080} for number in (2, 3, 5)
    ]


def test_servers_wait_for_the_migration_and_not_for_each_other():
    recorder, _ = made(arguments(2, 3))
    assert "tasks-migration" in recorder.after("tasks-server3")
    assert "tasks-server2" not in recorder.after("tasks-server3")
    assert "tasks-release" in recorder.after("tasks-migration")


def test_what_the_app_is_told():
    recorder, _ = made(
        arguments(2, 3, allowed_hosts=["172.16.0.14"], environment={"TIME_ZONE": "Europe/Paris"}, https=True)
    )
    told = recorder.given("tasks-server3")
    assert told["env"] == {
        "ALLOWED_HOSTS": "localhost,127.0.0.1,server2,server3,172.16.0.12,172.16.0.13,172.16.0.14",
        "CSRF_TRUSTED_ORIGINS": "",
        "DATABASE_HOST": "database",
        "DATABASE_NAME": "tasks",
        "DATABASE_PORT": "5432",
        "DATABASE_USER": "cloud",
        "HTTPS": "1",
        "TIME_ZONE": "Europe/Paris",
    }
    assert told["hosts"] == {"database": "172.16.0.11"}
    assert told["place"] == 1
    assert told["cluster"] == "tasks"


def test_secrets_are_marked_as_such():
    recorder, _ = made(arguments(2))
    for name in ("tasks-migration", "tasks-server2"):
        hidden = recorder.given(name)["secret_env"]
        assert hidden["4dabf18193072939515e22adb298388d"], "Pulumi's mark of a secret"
        assert hidden["value"] == {"DATABASE_PASSWORD": "database-pass", "SECRET_KEY": "drawn-by-the-provider"}


def test_a_secret_key_that_is_given_is_taken():
    recorder, _ = made(arguments(2, secret_key="given"))
    assert "tasks-secret-key" not in recorder.asked
    assert recorder.given("tasks-server2")["secret_env"]["value"]["SECRET_KEY"] == "given"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (arguments(), "tasks: servers is empty"),
        (arguments(2, 3, 2), "tasks: servers names server2 twice"),
        (arguments(2, environment={"SECRET_KEY": "x"}), "environment sets SECRET_KEY, which has an argument"),
        (arguments(2, environment={"DATABASE_HOST": "x"}), "environment sets DATABASE_HOST, which has an argument"),
    ],
)
def test_what_cannot_be(args: DjangoClusterArgs, said: str):
    with pytest.raises(pulumi.RunError, match=said):
        made(args)
