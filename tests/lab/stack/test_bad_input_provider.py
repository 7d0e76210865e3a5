"""A program that raises; a provider that dies, answers rubbish or hangs: whose fault it is, and a state that lasts.

No MAAS is needed: the providers lie in the project's own folder. A well-behaved resource stands in the state first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.project import PASSPHRASE, Project, Ran, make_project

PROVIDERS = """
import os
import time

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ResourceProvider


class Good(ResourceProvider):
    def create(self, props):
        return CreateResult("good", {**props})


class Dies(Good):
    def create(self, props):
        os._exit(9)


class Raises(Good):
    def create(self, props):
        raise RuntimeError("there is no cable between the two")


class Exits(Good):
    def create(self, props):
        raise SystemExit(4)


class NoId(Good):
    def create(self, props):
        return CreateResult("", {**props})


class NoAnswer(Good):
    def create(self, props):
        return None


class NoValue(Good):
    def create(self, props):
        return CreateResult("made", {"cable": object()})


class OddId(Good):
    def create(self, props):
        return CreateResult(object(), {})


class OddDiff(Good):
    def diff(self, id, olds, news):
        return "yes"


class OddCheck(Good):
    def check(self, olds, news):
        return 17


class Refuses(Good):
    def check(self, olds, news):
        return CheckResult(news, [CheckFailure("wish", f"is {news['wish']!r}, but must be a colour")])


class Hangs(Good):
    def create(self, props):
        time.sleep(60)
"""

PROGRAM = """
import json
from pathlib import Path

from pulumi import CustomTimeouts, ResourceOptions
from pulumi.dynamic import Resource

import mistakes

mistake = json.loads(Path("mistake.json").read_text())


class Thing(Resource, module="test", name="Thing"):
    pass


good = Thing(mistakes.Good(), "good", {"wish": "red"})
if "provider" in mistake:
    bad = getattr(mistakes, mistake["provider"])
    opts = ResourceOptions(depends_on=[good], custom_timeouts=CustomTimeouts(create="1s"))
    Thing(bad(), "bad", {"wish": mistake.get("wish", "noise")}, opts)
exec(mistake.get("code", ""))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make_project(tmp_path_factory.mktemp("mistakes") / "trial", PROGRAM)
    (made.folder / "mistakes.py").write_text(PROVIDERS)
    mistaken(made)
    made.up().ok()
    return made


def mistaken(project: Project, **mistake: str) -> None:
    """Say what the program does wrong; not by config, which is a part of the state."""
    (project.folder / "mistake.json").write_text(json.dumps(mistake))


@pytest.fixture(autouse=True)
def as_before(project: Project) -> Iterator[None]:
    """Put program and state back after each mistake."""
    kept = project.state_path.read_bytes()
    yield
    mistaken(project)
    project.state_path.write_bytes(kept)


def names(project: Project) -> set[str]:
    return {str(resource["urn"]).rpartition("::")[2] for resource in project.resources()} & {"good", "bad"}


def failed(project: Project, *command: str) -> Ran:
    ran = project.pulumi(*command, "-s", project.stack, timeout=60)
    assert ran.code == 1, ran.text
    assert "Traceback" not in ran.text, ran.text
    assert PASSPHRASE not in ran.text
    return ran


UP = ("up", "--yes", "--skip-preview")

ANSWERS = {
    "Raises": "there is no cable between the two",
    "Exits": "SystemExit: 4",
    "NoId": "gave it no id",
    "NoAnswer": "AttributeError: 'NoneType' object has no attribute 'outs'",
    "NoValue": "While processing input: 'cable'",
    "OddId": "TypeError: ",
    "OddCheck": "int",
    "Refuses": "wish: is 'noise', but must be a colour",
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_provider_that_answers_rubbish_or_refuses(project: Project, kind: str):
    before = project.state_path.read_bytes()
    mistaken(project, provider=kind)
    ran = failed(project, *UP)
    assert ANSWERS[kind] in ran.text
    assert "test:Thing (bad)" in ran.text
    assert project.state_path.read_bytes() == before


def test_a_provider_that_answers_a_diff_with_rubbish(project: Project):
    mistaken(project, provider="Good")
    project.up().ok()
    before = project.state_path.read_bytes()
    mistaken(project, provider="OddDiff", wish="silence")
    ran = failed(project, *UP)
    assert "str" in ran.text
    assert "test:Thing (bad)" in ran.text
    assert project.state_path.read_bytes() == before


def test_a_provider_that_dies(project: Project):
    mistaken(project, provider="Dies")
    ran = failed(project, *UP)
    assert "the provider pulumi-python is gone: its process ended while it was being asked" in ran.text
    assert "test:Thing (bad)" in ran.text
    assert names(project) == {"good"}
    (pending,) = project.pending()
    assert pending["type"] == "creating"

    mistaken(project, provider="Good")
    project.up().ok()
    assert names(project) == {"good", "bad"}


def test_a_provider_that_hangs(project: Project):
    mistaken(project, provider="Hangs")
    began = time.monotonic()
    ran = failed(project, *UP)
    assert time.monotonic() - began < 30
    assert "test:Thing (bad)" in ran.text
    assert "did not answer within the 1 s that customTimeouts allow" in ran.text
    assert names(project) == {"good"}
    assert len(project.pending()) == 1


PROGRAMS = {
    "an exception": (
        "raise ValueError('the third server has no disk')",
        "ValueError: the third server has no disk (__main__.py:",
    ),
    "an exit": ("raise SystemExit(3)", "the program exited with code 3"),
    "an unknown name": ("undefined_thing", "NameError: name 'undefined_thing' is not defined (__main__.py:"),
    "a lost process": ("import os; os._exit(7)", "the program exited with code 7"),
    "a killed process": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "the program was killed by SIGKILL",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("command", [UP, ("preview",)])
def test_a_program_that_fails(project: Project, name: str, command: tuple[str, ...]):
    before = project.state_path.read_bytes()
    code, said = PROGRAMS[name]
    mistaken(project, code=code)
    ran = failed(project, *command)
    assert said in ran.text
    assert project.state_path.read_bytes() == before


def test_a_program_with_a_mistake_in_its_text(project: Project):
    before = project.state_path.read_bytes()
    program = project.folder / "__main__.py"
    text = program.read_text()
    program.write_text(text + "if True\n    pass\n")
    try:
        ran = failed(project, *UP)
    finally:
        program.write_text(text)
    assert "__main__.py" in ran.text
    assert "expected ':'" in ran.text
    assert project.state_path.read_bytes() == before


def test_the_state_is_still_good(project: Project):
    project.up("--expect-no-changes").ok()
