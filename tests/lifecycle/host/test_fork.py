"""The dynamic plugin as a fork of the program: every process is real, and each of the two ends without the other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from engine.host.fork import Fork
from engine.host.plugin import CHANNEL_OPTIONS, PluginProcess, PluginStartError, plugin_environment, resolve_plugin
from engine.host.program import ProgramProcess
from engine.host.protos import provider_pb2_grpc
from tests.lifecycle.host.stand_in import Heard, StandIn, gone, stand_in
from tests.lifecycle.host.test_plugin import PROVIDERS, Dynamic, pickle_provider
from tests.lifecycle.host.test_program import info

PYTHON = Path(sys.executable)


@dataclass
class Pair(Dynamic):
    program: ProgramProcess
    printed: Heard
    forked: bool


@asynccontextmanager
async def pair(
    root: Path, address: str, main: str = "", *, env: dict[str, str] | None = None, deadline: float = 60
) -> AsyncGenerator[Pair]:
    """Start a program that waits to be told to run, and the plugin from it."""
    (root / "racks.py").write_text(PROVIDERS)
    (root / "__main__.py").write_text(main)
    printed, lines = Heard(), Heard()
    env = {**os.environ, **(env or {})}
    of_plugin = plugin_environment(
        env, interpreter=PYTHON, project="shop", stack="dev", organization="organization", root=root
    )
    fork = Fork.offer(address, {key: value for key, value in of_plugin.items() if env.get(key) != value})
    assert fork is not None
    program = await ProgramProcess.start(PYTHON, root, on_line=printed.take, env=env, fork=fork)
    try:
        plugin = await PluginProcess.start(
            resolve_plugin("pulumi-python", None, root, PYTHON),
            name="pulumi-python",
            engine_address=address,
            cwd=root,
            env=of_plugin,
            on_line=lines.take,
            deadline=deadline,
            fork=fork,
        )
        async with grpc.aio.insecure_channel(plugin.address, options=CHANNEL_OPTIONS) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            forked = b"_program_main" in Path(f"/proc/{plugin.pid}/cmdline").read_bytes()
            try:
                yield Pair(plugin, lines, stub, pickle_provider(), program, printed, forked)
            finally:
                await plugin.stop()
    finally:
        await program.stop()


def with_pair(root: Path, use: Callable[[Pair, StandIn], Awaitable[None]], main: str = "", **more: Any) -> None:
    async def go() -> None:
        async with asyncio.timeout(60), stand_in() as world, pair(root, world.address, main, **more) as both:
            await use(both, world)

    asyncio.run(go())


def open_files(pid: int) -> list[str]:
    """Name the pipes and sockets of a process; one entry of /proc is the reader's own, and gone when it is read."""
    links: list[str] = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(file.readlink()))
    return [link for link in links if link.startswith(("pipe:", "socket:"))]


def children() -> set[str]:
    """Give the pids of this process's children, zombies among them."""
    return set(" ".join(task.read_text() for task in Path("/proc/self/task").glob("*/children")).split())


def test_it_answers_while_the_program_runs_and_after_its_end(tmp_path: Path) -> None:
    async def use(both: Pair, world: StandIn) -> None:
        assert both.forked
        assert (await both.create("look")).id == "one"
        await both.program.run(info(tmp_path, world, {}))
        assert (await both.program.wait()).ok
        seen = (await both.create("look", "two")).properties
        assert (seen["cwd"], seen["path"], seen["project"]) == (str(tmp_path), str(tmp_path), "shop")
        assert seen["argv"] == 2
        await both.create("talk", "three")
        assert [log.message for log in world.logs] == ["deploying three", "slow", "hot"]
        assert both.plugin.alive

    with_pair(tmp_path, use)


@pytest.mark.parametrize(
    ("main", "kind"),
    [
        ("raise ValueError('no rack')", "raised"),
        ("import os; os.kill(0, 9)", "killed"),
        ("import sys; sys.exit(4)", "exited"),
    ],
)
def test_a_program_that_fails_leaves_the_plugin_alive(tmp_path: Path, main: str, kind: str) -> None:
    async def use(both: Pair, world: StandIn) -> None:
        await both.program.run(info(tmp_path, world, {}))
        assert (await both.program.wait()).kind == kind
        assert (await both.create("look")).id == "one"

    with_pair(tmp_path, use, main)


