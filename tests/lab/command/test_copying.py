"""CopyToRemote and CopyFile against an SSH server with SFTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from plugins.command.actions import Run
from plugins.command.errors import CommandError
from plugins.command.masking import Mask
from plugins.command.shapes import COPY_FILE, COPY_TO_REMOTE, Resource
from plugins.command.values import Archive, Asset, Properties, Value
from tests.lab.command.server import Host, Teller, serving


def copy(resource: Resource, host: Host | None = None, **inputs: Value) -> None:
    host = host or Host()

    async def act() -> None:
        async with serving(host):
            assert await Run(resource, Teller(), Mask(())).create({**host.connection(), **inputs}) == {}

    asyncio.run(act())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "from" / "site"
    (folder / "css").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "index.html").write_text("<p>")
    (folder / "css" / "a.css").write_bytes(b"\0\xff" * 100_000)
    return folder


def listed(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


WHOLE = ["css", "css/a.css", "empty", "index.html"]


def test_a_text_becomes_a_file_and_its_parents_are_made(tmp_path: Path):
    target = tmp_path / "to" / "deep" / "motd"
    copy(COPY_TO_REMOTE, source=Asset("aa", "höi\n"), remotePath=str(target))
    assert target.read_text() == "höi\n"
    copy(COPY_TO_REMOTE, source=Asset("bb", ""), remotePath=str(target))
    assert target.read_text() == ""


def test_a_file_goes_to_the_path_or_into_the_folder(source: Path, tmp_path: Path):
    (tmp_path / "there").mkdir()
    asset = Asset("aa", path=str(source / "css" / "a.css"))
    copy(COPY_TO_REMOTE, source=asset, remotePath=str(tmp_path / "new" / "b.css"))
    copy(COPY_TO_REMOTE, source=asset, remotePath=str(tmp_path / "there"))
    want = (source / "css" / "a.css").read_bytes()
    assert (tmp_path / "new" / "b.css").read_bytes() == want
    assert (tmp_path / "there" / "a.css").read_bytes() == want


def test_a_folder_is_copied_as_itself_or_with_a_slash_as_what_is_in_it(source: Path, tmp_path: Path):
    copy(COPY_TO_REMOTE, source=Archive("aa", path=str(source)), remotePath=str(tmp_path / "one"))
    copy(COPY_TO_REMOTE, source=Archive("aa", path=f"{source}/"), remotePath=str(tmp_path / "two"))
    assert listed(tmp_path / "one" / "site") == WHOLE
    assert listed(tmp_path / "two") == WHOLE
    # once more, over what is there
    copy(COPY_TO_REMOTE, source=Archive("aa", path=f"{source}/"), remotePath=str(tmp_path / "two"))
    assert listed(tmp_path / "two") == WHOLE


def test_an_archive_of_assets_becomes_its_members(source: Path, tmp_path: Path):
    members = (("a/b.txt", Asset("aa", "hi")), ("site", Archive("bb", path=str(source))))
    copy(COPY_TO_REMOTE, source=Archive("cc", members), remotePath=str(tmp_path / "to"))
    assert listed(tmp_path / "to") == [
        *("a", "a/b.txt", "site", "site/css", "site/css/a.css", "site/index.html"),
    ]


def test_an_archive_file_is_copied_as_it_is(tmp_path: Path):
    (tmp_path / "x.tgz").write_bytes(b"not even an archive")
    copy(COPY_TO_REMOTE, source=Archive("aa", path=str(tmp_path / "x.tgz")), remotePath=str(tmp_path / "y.tgz"))
    assert (tmp_path / "y.tgz").read_bytes() == b"not even an archive"


def test_copy_file_copies_a_file(source: Path, tmp_path: Path):
    copy(COPY_FILE, localPath=str(source / "index.html"), remotePath=str(tmp_path / "i.html"))
    assert (tmp_path / "i.html").read_text() == "<p>"


@pytest.mark.parametrize("resource", [COPY_TO_REMOTE, COPY_FILE], ids=lambda item: item.token)
def test_a_source_that_is_not_there_is_named_before_anybody_is_dialled(resource: Resource, tmp_path: Path):
    host, missing = Host(drops=1), str(tmp_path / "missing")
    with pytest.raises(CommandError, match=r"ubuntu@127\.0\.0\.1:\d+: the source .*missing is not there"):
        copy(resource, host, source=Asset("aa", path=missing), localPath=missing, remotePath="/x")
    assert host.drops == 1


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        pytest.param("/proc/no/such", "copying to /proc/no/such failed", id="refused by the server"),
        pytest.param("{there}", "is a folder there; a text needs", id="a text onto a folder"),
    ],
)
def test_what_the_server_refuses_is_told(remote: str, said: str, tmp_path: Path):
    with pytest.raises(CommandError, match=said):
        copy(COPY_TO_REMOTE, source=Asset("aa", "x"), remotePath=remote.format(there=tmp_path))


def test_a_folder_does_not_replace_a_file(source: Path, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="is a file there"):
        copy(COPY_TO_REMOTE, source=Archive("aa", path=str(source)), remotePath=str(tmp_path / "file"))


def test_updates_copy_only_what_changed(tmp_path: Path):
    host = Host()
    target = tmp_path / "motd"

    async def act() -> None:
        async with serving(host):
            run = Run(COPY_TO_REMOTE, Teller(), Mask(()))
            old: Properties = {**host.connection(), "source": Asset("aa", "x"), "remotePath": str(target)}
            assert await run.update({**old, "triggers": [1.0]}, old) == {}
            assert not target.exists()
            await run.update({**old, "source": Asset("bb", "y")}, old)
            assert target.read_text() == "y"
            await run.delete(old)
            assert target.exists()

    asyncio.run(act())
