"""Which engine runs: never ourselves twice, the official one where it is wanted, loops impossible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.official import choose_engine
from engine.errors import EngineError

OURS = "#!/usr/bin/python\nfrom engine.cli.main import entry\nentry()\n"


def put(folder: Path, text: str, mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pulumi"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_an_official_one_behind_ours_is_found(tmp_path: Path) -> None:
    ours = put(tmp_path / "venv", OURS)
    put(tmp_path / "other-venv", OURS)
    put(tmp_path / "text", "", 0o644)
    official = put(tmp_path / "bin", "\x7fELF engine.cli.main")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "pulumi").symlink_to(ours)
    path = os.pathsep.join(str(tmp_path / name) for name in ("venv", "link", "other-venv", "text", "none", "bin"))
    assert choose_engine({"PATH": path}, ours) == official
    assert choose_engine({"PATH": path, "PULUMI_ENGINE": "official"}, ours) == official
    assert choose_engine({"PATH": path, "PULUMI_ENGINE": "embedded"}, ours) is None


def test_ours_runs_where_there_is_no_other(tmp_path: Path) -> None:
    ours = put(tmp_path / "venv", OURS)
    env = {"PATH": str(tmp_path / "venv")}
    assert choose_engine(env, ours) is None
    with pytest.raises(EngineError, match="there is no official pulumi on PATH"):
        choose_engine({**env, "PULUMI_ENGINE": "official"}, ours)
    with pytest.raises(EngineError, match="PULUMI_ENGINE is 'offical': embedded and official are allowed"):
        choose_engine({**env, "PULUMI_ENGINE": "offical"}, ours)


def test_a_wrapper_around_ourselves_is_not_followed_for_ever(tmp_path: Path) -> None:
    root = Path(__file__).parents[4]
    wrapper = (
        f'#!/bin/sh\necho round >> {tmp_path}/rounds\nPYTHONPATH={root} exec {sys.executable} -m engine.cli.main "$@"\n'
    )
    put(tmp_path / "bin", wrapper)
    env = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    done = subprocess.run([tmp_path / "bin/pulumi", "version"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "+embedded." in done.stdout
    assert len((tmp_path / "rounds").read_text().split()) <= 4
