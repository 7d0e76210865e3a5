"""Real hosts at the pace of a real rack, and a driver that begins anew."""

import time
from collections.abc import Callable

import pytest

from lab.hosts.fleet import Fleet
from lab.hosts.testing import BOOT
from lab.rackhosts.driver import HostsDriver
from tests.lab.rack.conftest import Site, until

pytestmark = pytest.mark.slow

NAMES = ("server1", "server2", "server3")


def test_at_timed_pace_ssh_answers_when_maas_says_deployed(own: Callable[..., Site]) -> None:
    site = own("timed")
    site.rack.maas.pace("timed", 0.001, deploying=12.0)
    for name in NAMES:
        site.ready(name)
    began = time.monotonic()
    for name in NAMES:
        assert site.op(name, "deploy").json["status_name"] == "Deploying"
    for name in NAMES:
        assert not site.rack.fleet.running(name)
    until(lambda: all(site.status(name) == "Deployed" for name in NAMES))
    assert time.monotonic() - began >= 12 - 0.5
    assert all(site.answers(name) for name in NAMES)


def test_a_host_that_never_answers_fails_and_the_loop_answers_meanwhile(own: Callable[..., Site]) -> None:
    site = own(patience=1.0)
    site.ready("server1")
    site.rack.maas.fault("slow-ssh", machine="server1", seconds=3600)
    site.rack.driver._patience = -3597.0
    site.op("server1", "deploy")
    assert site.status("server1") == "Deploying"
    until(lambda: site.status("server1") == "Failed deployment")
    assert "timed out after 30 minutes" in site.read("server1")["error_description"]
    events = site.raw.get("events/", "query", hostname="server1", level="ERROR").json["events"]
    assert "Failed deployment" in {each["type"] for each in events}
    site.rack.fleet.settle()
    assert not site.rack.fleet.running("server1")


def test_a_new_driver_boots_what_was_on(own: Callable[..., Site]) -> None:
    site = own()
    for name in NAMES:
        site.deployed(name)
    site.ssh("server1", "echo kept | sudo tee /var/lib/kept")
    key = site.ssh("server1", "cat /etc/ssh/ssh_host_ed25519_key.pub")
    site.op("server2", "power_off")
    assert site.power("server2") == "off"
    site.rack.driver.close()
    site.rack.fleet.close()
    assert not site.answers("server1")
    hosts = site.rack.hosts
    fleet = Fleet(hosts.home, hosts.net)
    driver = HostsDriver(fleet, site.rack.maas.service.saw)
    try:
        site.rack.maas.service.host(driver)
        assert fleet.wait_booted("server1", BOOT)
        assert fleet.wait_booted("server3", BOOT)
        assert fleet.names() == ["server1", "server3"]
        assert site.ssh("server1", "cat /var/lib/kept") == "kept"
        assert site.ssh("server1", "cat /etc/ssh/ssh_host_ed25519_key.pub") == key
        assert site.status("server1") == "Deployed"
    finally:
        driver.close()
        fleet.close()