def test_the_program_does_not_notice(tmp_path: Path) -> None:
    main = (
        "import os, signal, sys, pathlib\n"
        "print(sorted({'_birth', '_leash', '_dynamic_main'} & set(sys.modules)), len(sys.argv))\n"
        "print(os.environ.get('PULUMI_ROOT_DIRECTORY'))\n"
        "print(pathlib.Path('/proc/self/task').joinpath(str(os.getpid()), 'children').read_text().split())\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
    )

    async def use(both: Pair, world: StandIn) -> None:
        await both.program.run(info(tmp_path, world, {}))
        assert (await both.program.wait()).ok
        assert [text for _, text in both.printed] == ["[] 1", "None", "[]", "True"]

    with_pair(tmp_path, use, main, env={})


def test_the_end_of_the_plugin_is_seen_with_its_code_and_not_by_the_program(tmp_path: Path) -> None:
    async def use(both: Pair, world: StandIn) -> None:
        os.kill(both.plugin.pid, signal.SIGKILL)
        assert await both.plugin.wait_closed() == -signal.SIGKILL
        assert not both.plugin.alive
        await both.program.run(info(tmp_path, world, {}))
        assert (await both.program.wait()).ok

    with_pair(tmp_path, use)


def test_interrupts_are_ignored_and_stop_is_not(tmp_path: Path) -> None:
    async def use(both: Pair, _: StandIn) -> None:
        os.kill(both.plugin.pid, signal.SIGINT)
        assert (await both.create("look")).id == "one"
        assert await both.plugin.stop() == -signal.SIGTERM

    with_pair(tmp_path, use)


def test_what_goes_wrong_before_the_port_is_quoted(tmp_path: Path) -> None:
    async def use(*_: object) -> None:
        raise AssertionError("it must not start")

    with pytest.raises(PluginStartError, match=r"ended with 1 before .*:\n  PULUMI_DYNAMIC_THREADS is 'many'"):
        with_pair(tmp_path, use, env={"PULUMI_DYNAMIC_THREADS": "many"})


SITES = {
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "no more processes": "import errno, os\ndef fork(): raise OSError(errno.EAGAIN, 'no more')\nos.fork = fork",
    "an end": "import os\nos.fork = lambda: os._exit(5)",
}


@pytest.mark.parametrize("site", SITES)
def test_what_cannot_be_forked_is_spawned(tmp_path: Path, site: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(SITES[site])

    async def use(both: Pair, _: StandIn) -> None:
        assert not both.forked
        assert (await both.create("look")).id == "one"

    with_pair(tmp_path, use, env={"PYTHONPATH": str(tmp_path)})


def test_no_descriptor_and_no_zombie_stays(tmp_path: Path) -> None:
    before, files = children(), len(open_files(os.getpid()))

    async def use(both: Pair, world: StandIn) -> None:
        assert children() - before == {str(both.program.pid), str(both.plugin.pid)}
        # stdin is /dev/null; no pipe of the program's but stdout and stderr
        pipes = [link for link in open_files(both.plugin.pid) if link.startswith("pipe:")]
        assert len(pipes) == len(set(pipes)) == 2
        assert not set(pipes) & set(open_files(both.program.pid))

    with_pair(tmp_path, use)
    assert children() == before
    assert len(open_files(os.getpid())) == files


def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    before = children()
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nos.mkfifo('gate') if not os.path.exists('gate') else 0\nopen('gate').read()"
    )

    async def go() -> None:
        async with stand_in() as world:
            try:
                async with asyncio.timeout(0.5), pair(tmp_path, world.address, env={"PYTHONPATH": str(tmp_path)}):
                    raise AssertionError("it must not start")
            except TimeoutError:
                pass

    asyncio.run(go())
    assert children() == before


PARENT = """
import asyncio, sys
from pathlib import Path
from tests.lifecycle.host.stand_in import stand_in
from tests.lifecycle.host.test_fork import pair
from tests.lifecycle.host.test_program import info

async def main():
    root = Path(sys.argv[1])
    async with stand_in() as world, pair(root, world.address, "import time; time.sleep(60)") as both:
        await both.program.run(info(root, world, {}))
        print(both.forked, both.plugin.pid, both.program.pid, flush=True)
        await both.plugin.wait_closed()

asyncio.run(main())
"""


def test_a_killed_engine_leaves_neither_behind(tmp_path: Path) -> None:
    async def go() -> list[bool]:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        forked, *pids = (await parent.stdout.readline()).decode().split()
        assert forked == "True"
        parent.kill()
        await parent.communicate()  # to the end of its output: a pipe that stays open outlives the loop
        return [await gone(int(pid)) for pid in pids]

    assert asyncio.run(go()) == [True, True]
