"""The life of machines over plain HTTP: enrolment, commissioning, deployment, release, and what goes wrong."""

import pytest

from lab.maas.api.event import shown
from lab.maas.testing import running_maas
from tests.lab.maas.conftest import Raw


def said(raw: Raw, system_id: str) -> list[str]:
    """Types and descriptions of a machine's events, oldest first."""
    listed = raw.get("events/", "query", id=system_id, limit=1000).json["events"]
    return [" - ".join(part for part in (each["type"], each["description"]) if part) for each in reversed(listed)]


def test_a_commissioned_machine_shows_its_hardware(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    row = slow.get(f"machines/{server1}/").json
    assert (row["status_name"], row["power_state"], row["memory"], row["cpu_count"]) == ("Ready", "off", 12288, 2)
    assert [each["size"] for each in row["physicalblockdevice_set"]] == [120_000_000_000]
    assert row["boot_interface"]["name"] == "enp1s0"
    assert row["boot_interface"]["links"][0]["mode"] == "auto"
    assert row["hardware_info"]["system_product"] == "NUC5i5MYHE"
    assert (row["storage_test_status_name"], row["testing_status_name"]) == ("Passed", "Passed")
    events = said(slow, server1)
    for step in ("Powering on", "Performing PXE boot", "PXE Request - commissioning", "Commissioning", "Ready"):
        assert step in events


def test_commissioning_takes_its_time(slow: Raw) -> None:
    slow.dhcp()
    machine = slow.enrol("server2").json
    assert machine["status_name"] == "Commissioning"
    slow.maas.advance(359)
    assert slow.status(machine["system_id"]) == "Commissioning"
    slow.maas.advance(2)
    assert slow.status(machine["system_id"]) == "Testing"
    slow.maas.advance(120)
    assert slow.status(machine["system_id"]) == "Ready"


def test_net_ifnames_names_the_nic_eth0(raw: Raw) -> None:
    raw.post("maas/", "set_config", name="kernel_opts", value="net.ifnames=0")
    (server1,) = raw.ready("server1")
    assert [each["name"] for each in raw.get(f"machines/{server1}/").json["interface_set"]] == ["eth0"]


@pytest.mark.parametrize(
    ("changed", "seconds", "reason"),
    [
        ({"power_parameters_power_pass": "wrong"}, 10, "Incorrect password"),
        ({"power_parameters_power_address": "172.16.15.99"}, 10, "Could not contact node's BMC"),
        ({"power_parameters_power_address": "172.16.15.2"}, 1801, "timed out after 30 minutes"),
        ({"mac_addresses": "00:16:3e:00:00:99"}, 1801, "timed out after 30 minutes"),
    ],
)
def test_what_commissioning_cannot_overcome(slow: Raw, changed: dict[str, str], seconds: int, reason: str) -> None:
    slow.dhcp()
    facts = {
        "architecture": "amd64",
        "mac_addresses": slow.maas.physical_macs()["server1"],
        "power_type": "amt",
        "power_parameters_power_address": "172.16.15.1",
        "power_parameters_power_pass": slow.maas.amt_password,
        **changed,
    }
    made = slow.post("machines/", **facts).json
    slow.maas.advance(seconds - 6 if seconds == 10 else seconds - 3)
    assert slow.status(made["system_id"]) == "Commissioning"
    slow.maas.advance(10)
    row = slow.get(f"machines/{made['system_id']}/").json
    assert row["status_name"] == "Failed commissioning"
    assert reason in row["error_description"]
    assert reason in row["status_message"]


def test_without_dhcp_nothing_boots_and_an_event_says_so(slow: Raw) -> None:
    made = slow.enrol("server1").json
    slow.maas.advance(1801)
    assert slow.status(made["system_id"]) == "Failed commissioning"
    assert "PXE Request - no DHCP answer: DHCP is off on untagged of fabric-0" not in said(slow, made["system_id"])
    assert any("no DHCP answer: DHCP is off on VLAN untagged" in each for each in said(slow, made["system_id"]))


def test_enrolling_twice_is_refused_in_maas_words(raw: Raw) -> None:
    raw.dhcp()
    raw.enrol("server1")
    again = raw.enrol("server1")
    mac = raw.maas.physical_macs()["server1"]
    assert again.status == 400
    assert again.json == {
        "hostname": ["Node with this Hostname already exists."],
        "mac_addresses": [f"MAC address {mac} already in use on server1."],
        "power_type": ["Can't set power type to amt without network interfaces"],
    }


def test_power_problem_leaves_the_machine_new(raw: Raw) -> None:
    raw.dhcp()
    raw.maas.fault("power", times=1)
    answer = raw.enrol("server1")
    assert (answer.status, answer.text) == (503, "No rack controllers can access the BMC of node server1")
    assert "Retry-After" not in answer.headers
    (row,) = raw.get("machines/").json
    assert row["status_name"] == "New"
    assert raw.post(f"machines/{row['system_id']}/", "commission").json["status_name"] == "Commissioning"
    assert raw.status(row["system_id"]) == "Ready"


def test_deploy_acquires_and_release_gives_back(slow: Raw) -> None:
    (server3,) = slow.ready("server3")
    path = f"machines/{server3}/"
    answer = slow.post(path, "deploy", distro_series="jammy", user_data="I2Nsb3VkLWNvbmZpZwo=")
    assert (answer.status, answer.json["status_name"], answer.json["owner"]) == (200, "Deploying", "cloud")
    slow.maas.advance(721)
    row = slow.get(path).json
    assert (row["status_name"], row["osystem"], row["distro_series"]) == ("Deployed", "ubuntu", "jammy")
    assert (row["ip_addresses"], row["power_state"], row["netboot"]) == (["172.16.0.1"], "on", False)
    assert said(slow, server3)[-3:] == ["Rebooting", "PXE Request - local boot", "Deployed"]
    slow.post(path, "set_workload_annotations", role="database")
    assert slow.post(path, "release").json["status_name"] == "Releasing"
    slow.maas.advance(31)
    row = slow.get(path).json
    assert (row["status_name"], row["owner"], row["power_state"]) == ("Ready", None, "off")
    assert (row["ip_addresses"], row["workload_annotations"], row["osystem"]) == ([], {}, "")
    assert slow.post(path, "release").status == 200


def test_a_release_that_erases(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    slow.post(f"machines/{server1}/", "deploy")
    slow.maas.advance(721)
    assert slow.post(f"machines/{server1}/", "release", erase="true").json["status_name"] == "Disk erasing"
    slow.maas.advance(601)
    assert slow.status(server1) == "Releasing"
    slow.maas.advance(30)
    assert slow.status(server1) == "Ready"


def test_an_image_that_is_not_synced_is_refused_until_it_is(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    answer = slow.post(f"machines/{server1}/", "deploy", distro_series="focal")
    assert answer.status == 400
    assert answer.json["distro_series"][0].startswith("'focal' is not a valid distro_series.")
    assert slow.status(server1) == "Ready"
    source = slow.get("boot-sources/").json[0]["id"]
    slow.post(f"boot-sources/{source}/selections/", os="ubuntu", release="focal", arches="amd64")
    assert slow.post("boot-resources/", "import").text == "Import of boot resources started"
    slow.maas.advance(150)
    assert slow.get("boot-resources/", "is_importing").json is True
    focal = next(each for each in slow.get("boot-resources/").json if each["name"] == "ubuntu/focal")
    (newest,) = slow.get(f"boot-resources/{focal['id']}/").json["sets"].values()
    assert (newest["complete"], newest["progress"]) == (False, 50.0)
    slow.maas.advance(151)
    assert slow.get("boot-resources/", "is_importing").json is False
    assert slow.post(f"machines/{server1}/", "deploy", distro_series="focal").status == 200


def test_allocate_takes_the_cheapest_that_fits(raw: Raw) -> None:
    ids = raw.ready("server5", "server2", "server1")
    by_name = {raw.get(f"machines/{each}/").json["hostname"]: each for each in ids}
    assert raw.post("machines/", "allocate", dry_run="true").json["hostname"] == "server1"
    assert raw.post("machines/", "allocate", mem="20000").json["hostname"] == "server5"
    assert raw.post("machines/", "allocate", system_id=by_name["server2"]).json["hostname"] == "server2"
    none = raw.post("machines/", "allocate", name="server2")
    said = "No available machine matches constraints: [('name', ['server2'])] (resolved to \"name=server2\")"
    assert (none.status, none.text) == (409, said)
    gone = raw.post("machines/", "allocate", system_id=by_name["server2"])
    assert gone.text == f"No machine with system ID {by_name['server2']} available."
    assert raw.post("machines/", "allocate", tags="x").json == {"tags": ["No such tag(s): 'x'."]}
    assert raw.post("machines/", "allocate", arch="vax").json == {"arch": ["Architecture not recognised."]}


def test_bridges_of_ready_machines_stay_and_acquired_ones_go(raw: Raw) -> None:
    (server1,) = raw.ready("server1")
    nodes = f"nodes/{server1}/interfaces/"
    (nic,) = raw.get(nodes).json
    bad = raw.post(nodes, "create_bridge", name="br-ex", parent=nic["id"], bridge_type="x")
    said = "'x' is not a valid bridge_type.  It should be one of: 'standard', 'ovs'."
    assert (bad.status, bad.json) == (400, {"bridge_type": [said]})
    none = raw.post(nodes, "create_bridge", name="br-ex", bridge_type="ovs")
    assert none.json == {"parent": ["A bridge interface must have exactly one parent."]}
    made = raw.post(nodes, "create_bridge", name="br-ex", parent=nic["id"], bridge_type="ovs").json
    assert (made["parents"], made["links"][0]["mode"]) == (["enp1s0"], "auto")
    twice = raw.post(nodes, "create_vlan", parent=nic["id"], vlan="5001")
    assert twice.status == 200
    raw.post(f"machines/{server1}/", "deploy")
    refused = raw.post(nodes, "create_bridge", name="br-x", parent=nic["id"])
    assert refused.status == 409
    assert refused.text.startswith("Cannot create bridge interface because the machine is not New, Ready")
    assert raw.get(f"machines/{server1}/").json["ip_addresses"] == ["172.16.0.1"]
    raw.post(f"machines/{server1}/", "release")
    assert "br-ex" in [each["name"] for each in raw.get(nodes).json]


def test_a_bridge_made_while_allocated_goes_at_release(raw: Raw) -> None:
    (server2,) = raw.ready("server2")
    nodes = f"nodes/{server2}/interfaces/"
    raw.post("machines/", "allocate", name="server2")
    (nic,) = raw.get(nodes).json
    raw.post(nodes, "create_bridge", name="br-ex", parent=nic["id"], bridge_type="ovs")
    raw.post(f"machines/{server2}/", "release")
    (left,) = raw.get(nodes).json
    assert (left["name"], left["links"][0]["mode"]) == ("enp1s0", "auto")


def test_locks(raw: Raw) -> None:
    (server1,) = raw.ready("server1")
    path = f"machines/{server1}/"
    assert raw.post(path, "lock").text == "Can't lock, node is not deployed or deploying"
    raw.post(path, "deploy")
    assert raw.post(path, "lock").json["locked"] is True
    assert raw.post(path, "lock").status == 409
    for op in ("release", "power_off", "deploy", "abort"):
        assert (raw.post(path, op).status, raw.post(path, op).text) == (403, "")
    assert raw.put(path, description="still editable").status == 200
    assert raw.post(path, "unlock").json["locked"] is False
    assert raw.post(path, "release").status == 200


def test_aborts(slow: Raw) -> None:
    slow.dhcp()
    server1 = slow.enrol("server1").json["system_id"]
    path = f"machines/{server1}/"
    assert slow.post(path, "abort").json["status_name"] == "New"
    refused = slow.post(path, "abort")
    assert refused.status == 409
    assert refused.text == f"Cannot abort in current state: node {server1} is in state New."
    slow.post(path, "commission")
    slow.maas.advance(500)
    slow.post(path, "deploy")
    aborted = slow.post(path, "abort").json
    assert (aborted["status_name"], aborted["owner"], aborted["power_state"]) == ("Allocated", "cloud", "off")


def test_wrong_states_are_409_without_retry_after(slow: Raw) -> None:
    slow.dhcp()
    server1 = slow.enrol("server1").json["system_id"]
    path = f"machines/{server1}/"
    for op in ("deploy", "release", "rescue_mode", "override_failed_testing", "mark_fixed", "exit_rescue_mode"):
        answer = slow.post(path, op)
        assert answer.status == 409, op
        assert "Retry-After" not in answer.headers
    assert slow.status(server1) == "Commissioning"


def test_a_failed_deployment_must_be_released_first(raw: Raw) -> None:
    (server1,) = raw.ready("server1")
    path = f"machines/{server1}/"
    raw.maas.fault("fail", machine="server1", phase="deploying", text="curtin: no space left", times=1)
    raw.post(path, "deploy")
    row = raw.get(path).json
    assert (row["status_name"], row["owner"]) == ("Failed deployment", "cloud")
    assert "curtin: no space left" in row["status_message"]
    again = raw.post(path, "deploy")
    assert again.text == "Can't deploy a machine that is in the 'Failed deployment' state"
    raw.post(path, "release")
    raw.post(path, "deploy")
    assert raw.status(server1) == "Deployed"


def test_broken_and_fixed_and_tested(raw: Raw) -> None:
    (server1,) = raw.ready("server1")
    path = f"machines/{server1}/"
    assert raw.post(path, "mark_broken", comment="no fan").json["error_description"] == "no fan"
    assert raw.post(path, "mark_fixed").json["status_name"] == "Ready"
    raw.maas.fault("fail", phase="testing", text="smartctl: bad sectors", times=1)
    raw.post(path, "test")
    row = raw.get(path).json
    assert (row["status_name"], row["storage_test_status_name"]) == ("Failed testing", "Failed")
    assert raw.post(path, "override_failed_testing").json["status_name"] == "Ready"


def test_a_machine_that_hangs_until_the_time_out(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    slow.maas.fault("hang", phase="deploying", times=1)
    slow.post(f"machines/{server1}/", "deploy")
    slow.maas.advance(1799)
    assert slow.status(server1) == "Deploying"
    slow.maas.advance(2)
    row = slow.get(f"machines/{server1}/").json
    assert row["power_state"] == "on"
    assert "Loading ephemeral" in said(slow, server1)
    assert "Rebooting" not in said(slow, server1)
    assert (row["status_name"], row["status_message"]) == (
        "Failed deployment",
        "Marking node failed - Node operation 'Deploying' timed out after 30 minutes.",
    )


def test_power_and_its_query(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    path = f"machines/{server1}/"
    slow.post(path, "power_on")
    assert slow.get(path, "query_power_state").json == {"state": "off"}
    slow.maas.advance(6)
    assert slow.get(path, "query_power_state").json == {"state": "on"}
    assert slow.get(path, "power_parameters").json["power_pass"] == slow.maas.amt_password
    slow.put(path, power_parameters_power_pass="changed")
    assert slow.get(path, "query_power_state").json == {"state": "error"}


def test_discovered_machines_are_new_and_can_be_commissioned(raw: Raw) -> None:
    raw.dhcp()
    raw.maas.hand("discover", "server4")
    (row,) = raw.get("machines/").json
    assert (row["status_name"], row["power_type"]) == ("New", "")
    raw.put(
        f"machines/{row['system_id']}/",
        hostname="server4",
        power_type="amt",
        power_parameters_power_address="172.16.15.4",
        power_parameters_power_pass=raw.maas.amt_password,
    )
    raw.post(f"machines/{row['system_id']}/", "commission")
    assert raw.status(row["system_id"]) == "Ready"


def test_storage_layouts(raw: Raw) -> None:
    (server2,) = raw.ready("server2")
    path = f"machines/{server2}/"
    blank = raw.post(path, "set_storage_layout", storage_layout="blank").json
    assert blank["boot_disk"]["partitions"] == []
    assert raw.post(path, "set_storage_layout", storage_layout="x").status == 400
    disks = raw.get(f"nodes/{server2}/blockdevices/").json
    assert raw.post(f"nodes/{server2}/blockdevices/{disks[1]['id']}/", "set_boot_disk").text == "OK"
    assert raw.get(path).json["boot_disk"]["name"] == "sdb"


def test_event_pages(raw: Raw) -> None:
    (server1,) = raw.ready("server1")
    first = raw.get("events/", "query", id=server1, limit=2).json
    assert first["events"][0]["type"] == "Ready"
    older = raw.get(f"{raw.maas.url.removesuffix('/MAAS')}{first['prev_uri']}").json
    assert older["events"][0]["id"] < first["events"][-1]["id"]
    assert raw.get("events/", "query", limit=1001).status == 400
    assert raw.get("events/", "query", id="nobody").json["count"] == 0
    assert raw.get("events/", "query", level="ERROR").json["events"] == []
    event = next(iter(raw.maas.service.world.events))
    assert str(shown(event)["created"]).count(":") == 2


def test_two_hundred_machines_are_ready_together() -> None:
    with running_maas(rack="fleet:200") as maas:
        raw = Raw(maas)
        raw.dhcp()
        for name in maas.physical_macs():
            assert raw.enrol(name).status == 200
        listed = raw.get("machines/").json
        assert [each["status_name"] for each in listed] == ["Ready"] * 200


def test_a_second_power_action_waits_for_the_first(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    slow.post(f"machines/{server1}/", "power_on")
    busy = slow.post(f"machines/{server1}/", "power_off")
    assert (busy.status, busy.headers["Retry-After"]) == (503, "10")
    slow.maas.advance(6)
    assert slow.post(f"machines/{server1}/", "power_off").status == 200


def test_a_machine_broken_while_deploying_is_fixed_to_ready(slow: Raw) -> None:
    (server1,) = slow.ready("server1")
    path = f"machines/{server1}/"
    slow.post(path, "deploy")
    slow.post(path, "mark_broken")
    row = slow.post(path, "mark_fixed").json
    assert (row["status_name"], row["owner"], row["ip_addresses"]) == ("Ready", None, [])


def test_the_gateway_and_nodes_of_every_kind(raw: Raw) -> None:
    raw.put("subnets/172.16.0.0/20/", gateway_ip="172.16.0.1")
    (server1,) = raw.ready("server1")
    assert raw.get(f"machines/{server1}/").json["default_gateways"]["ipv4"]["gateway_ip"] == "172.16.0.1"
    raw.post("devices/", hostname="router", mac_addresses="00:16:3e:00:00:01")
    assert [each["hostname"] for each in raw.get("nodes/").json] == ["server1", "router", "main"]
    assert raw.get(f"nodes/{server1}/").json["hostname"] == "server1"
    assert raw.get("regioncontrollers/").json[0]["node_type"] == 4
