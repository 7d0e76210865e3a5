"""What goes though hooks fail on its way out: each failure is met once, and what stays broken is named."""

import time

import pytest

from providers.juju.crud.integrations import IntegrationProvider
from providers.juju.crud.second_try import resolve
from providers.juju.errors import WaitFailed
from providers.juju.pool import Pool
from providers.juju.session import Session, current
from tests.lab.juju_resources.conftest import Room

RESOLVE = ("Application", "ResolveUnitErrors")


@pytest.mark.parametrize("hook", ["stop", ""])
def test_an_application_whose_hook_fails_on_the_way_out(room: Room, hook: str) -> None:
    life = room.application("vault", units=2).up()
    room.juju.fault("hook", model=room.uuid, target="vault", hook=hook, text="no space left", times=3)
    life.down()
    assert "vault" not in room.status().applications


def test_a_unit_too_many_whose_hook_fails_on_the_way_out(room: Room) -> None:
    life = room.application("vault", units=2).up()
    room.juju.fault("hook", model=room.uuid, target="vault/1", hook="stop", text="no space left", times=1)
    life.update(units=1)
    assert set(room.app("vault").units) == {"vault/0"}


def test_an_application_whose_subordinate_fails_on_the_way_out(room: Room) -> None:
    life = room.application("keystone", units=1).up()
    room.application("router", "mysql-router").up()
    room.integration("keystone:shared-db", "router:shared-db").up()
    room.juju.fault("hook", model=room.uuid, target="router", hook="stop", text="no space left", times=1)
    life.down()
    assert "keystone" not in room.status().applications


def test_a_relation_with_a_unit_in_error(room: Room) -> None:
    keystone = room.application("keystone", units=1).up()
    room.application("router", "mysql-router").up()
    life = room.integration("keystone:shared-db", "router:shared-db").up()
    room.juju.fault("hook", model=room.uuid, target="keystone", hook="config-changed", text="no", times=1)
    room.hand("config", "keystone", "use-syslog", "true")
    assert room.app("keystone").units["keystone/0"].workload.status == "error"
    life.down()
    assert keystone.refresh()
    assert not [one for one in room.status().relations if len(one.endpoints) == 2]


def test_a_relation_whose_unit_fails_for_good_is_named_and_tried_once(room: Room) -> None:
    room.application("keystone", units=1).up()
    room.application("router", "mysql-router").up()
    life = room.integration("keystone:shared-db", "router:shared-db").up()
    room.juju.fault("hook", model=room.uuid, target="keystone", hook="", text="no space left")
    room.hand("config", "keystone", "use-syslog", "true")
    room.counts()
    hurried = Session(Pool(current().endpoint), now=lambda: time.monotonic() * 30)  # a minute takes two seconds
    with pytest.raises(WaitFailed, match=r"is still leaving: .*keystone/0 error: hook failed: .*no space left"):
        IntegrationProvider().unmake(hurried, life.id, life.state)
    hurried.close()
    assert room.counts()[RESOLVE] == 1


def test_a_unit_that_recovered_meanwhile_is_no_failure(room: Room) -> None:
    room.application("vault", units=1).up()
    room.juju.fault("hook", model=room.uuid, target="vault", hook="config-changed", text="no", times=1)
    room.hand("config", "vault", "default-ttl", "1h")
    broken = list(room.app("vault").units.values())
    assert [unit.workload.status for unit in broken] == ["error"]
    for _ in range(2):
        resolve(current().model(room.uuid), broken, again=True)
    assert room.app("vault").units["vault/0"].workload.status != "error"
