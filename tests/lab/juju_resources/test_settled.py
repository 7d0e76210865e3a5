"""A wait for many applications: what it waits for, and what a refresh says of it."""

from dataclasses import replace

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.juju import session
from providers.juju.crud.models import ModelProvider
from providers.juju.crud.settled import SettledProvider
from providers.juju.errors import WaitFailed
from tests.lab.juju_resources.conftest import Room, own_room
from tests.lab.providers.life import Life


def _settled(room: Room, **applications: object) -> Life:
    return Life(SettledProvider(), {"model": room.uuid, "applications": applications, "minutes": 1})


def test_without_its_model_it_is_gone(controller: RunningJuju) -> None:
    model = Life(ModelProvider(), {"name": "passing", "minutes": 1}).up()
    room = Room(controller, "passing", model.id)
    application = room.application("vault").up()
    life = _settled(room, vault={"workload": ["blocked"]}).up()
    application.down()
    model.down()
    room.forget()
    assert life.refresh() == {}


def test_an_application_that_is_gone_ends_the_wait(room: Room) -> None:
    room.application("vault").up()
    with pytest.raises(WaitFailed, match="ubuntu was removed while it was waited for"):
        _settled(room, vault={"workload": ["blocked"]}, ubuntu=True).up()


def test_an_agent_at_work_is_no_drift(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.application("ubuntu").up()
    life = _settled(room, ubuntu=True).up()
    status = room.status()
    unit = status.applications["ubuntu"].units["ubuntu/0"]
    busy = replace(unit, agent=replace(unit.agent, status="executing", message="running update-status hook"))
    ubuntu = replace(status.applications["ubuntu"], units={unit.name: busy})
    link = session.current().model(room.uuid)
    monkeypatch.setattr(link, "status", lambda: replace(status, applications={"ubuntu": ubuntu}))
    assert life.refresh()["settled"] is True
    assert life.changes() == []


def test_a_related_subordinate_that_has_no_unit_yet_is_waited_for() -> None:
    with running_juju(pace="timed", factor=0.005) as juju, own_room(juju, "early") as room:
        room.application("keystone", units=2).up()
        room.application("router", "mysql-router").up()
        room.integration("keystone:shared-db", "router:shared-db").up()
        assert room.app("router").units == {}
        _settled(room, router={"workload": ["active", "blocked", "waiting"]}).up()
        assert len(room.app("router").units) == 2
