"""MAAS installed, adopted, repaired and removed on a main of the lab, over SSH."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.rackhosts.testing import RunningRack, running_rack
from providers.common.raw import text, texts
from providers.hosts import session
from providers.hosts.crud.maas_region import MaasRegionProvider
from providers.hosts.errors import StepFailedError
from providers.maas import session as maas_session
from providers.maas.endpoint import Endpoint
from tests.support.guests import skip_without_root

PASSWORD = "sesame-for-the-admin"
LEFT = "snap list; ls -A /var/lib/metal-to-cloud 2>/dev/null || :"


@pytest.fixture
def bare() -> Iterator[RunningRack]:
    skip_without_root()
    with running_rack(bare=True) as rack:
        yield rack
        session.release()


@pytest.fixture
def ready() -> Iterator[RunningRack]:
    skip_without_root()
    with running_rack(main=True) as rack:
        yield rack
        session.release()


class Held:
    """The resource as a stack holds it."""

    def __init__(self, rack: RunningRack, key_file: Path, **given: object) -> None:
        self.rack = rack
        self.key_file = key_file
        self._given = given
        made = MaasRegionProvider().create(self.inputs())
        self.id, self.state = made.id, dict(made.outs or {})

    def inputs(self, **given: object) -> dict[str, object]:
        main = self.rack.hosts.net.main
        raw: dict[str, object] = {
            "connection": {"name": "main", "host": main, "user": "cloud", "private_key_file": str(self.rack.key)},
            "machine": "main",
            "url": f"http://{main}:5240/MAAS",
            "admin_username": "cloud",
            "admin_password": PASSWORD,
            "admin_email": "cloud@example.org",
            "key_file": str(self.key_file),
            **self._given,
            **given,
        }
        checked = MaasRegionProvider().check({}, raw)
        assert not checked.failures
        return dict(checked.inputs)

    @property
    def key(self) -> str:
        return text(self.state, "api_key")

    def refresh(self) -> tuple[str, ...]:
        self.state = dict(MaasRegionProvider().read(self.id, self.state).outs or {})
        return texts(self.state, "drift")

    def update(self, **given: object) -> None:
        news = self.inputs(**given)
        assert MaasRegionProvider().diff(self.id, self.state, news).changes
        self.state = dict(MaasRegionProvider().update(self.id, self.state, news).outs or {})

    def delete(self) -> None:
        MaasRegionProvider().delete(self.id, self.state)


def whoami(held: Held) -> str:
    """Ask MAAS whose key this is."""
    try:
        return maas_session.adopt(Endpoint(text(held.state, "api_url"), held.key)).me
    finally:
        maas_session.release()


def test_maas_is_installed_and_removed_again(bare: RunningRack, tmp_path: Path) -> None:
    held = Held(bare, tmp_path / "key")
    assert (held.id, held.state["adopted"], text(held.state, "version")[:4]) == ("main/maas", False, "3.5.")
    assert whoami(held) == "cloud"
    assert held.key_file.read_text() == f"{held.key}\n"
    assert held.key_file.stat().st_mode & 0o777 == 0o600
    assert held.refresh() == ()
    again = Held(bare, tmp_path / "key")  # as after a create whose answer was lost
    assert (again.state["adopted"], again.key) == (False, held.key)
    held.delete()
    left = bare.main(LEFT)
    assert "maas" not in left
    assert not held.key_file.exists()


def test_what_is_missing_is_named_and_repaired(bare: RunningRack, tmp_path: Path) -> None:
    held = Held(bare, tmp_path / "key")
    first = held.key
    held.key_file.unlink()
    assert held.refresh() == (f"The API key is in {held.key_file}",)
    held.update()
    assert (held.key, held.refresh()) == (first, ())
    bare.main(f"sudo maas apikey --username cloud --delete {first}")
    assert held.refresh() == ("MAAS accepts the API key of cloud",)
    held.update()
    assert held.key != first
    assert held.key_file.read_text().strip() == held.key
    assert (held.refresh(), whoami(held)) == ((), "cloud")
    bare.main("sudo snap remove --purge maas")
    assert held.refresh()[0] == "The snap maas is installed"
    held.update()
    assert (held.refresh(), whoami(held)) == ((), "cloud")
    held.update(key_file=str(tmp_path / "other"))
    assert (tmp_path / "other").exists()
    assert not held.key_file.exists()


def test_a_maas_that_is_there_is_adopted_and_stays(ready: RunningRack, tmp_path: Path) -> None:
    held = Held(ready, tmp_path / "key")
    assert held.state["adopted"]
    assert (held.key, whoami(held), held.refresh()) == (ready.maas.api_key, "cloud", ())
    held.update(keep=True)
    assert held.state["adopted"]
    held.delete()
    assert "maas-test-db" in ready.main(LEFT)


def test_keep_leaves_what_was_installed(bare: RunningRack, tmp_path: Path) -> None:
    Held(bare, tmp_path / "key", keep=True).delete()
    assert "maas-test-db" in bare.main(LEFT)


def test_a_channel_that_is_not_there_is_told_in_snaps_words(bare: RunningRack, tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match=r'snap "maas" is not available on 2\.0/stable') as caught:
        Held(bare, tmp_path / "key", channel="2.0/stable")
    assert (caught.value.server, caught.value.step) == ("main", "The snap maas is installed")
    held = Held(bare, tmp_path / "key")
    assert not held.state["adopted"]


def test_a_lost_main_counts_as_deleted(bare: RunningRack, tmp_path: Path) -> None:
    held = Held(bare, tmp_path / "key")
    bare.fleet.stop("main")
    bare.fleet.settle()
    assert held.refresh() == ()
    held.delete()
