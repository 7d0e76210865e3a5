"""Locks keep others out, say who they are, and do not outlive their process on this host."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.backend.lockfile import Lock, LockedError, process_start, read_holder
from engine.model.timestamps import format_time


def write_lock(folder: Path, pid: int, host: str = "", since: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "0b6a.json"
    moment = since or format_time(datetime.now(UTC))
    holder = {"pid": pid, "username": "ann", "hostname": host or socket.gethostname(), "timestamp": moment}
    path.write_text(json.dumps(holder))
    return path


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def lock_in(folder: Path, warnings: list[str] | None = None) -> Lock:
    return Lock(folder, "organization/p/dev", (warnings if warnings is not None else []).append)


def test_a_lock_says_who_made_it_and_goes_away(tmp_path: Path) -> None:
    lock = lock_in(tmp_path / "locks")
    lock.acquire()
    holder = read_holder(lock.path)
    assert holder is not None
    assert holder.pid == os.getpid()
    assert holder.alive
    assert list(json.loads(lock.path.read_text())) == ["pid", "username", "hostname", "timestamp"]
    lock.release()
    assert list((tmp_path / "locks").iterdir()) == []
    lock.release()


def test_a_living_holder_keeps_others_out(tmp_path: Path) -> None:
    first = lock_in(tmp_path)
    first.acquire()
    second = lock_in(tmp_path)
    with pytest.raises(LockedError) as caught:
        second.acquire()
    host = socket.gethostname()
    assert f"@{host} (pid {os.getpid()}, still running) since 20" in str(caught.value)
    assert "`pulumi cancel`" in str(caught.value)
    assert list(tmp_path.iterdir()) == [first.path]


def test_a_dead_process_of_this_host_is_taken_over_with_a_warning(tmp_path: Path) -> None:
    left = write_lock(tmp_path, dead_pid())
    warnings: list[str] = []
    lock = lock_in(tmp_path, warnings)
    lock.acquire()
    assert not left.exists()
    assert len(warnings) == 1
    assert "no longer running" in warnings[0]


def test_a_process_number_that_was_given_away_is_no_holder(tmp_path: Path) -> None:
    write_lock(tmp_path, os.getpid(), since="2001-01-01T00:00:00Z")
    lock_in(tmp_path).acquire()


def test_a_holder_on_another_host_is_believed(tmp_path: Path) -> None:
    path = write_lock(tmp_path, dead_pid(), host="elsewhere")
    with pytest.raises(LockedError, match=r"ann@elsewhere \(pid [0-9]+\) since"):
        lock_in(tmp_path).acquire()
    assert path.exists()


def test_two_that_begin_at_once_both_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rival = lock_in(tmp_path)
    written: list[Path] = []
    from engine.files import atomic_write

    def write_after_rival(path: Path, data: bytes) -> None:
        if not written:
            written.append(path)
            atomic_write(rival.path, data)
        atomic_write(path, data)

    monkeypatch.setattr("engine.backend.lockfile.atomic_write", write_after_rival)
    lock = lock_in(tmp_path)
    with pytest.raises(LockedError):
        lock.acquire()
    assert not lock.path.exists()
    assert rival.path.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"pid": "x"}', '{"pid": 1, "timestamp": "soon"}'])
def test_a_lock_that_cannot_be_read_is_no_free_pass(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(LockedError, match="cannot be read"):
        lock_in(tmp_path).acquire()
    assert path.read_text() == text


def test_when_a_process_began() -> None:
    assert process_start(dead_pid()) is None
    mine = process_start(os.getpid())
    assert mine is not None
    assert 0 <= datetime.now(UTC).timestamp() - mine < 7 * 86400
