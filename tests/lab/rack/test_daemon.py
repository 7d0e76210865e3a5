"""The lab as a person starts it, with servers: `python -m lab`, in the course's own network."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hosts import needs, network
from lab.hosts.net import COURSE
from tests.lab.maas.conftest import header_for
from tests.lab.maas.test_daemon import Lab
from tests.lab.rack.conftest import until
from tests.support.guests import skip_without_root

pytestmark = [pytest.mark.slow, pytest.mark.course_network]

API = "http://172.16.0.3:5240/MAAS/api/2.0"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    skip_without_root()
    assert not needs.missing()
    if network.rack_exists(COURSE):
        pytest.skip("a lab is up on this machine: its network is not taken from it")
    made = Lab(tmp_path / "lab")
    yield made
    made("down")
    assert not network.rack_exists(COURSE)


def _call(lab: Lab, method: str, path: str, *form: str) -> str:
    """Call the API from main, as the user cloud there does."""
    data = " ".join(f"--data-urlencode '{each}'" for each in form)
    header = header_for(lab.ok("key").strip())
    return lab.ok("ssh", "main", f"curl -s -X {method} -H 'Authorization: {header}' {data} '{API}/{path}'")


def test_what_was_deployed_is_there_after_down_and_up(lab: Lab) -> None:
    lab.ok("up")
    public_key = (lab.home / "ssh-key.pub").read_text().strip()
    controller = json.loads(_call(lab, "GET", "rackcontrollers/"))[0]["system_id"]
    _call(lab, "POST", "ipranges/", "type=dynamic", "start_ip=172.16.11.1", "end_ip=172.16.14.255")
    _call(lab, "PUT", "vlans/5001/", "dhcp_on=true", f"primary_rack={controller}")
    _call(lab, "POST", "account/prefs/sshkeys/", f"key={public_key}")
    amt = lab.ok("key", "--amt").strip()
    form = ["hostname=server1", "architecture=amd64", "mac_addresses=f4:4d:30:60:11:01", "power_type=amt"]
    form += ["power_parameters_power_address=172.16.15.1", f"power_parameters_power_pass={amt}"]
    system_id = json.loads(_call(lab, "POST", "machines/", *form))["system_id"]
    until(lambda: lab.status()["machines"][0]["status"] == "Ready")
    _call(lab, "POST", f"machines/{system_id}/?op=deploy")
    until(lambda: lab.status()["machines"][0]["status"] == "Deployed")
    lab.ok("ssh", "server1", "echo kept | sudo tee /var/lib/kept")
    lab.ok("down")
    assert not network.rack_exists(COURSE)
    lab.ok("up")
    until(lambda: lab("ssh", "server1", "cat /var/lib/kept").stdout == "kept\n")
    assert lab.status()["machines"][0]["status"] == "Deployed"
    lab.ok("hand", "kill", "server1")
    until(lambda: lab("ssh", "server1", "true").returncode != 0)
    lab.ok("down", "--purge")
    assert {path.name for path in lab.home.iterdir()} == {"maas.log"}


def test_a_bare_main_keeps_its_maas_after_down_and_up(lab: Lab) -> None:
    lab.ok("up", "--bare")
    assert not (lab.home / "maas-api-key").exists()
    lab.ok("ssh", "main", "sudo snap install maas && sudo snap install maas-test-db")
    url = "http://172.16.0.3:5240/MAAS"
    lab.ok("ssh", "main", f"sudo maas init region+rack --maas-url {url} --database-uri maas-test-db:///")
    lab.ok("ssh", "main", "sudo maas createadmin --username cloud --email cloud@localhost --password geheim")
    assert lab.ok("ssh", "main", "sudo maas apikey --username cloud") == lab.ok("key")
    lab.ok("down")
    lab.ok("up")
    assert lab.ok("ssh", "main", "sudo maas apikey --username cloud") == lab.ok("key")
    assert json.loads(_call(lab, "GET", "users/?op=whoami"))["username"] == "cloud"
    lab.ok("ssh", "main", "sudo snap remove --purge maas maas-test-db")
    assert not (lab.home / "maas-api-key").exists()
