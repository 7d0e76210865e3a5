"""The package mirror on the wire, and the commands about servers, as far as they need no server."""

import asyncio
import http.client
import subprocess
from pathlib import Path

import pytest

from lab.cli.commands import main
from lab.hosts import served, ssh
from lab.hosts.cache import CacheError
from lab.hosts.mirror import Mirror


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for path, text in {
        "debian/Packages": "Package: a\n",
        "simple/index.html": "all",
        "simple/django/index.html": "django",
        "secret": "nobody's business",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "debian/way-out").symlink_to(tmp_path / "secret")
    return tmp_path


def fetched(site: Path, *paths: str) -> list[tuple[int, str]]:
    """Serve the site and ask for these paths, just as they are written."""

    def ask(port: int) -> list[tuple[int, str]]:
        answers: list[tuple[int, str]] = []
        for path in paths:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            answers.append((answer.status, answer.read().decode()))
            connection.close()
        return answers

    async def run() -> list[tuple[int, str]]:
        runner = await served.serve("127.0.0.1", 0, Mirror(site / "debian", site / "simple"), site / "git")
        try:
            return await asyncio.to_thread(ask, runner.addresses[0][1])
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_files_and_folders(site: Path) -> None:
    assert fetched(site, "/debian/Packages", "/simple/", "/simple/django/") == [
        (200, "Package: a\n"),
        (200, "all"),
        (200, "django"),
    ]
    (status, _), *_ = fetched(site, "/simple/django")
    assert status == 301


@pytest.mark.parametrize(
    "path", ["/debian/../secret", "/debian/%2e%2e/secret", "/debian//etc/passwd", "/debian/way-out", "/debian/", "/x"]
)
def test_nothing_else_is_served(site: Path, path: str) -> None:
    [(status, text)] = fetched(site, path)
    assert status == 404
    assert "business" not in text


def test_a_published_folder_is_a_repository_with_one_commit(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/x").write_text("one")
    bare = served.publish(tmp_path / "app", "app", tmp_path / "git")
    assert bare == tmp_path / "git/app.git"
    (tmp_path / "app/x").write_text("two")
    assert served.publish(tmp_path / "app", "app.git", tmp_path / "git") == bare
    shown = subprocess.run(["git", "-C", str(bare), "show", "main:x"], capture_output=True, text=True, check=True)
    assert shown.stdout == "two"
    assert not (tmp_path / "app/.git").exists()
    assert "refs/heads/main" in (bare / "info/refs").read_text()


def test_what_is_no_folder_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="nowhere is no directory"):
        served.publish(tmp_path / "nowhere", "x", tmp_path / "git")


def test_ssh_takes_words_as_they_are() -> None:
    argv = ssh.command(Path("/k"), "ubuntu", "172.16.0.20", ["ls", "-l"])
    assert argv[-4:] == ["ubuntu@172.16.0.20", "--", "ls", "-l"]
    assert ssh.command(Path("/k"), "ubuntu", "172.16.0.20")[-1] == "ubuntu@172.16.0.20"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["git", "add", "/nowhere/at/all", "x"], "/nowhere/at/all is no directory that could be published.\n"),
        (["git", "add", ".", "../x"], "A repository's name has letters, digits, '.', '_' and '-', not '../x'.\n"),
        (["ssh", "server2"], "The lab at {home} is down.\n"),
        (["up", "--bare", "--no-hosts", "--listen", "127.0.0.1:1"], "--bare needs main as a server, and so root"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["--home", str(tmp_path), *words]) == 1
    assert capsys.readouterr().err.startswith(said.format(home=tmp_path))
