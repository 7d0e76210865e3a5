"""Which backend: the order of those who may say, what file:// URLs mean, logins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.backend.url import current_login, find_backend_url, log_in, log_out, resolve_url
from engine.errors import EngineError
from engine.workspace.project import Project

ENV = {"HOME": "/home/ann"}


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("file://~", "/home/ann"),
        ("file://~/state", "/home/ann/state"),
        ("file://.", "/work/dir"),
        ("file://./state", "/work/dir/state"),
        ("file://../state", "/work/state"),
        ("file:///srv/./x/../state", "/srv/state"),
        ("file:///srv/state?no_tmp_dir=true", "/srv/state"),
    ],
)
def test_file_urls(text: str, folder: str) -> None:
    assert resolve_url(text, Path("/work/dir"), ENV) == Path(folder)


@pytest.mark.parametrize(
    "text", ["s3://bucket", "azblob://x", "gs://x", "https://api.pulumi.com", "postgres://x", "/srv"]
)
def test_other_urls_are_for_the_official_engine(text: str) -> None:
    with pytest.raises(EngineError, match="this engine has file:// only, use the official pulumi") as caught:
        resolve_url(text, Path("/"), ENV)
    assert repr(text) in str(caught.value)


def test_environment_then_project_then_login(tmp_path: Path) -> None:
    project = Project("p", tmp_path / "Pulumi.yaml", "python", backend_url="file:///project")
    plain = Project("p", tmp_path / "Pulumi.yaml", "python")
    with pytest.raises(EngineError, match="no backend is set"):
        find_backend_url(ENV, plain, tmp_path, tmp_path)
    log_in(tmp_path, ENV, "file:///login")
    assert find_backend_url(ENV, None, tmp_path, tmp_path).root == Path("/login")
    assert find_backend_url(ENV, plain, tmp_path, tmp_path).root == Path("/login")
    assert find_backend_url(ENV, project, tmp_path, tmp_path).root == Path("/project")
    env = {**ENV, "PULUMI_BACKEND_URL": "file:///env"}
    found = find_backend_url(env, project, tmp_path, tmp_path)
    assert (found.root, found.source) == (Path("/env"), "PULUMI_BACKEND_URL")


def test_logins_are_kept_beside_others(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    cloud = {
        "accessTokens": {"https://c": "t"},
        "accounts": {"https://c": {"accessToken": "t"}},
        "current": "https://c",
    }
    file.write_text(json.dumps(cloud))
    log_in(tmp_path, ENV, "file://~")
    assert current_login(tmp_path, ENV) == "file://~"
    assert json.loads(file.read_text())["accessTokens"] == {"https://c": "t", "file://~": ""}
    assert log_out(tmp_path, ENV, "file://~")
    assert current_login(tmp_path, ENV) == ""
    assert json.loads(file.read_text())["accounts"] == cloud["accounts"]
    assert not log_out(tmp_path, ENV, "file://~")
    assert log_out(tmp_path, ENV, "https://c")
    assert not file.exists()


def test_a_corrupt_login_file_is_named_and_left(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    for text in ("{", "[]"):
        file.write_text(text)
        with pytest.raises(EngineError, match=r"credentials\.json"):
            log_in(tmp_path, ENV, "file://~")
        assert file.read_text() == text
