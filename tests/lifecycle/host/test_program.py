"""The program's process, from its start to its Outcome; every child is real."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.host.interpreter import InterpreterError
from engine.host.program import Outcome, ProgramProcess, RunInfo
from tests.lifecycle.host.stand_in import Heard, StandIn, gone, stand_in

PYTHON = Path(sys.executable)
DEBUG, INFO, WARNING = 0, 1, 2


@dataclass
class Ran:
    outcome: Outcome
    lines: Heard
    world: StandIn = field(default_factory=StandIn)

    def out(self) -> list[str]:
        return [text for stream, text in self.lines if stream == "stdout"]


def info(root: Path, world: StandIn, config: Mapping[str, str], *, debug: bool = False) -> RunInfo:
    return RunInfo(
        monitor=world.address,
        engine=world.address,
        project="shop",
        stack="dev",
        organization="organization",
        root=root,
        program=root,
        directory=root,
        config=config,
        secret_keys=("shop:key",),
        parallel=4,
        debug=debug,
    )


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs files (name -> text; the first argument is the main program) to their end."""

    async def go(config: Mapping[str, str], refused: set[str], *, debug: bool) -> Ran:
        lines = Heard()
        async with stand_in() as world:
            world.refused = refused
            program = await ProgramProcess.start(PYTHON, tmp_path, on_line=lines.take)
            await program.run(info(tmp_path, world, config, debug=debug))
            return Ran(await program.wait(), lines, world)

    def start(
        main: str | None,
        *,
        config: Mapping[str, str] | None = None,
        refused: set[str] | None = None,
        debug: bool = False,
        **modules: str,
    ) -> Ran:
        for name, text in {"__main__": main, **modules}.items():
            if text is not None:
                (tmp_path / f"{name}.py").write_text(text)
        return asyncio.run(go(config or {}, refused or set(), debug=debug))

    return start


def test_a_program_prints_registers_and_ends(run: Run) -> None:
    ran = run(
        "import sys, pulumi, helper\n"
        "print('one'); print('two', file=sys.stderr); print('no end', end='')\n"
        "pulumi.export('name', pulumi.get_project() + pulumi.get_stack() + helper.WORD)\n"
        "pulumi.ComponentResource('shop:index:Thing', 'thing')\n",
        helper="WORD = 'x'\n",
    )
    assert ran.outcome == Outcome("ok")
    assert ran.out() == ["one", "no end"]
    assert ("stderr", "two") in ran.lines
    assert sorted(ran.world.registered) == ["shop-dev", "thing"]


def test_config_arrives_and_neither_command_line_nor_environment_shows_it(run: Run) -> None:
    ran = run(
        "import json, pathlib, pulumi\n"
        "config = pulumi.Config()\n"
        "raw = b''.join(pathlib.Path('/proc/self', n).read_bytes() for n in ('cmdline', 'environ'))\n"
        "from pulumi.runtime import is_config_secret\n"
        "print(json.dumps([config.get('key'), is_config_secret('shop:key'), is_config_secret('shop:plain'),\n"
        "                  b'hush' in raw, __import__('sys').stdin.read()]))\n",
        config={"shop:key": "hush", "shop:plain": "1"},
    )
    assert json.loads(ran.out()[0]) == ["hush", True, False, False, ""]


def test_config_is_there_in_a_thread_of_the_program(run: Run) -> None:
    ran = run(
        "import threading, pulumi\n"
        "thread = threading.Thread(target=lambda: print(pulumi.Config('shop').get('key')))\n"
        "thread.start(); thread.join()\n",
        config={"shop:key": "hush"},
    )
    assert ran.out() == ["hush"]


def test_the_engines_own_modules_cannot_be_imported_by_the_program(run: Run) -> None:
    ran = run("import sys\nprint([p for p in sys.path if p.endswith('engine/host')], '_leash' in sys.modules)\n")
    assert ran.out() == ["[] False"]


