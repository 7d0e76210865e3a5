"""Programs that use pulumi_command leave the same state with this plugin and with the official one, on either engine.

`program/golden.json` is what the official engine made of the acts with the official plugin 1.2.1;
`PULUMI_GOLDEN=write` writes it anew where both are on PATH.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import cast

import pytest

from tests.conformance.acting import OURS, Act, Stage, acts_of, official
from tests.lab.command.server import PASSWORD, Host, serving

NAME = "../command/program"
GOLDEN = Path(__file__).parent / "program" / "golden.json"
ROOT = Path(__file__).parents[3]
PLUGIN = "pulumi-resource-command"
_IDS = re.compile(r'"id": "([a-z]*)[0-9a-f]{8}"')

State = list[dict[str, object]]


@pytest.fixture
def server() -> Generator[Host]:
    """An SSH server in a thread of its own."""
    host, ready, done = Host(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(host):
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(20)
    yield host
    loop.call_soon_threadsafe(done.set)
    thread.join(20)
    loop.close()


@pytest.fixture
def theirs() -> Path:
    found = official()
    if found is None:
        pytest.skip("no official pulumi on PATH")
    return found


@pytest.fixture
def their_plugin() -> Path:
    found = shutil.which(PLUGIN)
    if found is None or Path(found).read_bytes()[:4] != b"\x7fELF":
        pytest.skip(f"no official {PLUGIN} on PATH")
    return Path(found)


class Play:
    """The program's stage with an SSH server; `plugin` is a binary, None for what the project's own folder holds."""

    def __init__(self, folder: Path, host: Host, monkeypatch: pytest.MonkeyPatch, plugin: Path | None) -> None:
        self.target = folder / "target"
        self.target.mkdir()
        self._stage = Stage(NAME, folder)
        (self._stage.project / "plugins").symlink_to(ROOT / "plugins")
        self._host = host
        self._bin = folder / "bin"
        self._bin.mkdir()
        others = (each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / PLUGIN).exists())
        monkeypatch.setenv("PATH", os.pathsep.join((str(self._bin), *others)))
        self.use(plugin)

    def use(self, plugin: Path | None) -> None:
        """Put a plugin on PATH in the last one's place; None puts none there."""
        (self._bin / PLUGIN).unlink(missing_ok=True)
        if plugin is not None:
            (self._bin / PLUGIN).symlink_to(plugin)

    def begin(self, pulumi: Path) -> None:
        self._stage.begin(pulumi)
        for key, item in (("port", str(self._host.port)), ("target", str(self.target))):
            self._stage.need(pulumi, "config", "set", key, item)
        self._stage.need(pulumi, "config", "set", "--secret", "password", PASSWORD)

    def act(self, pulumi: Path, act: Act) -> State:
        text = json.dumps(self._stage.play(pulumi, act), sort_keys=True)
        text = _IDS.sub(r'"id": "\1<id>"', text).replace(str(self.target), "<target>")
        text = re.sub(rf"\b{self._host.port}(\.0)?\b", '"<port>"', text)
        return cast("State", json.loads(text))

    def quiet(self, pulumi: Path) -> None:
        self._stage.need(pulumi, "preview", "--expect-no-changes")

    def whole(self, pulumi: Path) -> list[State]:
        self.begin(pulumi)
        return [self.act(pulumi, act) for act in acts_of(NAME)]


def golden() -> list[State]:
    return cast("list[State]", json.loads(GOLDEN.read_text()))


def test_this_plugin_leaves_the_golden_state(tmp_path: Path, server: Host, monkeypatch: pytest.MonkeyPatch):
    play = Play(tmp_path, server, monkeypatch, None)
    for number, (got, want) in enumerate(zip(play.whole(OURS), golden(), strict=True), 1):
        assert got == want, f"after act {number}"
    assert (play.target / "text").read_text() == "bye\n"
    assert sorted(path.name for path in (play.target / "www" / "site").iterdir()) == ["index.html", "more.html"]
    assert (play.target / "old").read_text() == "B\n"


@pytest.mark.slow
def test_the_official_engine_and_plugin_leave_the_golden_state(
    tmp_path: Path, server: Host, monkeypatch: pytest.MonkeyPatch, theirs: Path, their_plugin: Path
):
    played = Play(tmp_path, server, monkeypatch, their_plugin).whole(theirs)
    if os.environ.get("PULUMI_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(played, indent=1, sort_keys=True) + "\n")
    assert played == golden()


@pytest.mark.slow
def test_this_plugin_under_the_official_engine_leaves_the_golden_state(
    tmp_path: Path, server: Host, monkeypatch: pytest.MonkeyPatch, theirs: Path
):
    # the official engine looks for a program of this name
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m plugins.command "$@"\n')
    wrapper.chmod(0o755)
    assert Play(tmp_path, server, monkeypatch, wrapper).whole(theirs) == golden()


@pytest.mark.slow
@pytest.mark.parametrize("ours_first", [True, False], ids=["this pair first", "the official pair first"])
def test_one_engine_and_plugin_carry_on_where_the_others_stopped(
    tmp_path: Path,
    server: Host,
    monkeypatch: pytest.MonkeyPatch,
    theirs: Path,
    their_plugin: Path,
    ours_first: bool,
):
    pairs = [(OURS, None), (theirs, their_plugin)]
    (engine, plugin), (other_engine, other_plugin) = pairs if ours_first else reversed(pairs)
    play = Play(tmp_path, server, monkeypatch, plugin)
    play.begin(engine)
    acts, want = acts_of(NAME), golden()
    assert play.act(engine, acts[0]) == want[0]
    play.use(other_plugin)
    play.quiet(other_engine)
    assert play.act(other_engine, acts[2]) == want[2]
