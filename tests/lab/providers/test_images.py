"""Selections and image import against the lab."""

import pytest

from lab.maas.testing import RunningMaas
from providers.common.raw import mappings
from providers.maas import session
from providers.maas.crud.images import BootImagesProvider, BootSelectionProvider
from providers.maas.errors import Refused, WaitFailed
from tests.lab.providers.life import Life


def no_pause(_seconds: float) -> None:
    """Stand in for the pause between two looks."""


def test_maas_own_selection_is_adopted_and_left(maas: RunningMaas) -> None:
    life = Life(BootSelectionProvider(), {"release": "jammy"}).up()
    assert life.state["adopted"] is True
    life.down()
    assert life.refresh()["release"] == "jammy"


def test_a_selection_of_our_own(maas: RunningMaas) -> None:
    life = Life(BootSelectionProvider(), {"release": "focal", "arches": ["amd64"]}).up()
    assert life.state["adopted"] is False
    assert life.changes(release="noble") == ["replace", "release"]
    life.update(arches=["amd64", "arm64"])
    life.down()
    assert life.refresh() == {}


def test_a_release_that_is_not_offered(maas: RunningMaas) -> None:
    with pytest.raises(Refused, match=r"create the selection of ubuntu/warty: .*has no available images"):
        Life(BootSelectionProvider(), {"release": "warty"}).up()


def test_images_are_waited_for_and_their_versions_kept(maas: RunningMaas) -> None:
    Life(BootSelectionProvider(), {"release": "focal"}).up()
    life = Life(BootImagesProvider(), {"releases": ["jammy", "focal"]}).up()
    images = mappings(life.state, "images")
    assert [image["name"] for image in images] == ["ubuntu/focal", "ubuntu/jammy"]
    assert all(image["version"] and image["architecture"] == "amd64" for image in images)
    calls = len(maas.calls)
    life.update()
    assert not any(call.op == "import" for call in maas.calls[calls:])


def test_images_take_their_time_and_show_it(maas: RunningMaas, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("providers.maas.crud.images.say", said.append)
    maas.pace("manual")

    def pause(_seconds: float) -> None:
        maas.advance(60)

    session.current().pause = pause
    Life(BootSelectionProvider(), {"release": "focal"}).up()
    Life(BootImagesProvider(), {"releases": ["focal"]}).up()
    assert any("ubuntu/focal" in line and "%" in line for line in said)


def test_an_import_that_fails_is_told(maas: RunningMaas) -> None:
    session.current().pause = no_pause
    with pytest.raises(WaitFailed, match="boot images are missing: ubuntu/focal for amd64"):
        Life(BootImagesProvider(), {"releases": ["focal"]}).up()
