"""Resource plugins as processes: the handshake, the SDK's dynamic server with our threads, logs and errors, the end."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from engine.host.plugin import CHANNEL_OPTIONS, PluginProcess, PluginStartError, plugin_environment, resolve_plugin
from engine.host.protos import provider_pb2, provider_pb2_grpc
from tests.lifecycle.host.stand_in import Heard, StandIn, gone, stand_in

PYTHON = Path(sys.executable)
UNSERVED = "127.0.0.1:9"


async def start(command: Sequence[str], root: Path, lines: Heard, engine: str = UNSERVED, **more: Any) -> PluginProcess:
    env = plugin_environment(
        os.environ, interpreter=PYTHON, project="shop", stack="dev", organization="organization", root=root
    )
    return await PluginProcess.start(
        command,
        name="rack",
        engine_address=engine,
        cwd=root,
        env=env | {"PYTHONUNBUFFERED": "1"} | more.pop("env", {}),
        on_line=lines.take,
        **more,
    )


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (script("import sys; sys.exit('no licence')"), r"plugin rack ended with 1 .*:\n  no licence"),
        (script("print('hello\\n1234')"), r"plugin rack printed 'hello' where its port \(1 to 65535\) was due"),
        (script("print(70000)"), r"printed '70000' where"),
        (script(""), r"ended with 0 before it named its port: \(nothing on its stderr\)"),
        (["/nowhere/pulumi-resource-rack"], r"ended with 127 .*\n  /nowhere/.* cannot be started: No such file"),
    ],
)
def test_a_bad_start_is_told(tmp_path: Path, command: list[str], said: str) -> None:
    with pytest.raises(PluginStartError, match=said):
        asyncio.run(start(command, tmp_path, Heard()))


def test_silence_ends_at_the_deadline_and_the_process_with_it(tmp_path: Path) -> None:
    silent = "import os, sys, time\nopen('pid', 'w').write(str(os.getpid())); print('thinking', file=sys.stderr)\n"

    async def go() -> bool:
        with pytest.raises(PluginStartError, match=r"named no port within 1.5 s:\n  thinking"):
            await start(script(silent + "while True: time.sleep(1)"), tmp_path, Heard(), deadline=1.5)
        return await gone(int((tmp_path / "pid").read_text()))

    assert asyncio.run(go())


def test_a_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    silent = "import os, time\nopen('pid.new', 'w').write(str(os.getpid())); os.rename('pid.new', 'pid')\n"

    async def go() -> bool:
        starting = asyncio.create_task(start(script(silent + "while True: time.sleep(1)"), tmp_path, Heard()))
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return await gone(int((tmp_path / "pid").read_text()))

    assert asyncio.run(go())


def test_a_plugin_that_dies_later_is_seen_and_quoted(tmp_path: Path) -> None:
    text = "import sys; print(4711); print(sys.argv[-1]); print('out of memory', file=sys.stderr); sys.exit(9)"

    async def go() -> None:
        lines = Heard()
        plugin = await start(script(text), tmp_path, lines)
        assert plugin.address == "127.0.0.1:4711"
        assert await plugin.wait_closed() == 9
        assert not plugin.alive
        assert plugin.last_errors == ("out of memory",)
        assert ("stdout", UNSERVED) in lines
        assert await plugin.stop() == 9

    asyncio.run(go())


# -- the SDK's dynamic providers ---------------------------------------------------------------------------------------

PROVIDERS = """
import os, sys, threading
import pulumi
from pulumi.dynamic import CreateResult, ResourceProvider

everyone = threading.Barrier(50)

class Provider(ResourceProvider):
    def create(self, props):
        return CreateResult(props["name"], getattr(self, props["do"])(props) or {})

    def meet(self, props):
        everyone.wait(timeout=30)

    def talk(self, props):
        pulumi.log.debug("quiet")
        pulumi.log.info("deploying " + props["name"], ephemeral=True)
        pulumi.log.warn("slow")
        pulumi.log.error("hot")
        print("printed " + props["name"])

    def fail(self, props):
        raise LookupError("no machine like " + "x" * int(props["size"]))

    def leave(self, props):
        sys.exit(3)

    def look(self, props):
        return {"cwd": os.getcwd(), "path": sys.path[0], "project": pulumi.get_project(), "argv": len(sys.argv)}
