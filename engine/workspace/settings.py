"""Which stack is selected: one small file per project in PULUMI_HOME/workspaces, keyed by the backend's URL.

    <project>-<sha1 of the project file's path>-workspace.json: {"stacks": {"file:///...": "organization/project/dev"}}

Source: pulumi/pulumi pkg/workspace/settings.go and workspace.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from engine.files import atomic_write
from engine.workspace.home import read_json, write_json


def settings_path(home: Path, project: str, project_file: Path) -> Path:
    """Name the file that holds a project's selections."""
    digest = hashlib.sha1(str(project_file).encode(), usedforsecurity=False).hexdigest()
    return home / "workspaces" / f"{project}-{digest}-workspace.json"


def selected_stack(path: Path, url: str) -> str:
    """Give the stack selected for a backend, fully qualified or as it was written; empty if there is none."""
    settings = read_json(path)
    stacks = settings.get("stacks")
    chosen = cast("Mapping[str, object]", stacks).get(url) if isinstance(stacks, dict) else None
    legacy = settings.get("stack")
    name = legacy if chosen is None else chosen
    return name if isinstance(name, str) else ""


def select_stack(path: Path, url: str, name: str) -> None:
    """Select a stack for a backend; an empty name deselects. A file that would hold nothing is removed."""
    settings = read_json(path)
    old = settings.get("stacks")
    stacks = {**cast("Mapping[str, object]", old)} if isinstance(old, dict) else {}
    stacks.pop(url, None)
    if name:
        stacks[url] = name
    else:
        settings.pop("stack", None)
    settings["stacks"] = stacks
    if not stacks:
        del settings["stacks"]
    if settings:
        atomic_write(path, write_json(settings))
    else:
        path.unlink(missing_ok=True)
