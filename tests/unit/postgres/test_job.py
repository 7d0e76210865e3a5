"""The backup job's files: which one is newest and whole, which are removed."""

import json
from collections.abc import Callable
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


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put programs, in sh, in the place of PostgreSQL's, and take the waits away."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(job, "PAUSES", (0, 0))

    def write(**bodies: str) -> None:
        for name, body in bodies.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)

    return write


PSQL = """while read -r line; do case "$line" in
*snapshot*) echo 00-1;; *json*) echo '{"public.task": 3}';; esac; done"""
DUMPS_THE_THIRD_TIME = """for last; do case "$last" in --file=*) to=${last#--file=};; esac; done
echo x >> "$0.tries"; test "$(wc -l < "$0.tries")" = 3 && echo dumped > "$to" """


def config(folder: Path) -> dict[str, object]:
    (folder / "kept").mkdir()
    names = ("host", "port", "database", "user", "passfile", "server")
    return {**dict.fromkeys(names, "x"), "directory": str(folder / "kept"), "keep": 2}


def test_what_a_migration_spoils_is_tried_again(
    tmp_path: Path, programs: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    programs(psql=PSQL, pg_dump=DUMPS_THE_THIRD_TIME, pg_restore="exit 0")
    assert job.make(config(tmp_path))["rows"] == {"public.task": 3}
    assert capsys.readouterr().err.splitlines() == ["pg_dump ended with status 1: the next try is in 0 s"] * 2
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".dump", ".json"]


def test_what_fails_each_time_ends_the_job_and_leaves_nothing(tmp_path: Path, programs: Callable[..., None]):
    programs(psql=PSQL, pg_dump="echo x > /dev/null; exit 1", pg_restore="exit 0")
    with pytest.raises(SystemExit, match="pg_dump ended with status 1"):
        job.make(config(tmp_path))
    assert not list((tmp_path / "kept").iterdir())


def test_a_database_that_is_not_reached_is_not_tried_again(
    tmp_path: Path, programs: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    programs(psql="exit 2")
    with pytest.raises(SystemExit, match="psql ended with status 2"):
        job.make(config(tmp_path))
    assert capsys.readouterr().err == ""
