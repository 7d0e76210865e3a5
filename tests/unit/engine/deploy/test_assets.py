"""Hashes of assets and archives: those that an official engine writes, and a changed file is a changed hash."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deploy import assets
from engine.deploy.errors import DeploymentError
from engine.model.values import Archive, Asset, Secret

HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
OFFICIAL = Path(__file__).parents[3] / "conformance" / "command" / "program"
"""A program of which the official engine has written the state, hashes included."""


def hash_of(value: Asset | Archive, root: Path) -> str:
    found = assets.hashed({"it": value}, str(root))["it"]
    assert isinstance(found, Asset | Archive)
    return found.hash


def test_an_asset_is_hashed_as_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "hello").write_text("hello\n")
    assert hash_of(Asset(text="hello\n"), tmp_path) == HELLO
    assert hash_of(Asset(path="hello"), tmp_path) == HELLO


def test_files_and_folders_have_the_official_hashes() -> None:
    golden = (OFFICIAL / "golden.json").read_text()
    names = ("site/index.html", "site/more.html")
    members = tuple((name, Asset(path=f"files/{name}")) for name in names)
    for _, member in members:
        assert f'"{hash_of(member, OFFICIAL)}"' in golden
    assert f'"{hash_of(Archive(assets=members), OFFICIAL)}"' in golden


def test_a_folder_is_hashed_as_its_members(tmp_path: Path) -> None:
    (tmp_path / "site" / "deep").mkdir(parents=True)
    (tmp_path / "site" / "a").write_text("1")
    (tmp_path / "site" / "deep" / "b").write_text("2")
    members = Archive(assets=(("deep/b", Asset(text="2")), ("a", Asset(path="site/a"))))
    before = hash_of(Archive(path="site"), tmp_path)
    assert before == hash_of(members, tmp_path)
    (tmp_path / "site" / "deep" / "b").write_text("3")
    assert hash_of(Archive(path="site"), tmp_path) != before


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text(max_size=40), min_size=1, max_size=5))
def test_any_other_content_is_another_hash(texts: dict[str, str]) -> None:
    archive = Archive(assets=tuple((name, Asset(text=text)) for name, text in texts.items()))
    turned = Archive(assets=tuple((name, Asset(text=text)) for name, text in reversed(texts.items())))
    name = next(iter(texts))
    other = Archive(assets=tuple((one, Asset(text=f"{text}!" if one == name else text)) for one, text in texts.items()))
    here = Path()
    assert hash_of(archive, here) == hash_of(turned, here) != hash_of(other, here)


def test_what_is_known_or_elsewhere_is_left_alone() -> None:
    given_ = {"known": Asset(hash="abc", path="gone"), "far": Asset(uri="https://example.org/x"), "plain": "text"}
    assert not assets.unhashed(given_)
    assert assets.hashed(given_, ".") == given_


def test_secrets_and_lists_are_looked_into(tmp_path: Path) -> None:
    found = assets.hashed({"deep": [Secret({"it": Asset(text="hello\n")})]}, str(tmp_path))
    assert found == {"deep": [Secret({"it": Asset(hash=HELLO, text="hello\n")})]}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"the asset .*gone can't be read: No such file"):
        hash_of(Asset(path="gone"), tmp_path)
    with pytest.raises(DeploymentError, match=r"the archive .*gone can't be listed"):
        hash_of(Archive(path="gone"), tmp_path)
