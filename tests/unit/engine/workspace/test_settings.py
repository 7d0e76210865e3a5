"""The selected stack: Pulumi's own file names and format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.workspace.home import pulumi_home
from engine.workspace.settings import select_stack, selected_stack, settings_path

URL = "file:///state"


def test_the_file_is_named_after_the_project_files_path() -> None:
    path = settings_path(Path("/home"), "p1", Path("/tmp/be/p1/Pulumi.yaml"))
    assert path == Path("/home/workspaces/p1-b856b33e4794aa0bbb0128e9aee1bb23d291ea91-workspace.json")


def test_a_selection_is_kept_per_backend(tmp_path: Path) -> None:
    path = tmp_path / "workspaces" / "w.json"
    select_stack(path, URL, "organization/p/dev")
    select_stack(path, "file:///other", "organization/p/prod")
    assert selected_stack(path, URL) == "organization/p/dev"
    assert selected_stack(path, "file:///third") == ""
    select_stack(path, "file:///other", "")
    assert path.read_text() == '{\n    "stacks": {\n        "file:///state": "organization/p/dev"\n    }\n}'
    select_stack(path, URL, "")
    assert not path.exists()
    select_stack(path, URL, "")


def test_the_old_format_and_unknown_keys(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"stack": "dev", "newKey": 1}))
    assert selected_stack(path, URL) == "dev"
    select_stack(path, URL, "organization/p/x")
    assert json.loads(path.read_text()) == {"stack": "dev", "newKey": 1, "stacks": {URL: "organization/p/x"}}
    select_stack(path, URL, "")
    assert json.loads(path.read_text()) == {"newKey": 1}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text("{")
    with pytest.raises(EngineError, match=r"w\.json cannot be read"):
        selected_stack(path, URL)
    assert path.read_text() == "{"


def test_pulumi_home() -> None:
    assert pulumi_home({"PULUMI_HOME": "/x", "HOME": "/h"}) == Path("/x")
    assert pulumi_home({"HOME": "/h"}) == Path("/h/.pulumi")
