"""A long command of this machine: followed, joined, its failure told, its secrets not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from providers.hosts.errors import StepFailedError
from providers.juju.crud.controller_place import Here
from providers.juju.crud.controller_task import Task
from providers.juju.errors import JujuError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_its_lines_are_shown_and_its_settings_are_gone_in_the_end(home: Path) -> None:
    said: list[str] = []
    command = 'ls -l "$settings" | cut -c1-10; cat "$settings"; printf "no end"'
    Task(Here(), "lab").finish("juju bootstrap", f"sh -c '{command}'", said.append, settings='{"a": 1}\n')
    shown = [line.removeprefix("this machine: juju bootstrap: ") for line in said]
    assert shown == ["-rw-------", '{"a": 1}', "no end"]
    assert [path.name for path in home.iterdir()] == [".local"]


def test_its_last_words_are_told_without_secrets() -> None:
    command = "sh -c 'echo; echo launching; echo ERROR the key a:b:c is not good >&2; exit 3'"
    with pytest.raises(JujuError) as caught:
        Task(Here(), "lab", ("a:b:c",)).finish("juju bootstrap", command, print)
    assert str(caught.value) == (
        "this machine: juju bootstrap failed with status 3. It printed:\n  launching\n  ERROR the key *** is not good"
    )


def test_one_that_runs_is_joined(home: Path) -> None:
    pipe = home / "pipe"
    command = f"sh -c 'echo begun; cat {pipe} >{home}/told'"
    Here().run("a pipe is made", f"mkfifo {pipe}")
    task, said, spoke = Task(Here(), "lab"), list[str](), threading.Semaphore(0)

    def say(line: str) -> None:
        said.append(line)
        spoke.release()

    assert not task.runs()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(task.finish, "first", command, say)
        assert spoke.acquire(timeout=20)
        assert task.runs()
        second = threads.submit(Task(Here(), "lab").finish, "second", "false", say)
        assert spoke.acquire(timeout=20)
        pipe.write_text("end")
        first.result(10)
        second.result(10)
    assert said == ["this machine: first: begun", "this machine: second: begun"]
    assert not task.runs()


def test_one_that_was_killed_is_told(home: Path) -> None:
    with pytest.raises(JujuError, match=r"juju bootstrap was ended before it was done\. It printed:\n  begun"):
        Task(Here(), "lab").finish("juju bootstrap", "sh -c 'echo begun; kill -9 $PPID'", print)


def test_a_script_that_fails_shows_no_secret() -> None:
    with pytest.raises(StepFailedError, match=r'this machine: "it is tried" failed. It printed:\n  key \*\*\*'):
        Here().run("it is tried", 'echo "key $(cat)"; exit 1', stdin="s3cret", secrets=("s3cret",))
