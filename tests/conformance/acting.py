"""Playing a program's acts with one `pulumi` or the other, and what is left of the state when chance is taken out.

programs/{making.py, NAME/{acts.json, 1.py, 2.py, ...}}  ─ pulumi ─>  stack export  ─ normal ─>  golden.json
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

PROGRAMS = Path(__file__).parent / "programs"
OURS = Path(sys.executable).parent / "pulumi"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_CHANCE = frozenset(("created", "modified", "sourcePosition", "stackTrace"))


def official() -> Path | None:
    """Find an official pulumi: one on PATH that is not this project's own command."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = Path(folder) / "pulumi"
        if found.is_file() and found.resolve() != OURS.resolve() and found.read_bytes()[:4] == b"\x7fELF":
            return found
    return None


@dataclass(frozen=True)
class Act:
    program: str
    command: tuple[str, ...]
    config: dict[str, str] = field(default_factory=dict[str, str])
    secret: dict[str, str] = field(default_factory=dict[str, str])
    fails: bool = False


def acts_of(name: str) -> list[Act]:
    raw = cast("list[dict[str, object]]", json.loads((PROGRAMS / name / "acts.json").read_text()))
    return [_act(item) for item in raw]


def _act(item: dict[str, object]) -> Act:
    settings = {key: cast("dict[str, str]", item.get(key, {})) for key in ("config", "secret")}
    command = tuple(cast("list[str]", item["command"]))
    return Act(str(item["program"]), command, settings["config"], settings["secret"], bool(item.get("fails")))


class Stage:
    """A copy of a program with a backend of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.project = folder / "project"
        shutil.copytree(PROGRAMS / name, self.project, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROGRAMS / "making.py", self.project)
        (folder / "state").mkdir()
        self._environment = {
            **{key: item for key, item in os.environ.items() if not key.startswith("PULUMI_")},
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "open sesame",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, pulumi: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command with the project's interpreter first on PATH, as its users have it."""
        path = f"{pulumi.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        engine = {"PULUMI_ENGINE": "embedded"} if pulumi == OURS else {}
        return subprocess.run(
            [pulumi, *arguments, "-s", "dev", "--non-interactive"],
            cwd=self.project,
            env={**self._environment, "PATH": path, **engine},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def need(self, pulumi: Path, *arguments: str) -> str:
        done = self.run(pulumi, *arguments)
        assert done.returncode == 0, f"{pulumi.parent.name} {arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def begin(self, pulumi: Path) -> None:
        self.need(pulumi, "stack", "init")

    def set_up(self, pulumi: Path, act: Act) -> None:
        """Put the act's program and config into place."""
        shutil.copy(self.project / f"{act.program}.py", self.project / "__main__.py")
        for key, item in act.config.items():
            self.need(pulumi, "config", "set", key, item)
        for key, item in act.secret.items():
            self.need(pulumi, "config", "set", "--secret", key, item)

    def play(self, pulumi: Path, act: Act) -> list[dict[str, object]]:
        """Play one act and give the state that it leaves."""
        self.set_up(pulumi, act)
        done = self.run(pulumi, *act.command, "--yes", "--skip-preview")
        assert (done.returncode != 0) == act.fails, f"{act.command}\n{done.stdout}\n{done.stderr}"
        return normal(json.loads(self.need(pulumi, "stack", "export", "--show-secrets")))


def normal(exported: dict[str, object]) -> list[dict[str, object]]:
    """Take out of a deployment what differs from run to run; resources by URN, those to be deleted last."""
    deployment = cast("dict[str, object]", exported["deployment"])
    resources = cast("Sequence[dict[str, object]]", deployment.get("resources") or ())
    cleaned = [cast("dict[str, object]", _normal(item)) for item in resources]
    found = [_telling(raw) for raw in cleaned]
    if pending := deployment.get("pending_operations"):
        found.append({"urn": "~pending", "operations": pending})
    return sorted(found, key=lambda raw: (str(raw["urn"]), bool(raw.get("delete"))))


def _telling(raw: dict[str, object]) -> dict[str, object]:
    """Keep what tells something: no times and places, and no inputs that depend on nothing (a refresh drops those)."""
    kept = {key: item for key, item in raw.items() if key not in _CHANCE}
    given = cast("dict[str, list[str]]", kept.pop("propertyDependencies", {}))
    if found := {key: urns for key, urns in given.items() if urns}:
        kept["propertyDependencies"] = found
    return kept


def _normal(value: object) -> object:
    if isinstance(value, str):
        return _UUID.sub("<uuid>", value) if "pulumi:providers:" in value or _UUID.fullmatch(value) else value
    if isinstance(value, list):
        return [_normal(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    if _SIGNATURE in members and "plaintext" in members:
        return {"secret": json.loads(str(members["plaintext"]))}
    pickled = {"__provider": "<provider>"} if members.get("__provider") not in (None, []) else {}
    return {**{key: _normal(item) for key, item in members.items()}, **pickled}
