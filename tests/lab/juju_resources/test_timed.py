"""At a pace where things take their time: what is not there yet is waited for, and told meanwhile."""

import pytest

from lab.juju.testing import running_juju
from providers.juju import session
from providers.juju.crud.models import ModelProvider
from tests.lab.juju_resources.conftest import Room, attach
from tests.lab.providers.life import Life


@pytest.mark.slow
def test_waits_follow_what_units_say(capfd: pytest.CaptureFixture[str]) -> None:
    with running_juju(pace="timed", factor=0.005) as juju:
        attach(juju)
        model = Life(ModelProvider(), {"name": "room", "minutes": 1}).up()
        room = Room(juju, "room", model.id)
        machine = room.machine().up()
        assert machine.state["status"] == "started"
        life = room.application("ubuntu", placement=["0", "lxd:0"], wait_for=True).up()
        assert life.state["status"] == "active"
        told = capfd.readouterr().err
        assert "machine 0: " in told
        assert "ubuntu: 0/2 ready; ubuntu/0 maintenance: installing charm software" in told
        keystone = room.application("keystone", placement=["lxd:0"], wait_for={"workload": ["blocked"]}).up()
        router = room.application("router", "mysql-router").up()
        relation = room.integration("keystone:shared-db", "router:shared-db", wait=True).up()
        life.update(placement=["0"])
        assert list(room.app("ubuntu").units) == ["ubuntu/0"]
        for one in (relation, router, keystone, life, machine, model):
            one.down()
        assert [one.name for one in juju.service.world.models] == ["controller"]
        session.release()
