"""The same resources on controllers of the first and of the last supported version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab.juju.testing import RunningJuju, running_juju
from providers.juju import session
from providers.juju.crud.local_charm import fingerprint
from providers.juju.crud.models import ModelProvider
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
