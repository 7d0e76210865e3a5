"""A project in a folder of its own, with its own backend and PULUMI_HOME; commands run inside this process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli.main import main

SALT = "v1:DIq5+nC37V4=:v1:HF90uZ/DkATPnUt6:1r4tReDLthDaW0eKjyHA67yVBZBAiw=="
"""The salt of the passphrase 'x'."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with a project, and what runs commands in it."""

    folder: Path
    run: Callable[..., Answer]

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def stack_file(self) -> Path:
        return self.project / "Pulumi.dev.yaml"

    @property
    def state(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / "p" / "dev.json"

    def files(self) -> dict[str, str]:
        """Digest every file, so that a test can tell that none changed."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Give a project `p` without stacks."""
    for name in ("project", "state", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    for name in ("PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_SKIP_CONFIRMATIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_ENGINE", "embedded")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.chdir(tmp_path / "project")

    def run(*argv: str) -> Answer:
        code = main(argv)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return Desk(tmp_path, run)


@pytest.fixture
def dev(desk: Desk) -> Desk:
    """Give the project with a selected, empty stack `dev`, whose salt is known."""
    desk.stack_file.write_text(f"encryptionsalt: {SALT}\n")
    assert desk.run("stack", "init", "dev").code == 0
    return desk
