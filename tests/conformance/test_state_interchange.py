"""Either engine carries on where the other stopped: config, selection, state, locks, on one and the same backend.

Runs where an official `pulumi` is on PATH, and says so where there is none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli.official import find_official

OFFICIAL = find_official(os.environ, Path("/nonexistent"))
ROOT = Path(__file__).parents[2]
SECRET_KEY = "4dabf18193072939515e22adb298388d"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(OFFICIAL is None, reason="no official pulumi on PATH: state interchange is not judged"),
]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both engines on one project; `first` and `second` take turns."""

    folder: Path
    first: Callable[..., str]
    second: Callable[..., str]


def command(prefix: list[str], folder: Path, env: dict[str, str]) -> Callable[..., str]:
    def run(*argv: str, stdin: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [*prefix, "--non-interactive", *argv],
            cwd=folder,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, (prefix[-1], argv, done.stdout, done.stderr)
        return done.stdout + (done.stderr if code else "")

    return run


@pytest.fixture(params=["ours first", "official first"])
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Pair:
    project = tmp_path / "project"
    for folder in (project, tmp_path / "state", tmp_path / "home"):
        folder.mkdir()
    (project / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "tram",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPATH": str(ROOT),
    }
    ours = command([sys.executable, "-m", "engine.cli.main"], project, {**env, "PULUMI_ENGINE": "embedded"})
    official = command([str(OFFICIAL)], project, env)
    return Pair(project, *((ours, official) if request.param == "ours first" else (official, ours)))


def test_config_of_one_is_read_by_the_other(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    pair.first("config", "set", "--secret", "password", "hush <&> é")
    pair.first("config", "set", "plain", "0123")
    pair.first("config", "set", "--path", "o.list[0].x", "5")
    pair.first("config", "set", "--path", "--secret", "o.hidden", "deep")
    before = (pair.folder / "Pulumi.dev.yaml").read_text()
    assert pair.second("config", "get", "password") == "hush <&> é\n"
    assert pair.second("config", "get", "plain") == "0123\n"
    assert json.loads(pair.second("config", "get", "o")) == {"hidden": "deep", "list": [{"x": 5}]}
    for show in ((), ("--show-secrets",)):
        assert json.loads(pair.first("config", "--json", *show)) == json.loads(pair.second("config", "--json", *show))
        assert pair.first("config", *show).split() == pair.second("config", *show).split()
    pair.second("config", "set", "late", "x")
    pair.second("config", "rm", "late")
    assert (pair.folder / "Pulumi.dev.yaml").read_text() == before


def test_both_write_the_same_stack_file(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    path = pair.folder / "Pulumi.dev.yaml"
    texts: list[str] = []
    values = [
        "x",
        "1",
        "true",
        "null",
        "~",
        "yes",
        "1e3",
        "0x1f",
        "2020-01-01",
        "a: b",
        "# x",
        "- x",
        "",
        "two\nlines\n",
        "é",
    ]
    start = path.read_text() + "# remark\nconfig:\n  # about z\n  p:z: 5 # trailing\n  p:list:\n    - {a: 1}\n"
    for run in (pair.first, pair.second):
        path.write_text(start)
        for number, value in enumerate(values):
            run("config", "set", f"k{number}", "--", value)
        run("config", "set", "--path", "list[1].deep", "true")
        run("config", "set", "z", "6")
        texts.append(path.read_text())
    first, second = (text.replace("'", '"') for text in texts)
    assert first == second


def test_stacks_and_selection_are_shared(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    pair.second("stack", "init", "prod")
    listed = [json.loads(run("stack", "ls", "--json")) for run in (pair.first, pair.second)]
    names = [
        [(row["name"], row["current"], row["resourceCount"], row["lastUpdate"]) for row in rows] for rows in listed
    ]
    assert names[0] == names[1]
    assert [row[:3] for row in names[0]] == [("dev", False, 0), ("prod", True, 0)]
    pair.first("stack", "select", "dev")
    assert pair.second("stack", "--show-name") == "dev\n"
    pair.second("stack", "rm", "dev", "--yes")
    assert "no stack" in pair.first("stack", "--show-name", code=1)
    assert "no stack named 'dev'" in pair.first("stack", "select", "dev", code=6)


def resources() -> list[dict[str, object]]:
    root = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
    secret = {SECRET_KEY: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '{"a":["hush-hush",1.5]}'}
    child: dict[str, object] = {
        "urn": "urn:pulumi:dev::p::a:b:C::n",
        "custom": True,
        "id": "i-1",
        "type": "a:b:C",
        "inputs": {
            "s": secret,
            "n": [1, 2.5, -0.001, 1e21, 123456789012, None, True],
            "asset": {SECRET_KEY: "c44067f5952c0a294b673a41bacd8c17", "hash": "00", "text": "hi"},
            "archive": {SECRET_KEY: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "01", "path": "./x"},
            "ref": {SECRET_KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": root, "packageVersion": "1.0.0"},
        },
        "parent": root,
        "dependencies": [root],
        "propertyDependencies": {"n": [root], "s": []},
        "additionalSecretOutputs": ["x"],
        "customTimeouts": {"create": 60},
        "created": "2026-01-02T03:04:05.123456789Z",
        "hideDiff": ['tags[0]["x.y"]'],
        "taint": True,
    }
    stack: dict[str, object] = {
        "urn": root,
        "custom": False,
        "type": "pulumi:pulumi:Stack",
        "outputs": {"out": secret, "plain": {"z": 1, "a": "b"}},
    }
    return [stack, child]


def test_state_goes_back_and_forth_unchanged(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    document: dict[str, Any] = json.loads(pair.first("stack", "export"))
    document |= {"version": 4, "features": ["taint"]}
    document["deployment"]["resources"] = resources()
    pair.first("stack", "import", stdin=json.dumps(document))
    state = pair.folder.parent / "state/.pulumi/stacks/p/dev.json"
    assert "hush-hush" not in state.read_text()
    exports = [run("stack", "export") for run in (pair.first, pair.second)]
    assert json.loads(exports[0]) == json.loads(exports[1])
    plain = [json.loads(run("stack", "export", "--show-secrets")) for run in (pair.first, pair.second)]
    assert plain[0] == plain[1]
    pair.second("stack", "import", stdin=exports[0])
    after = json.loads(state.read_text())
    assert (after["version"], after["features"]) == (4, ["taint"])
    again = json.loads(pair.first("stack", "export", "--show-secrets"))
    assert again["deployment"]["resources"] == plain[0]["deployment"]["resources"]
    for argv in (("--json",), ("--json", "--show-secrets"), ("plain",), ("out", "--show-secrets")):
        first, second = (run("stack", "output", *argv) for run in (pair.first, pair.second))
        assert first == second


def test_a_lock_of_one_keeps_the_other_out(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    folder = pair.folder.parent / "state/.pulumi/locks/organization/p/dev"
    folder.mkdir(parents=True, exist_ok=True)
    holder = {"pid": 1, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-01-02T03:04:05.6Z"}
    (folder / "9d.json").write_text(json.dumps(holder))
    for run in (pair.first, pair.second):
        assert "ann@elsewhere (pid 1)" in run("stack", "rm", "--yes", code=1)
    pair.second("cancel", "--yes")
    pair.first("stack", "rm", "--yes")


def test_a_wrong_passphrase_is_wrong_for_both(pair: Pair) -> None:
    pair.first("stack", "init", "dev")
    pair.first("config", "set", "--secret", "a", "hush")
    path = pair.folder / "Pulumi.dev.yaml"
    ours = pair.first("config", "get", "a")
    path.write_text(path.read_text().replace("encryptionsalt: v1:", "encryptionsalt: v1:AAAA"))
    assert ours == "hush\n"
    for run in (pair.first, pair.second):
        assert "incorrect passphrase" in run("config", "get", "a", code=1)
