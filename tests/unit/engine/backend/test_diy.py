"""The backend's folder: layout, atomic saves, backups, history, removal, and what it refuses to touch."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from engine.backend.diy import FileBackend, StackExistsError
from engine.backend.history import UpdateRecord
from engine.backend.layout import StackRef, parse_ref
from engine.backend.statefile import StateFileError
from engine.backend.url import BackendUrl
from engine.errors import EngineError, StackNotFoundError
from engine.model.checkpoint import Checkpoint

REF = StackRef("p", "dev")
LATEST = {"manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}, "metadata": {}}


def backend_in(folder: Path, **env: str) -> FileBackend:
    return FileBackend.open(BackendUrl(f"file://{folder}", folder, "the test"), env)


def files_of(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def state(folder: Path, name: str = "dev.json") -> Path:
    return folder / ".pulumi" / "stacks" / "p" / name


def test_a_new_folder_is_given_its_version(tmp_path: Path) -> None:
    backend_in(tmp_path)
    assert (tmp_path / ".pulumi/meta.yaml").read_text() == "version: 1\n"


def test_stacks_are_made_listed_and_loaded(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF, LATEST)
    backend.create(StackRef("other", "prod"))
    assert backend.list_stacks() == [StackRef("other", "prod"), REF]
    assert backend.load(REF) == Checkpoint("organization/p/dev", LATEST)
    assert state(tmp_path).read_text() == json.dumps(
        {"version": 3, "checkpoint": {"stack": "organization/p/dev", "latest": LATEST}}, separators=(",", ":")
    )
    assert list((tmp_path / ".pulumi/locks").rglob("*.json")) == []
    with pytest.raises(StackExistsError, match="there is a stack organization/p/dev already"):
        backend.create(REF)


def test_neighbours_of_state_files_are_no_stacks(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF)
    for name in ("dev.json.bak", "dev.json.attrs", "dev.pulumi-tags", ".dev.json.x1", "x y.json", "notes.txt"):
        state(tmp_path, name).write_text("{}")
    assert backend.list_stacks() == [REF]


def test_a_save_keeps_the_former_state_and_drops_its_checksum(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF)
    before = state(tmp_path).read_bytes()
    state(tmp_path, "dev.json.attrs").write_text("{}")
    backend.save(REF, Checkpoint(REF.qualified, LATEST))
    assert state(tmp_path, "dev.json.bak").read_bytes() == before
    assert not state(tmp_path, "dev.json.attrs").exists()
    assert backend.load(REF).latest == LATEST


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF, LATEST)
    backend.save(REF, backend.load(REF))
    before = files_of(tmp_path)

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.files.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        backend.save(REF, Checkpoint(REF.qualified, None))
    assert files_of(tmp_path) == before


def test_compressed_state_stays_compressed(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    document = {"version": 3, "checkpoint": {"stack": REF.qualified, "latest": LATEST}}
    path = state(tmp_path, "dev.json.gz")
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    backend.save(REF, backend.load(REF))
    backend.back_up(REF)
    backend.add_history(REF, UpdateRecord("update", 1, 2, "succeeded"))
    assert json.loads(gzip.decompress(path.read_bytes())) == document
    assert not state(tmp_path).exists()
    assert backend.history(REF)[0].kind == "update"
    assert all(name.endswith((".gz", ".gz.bak", "meta.yaml")) for name in files_of(tmp_path))


def test_new_state_is_compressed_where_the_environment_says_so(tmp_path: Path) -> None:
    backend = backend_in(tmp_path, PULUMI_DIY_BACKEND_GZIP="true")
    backend.create(REF, LATEST)
    assert state(tmp_path, "dev.json.gz").read_bytes().startswith(b"\x1f\x8b")
    assert backend.load(REF).latest == LATEST


def test_backups_and_history_have_pulumis_names(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF, LATEST)
    data = state(tmp_path).read_bytes()
    backup = backend.back_up(REF)
    assert backup is not None
    assert backup.parent == tmp_path / ".pulumi/backups/p/dev"
    assert backup.name.startswith("dev.")
    assert backup.read_bytes() == data
    first = UpdateRecord("update", 1, 2, "failed", "why", {"a": "b"}, {"p:k": "v"}, {"create": 3})
    second = UpdateRecord("destroy", 5, 6, "succeeded")
    backend.add_history(REF, first)
    backend.add_history(REF, second)
    assert backend.history(REF) == [second, first]
    copies = sorted((tmp_path / ".pulumi/history/p/dev").glob("dev-*.checkpoint.json"))
    assert [copy.read_bytes() for copy in copies] == [data, data]


def test_backups_can_be_switched_off(tmp_path: Path) -> None:
    backend = backend_in(tmp_path, PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS="1")
    backend.create(REF)
    assert backend.back_up(REF) is None
    assert not (tmp_path / ".pulumi/backups").exists()


def test_a_removed_stack_leaves_its_last_state_as_bak(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    backend.create(REF, LATEST)
    backend.back_up(REF)
    backend.add_history(REF, UpdateRecord("update", 1, 2, "succeeded"))
    data = state(tmp_path).read_bytes()
    backend.remove(REF)
    assert not backend.exists(REF)
    assert state(tmp_path, "dev.json.bak").read_bytes() == data
    assert backend.history(REF) == []
    backend.create(REF)
    backend.remove(REF, backups=True)
    assert set(files_of(tmp_path)) == {".pulumi/meta.yaml"}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "is corrupt: Expecting value in line 1, column 1"),
        (b'{"version": 3, "checkpoint": {"stack"', "is corrupt: Expecting ':' delimiter in line 1"),
        (b'{"a": "\xff"}', "is corrupt: it is no text"),
        (b"\x1f\x8b\x08\x00broken", "its gzip data breaks off or is damaged"),
        (b"\x28\xb5\x2f\xfdzstd", "is compressed with zstd"),
        (b"[]", "cannot be used: the checkpoint is []"),
        (b'{"version": 7, "checkpoint": {}}', "its version is 7, and this engine knows up to 4"),
    ],
)
def test_a_state_file_that_cannot_be_read_is_named_and_left(tmp_path: Path, data: bytes, complaint: str) -> None:
    backend = backend_in(tmp_path)
    state(tmp_path).parent.mkdir(parents=True)
    state(tmp_path).write_bytes(data)
    before = files_of(tmp_path)
    with pytest.raises(StateFileError) as caught:
        backend.load(REF)
    assert str(state(tmp_path)) in str(caught.value)
    assert complaint in str(caught.value)
    assert files_of(tmp_path) == before


def test_a_stack_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StackNotFoundError, match="there is no stack organization/p/dev in file://"):
        backend_in(tmp_path).load(REF)


def test_a_zstd_state_is_not_overwritten(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    path = state(tmp_path, "dev.json.zst")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x28\xb5\x2f\xfd")
    with pytest.raises(StateFileError, match="zstd"):
        backend.save(REF, Checkpoint(REF.qualified))
    assert path.read_bytes() == b"\x28\xb5\x2f\xfd"


def test_old_and_new_layouts_are_refused(tmp_path: Path) -> None:
    stacks = tmp_path / ".pulumi/stacks"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    before = files_of(tmp_path)
    with pytest.raises(EngineError, match=r"layout without projects.*`pulumi state upgrade`"):
        backend_in(tmp_path)
    assert files_of(tmp_path) == before
    meta = tmp_path / ".pulumi/meta.yaml"
    for text, complaint in (("version: 0", "without projects"), ("version: 2", "version 2"), ("hello", "is corrupt")):
        meta.write_text(text)
        with pytest.raises(EngineError, match=complaint):
            backend_in(tmp_path)
        assert meta.read_text() == text


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"from the test.*which does not exist"):
        backend_in(tmp_path / "nowhere")


def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    backend = backend_in(tmp_path)
    folder = tmp_path / ".pulumi/history/p/dev"
    folder.mkdir(parents=True)
    (folder / "dev-1.history.json").write_text("{")
    with pytest.raises(EngineError, match=r"dev-1\.history\.json is corrupt"):
        backend.history(REF)


@pytest.mark.parametrize(
    ("text", "ref"),
    [("dev", REF), ("organization/dev", REF), ("organization/q/x.y-z_1", StackRef("q", "x.y-z_1"))],
)
def test_stack_names(text: str, ref: StackRef) -> None:
    assert parse_ref(text, "p") == ref


@pytest.mark.parametrize("text", ["", "a b", "acme/p/dev", "organization/p/dev/x", "organization//dev", "x" * 101, "ä"])
def test_malformed_stack_names(text: str) -> None:
    with pytest.raises(EngineError):
        parse_ref(text, "p")


def test_a_stack_needs_a_project() -> None:
    with pytest.raises(EngineError, match="stack 'dev' has no project"):
        parse_ref("dev", "")
