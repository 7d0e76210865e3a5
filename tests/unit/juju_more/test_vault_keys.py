"""The file that holds a vault's keys: private, whole, and never another vault's."""

import json
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.juju import vault_keys
from providers.juju.errors import SetupError
from providers.juju.vault import Keys

KEYS = Keys(("first", "second"), "root")


def test_keys_come_back_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert vault_keys.find(str(path), "m", "vault") is None
    vault_keys.keep(str(path), "m", "vault", KEYS)
    assert vault_keys.find(str(path), "m", "vault") == KEYS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_the_same_vault_made_anew_replaces_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault_keys.keep(str(path), "m", "vault", KEYS)
    new = Keys(("third",), "other")
    vault_keys.keep(str(path), "m", "vault", new)
    assert vault_keys.find(str(path), "m", "vault") == new
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_another_vaults_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    vault_keys.keep(str(path), "m1", "vault", KEYS)
    assert vault_keys.find(str(path), "m2", "vault") is None
    vault_keys.keep(str(path), "m2", "vault", Keys(("third",), "other"))
    aside = tmp_path / "keys.json.m1.vault"
    assert json.loads(aside.read_text())["keys"] == ["first", "second"]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600


@given(st.lists(st.tuples(st.sampled_from(["m1", "m2"]), st.sampled_from(["vault", "vault2"])), max_size=9))
def test_no_vault_loses_its_keys_to_another(vaults: list[tuple[str, str]]) -> None:
    """Only the same vault's newer keys take the place of older ones, and only in the file itself."""
    with TemporaryDirectory() as folder:
        path, kept = Path(folder) / "keys.json", set[str]()
        before = ("", "")
        for number, (model, application) in enumerate(vaults):
            vault_keys.keep(str(path), model, application, Keys((f"key-{number}",), "root"))
            kept -= {f"key-{number - 1}"} if (model, application) == before else set()
            kept.add(f"key-{number}")
            before = (model, application)
        assert {json.loads(file.read_text())["keys"][0] for file in Path(folder).iterdir()} == kept


@pytest.mark.parametrize("held", ["", "[]", "{", "\x00", "{}", '{"model": "../m", "application": "vault"}'])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, held: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(held)
    for act in (lambda: vault_keys.check(str(path)), lambda: vault_keys.keep(str(path), "m", "vault", KEYS)):
        with pytest.raises(SetupError, match="is not what VaultInit writes"):
            act()
    assert path.read_text() == held


def test_a_folder_that_is_not_there_is_said_before_the_init(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is no folder that this user may write to"):
        vault_keys.check(str(tmp_path / "none" / "keys.json"))
    with pytest.raises(SetupError, match="can't be written: No such file or directory"):
        vault_keys.keep(str(tmp_path / "none" / "keys.json"), "m", "vault", KEYS)
