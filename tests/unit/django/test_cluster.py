"""How a DjangoCluster's resources hang together, against the SDK's own mock monitor."""

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from components.django import AdminArgs, DatabaseAccess, DjangoCluster, DjangoClusterArgs, SourceArgs
from components.servers import ServerAccess

# The SDK's mock monitor opens an event loop in each of its threads and closes none; `run` collects them at once.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


class Servers(mocks.Mocks):
    """Outputs as the providers would give them."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = {**cast("dict[str, Any]", args.inputs)}
        if args.typ.endswith("hosts:Release"):
            state |= {"release": "4f2a91c0de77"}
        if args.typ.endswith("hosts:Password"):
            state |= {"result": "drawn-by-the-provider"}
        return args.name, state

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


class Recorder(mocks.MockMonitor):
    """Remembers each registration by resource name."""

    def __init__(self, world: mocks.Mocks) -> None:
        super().__init__(world)
        self.asked: dict[str, resource_pb2.RegisterResourceRequest] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        self.asked[request.name] = request
        return cast("Any", super()).RegisterResource(request)

    def given(self, name: str) -> dict[str, Any]:
        return json_format.MessageToDict(self.asked[name].object)

    def after(self, name: str) -> set[str]:
        return {urn.rpartition("::")[2] for urn in self.asked[name].dependencies}


def run(declare: Callable[[], None]) -> Recorder:
    world = Servers()
    recorder = Recorder(world)

    async def program() -> None:
        runtime = cast("Any", SETTINGS)
        runtime.rpc_manager.clear()
        runtime.outputs.clear()
        mocks.set_mocks(world, "metal-to-cloud", "baremetal", logger=logging.getLogger("told"), monitor=recorder)

        async def declared() -> None:
            declare()

        await run_pulumi_func(declared)

    try:
        asyncio.run(program())
    finally:
        gc.collect()
    return recorder


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


def declared(args: DjangoClusterArgs) -> tuple[Recorder, dict[str, Any]]:
    outputs: dict[str, Any] = {}

    def declare() -> None:
        cluster = DjangoCluster("tasks", args)
        pulumi.Output.all(upstreams=cluster.upstreams, release=cluster.release, admin_url=cluster.admin_url).apply(
            outputs.update
        )

    return run(declare), outputs


def test_one_release_one_migration_and_a_server_each():
    recorder, outputs = declared(arguments(2, 3, 5))
    kinds = sorted(request.type.rpartition(":")[2] for request in recorder.asked.values())
    assert kinds == [*["AppServer"] * 3, "DjangoCluster", "Migration", "Password", "Release", "Stack"]
    assert {"tasks-server2", "tasks-server3", "tasks-server5"} <= recorder.asked.keys()
    assert outputs["release"] == "4f2a91c0de77"
    assert outputs["admin_url"] == "http://172.16.0.12:8080/admin/"
    assert outputs["upstreams"] == [
        {"name": f"server{number}", "address": f"172.16.0.1{number}", "port": 8080} for number in (2, 3, 5)
    ]


def test_servers_wait_for_the_migration_and_not_for_each_other():
    recorder, _ = declared(arguments(2, 3))
    assert "tasks-migration" in recorder.after("tasks-server3")
    assert "tasks-server2" not in recorder.after("tasks-server3")
    assert "tasks-release" in recorder.after("tasks-migration")


def test_what_the_app_is_told():
    recorder, _ = declared(
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
    recorder, _ = declared(arguments(2))
    for name in ("tasks-migration", "tasks-server2"):
        hidden = recorder.given(name)["secret_env"]
        assert hidden["4dabf18193072939515e22adb298388d"], "Pulumi's mark of a secret"
        assert hidden["value"] == {"DATABASE_PASSWORD": "database-pass", "SECRET_KEY": "drawn-by-the-provider"}


def test_a_secret_key_that_is_given_is_taken():
    recorder, _ = declared(arguments(2, secret_key="given"))
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
        declared(args)