def test_an_exception_names_the_persons_place_and_frames_only(run: Run) -> None:
    ran = run("import helper\nhelper.fail({})\n", helper="def fail(d):\n    d['a']\n")
    assert ran.outcome.kind == "raised"
    assert ran.outcome.message == "KeyError: 'a'"
    assert ran.outcome.place == "helper.py:2"
    assert "__main__.py" in ran.outcome.traceback
    assert "helper.fail({})" in ran.outcome.traceback
    assert "runpy" not in ran.outcome.traceback
    assert "run_in_stack" not in ran.outcome.traceback
    assert not [text for _, text in ran.lines if "Traceback" in text]


def test_an_exception_raised_inside_the_sdk_ends_at_the_persons_line(run: Run) -> None:
    ran = run("import pulumi\n\npulumi.ComponentResource('t:i:T', '')\n")
    assert ran.outcome.place == "__main__.py:3"
    assert "resource.py" not in ran.outcome.traceback


def test_a_cause_is_kept_and_trimmed_too(run: Run) -> None:
    ran = run("try:\n    int('x')\nexcept ValueError as error:\n    raise RuntimeError('no port') from error\n")
    assert ran.outcome.message == "RuntimeError: no port"
    assert "ValueError: invalid literal" in ran.outcome.traceback
    assert "frozen" not in ran.outcome.traceback


def test_an_exception_in_an_output_is_the_programs(run: Run) -> None:
    ran = run("import pulumi\npulumi.Output.from_input(0).apply(lambda n: 1 / n)\n")
    assert ran.outcome.message == "ZeroDivisionError: division by zero"
    assert ran.outcome.place == "__main__.py:2"


def test_what_the_monitor_refuses_fails_the_program(run: Run) -> None:
    ran = run("import pulumi\npulumi.ComponentResource('t:i:T', 'bad')\n", refused={"bad"})
    assert ran.outcome.kind == "raised"
    assert "bad was refused" in ran.outcome.message


def test_a_run_error_is_read_alone(run: Run) -> None:
    ran = run("import pulumi\nraise pulumi.RunError('set shop:size first')\n")
    assert (ran.outcome.message, ran.outcome.traceback) == ("set shop:size first", "")


def test_a_syntax_error_has_its_own_place(run: Run) -> None:
    ran = run("import helper\n", helper="a = 1\nb = = 2\n")
    assert ran.outcome.message.startswith("SyntaxError: invalid syntax")
    assert ran.outcome.place == "helper.py:2"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sys.exit(3)", Outcome("exited", "the program exited with code 3", exit_code=3)),
        ("sys.exit('no rack')", Outcome("exited", "no rack", exit_code=1)),
        ("sys.exit(0)", Outcome("ok")),
        ("sys.exit()", Outcome("ok")),
        ("os._exit(7)", Outcome("exited", "the program exited with code 7", exit_code=7)),
        (
            "os.kill(os.getpid(), 9)",
            Outcome("killed", "the program was killed by SIGKILL", exit_code=None, signal=9),
        ),
    ],
)
def test_other_ends(run: Run, code: str, expected: Outcome) -> None:
    assert run(f"import os, sys\n{code}\n").outcome == expected


def test_a_folder_without_a_program_is_named(run: Run, tmp_path: Path) -> None:
    assert run(None).outcome.message == f"there is no program: {tmp_path / '__main__.py'} does not exist"


def test_the_installed_sdk_is_one_whose_waiting_is_replaced(run: Run) -> None:
    ran = run("from pulumi.runtime import stack\nprint(stack.wait_for_rpcs.__module__)\n")
    assert ran.out() == ["_waiting"]


LOGS = (
    "import pulumi\n"
    "pulumi.log.debug('quiet'); pulumi.log.info('hello', ephemeral=True); pulumi.log.warn('mind', stream_id=4)\n"
)


def test_log_lines_reach_the_engine_but_debug_ones_stay(run: Run) -> None:
    logs = run(LOGS).world.logs
    assert [(log.severity, log.message, log.ephemeral, log.streamId) for log in logs] == [
        (INFO, "hello", True, 0),
        (WARNING, "mind", False, 4),
    ]


