"""Machines, tags on them and bridges against the lab."""

import pytest

from lab.maas.testing import RunningMaas
from providers.common.raw import as_mapping, mapping, mappings, texts, whole
from providers.maas import session
from providers.maas.crud.bridges import BridgeProvider
from providers.maas.crud.machines import MachineProvider
from providers.maas.crud.membership import TagMembershipProvider
from providers.maas.crud.site import TagProvider
from providers.maas.errors import ForeignError, MaasError, WaitFailed
from tests.lab.providers.life import Bag, Life
from tests.lab.providers.rack import dhcp, inputs, machine


def test_enrolled_commissioned_and_read_back(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    state = life.state
    assert (state["status"], state["hostname"], state["cpu_count"]) == ("Ready", "server2", 2)
    assert state["memory_mib"] == 16 * 1024
    assert state["boot_interface"] == "enp1s0"
    disks = mappings(state, "disks")
    assert len(disks) == 2
    assert all(whole(disk, "size") > 0 and disk["serial"] for disk in disks)
    assert mapping(state, "test_results")["testing"] == "Passed"
    life.down()
    assert life.refresh() == {}


def test_changes_in_place(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    before = life.id
    assert life.changes(hostname="alpha") == ["update"]
    life.update(hostname="alpha")
    assert life.id == before
    assert life.changes(mac_addresses=["52:54:00:99:99:99"]) == ["replace", "mac_addresses"]
    assert life.changes(mac_addresses=[*macs(life), "52:54:00:99:99:99"]) == ["update"]
    life.update(power_password="another")
    parameters = session.current().client.one("Machine.power_parameters", "x", {"system_id": life.id})
    assert parameters["power_pass"] == "another"
    assert "another" in str(life.state["power_password"])


def macs(life: Life) -> list[str]:
    return list(texts(life.inputs, "mac_addresses"))


def test_a_machine_renamed_by_hand_is_renamed_back(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    maas.hand("rename", "server2", "mallory")
    session.current().snapshots.wrote("Machines")
    assert life.refresh()["hostname"] == "mallory"
    assert life.changes() == ["update"]
    life.update()
    assert life.state["hostname"] == "server2"


def test_a_machine_deleted_by_hand_reads_as_gone(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    maas.hand("delete", "server2")
    session.current().snapshots.wrote("Machines")
    assert life.refresh() == {}
    life.up()


def test_a_power_address_changed_by_hand_is_seen(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    data = {"power_type": "amt", "power_parameters": {"power_address": "10.0.0.9", "power_pass": maas.amt_password}}
    touches = {"Machines": None, "PowerParameters": None}
    session.current().change("Machine.update", "x", {"system_id": life.id}, data, touches=touches)
    assert life.refresh()["power_address"] == "10.0.0.9"
    assert life.changes() == ["update"]
    life.update()
    assert life.refresh()["power_address"] == maas.amt_addresses()["server2"]


def test_a_second_create_finds_the_machine_by_mac(maas: RunningMaas) -> None:
    dhcp()
    first = machine(maas, "server2").up()
    again = Life(MachineProvider(), {**inputs(maas, "server2"), "hostname": "second"}).up()
    assert (again.id, again.state["hostname"]) == (first.id, "second")


def test_a_discovered_machine_is_adopted(maas: RunningMaas) -> None:
    dhcp()
    maas.hand("discover", "server3")
    life = machine(maas, "server3").up()
    assert life.state["status"] == "Ready"
    assert len(maas.machines()) == 1


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_lost_answer_does_not_enrol_twice(maas: RunningMaas, kind: str) -> None:
    dhcp()
    maas.fault(kind, method="POST", path=".*/machines/$", times=1)
    assert machine(maas, "server2").up().state["status"] == "Ready"
    assert len(maas.machines()) == 1


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_lost_answer_to_commission_is_resolved_by_looking(maas: RunningMaas, kind: str) -> None:
    dhcp()
    maas.hand("discover", "server3")
    maas.fault(kind, op="commission", times=1)
    assert machine(maas, "server3").up().state["status"] == "Ready"


def test_failed_commissioning_ends_with_the_events_and_the_next_try_goes_on(maas: RunningMaas) -> None:
    dhcp()
    maas.fault("fail", machine="server2", phase="commissioning", text="disk sdb is dead", times=1)
    life = machine(maas, "server2")
    with pytest.raises(
        WaitFailed, match=r"server2 \(\w+\) failed to commission: Failed commissioning.*disk sdb is dead"
    ):
        life.up()
    assert life.up().state["status"] == "Ready"
    assert len(maas.machines()) == 1


def test_a_wrong_password_is_told_by_maas_and_never_shown(maas: RunningMaas) -> None:
    dhcp()
    life = Life(MachineProvider(), {**inputs(maas, "server2"), "power_password": "sesame-open"})
    with pytest.raises(MaasError) as caught:
        life.up()
    assert "sesame" not in str(caught.value)
    assert "server2" in str(caught.value)
    life.inputs["power_password"] = maas.amt_password
    assert life.up().state["status"] == "Ready"


def test_commissioning_undone_by_hand_is_done_again(maas: RunningMaas) -> None:
    dhcp()
    life = Life(MachineProvider(), {**inputs(maas, "server2"), "commission": False}).up()
    assert life.state["status"] == "New"
    assert life.changes(commission=True) == ["update"]
    life.update(commission=True)
    assert life.state["status"] == "Ready"


def test_a_machine_that_somebody_uses_is_not_removed(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    session.current().change("Machines.allocate", "x", data={"system_id": life.id}, touches={"Machines": None})
    with pytest.raises(ForeignError, match=r"server2 \(\w+\) is Allocated for cloud and stays in MAAS"):
        life.down()


@pytest.mark.parametrize(
    ("changes", "prop"),
    [
        ({"mac_addresses": ["52:54:00"]}, "mac_addresses"),
        ({"power_type": "amd"}, "power_type"),
        ({"hostname": "Server_2"}, "hostname"),
        ({"min_hwe_kernel": "5.15"}, "min_hwe_kernel"),
        ({"deadline_minutes": 0}, "deadline_minutes"),
        ({"power_parameters": {"power_pass": 5}}, "power_parameters"),
    ],
)
def test_faults_are_found_before_anything_runs(changes: Bag, prop: str) -> None:
    given: Bag = {"hostname": "server2", "mac_addresses": ["52:54:00:00:00:02"], **changes}
    assert [failure.property for failure in MachineProvider().check({}, given).failures] == [prop]


def test_import_by_name_mac_or_system_id(maas: RunningMaas) -> None:
    dhcp()
    life = machine(maas, "server2").up()
    for natural in ("server2", macs(life)[0].upper(), life.id):
        fresh = machine(maas, "server2")
        assert fresh.imported(natural)["hostname"] == "server2"
        assert fresh.id == life.id
        assert fresh.changes() == []


def test_tag_membership_is_additive(maas: RunningMaas) -> None:
    dhcp()
    one, two = machine(maas, "server2").up(), machine(maas, "server3").up()
    tag = Life(TagProvider(), {"name": "compute"}).up()
    first = Life(TagMembershipProvider(), {"tag": "compute", "system_id": one.id}).up()
    second = Life(TagMembershipProvider(), {"tag": "compute", "system_id": two.id}).up()
    first.down()
    assert first.refresh() == {}
    assert second.refresh()
    maas.hand("retag", "server3", "-compute")
    session.current().snapshots.wrote("Machines")
    assert second.refresh() == {}
    second = Life(TagMembershipProvider(), {"tag": "compute", "system_id": two.id}).up()
    tag.down()
    second.down()


def test_bridge(maas: RunningMaas) -> None:
    dhcp()
    host = machine(maas, "server2").up()
    wanted: Bag = {"system_id": host.id, "name": "br-ex"}
    bridge = Life(BridgeProvider(), wanted).up()
    assert (bridge.state["bridge_type"], bridge.state["parent"]) == ("ovs", "enp1s0")
    assert bridge.changes(bridge_type="standard") == ["replace", "bridge_type"]
    bridge.update(mtu=1400)
    maas_vlan = session.current().client.call(
        "Vlans.create", "a tagged VLAN", {"fabric_id": 0}, {"vid": 9, "name": "jumbo", "mtu": 9000}
    )
    above = {"parent": "br-ex", "vlan": str(as_mapping(maas_vlan, "it")["id"])}
    session.current().client.call("Interfaces.create_vlan", "a VLAN interface", {"system_id": host.id}, above)
    session.current().snapshots.wrote("Machines")
    assert whole(bridge.refresh(), "mtu") == 1400, "the larger one is that of the interface above"
    bridge.update(name="br-int")
    twin = Life(BridgeProvider(), {"system_id": host.id, "name": "br-int"}).up()
    assert (twin.id, twin.state["adopted"]) == (bridge.id, True)
    with pytest.raises(MaasError, match="has a bridge br-int already, with another bridge_type"):
        Life(BridgeProvider(), {"system_id": host.id, "name": "br-int", "bridge_type": "standard"}).up()
    with pytest.raises(MaasError, match="it is no bridge: physical"):
        Life(BridgeProvider(), {"system_id": host.id, "name": "enp1s0"}).up()
    assert Life(BridgeProvider(), {"system_id": host.id, "name": "br-int"}).imported(f"{host.id}/br-int")
    maas.hand("bridge-delete", "server2", "br-int")
    session.current().snapshots.wrote("Machines")
    assert bridge.refresh() == {}
    bridge.inputs = wanted
    bridge.up().down()
    assert bridge.refresh() == {}


def test_a_bridge_on_a_deployed_machine_is_refused_with_the_way_out(maas: RunningMaas) -> None:
    from tests.lab.providers.rack import deployment, images

    dhcp()
    images()
    host = machine(maas, "server2").up()
    deployment(system_id=host.id).up()
    with pytest.raises(MaasError, match=r"which is Deployed: Cannot create bridge.* Release server2 first"):
        Life(BridgeProvider(), {"system_id": host.id, "name": "br-ex"}).up()
