"""A folder as a source: what counts, what its hash says, what is wrong with it."""

import os
import tarfile
from pathlib import Path

import pytest

from providers.hosts.crud.release_source import SourceError, content_hash, examine, ignored, items, write_archive


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "tasks").mkdir(parents=True)
    (root / "manage.py").write_text("print()\n")
    (root / "requirements.txt").write_text("Django\n")
    (root / "tasks" / "models.py").write_text("x = 1\n")
    return root


def paths(root: Path) -> list[str]:
    return [item.path for item in items(root)]


def test_what_is_made_from_the_rest_does_not_count(project: Path):
    before = examine(project, "requirements.txt")
    for path in ("tasks/__pycache__/models.pyc", ".git/HEAD", "db.sqlite3", "collected/a.css", ".env", "a.pyc"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text("noise")
    assert paths(project) == ["manage.py", "requirements.txt", "tasks/models.py"]
    assert examine(project, "requirements.txt") == before


def test_gitignore_counts(project: Path):
    (project / ".gitignore").write_text("# local\n*.log\n/tasks/secret.py\nbuild/\n\n!x\n")
    for path in ("a.log", "tasks/b.log", "tasks/secret.py", "build/c.py"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text("")
    (project / "tasks" / "build").write_text("a file is no folder")
    assert paths(project) == [".gitignore", "manage.py", "requirements.txt", "tasks/build", "tasks/models.py"]


@pytest.mark.parametrize(
    ("path", "folder", "out"),
    [
        ("a/b.log", False, True),
        ("log", True, False),
        ("docs", True, True),
        ("docs", False, False),
        ("x/y", False, True),
    ],
)
def test_rules(path: str, folder: bool, out: bool):
    assert ignored(path, ("*.log", "docs/", "/x/y"), folder=folder) is out


@pytest.mark.parametrize("change", ["text", "name", "mode", "link", "more"])
def test_every_change_that_matters_changes_the_hash(project: Path, change: str):
    before = examine(project, "requirements.txt")
    path = project / "tasks" / "models.py"
    if change == "text":
        path.write_text("x = 2\n")
    elif change == "name":
        path.rename(path.with_name("model.py"))
    elif change == "mode":
        path.chmod(0o755)
    elif change == "link":
        path.unlink()
        path.symlink_to("x = 1\n")
    else:
        (project / "empty.py").write_text("")
    assert examine(project, "requirements.txt") != before


def test_times_and_the_place_mean_nothing(project: Path, tmp_path: Path):
    before = examine(project, "requirements.txt")
    os.utime(project / "manage.py", (1, 1))
    project.rename(tmp_path / "elsewhere")
    assert examine(tmp_path / "elsewhere", "requirements.txt") == before


def test_the_archive_is_the_files_for_its_owner_alone(project: Path, tmp_path: Path):
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "latest").symlink_to("run.sh")
    for name in ("one.tar.gz", "two.tar.gz"):
        write_archive(items(project), tmp_path / name)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    assert (tmp_path / "one.tar.gz").stat().st_mode & 0o777 == 0o600
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert content_hash(items(tmp_path / "out")) == content_hash(items(project))


def test_what_is_no_django_project_says_what_it_lacks(project: Path, tmp_path: Path):
    with pytest.raises(SourceError, match=r"which holds no base\.txt: it says what to install"):
        examine(project, "base.txt")
    (project / "manage.py").unlink()
    with pytest.raises(SourceError, match=r"which holds no manage\.py: a Django project has one"):
        examine(project, "requirements.txt")
    with pytest.raises(SourceError, match="which is no folder"):
        examine(tmp_path / "gone", "requirements.txt")
