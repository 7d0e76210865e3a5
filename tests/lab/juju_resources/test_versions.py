"""The same resources on controllers of the first and of the last supported version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab.juju.testing import RunningJuju, running_juju
from providers.juju import session
from providers.juju.crud.local_charm import fingerprint
from providers.juju.crud.models import ModelProvider
from providers.juju.errors import JujuError
from tests.lab.juju_resources.conftest import Room, attach
from tests.lab.providers.life import Life


@pytest.fixture(params=["2.9.49", "4.0.12"])
def old_or_new(request: pytest.FixtureRequest) -> Iterator[RunningJuju]:
    with running_juju(version=request.param) as juju:
        attach(juju)
        yield juju
        session.release()


def test_a_life_of_everything(old_or_new: RunningJuju) -> None:
    asked = {"constraints": "mem=2G", "config": {"logging-config": "<root>=DEBUG"}, "annotations": {"a": "b"}}
    model = Life(ModelProvider(), {"name": "room", "cloud": "maas-one", "minutes": 1, **asked}).up()
    room = Room(old_or_new, "room", model.id)
    machine = room.machine(base="22.04", claim="demo/dev/machine").up()
    keystone = room.application(
        "keystone", placement=["lxd:0"], config={"use-syslog": True}, expose=True, constraints="mem=1G"
    ).up()
    router = room.application("router", "mysql-router").up()
    relation = room.integration("keystone:shared-db", "router:shared-db", wait=True).up()
    keystone.update(config={}, placement=["lxd:0", "lxd:0"], expose=False, constraints="mem=2G", channel="yoga/stable")
    assert sorted(room.machines_of("keystone").values()) == ["0/lxd/0", "0/lxd/1"]
    room.hand("remove-unit", "keystone/1")
    keystone.refresh()
    keystone.update()
    assert sorted(room.machines_of("keystone")) == ["keystone/0", "keystone/2"]
    for one in (relation, router, keystone, machine, model):
        one.down()
    assert [one.name for one in old_or_new.service.world.models] == ["controller"]


@pytest.mark.parametrize("version", ["2.9.49", "3.6.14", "4.0.12"])
def test_what_names_no_base_has_the_models_default(version: str, tmp_path: Path) -> None:
    option = {"default-series": "focal"} if version.startswith("2.") else {"default-base": "ubuntu@20.04"}
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump({"bases": [JAMMY, {**JAMMY, "channel": "20.04"}]}))
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump({"name": "tiny", "summary": "s"}))
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "install").write_text("")
    with running_juju(version=version) as juju:
        attach(juju)
        model = Life(ModelProvider(), {"name": "room", "minutes": 1}).up()
        room = Room(juju, "room", model.id)
        assert room.application("ubuntu", units=0).up().state["base"] == "ubuntu@22.04"
        model.update(config=option)
        for one in (
            room.application("other", "ubuntu", units=0),
            room.local("tiny", str(tmp_path), charm_hash=fingerprint(str(tmp_path), {}), units=0),
        ):
            assert one.up().state["base"] == "ubuntu@20.04"
        named = room.application("named", "ubuntu", base="22.04", units=0).up()
        assert named.state["base"] == "ubuntu@22.04"
        with pytest.raises(JujuError, match=r"mysql-innodb-cluster.*ubuntu@20\.04.*ubuntu@22\.04"):
            room.application("mysql-innodb-cluster", units=0).up()
        session.release()


JAMMY = {"name": "ubuntu", "channel": "22.04"}


def test_the_storage_of_units_is_told(old_or_new: RunningJuju) -> None:
    room = Room(old_or_new, "room", Life(ModelProvider(), {"name": "room", "minutes": 1}).up().id)
    life = room.application("prometheus2", storage={"metrics-filesystem": "1,2G"}, units=1).up()
    assert life.state["storage_ids"] == ["metrics-filesystem/0"]


def test_a_local_charm_that_only_names_its_series(old_or_new: RunningJuju, tmp_path: Path) -> None:
    model = Life(ModelProvider(), {"name": "room", "minutes": 1}).up()
    room = Room(old_or_new, "room", model.id)
    (tmp_path / "hooks").mkdir()
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump({"name": "tiny", "summary": "s", "series": ["jammy"]}))
    install = tmp_path / "hooks" / "install"
    install.write_text("#!/bin/sh\n")
    path = str(tmp_path)
    tiny = room.local("app", path, charm_hash=fingerprint(path, {}), units=1).up()
    assert (tiny.state["charm"], tiny.state["base"]) == ("tiny", "ubuntu@22.04")
    install.write_text("#!/bin/sh\nexit 0\n")
    before = tiny.state["charm_url"]
    tiny.update(charm_hash=fingerprint(path, {}))
    assert tiny.state["charm_url"] != before
    four = old_or_new.service.world.meta.version.startswith("4.")
    assert str(tiny.state["charm_url"]).startswith("local:tiny-" if four else "local:jammy/tiny-")
    assert set(room.app("app").units) == {"app/0"}
    for one in (tiny, model):
        one.down()
