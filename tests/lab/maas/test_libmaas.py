"""The foreign client: python-libmaas, unmodified, is content with the emulator."""

# pyright: basic, reportAttributeAccessIssue=false
# python-libmaas carries no types, and its decorator hides that its coroutines run at once when called outside a loop

import pytest
from maas.client import connect, login
from maas.client.bones import CallError
from maas.client.enum import IPRangeType, NodeStatus

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl cloud@main"


@pytest.fixture
def client(maas):
    return connect(f"{maas.url}/", apikey=maas.api_key)


@pytest.fixture
def ready(client, raw):
    """server1 to server3, Ready."""
    raw.ready("server1", "server2", "server3")
    return client


def bones(client):
    return client._origin.session


def test_logs_in_with_user_and_password(maas):
    client = login(f"{maas.url}/", username="cloud", password=maas.password)
    assert client.users.whoami().username == "cloud"
    assert client.version.get().version == "3.5.10"


def test_logs_in_with_the_key(client):
    assert client.users.whoami().is_admin


def test_a_wrong_key_is_refused(maas):
    client = connect(f"{maas.url}/", apikey="a:b:c")
    with pytest.raises(CallError) as caught:
        client.machines.list()
    assert caught.value.status == 401
    assert caught.value.content == b"Authorization Error: Invalid API key."


def test_enrols_with_amt_and_commissions(client, maas, raw):
    raw.dhcp()
    name = "server2"
    created = client.machines.create(
        "amd64",
        [maas.physical_macs()[name]],
        "amt",
        {"power_address": maas.amt_addresses()[name], "power_pass": maas.amt_password},
        hostname=name,
    )
    machine = client.machines.get(created.system_id)
    assert machine.status == NodeStatus.READY
    assert (machine.memory, machine.cpus, machine.hostname) == (16 * 1024, 2, name)
    assert [disk.size for disk in machine.block_devices] == [120_000_000_000, 500_000_000_000]
    assert machine.boot_interface.name == "enp1s0"
    assert machine.boot_disk.name == "sda"


def test_allocates_deploys_and_releases(ready):
    machine = ready.machines.allocate(cpus=2, memory=30000)
    assert machine.hostname == "server3"
    machine.deploy(distro_series="jammy", wait=True, wait_interval=0)
    assert machine.status == NodeStatus.DEPLOYED
    assert machine.ip_addresses[0].startswith("172.16.0.")
    assert machine.owner.username == "cloud"
    machine.lock()
    assert machine.locked
    machine.unlock()
    machine.power_off(wait=True, wait_interval=0)
    assert machine.query_power_state().value == "off"
    machine.release(wait=True, wait_interval=0)
    assert machine.status == NodeStatus.READY
    assert machine.ip_addresses == []


def test_rescue_mode_and_commission_again(ready):
    machine = ready.machines.list()[0]
    machine.enter_rescue_mode()
    machine.refresh()
    assert machine.status == NodeStatus.RESCUE_MODE
    machine.exit_rescue_mode()
    machine.refresh()
    assert machine.status == NodeStatus.READY
    machine.commission(wait=True, wait_interval=0)
    assert machine.status == NodeStatus.READY


def test_config(client):
    assert client.maas.get_upstream_dns() == []
    client.maas.set_upstream_dns(["172.20.129.131", "8.8.8.8"])
    assert client.maas.get_upstream_dns() == ["172.20.129.131", "8.8.8.8"]
    client.maas.set_kernel_options("net.ifnames=0")
    assert client.maas.get_kernel_options() == "net.ifnames=0"
    assert client.maas.get_default_distro_series() == "jammy"


def test_subnets_ranges_and_vlans(client):
    (subnet,) = client.subnets.list()
    assert subnet.cidr == "172.16.0.0/20"
    subnet.dns_servers = ["172.20.129.131"]
    subnet.gateway_ip = "172.16.0.1"
    subnet.save()
    assert client.subnets.get(subnet.id).gateway_ip == "172.16.0.1"
    made = client.ip_ranges.create("172.16.11.1", "172.16.14.255", type=IPRangeType.DYNAMIC, comment="students")
    assert [each.id for each in client.ip_ranges.list()] == [made.id]
    vlan = client.fabrics.get_default().vlans.get_default()
    vlan.dhcp_on = True
    vlan.primary_rack = client.rack_controllers.list()[0]
    vlan.save()
    assert client.fabrics.get_default().vlans.get_default().dhcp_on


def test_fabrics_and_spaces(client):
    fabric = client.fabrics.create(name="storage")
    assert [vlan.vid for vlan in fabric.vlans] == [0]
    fabric.vlans.create(100, name="ceph")
    assert sorted(vlan.vid for vlan in client.fabrics.get(fabric.id).vlans) == [0, 100]
    space = client.spaces.create(name="inside")
    space.delete()
    fabric.delete()
    assert len(client.fabrics.list()) == 1


def test_tags(ready):
    tag = ready.tags.create("compute", comment="hypervisors", kernel_opts="nomodeset")
    machine = ready.machines.list()[1]
    machine.tags.add(tag)
    machine.refresh()
    assert [each.name for each in machine.tags] == ["compute"]
    assert ready.machines.allocate(tags=["compute"]).system_id == machine.system_id


def test_ssh_keys_zones_pools(client):
    key = client.ssh_keys.create(KEY)
    assert client.ssh_keys.get(key.id).key == KEY
    assert client.zones.create("rack-a").name == "rack-a"
    assert client.resource_pools.create("course", "five NUCs").id == 1
    assert client.domains.create("lab.example").name == "lab.example"


def test_boot_resources_and_their_import(client):
    (jammy,) = client.boot_resources.list()
    assert (jammy.name, jammy.architecture) == ("ubuntu/jammy", "amd64/ga-22.04")
    (source,) = client.boot_sources.list()
    origin = client._origin
    origin.BootSourceSelections.create(source, "ubuntu", "focal", arches=["amd64"])
    client.boot_resources.start_import()
    assert bones(client).BootResources.is_importing() is False
    assert sorted(each.name for each in client.boot_resources.list()) == ["ubuntu/focal", "ubuntu/jammy"]
    assert [each.complete for each in client.boot_resources.get(jammy.id).sets.values()] == [True]


def test_devices(client):
    device = client.devices.create(["00:16:3e:00:00:01"], hostname="router")
    assert client.devices.get(device.system_id).hostname == "router"


def test_bones_make_an_open_vswitch_bridge(ready):
    machine = ready.machines.list()[0]
    api = bones(ready)
    made = api.Interfaces.create_bridge(
        system_id=machine.system_id, name="br-ex", bridge_type="ovs", parent=machine.boot_interface.id
    )
    assert made["params"] == {"bridge_type": "ovs", "bridge_stp": False, "bridge_fd": 15}
    assert made["parents"] == ["enp1s0"]
    again = [each for each in ready.machines.get(machine.system_id).interfaces if each.name == "br-ex"]
    assert again[0].parents[0].name == "enp1s0"


def test_bones_events(ready):
    machine = ready.machines.list()[0]
    events = ready.events.query(system_ids=[machine.system_id], level="INFO")
    said = [event.event_type for event in events]
    assert said[0] == "Ready"
    assert "Performing PXE boot" in said
    assert said[-1] == "New"


def test_block_devices_of_a_machine(ready):
    machine = ready.machines.list()[1]
    devices = bones(ready).BlockDevices.read(system_id=machine.system_id)
    assert [each["model"] for each in devices] == ["Lab SSD 120G", "Lab SSD 500G"]
