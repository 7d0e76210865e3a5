"""local.Command and command:local:run: real processes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from plugins.command.actions import Run
from plugins.command.errors import CommandError
from plugins.command.masking import mask_of
from plugins.command.shapes import LOCAL_COMMAND
from plugins.command.values import Archive, Asset, Properties, Secret, Value
from tests.lab.command.server import Teller


def running(inputs: Properties, teller: Teller | None = None) -> Run:
    return Run(LOCAL_COMMAND, teller or Teller(), mask_of(inputs))


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def create(teller: Teller | None = None, **inputs: Value) -> Properties:
    return asyncio.run(running(inputs, teller).create(inputs))


def test_streams_are_kept_whole_but_for_the_last_line_end():
    assert create(create="printf 'a\\n\\n'; echo e >&2") == {"stdout": "a\n", "stderr": "e"}


def test_bytes_that_are_no_text_do_not_break_anything():
    assert create(create="printf '\\377ok'")["stdout"] == "\ufffdok"


def test_lines_are_told_as_they_come_and_also_the_last_without_an_end():
    teller = Teller()
    create(teller, create="printf 'one\\ntwo\\r\\nthree'")
    assert teller.lines == ["one", "two", "three"]


def test_surroundings_reach_the_command(tmp_path: Path):
    found = create(create='pwd; echo "$A"; cat', dir=str(tmp_path), environment={"A": "x y"}, stdin="in")
    assert found["stdout"] == f"{tmp_path}\nx y\nin"


def test_the_interpreter_takes_the_command():
    assert create(create="print(1 + 1)", interpreter=["python3", "-c"])["stdout"] == "2"


def test_the_last_output_comes_back_unless_it_is_not_wanted():
    given: Properties = {"create": 'echo "[$PULUMI_COMMAND_STDOUT][$PULUMI_COMMAND_STDERR]"'}
    old: Properties = {"stdout": "O", "stderr": "E"}
    assert asyncio.run(running(given).update(given, old))["stdout"] == "[O][E]"
    given["addPreviousOutputInEnv"] = False
    assert asyncio.run(running(given).update(given, old))["stdout"] == "[][]"


def test_files_come_back_as_assets_and_as_an_archive(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    found = create(
        create="echo A > a.txt; echo B > sub/b.txt; : > c.js",
        dir=str(tmp_path),
        assetPaths=["**", "!**.js"],
        archivePaths=["*.txt"],
    )
    hash_a = "06f961b802bc46ee168555f066d28f4f0e9afdf3f88174c1ee6f9de004fc30a0"
    a = Asset(hash_a, path=str(tmp_path / "a.txt"))
    assert isinstance(found["assets"], dict)
    assert list(found["assets"]) == ["a.txt", "sub/b.txt"]
    assert found["assets"]["a.txt"] == a
    assert isinstance(found["archive"], Archive)
    assert found["archive"].assets == (("a.txt", a),)


def test_globs_that_cannot_be_read_are_named():
    with pytest.raises(CommandError, match=r"the glob '\{' has a \{ without"):
        create(create="true", assetPaths=["{"])


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        pytest.param({"create": "echo boo >&2; exit 3"}, "ended with exit code 3; its last lines:\n  boo", id="code"),
        pytest.param({"create": "kill -9 $$"}, "ended with signal SIGKILL; it wrote nothing", id="signal"),
        pytest.param({"create": "true", "dir": "/no/such"}, "/bin/sh cannot be started in /no/such", id="dir"),
        pytest.param({"create": "x", "interpreter": ["/no/such"]}, "/no/such cannot be started", id="interpreter"),
    ],
)
def test_failures_say_what_happened(inputs: Properties, said: str):
    with pytest.raises(CommandError) as failed:
        asyncio.run(running(inputs).create(inputs))
    assert said in str(failed.value)


def test_a_secret_command_stands_on_no_command_line():
    script = Secret("tr '\\0' ' ' < /proc/$$/cmdline; echo hunter2hunter2")
    found = create(create=script)
    line, _, rest = str(found["stdout"]).partition("hunter2")
    assert "eval" in line
    assert rest == "hunter2"


def test_a_secret_command_for_another_interpreter_is_warned_of():
    teller = Teller()
    create(teller, create=Secret("print('hunter2')"), interpreter=["python3", "-c"])
    assert "python3 takes it on its command line" in teller.warnings[0]


def test_an_interruption_ends_the_command_and_its_children(tmp_path: Path):
    async def act() -> int:
        given: Properties = {
            "create": f"sleep 60 & echo $! > {tmp_path}/child.new; mv {tmp_path}/child.new {tmp_path}/c; wait"
        }
        task = asyncio.create_task(running(given).create(given))
        async with asyncio.timeout(20):
            while not (tmp_path / "c").exists():
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return int((tmp_path / "c").read_text())

    child = asyncio.run(act())
    end = time.monotonic() + 60  # a busy machine takes its time to end it
    while alive(child):
        assert time.monotonic() < end, "the child lives on"
        time.sleep(0.01)
