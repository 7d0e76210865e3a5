"""The same resources on controllers of the first and of the last supported version."""

from collections.abc import Iterator

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.juju import session
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
