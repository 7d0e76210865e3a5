"""login, logout, whoami, about, version, help; errors; and what the quick commands must not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.engine.cli.conftest import Desk


def test_login_whoami_logout(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    assert "no backend is set" in desk.run("stack", "ls").err
    url = f"file://{desk.folder}/state"
    assert f"({url})" in desk.run("login", url).out
    assert json.loads(desk.run("whoami", "--json").out)["url"] == url
    assert url in desk.run("whoami", "-v").out
    assert desk.run("stack", "ls").code == 0
    assert desk.run("login", "s3://bucket").code == 1
    assert desk.run("login", f"file://{desk.folder}/nowhere").code == 1
    assert desk.run("logout").out == f"Logged out of {url}\n"
    assert desk.run("logout").err == "error: there is no login\n"


def test_a_login_says_who_wins_over_it(desk: Desk) -> None:
    (desk.folder / "other").mkdir()
    answer = desk.run("login", f"file://{desk.folder}/other")
    assert answer.code == 0
    assert "warning: PULUMI_BACKEND_URL names" in answer.err


def test_about_tells_what_runs(dev: Desk) -> None:
    facts = json.loads(dev.run("about", "--json").out)
    assert facts["CLI"]["Engine"].startswith("embedded ")
    assert facts["Project"]["Stack"] == "organization/p/dev"
    assert facts["Backend"]["Folder"] == str(dev.folder / "state")
    assert "Dependencies" in dev.run("about").out


def test_version_is_semantic(desk: Desk) -> None:
    assert desk.run("version").out.startswith("v3.")
    assert desk.run("--version").out == desk.run("version").out


@pytest.mark.parametrize(
    "argv", [("--help",), ("up", "-h"), ("stack", "--help"), ("stack", "output", "-h"), ("config", "set", "-h")]
)
def test_help(desk: Desk, argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        desk.run(*argv)
    assert caught.value.code == 0
    assert "--stack" in capsys.readouterr().out


def test_outside_of_a_project(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    for argv in (("stack",), ("config",), ("stack", "ls")):
        answer = desk.run(*argv)
        assert answer.code == 1
        assert answer.err.startswith(f"error: no Pulumi.yaml in {desk.folder} or above it")
    assert desk.run("stack", "ls", "--all").code == 0
    assert desk.run("-C", "project", "stack", "ls").code == 0
    assert "nowhere', which is no folder" in desk.run("-C", "nowhere", "stack").err


def test_a_traceback_only_with_debug(desk: Desk) -> None:
    assert "Traceback" not in desk.run("config").err
    assert "Traceback" in desk.run("config", "--debug").err


def test_colour_follows_the_options(desk: Desk) -> None:
    assert desk.run("whoami", "--color", "always").err == ""
    assert desk.run("config", "get", "x", "--color", "never").err.startswith("error: ")


@pytest.mark.parametrize("argv", [("version",), ("stack", "ls"), ("stack", "output"), ("config",)])
def test_quick_commands_load_neither_grpc_nor_the_sdk(dev: Desk, argv: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom engine.cli.main import main\n"
        f"code = main({list(argv)!r})\n"
        "print([name for name in ('grpc', 'pulumi', 'asyncio', 'rich') if name in sys.modules], code, file=sys.stderr)"
    )
    root = str(Path(__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"], capture_output=True, text=True
    )
    assert done.stderr == "[] 0\n"