def test_debug_lines_come_when_asked_for(run: Run) -> None:
    logs = run(LOGS, debug=True).world.logs
    assert (DEBUG, "quiet") in [(log.severity, log.message) for log in logs]


def test_a_process_left_behind_does_not_hold_the_outcome(run: Run) -> None:
    ran = run(
        "import subprocess\nleft = subprocess.Popen(['sleep', '60'], close_fds=False)\nprint(left.pid, flush=True)\n"
    )
    os.kill(int(ran.out()[0]), signal.SIGKILL)
    assert ran.outcome.ok


def test_late_imports_still_find_the_project(run: Run) -> None:
    ran = run(
        "import pulumi\npulumi.Output.from_input(1).apply(lambda _: print(__import__('late').WORD))\n",
        late="WORD = 5\n",
    )
    assert ran.out() == ["5"]


async def until(lines: Heard, text: str) -> None:
    while ("stdout", text) not in lines:
        await asyncio.sleep(0.01)


def test_stop_kills_a_program_that_will_not_end(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import signal, time\n"
        "for n in (signal.SIGTERM, signal.SIGINT): signal.signal(n, signal.SIG_IGN)\n"
        "print('up')\nwhile True: time.sleep(1)\n"
    )

    async def go() -> Outcome:
        lines = Heard()
        async with stand_in() as world, asyncio.timeout(20):
            program = await ProgramProcess.start(PYTHON, tmp_path, on_line=lines.take)
            await program.run(info(tmp_path, world, {}))
            await until(lines, "up")
            return await program.stop(grace=0.1)

    assert asyncio.run(go()).signal == signal.SIGKILL


def test_stop_and_wait_may_be_asked_at_once(tmp_path: Path) -> None:
    async def go() -> tuple[Outcome, ...]:
        program = await ProgramProcess.start(PYTHON, tmp_path, on_line=Heard().take)
        return await asyncio.gather(program.wait(), program.stop(), program.stop())

    assert {outcome.signal for outcome in asyncio.run(go())} == {signal.SIGTERM}


def test_a_program_never_told_to_run_can_be_stopped(tmp_path: Path) -> None:
    async def go() -> Outcome:
        program = await ProgramProcess.start(PYTHON, tmp_path, on_line=Heard().take)
        return await program.stop()

    assert asyncio.run(go()).kind == "killed"


def test_a_python_without_the_sdk_is_told_how_to_get_it(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)

    async def go() -> Outcome:
        async with stand_in() as world:
            program = await ProgramProcess.start(bare, tmp_path, on_line=Heard().take, env={"PATH": "/usr/bin:/bin"})
            await program.run(info(tmp_path, world, {}))
            return await program.wait()

    outcome = asyncio.run(go())
    assert "cannot import pulumi" in outcome.message
    assert "-m pip install pulumi" in outcome.message


def test_an_interpreter_that_is_no_program_is_named(tmp_path: Path) -> None:
    async def go() -> None:
        await ProgramProcess.start(tmp_path / "absent", tmp_path, on_line=Heard().take)

    with pytest.raises(InterpreterError, match=r"absent cannot be started in .*: No such file or directory"):
        asyncio.run(go())


PARENT = """
import asyncio, sys
from pathlib import Path
from engine.host.program import ProgramProcess
from tests.lifecycle.host.stand_in import stand_in
from tests.lifecycle.host.test_program import info

async def main():
    root = Path(sys.argv[1])
    async with stand_in() as world:
        python = Path(sys.executable)
        program = await ProgramProcess.start(python, root, on_line=lambda _, text: print(text, flush=True))
        await program.run(info(root, world, {}))
        await program.wait()

asyncio.run(main())
"""


def test_a_killed_engine_leaves_no_program_behind(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import os, time\nprint(os.getpid())\nwhile True: time.sleep(1)\n")

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
