"""The backup job's files: which one is newest and whole, which are removed."""

import json
from pathlib import Path

import pytest

from providers.hosts.crud import postgres_backup_job as job


def backup(folder: Path, name: str, content: str = "x") -> None:
    (folder / f"{name}.dump").write_text(content)
    job.put(folder / f"{name}.json", {"name": name, **job.measured(folder / f"{name}.dump")})


def test_the_newest_whole_one_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("t-1", "t-2", "t-3", "t-4"):
        backup(tmp_path, name)
    (tmp_path / "t-4.dump").unlink()
    (tmp_path / "t-3.dump").write_text("y")
    (tmp_path / "t-9.dump").write_text("without a manifest, so not finished")
    found = job.newest(tmp_path)
    assert found is not None
    assert found["name"] == "t-2"
    assert capsys.readouterr().err.splitlines() == [
        "t-4 is damaged or its dump is gone: passed over",
        "t-3 is damaged or its dump is gone: passed over",
    ]
    latest = job.latest(tmp_path)
    assert latest is not None
    assert latest["name"] == "t-4"


def test_what_a_cut_off_run_left_is_removed_and_as_many_are_kept_as_asked_for(tmp_path: Path):
    for name in ("t-1", "t-2", "t-3"):
        backup(tmp_path, name)
    for left in (".t-4.part", ".t-4.json.part", "t-4.dump"):
        (tmp_path / left).touch()
    job.sweep(tmp_path)
    job.prune(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t-2.dump", "t-2.json", "t-3.dump", "t-3.json"]


def test_without_any_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert job.main(["newest", str(tmp_path / "missing")]) == 0
    assert job.main(["latest", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_what_is_printed_is_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    backup(tmp_path, "t-1")
    job.main(["newest", str(tmp_path)])
    assert json.loads(capsys.readouterr().out)["name"] == "t-1"


def test_a_failing_program_ends_the_job(tmp_path: Path):
    with pytest.raises(SystemExit, match="false ended with status 1"):
        job.run(["false"], {"PATH": "/usr/bin:/bin"})
    fake = tmp_path / "psql"
    fake.write_text("#!/bin/sh\nexit 2\n")
    fake.chmod(0o755)
    with pytest.raises(SystemExit, match="psql ended with status 2"):
        job.Snapshot([], {"PATH": f"{tmp_path}:/usr/bin:/bin"})
