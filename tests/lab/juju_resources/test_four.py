"""Resources on a controller of Juju 4.0, where it does otherwise than 3.6: what it can't do, and does unasked."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.juju.testing import RunningJuju, running_juju
from providers.juju.crud.models import ModelProvider
from providers.juju.crud.offers import OfferProvider
from providers.juju.crud.second_try import resolve
from providers.juju.errors import JujuError, NotSupported
from providers.juju.link import Link
from providers.juju.session import current
from tests.lab.juju_resources.conftest import Room, own_room
from tests.lab.providers.life import Bag, Life

KEY = "keystone:shared-db router:shared-db"


@pytest.fixture(scope="module")
def four() -> Iterator[RunningJuju]:
    with running_juju(version="4.0.12") as running:
        yield running


@pytest.fixture
def place(four: RunningJuju, request: pytest.FixtureRequest) -> Iterator[Room]:
    with own_room(four, f"room{abs(hash(request.node.name))}") as found:
        yield found


def test_a_relation_that_somebody_makes_meanwhile(place: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    place.application("keystone").up()
    place.application("router", "mysql-router").up()
    change = Link.change

    def overtaken(link: Link, facade: str, method: str, *rest: Any, **more: Any) -> object:
        if method == "AddRelation":
            place.hand("relate", *KEY.split())
        return change(link, facade, method, *rest, **more)

    monkeypatch.setattr(Link, "change", overtaken)
    life = place.integration(*KEY.split()).up()
    assert (life.state["key"], place.counts()["Application", "AddRelation"]) == (KEY, 1)


def test_changed_storage_is_refused_in_words(place: Room) -> None:
    life = place.application("ubuntu", units=1, storage={"files": "loop,1,1G"}).up()
    with pytest.raises(NotSupported, match=r"^The storage of ubuntu can't be changed by Juju 4\.0\.12: only 3\.6 can"):
        life.update(storage={"files": "loop,1,2G"})
    assert place.counts()["Application", "UpdateApplicationStorage"] == 0


def test_storage_is_not_lost_unasked(four: RunningJuju, place: Room) -> None:
    model = Life(ModelProvider(), {"name": place.name, "minutes": 1})
    model.id, model.state = place.uuid, {"name": place.name, "minutes": 1}
    place.application("ubuntu", units=1, storage={"files": "loop,1,1G"}).up()
    words = r"holds storage, which Juju 4\.0\.12 would destroy with it: files/0; give it destroy_storage"
    with pytest.raises(JujuError, match=words):
        model.down()
    assert place.counts()["ModelManager", "DestroyModels"] == 0
    model.state["destroy_storage"] = True
    model.down()
    assert place.uuid not in four.service.world.models


def test_a_machine_goes_once_what_is_leaving_it_is_gone(place: Room) -> None:
    machine = place.machine().up()
    life = place.application("ubuntu", placement=[machine.state["machine_id"]]).up()
    with pytest.raises(JujuError, match=r"keeps ubuntu/0: Juju refused to remove the machine 0: .*machine has units"):
        machine.down()
    life.down()
    machine.down()
    assert not place.status().machines


def test_an_offer_is_not_changed(place: Room) -> None:
    place.application("keystone").up()
    offered: Bag = {
        "model": place.uuid,
        "application": "keystone",
        "endpoints": ["identity-service"],
        "description": "ours",
    }
    offer = Life(OfferProvider(), offered).up()
    assert offer.refresh()["description"] == "ours"
    with pytest.raises(NotSupported, match=r"^Juju 4\.0\.12 can't change the offer keystone: put its endpoints back"):
        offer.update(endpoints=["identity-service", "identity-admin"])
    assert place.counts()["ApplicationOffers", "Offer"] == 1


def test_an_offer_whose_answer_was_lost_is_made_once(place: Room) -> None:
    place.application("keystone").up()
    place.counts()
    place.juju.fault("drop-after", facade="ApplicationOffers", method="Offer", times=1)
    offered: Bag = {"model": place.uuid, "application": "keystone", "endpoints": ["identity-service"]}
    assert Life(OfferProvider(), offered).up().state["adopted"] is False
    assert place.counts()["ApplicationOffers", "Offer"] == 1


def test_a_unit_that_recovers_meanwhile_is_no_failure(place: Room) -> None:
    place.application("vault", units=1).up()
    place.juju.fault("hook", model=place.uuid, target="vault", hook="config-changed", text="no", times=1)
    place.hand("config", "vault", "default-ttl", "1h")
    broken = list(place.app("vault").units.values())
    assert [unit.workload.status for unit in broken] == ["error"]
    for _ in range(2):
        resolve(current().model(place.uuid), broken, again=True)
    assert place.app("vault").units["vault/0"].workload.status != "error"
