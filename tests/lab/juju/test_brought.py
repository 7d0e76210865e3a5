"""Charms that a teacher or a test brings: data files of a folder, beside or in place of the lab's own."""

from pathlib import Path

import pytest

from lab.cli import commands
from lab.juju.errors import JujuError
from lab.juju.hub.catalogue import CatalogueError, bring, brought, catalogue, resolve
from lab.juju.testing import running_juju
from tests.lab.juju.client import deploy, logged_in, new_model, status

TINY = """
name: tiny-web
summary: One page
provides: {website: http}
options: {string: {title: Hello}}
releases:
  latest/stable: [7, ['22.04']]
  latest/edge: [9, ['24.04']]
default-channel: latest/stable
behaviour: {active: ready}
"""


def _written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    return folder


def test_a_charm_is_there_as_long_as_its_folder_is_brought(tmp_path: Path) -> None:
    with brought(_written(tmp_path, "tiny", TINY)):
        assert (resolve("tiny-web", "edge").revision, resolve("tiny-web").revision) == (9, 7)
        assert "vault" in catalogue()
    with pytest.raises(JujuError, match="No charm or bundle with name 'tiny-web'"):
        resolve("tiny-web")


def test_a_charm_takes_the_place_of_the_one_of_its_name(tmp_path: Path) -> None:
    own = resolve("vault").revision
    with brought(_written(tmp_path, "vault", TINY.replace("tiny-web", "vault"))):
        assert resolve("vault").revision == 7
    assert resolve("vault").revision == own


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: tiny-web\nsummary: no releases\n", "it names no releases"),
        (TINY.replace("default-channel", "defaults"), "'default-channel' is missing"),
        (TINY.replace("default-channel: latest/stable", "default-channel: 2/stable"), "'2/stable' is missing"),
        (TINY.replace("name: tiny-web", "title: x"), "charm metadata without name"),
        (TINY.replace("[7, ['22.04']]", "7"), "cannot unpack"),
        ("{", "expected the node content"),
    ],
)
def test_a_file_that_is_none_is_named_and_nothing_is_added(tmp_path: Path, text: str, why: str) -> None:
    folder = _written(_written(tmp_path, "a-good-one", TINY), "wrong", text)
    with pytest.raises(CatalogueError, match=why) as refused:
        bring(folder)
    assert "wrong.yaml is no charm's data file" in str(refused.value)
    assert "tiny-web" not in catalogue()


def test_no_folder_brings_nothing(tmp_path: Path) -> None:
    assert bring(tmp_path / "missing") == ()


def test_a_controller_deploys_it(tmp_path: Path) -> None:
    with running_juju(charms=_written(tmp_path, "tiny", TINY)) as juju, logged_in(juju, new_model(juju)) as wire:
        deploy(wire, "tiny-web")
        app = status(wire)["applications"]["tiny-web"]
        assert (app["charm"], app["status"]["info"]) == ("ch:amd64/jammy/tiny-web-7", "ready")


def test_lab_up_refuses_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _written(tmp_path / "charms", "wrong", "name: tiny-web")
    assert commands.main(["--home", str(tmp_path), "up", "--loopback"]) == 1
    assert "wrong.yaml is no charm's data file: it names no releases" in capsys.readouterr().err
    assert not (tmp_path / "maas.log").exists()