"""


@dataclass
class Dynamic:
    plugin: PluginProcess
    lines: Heard
    stub: Any
    pickled: str

    async def create(self, do: str, name: str = "one", **props: str | float) -> provider_pb2.CreateResponse:
        properties = Struct()
        properties.update({"__provider": self.pickled, "do": do, "name": name, **props})
        request = provider_pb2.CreateRequest(urn=f"urn:pulumi:dev::shop::t::{name}", properties=properties)
        return await self.stub.Create(request, timeout=60)


def pickle_provider() -> str:
    """Write by reference what dill would: the class of a module in the project, without attributes."""
    raw = b"\x80\x04\x8c\x05racks\x8c\x08Provider\x93)\x81."
    return base64.b64encode(raw).decode()


@asynccontextmanager
async def dynamic(root: Path, engine: str, **env: str) -> AsyncGenerator[Dynamic]:
    (root / "racks.py").write_text(PROVIDERS)
    lines = Heard()
    plugin = await start(resolve_plugin("pulumi-python", None, root, PYTHON), root, lines, engine, env=env)
    try:
        async with grpc.aio.insecure_channel(plugin.address, options=CHANNEL_OPTIONS) as channel:
            yield Dynamic(plugin, lines, provider_pb2_grpc.ResourceProviderStub(channel), pickle_provider())
    finally:
        await plugin.stop()


def with_dynamic(root: Path, use: Any, **env: str) -> None:
    async def go() -> None:
        async with stand_in() as world, dynamic(root, world.address, **env) as host:
            await use(host, world)

    asyncio.run(go())


def test_fifty_blocking_creates_are_served_at_once(tmp_path: Path) -> None:
    async def use(host: Dynamic, _: StandIn) -> None:
        made = await asyncio.gather(*(host.create("meet", f"m{n}") for n in range(50)))
        assert {answer.id for answer in made} == {f"m{n}" for n in range(50)}

    with_dynamic(tmp_path, use)


def test_a_wrong_number_of_threads_is_refused(tmp_path: Path) -> None:
    async def use(*_: object) -> None:
        raise AssertionError("it must not start")

    with pytest.raises(PluginStartError, match="PULUMI_DYNAMIC_THREADS is 'many'"):
        with_dynamic(tmp_path, use, PULUMI_DYNAMIC_THREADS="many")


def test_log_lines_carry_the_urn_and_arrive_before_the_answer(tmp_path: Path) -> None:
    async def use(host: Dynamic, world: StandIn) -> None:
        for name in ("a", "b"):
            await host.create("talk", name)
        for name in ("a", "b"):
            mine = [log for log in world.logs if log.urn == f"urn:pulumi:dev::shop::t::{name}"]
            assert [(log.severity, log.message, log.ephemeral) for log in mine] == [
                (1, f"deploying {name}", True),
                (2, "slow", False),
                (3, "hot", False),
            ]
        assert len(world.logs) == 6
        await host.plugin.stop()
        assert ("stdout", "printed a") in host.lines

    with_dynamic(tmp_path, use)


def test_an_engine_that_is_gone_fails_no_create(tmp_path: Path) -> None:
    async def go() -> None:
        async with dynamic(tmp_path, UNSERVED) as host:
            assert (await host.create("talk")).id == "one"
            await host.plugin.stop()
            assert ("stderr", "slow") in host.lines

    asyncio.run(go())


@pytest.mark.parametrize("size", [3, 90_000])
def test_an_exception_comes_in_parts(tmp_path: Path, size: int) -> None:
    async def use(host: Dynamic, _: StandIn) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await host.create("fail", size=size)
        error = caught.value
        parts = json.loads(dict(error.trailing_metadata() or ())["m2c-error-bin"])
        assert error.code() is grpc.StatusCode.UNKNOWN
        assert "Traceback (most recent call last)" in (error.details() or "")
        assert (parts["type"], parts["message"]) == ("LookupError", "no machine like " + "x" * size)
        assert "racks.py" in parts["traceback"]

    with_dynamic(tmp_path, use)


def test_a_provider_that_exits_fails_its_call_only(tmp_path: Path) -> None:
    async def use(host: Dynamic, _: StandIn) -> None:
        with pytest.raises(grpc.aio.AioRpcError, match=r"the provider called sys\.exit\(3\)"):
            await host.create("leave")
        assert (await host.create("look")).id == "one"

    with_dynamic(tmp_path, use)


def test_it_runs_where_python_m_would(tmp_path: Path) -> None:
    async def use(host: Dynamic, _: StandIn) -> None:
        seen = (await host.create("look")).properties
        assert (seen["cwd"], seen["path"], seen["project"]) == (str(tmp_path), str(tmp_path), "shop")
        assert (await host.stub.GetPluginInfo(Empty())).version

    with_dynamic(tmp_path, use)


def test_interrupts_are_the_engines_to_decide(tmp_path: Path) -> None:
    async def use(host: Dynamic, _: StandIn) -> None:
        os.kill(host.plugin.pid, signal.SIGINT)
        assert (await host.create("look")).id == "one"
        assert host.plugin.alive
        assert await host.plugin.stop() == -signal.SIGTERM

    with_dynamic(tmp_path, use)


PARENT = """
import asyncio, sys
from pathlib import Path
from tests.lifecycle.host.test_plugin import UNSERVED, dynamic

async def main():
    async with dynamic(Path(sys.argv[1]), UNSERVED) as host:
        print(host.plugin.pid, flush=True)
        await host.plugin.wait_closed()

asyncio.run(main())
"""


def test_a_killed_engine_leaves_no_plugin_behind(tmp_path: Path) -> None:
    async def go() -> bool:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        pid = int(await parent.stdout.readline())
        parent.kill()
        await parent.communicate()  # to the end of its output: a pipe that stays open outlives the loop
        return await gone(pid)

    assert asyncio.run(go())
