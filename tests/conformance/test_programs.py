"""Programs that both engines play alike: the same acts leave the same state, and either carries on from the other's.

`golden.json` beside each program is what the official engine made of its acts; `PULUMI_GOLDEN=write` writes it anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conformance.acting import OURS, PROGRAMS, Act, Stage, acts_of, official

NAMES = sorted(path.parent.name for path in PROGRAMS.glob("*/acts.json"))
QUIET = ("preview", "--expect-no-changes")


@pytest.fixture
def theirs() -> Path:
    found = official()
    if found is None:
        pytest.skip("no official pulumi on PATH")
    return found


def play(name: str, pulumi: Path, folder: Path) -> list[list[dict[str, object]]]:
    stage = Stage(name, folder)
    stage.begin(pulumi)
    return [stage.play(pulumi, act) for act in acts_of(name)]


def golden(name: str) -> list[list[dict[str, object]]]:
    return json.loads((PROGRAMS / name / "golden.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_this_engine_leaves_the_golden_state(name: str, tmp_path: Path):
    for number, (got, want) in enumerate(zip(play(name, OURS, tmp_path), golden(name), strict=True), 1):
        assert got == want, f"after act {number}"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_official_engine_leaves_the_golden_state(name: str, tmp_path: Path, theirs: Path):
    played = play(name, theirs, tmp_path)
    if os.environ.get("PULUMI_GOLDEN") == "write":
        (PROGRAMS / name / "golden.json").write_text(json.dumps(played, indent=1, sort_keys=True) + "\n")
    assert played == golden(name)


@pytest.mark.slow
@pytest.mark.parametrize("ours_first", [True, False])
def test_either_engine_carries_on_where_the_other_stopped(tmp_path: Path, theirs: Path, ours_first: bool):
    stage = Stage("lifecycle", tmp_path)
    first, second = (OURS, theirs) if ours_first else (theirs, OURS)
    acts, want = acts_of("lifecycle"), golden("lifecycle")
    stage.begin(first)
    assert stage.play(first, acts[0]) == want[0]
    stage.need(second, *QUIET)
    assert stage.play(second, acts[1]) == want[1]
    stage.need(first, *QUIET)
    assert stage.play(first, acts[2]) == want[2]
    stage.need(second, *QUIET)
    assert stage.play(second, Act("2", ("destroy",))) == []


@pytest.mark.parametrize(("n", "code"), [(1, 0), (2, 7)])
def test_changes_where_none_were_expected_have_an_exit_code_of_their_own(tmp_path: Path, n: int, code: int):
    stage = Stage("failing", tmp_path)
    stage.begin(OURS)
    stage.play(OURS, Act("4", ("up",)))
    main = stage.project / "__main__.py"
    main.write_text(main.read_text().replace("n=3", "n=3" if n == 1 else "n=5"))
    done = stage.run(OURS, *QUIET)
    assert done.returncode == code, done.stdout + done.stderr


def test_a_provider_that_dies_leaves_pending_creates_that_the_next_update_settles(tmp_path: Path):
    stage = Stage("failing", tmp_path)
    stage.begin(OURS)
    main = stage.project / "8.py"
    main.write_text('from making import Thing\n\nThing("a", n=95)\n')
    left = stage.play(OURS, Act("8", ("up",), fails=True))[-1]
    assert left["urn"] == "~pending"
    assert '"type": "creating"' in json.dumps(left)
    main.write_text('from making import Thing\n\nThing("a", n=1)\n')
    names = [str(resource["urn"]).rsplit("::", 1)[-1] for resource in stage.play(OURS, Act("8", ("up",)))]
    assert names == ["a", "default", "failing-dev"]
