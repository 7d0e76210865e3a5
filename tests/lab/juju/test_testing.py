"""`running_juju` itself: its networks, its pace, its machines from memory or of a MAAS, what its units serve."""

import json
import time
import urllib.request
from collections.abc import Callable

import pytest

from lab.juju.testing import running_juju
from lab.maas.testing import running_maas
from tests.lab.juju.client import Answer, RefusedError, deploy, logged_in, new_model, status
from tests.lab.maas.conftest import Raw


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_controllers_live_side_by_side() -> None:
    with running_juju() as one, running_juju() as other:
        assert one.addresses != other.addresses
        assert one.charmhub_url != other.charmhub_url
        assert one.ca_cert != other.ca_cert


def test_things_take_their_time_at_the_manual_pace() -> None:
    with running_juju(pace="manual") as juju, logged_in(juju, new_model(juju)) as wire:
        deploy(wire, "ubuntu")

        def unit() -> Answer:
            found: Answer = status(wire)["applications"]["ubuntu"]["units"]["ubuntu/0"]
            return found

        assert unit()["workload-status"]["status"] == "waiting"
        juju.advance(61)
        assert unit()["agent-status"]["status"] != "idle"
        juju.advance(600)
        assert (unit()["workload-status"]["status"], unit()["agent-status"]["status"]) == ("active", "idle")
        juju.pace("immediate")
        wire.call("Application", 20, "AddUnits", {"application": "ubuntu", "num-units": 1})
        assert len(status(wire)["machines"]) == 2


def test_a_fleet_has_the_machines_that_it_has() -> None:
    with running_juju(fleet={"server1": ("compute",)}) as juju, logged_in(juju, new_model(juju)) as wire:
        deploy(wire, "ubuntu", Cons={"tags": ["compute"]}, **_units(2))
        machines = status(wire)["machines"]
        assert machines["0"]["hostname"] == "server1"
        assert "No available machine" in machines["1"]["instance-status"]["info"]


def _units(count: int) -> Answer:
    return {"num-units": count}


def test_hands_and_faults() -> None:
    with running_juju() as juju, logged_in(juju, new_model(juju)) as wire:
        deploy(wire, "ubuntu")
        assert juju.hand("add-unit", "work:", "ubuntu")
        assert len(status(wire)["applications"]["ubuntu"]["units"]) == 2
        juju.calls.clear()
        status(wire)
        assert juju.call_counts() == {("Client", "FullStatus"): 1}
        juju.fault("try-again", facade="Client")
        with pytest.raises(RefusedError):
            status(wire)
        juju.clear_faults()
        assert status(wire)


def test_vault_answers_at_its_units_address() -> None:
    with running_juju() as juju, logged_in(juju, new_model(juju)) as wire:
        deploy(wire, "vault", channel="1.8/stable")
        address = status(wire)["applications"]["vault"]["units"]["vault/0"]["public-address"]
        with urllib.request.urlopen(f"http://{address}:8200/v1/sys/seal-status", timeout=20) as response:
            assert json.load(response)["sealed"] is True


def test_charmhub_answers() -> None:
    with (
        running_juju() as juju,
        urllib.request.urlopen(f"{juju.charmhub_url}/v2/charms/info/ubuntu", timeout=20) as response,
    ):
        assert json.load(response)["name"] == "ubuntu"


def test_machines_come_from_a_maas() -> None:
    with running_maas() as maas:
        Raw(maas).ready("server1", "server2")
        with running_juju(maas=maas) as juju, logged_in(juju, new_model(juju)) as wire:
            deploy(wire, "ubuntu")
            until(lambda: status(wire)["applications"]["ubuntu"]["status"]["status"] == "active")
            shown = status(wire)["machines"]["0"]
        taken = {row["hostname"]: row["status_name"] for row in maas.machines()}
    assert shown["hostname"] in {"server1", "server2"}
    assert taken == {**taken, "server1": "Deployed", "server2": "Deployed"}
