"""Servers that MAAS deploys, as whoever logs in to them sees them."""

import base64

import pytest

from lab.hosts import identity
from tests.lab.rack.conftest import Site, until

pytestmark = pytest.mark.slow


def test_a_deployed_server_is_what_maas_says(site: Site) -> None:
    address = site.deployed("server1")
    assert site.ssh("server1", "hostname; whoami; systemctl is-system-running --wait").split() == [
        "server1", "ubuntu", "running",
    ]  # fmt: skip
    shown = site.ssh("server1", "ip -4 -brief address show enp1s0; cat /sys/class/net/enp1s0/address; ip route")
    assert f"{address}/24" in shown
    assert "f4:4d:30:60:11:01" in shown
    assert f"default via {site.rack.hosts.net.router} dev enp1s0" in shown
    assert site.ssh("server1", "sudo id -u") == "0"


def test_only_the_keys_of_who_deployed_it_may_log_in(site: Site) -> None:
    site.deployed("server1")
    assert site.ssh("server1", "cat ~/.ssh/authorized_keys") == site.rack.public_key
    site.ready("server2")
    site.raw.delete("account/prefs/sshkeys/1/")
    try:
        site.deploy("server2")
        assert "Permission denied" in site.ssh("server2", "true", check=False)
        until(lambda: site.answers("server1"))
    finally:
        assert site.raw.post("account/prefs/sshkeys/", key=site.rack.public_key).status == 201
        site.raw.put("subnets/1/", dns_servers="")


def test_a_release_leaves_nothing(site: Site) -> None:
    site.deployed("server1")
    site.ssh("server1", "echo kept | sudo tee /var/lib/kept")
    before = site.ssh("server1", "cat /etc/ssh/ssh_host_ed25519_key.pub")
    site.ready("server1")
    site.rack.fleet.settle()
    assert not site.rack.fleet.running("server1")
    assert not (site.rack.hosts.home / "hosts" / "server1").exists()
    site.deploy("server1")
    assert site.ssh("server1", "test -e /var/lib/kept || echo gone") == "gone"
    assert site.ssh("server1", "cat /etc/ssh/ssh_host_ed25519_key.pub") != before


@pytest.mark.parametrize("kind", ["ovs", "standard"])
def test_br_ex_carries_the_address(site: Site, kind: str) -> None:
    system_id = site.ready("server3")
    nics = {each["name"]: each["id"] for each in site.raw.get(f"nodes/{system_id}/interfaces/").json}
    site.raw.post("machines/", "allocate", system_id=system_id)
    made = site.raw.post(
        f"nodes/{system_id}/interfaces/", "create_bridge", name="br-ex", parent=nics["enp1s0"], bridge_type=kind
    )
    assert made.status == 200, made.text
    address = site.deploy("server3")
    shown = site.ssh("server3", "ip -4 -brief address; ip -brief link show master br-ex")
    assert f"{address}/24" in next(line for line in shown.splitlines() if line.startswith("br-ex"))
    assert "enp1s0" in shown.splitlines()[-1]


def test_dhcp_static_dns_and_the_old_nic_names(site: Site) -> None:
    net = site.rack.hosts.net
    network = net.main.rsplit(".", 1)[0]
    site.raw.post("maas/", "set_config", name="kernel_opts", value="net.ifnames=0")
    site.raw.put("subnets/1/", dns_servers=f"{network}.77")
    try:
        system_id = site.ready("server4")
        nic = site.raw.get(f"nodes/{system_id}/interfaces/").json[0]
        links = f"nodes/{system_id}/interfaces/{nic['id']}/"
        site.raw.post("machines/", "allocate", system_id=system_id)
        site.raw.post(links, "link_subnet", mode="STATIC", subnet=1, ip_address=f"{network}.50", force="true")
        site.raw.post(links, "link_subnet", mode="DHCP", subnet=1)
        site.deploy("server4")
        assert sorted(site.read("server4")["ip_addresses"]) == [f"{network}.100", f"{network}.50"]
        shown = site.rack.ssh(f"{network}.50", "ip -4 -brief address show eth0; cat /etc/resolv.conf; hostname -I")
        assert f"{network}.50/24" in shown
        assert f"{network}.100/24" in shown
        assert f"nameserver {network}.77" in shown
        assert site.rack.ssh(f"{network}.100", "hostname").strip() == "server4"
    finally:
        site.raw.post("maas/", "set_config", name="kernel_opts", value="")
        site.raw.put("subnets/1/", dns_servers="")


def test_user_data_is_honoured(site: Site) -> None:
    text = "#cloud-config\nwrite_files:\n- {path: /etc/told, content: by MAAS}\nruncmd:\n- echo ran >/etc/ran\n"
    site.ready("server2")
    site.deploy("server2", user_data=base64.b64encode(text.encode()).decode())
    assert until(lambda: site.ssh("server2", "cat /etc/ran", check=False) == "ran") >= 0
    assert site.ssh("server2", "cat /etc/told") == "by MAAS"
    assert identity.SEED in site.ssh("server2", f"sudo ls -d {identity.SEED}")


def test_another_hostname_than_in_the_rack(site: Site) -> None:
    system_id = site.ready("server5")
    site.raw.put(f"machines/{system_id}/", hostname="db")
    try:
        site.deploy("server5")
        assert site.ssh("server5", "hostname; hostname -f; uname -n").split() == ["db"] * 3
        site.raw.put(f"machines/{system_id}/", hostname="renamed")
        site.ssh("server5", "sudo systemctl reboot", check=False)
        until(lambda: site.answers("server5"))
        assert site.ssh("server5", "hostname") == "db"
    finally:
        site.ready("server5")
        site.raw.put(f"machines/{system_id}/", hostname="server5")


def test_power_off_and_on_keeps_the_disk(site: Site) -> None:
    site.deployed("server1")
    site.ssh("server1", "echo kept | sudo tee /var/lib/kept")
    assert site.op("server1", "power_off").status == 200
    assert site.power("server1") == "off"
    site.rack.fleet.settle()
    assert not site.rack.fleet.running("server1")
    assert not site.answers("server1")
    assert site.op("server1", "power_on").status == 200
    assert site.power("server1") == "on"
    until(lambda: site.answers("server1"))
    assert site.ssh("server1", "cat /var/lib/kept") == "kept"


def test_a_reboot_inside_is_no_power_off(site: Site) -> None:
    site.deployed("server1")
    before = site.ssh("server1", "cat /proc/1/stat | cut -d' ' -f22")
    site.ssh("server1", "sudo systemctl reboot", check=False)
    until(lambda: site.ssh("server1", "cat /proc/1/stat | cut -d' ' -f22", check=False) not in {before, ""})
    assert site.power("server1") == "on"
    assert site.status("server1") == "Deployed"
    until(lambda: site.answers("server1"))


def test_a_power_off_inside_is_seen_by_the_bmc(site: Site) -> None:
    site.deployed("server1")
    assert site.power("server1") == "on"
    site.ssh("server1", "sudo systemctl poweroff", check=False)
    until(lambda: site.power("server1") == "off")
    assert site.read("server1")["power_state"] == "off"
    site.op("server1", "power_on")
    until(lambda: site.power("server1") == "on" and site.answers("server1"))


def test_a_server_that_dies_takes_its_bmc_along(site: Site) -> None:
    site.deployed("server2")
    site.rack.maas.hand("kill", "server2")
    site.rack.fleet.settle()
    assert not site.answers("server2")
    assert site.power("server2") == "error"
    assert site.op("server2", "release").json["status_name"] == "Releasing"
    assert site.status("server2") == "Releasing failed"
    assert site.op("server2", "mark_broken", comment="dead").json["status_name"] == "Broken"
    site.rack.maas.hand("revive", "server2")
    site.op("server2", "mark_fixed")
    until(lambda: site.power("server2") == "off")
    site.ready("server2")
    site.deploy("server2")
    until(lambda: site.answers("server2"))


def test_a_full_disk_refuses_writes_until_it_is_freed(site: Site) -> None:
    site.deployed("server1")
    site.ssh("server1", "echo there | sudo tee /var/lib/there")
    site.rack.maas.hand("fill-disk", "server1")
    until(lambda: "No space left" in site.ssh("server1", "sudo dd if=/dev/zero of=/var/lib/x count=1", check=False))
    assert site.ssh("server1", "cat /var/lib/there; df --output=pcent /var | tail -1").split() == ["there", "100%"]
    site.ssh("server1", "sudo dd if=/dev/zero of=/srv/x count=1")
    site.ssh("server1", "sudo systemctl reboot", check=False)
    until(lambda: "No space left" in site.ssh("server1", "sudo dd if=/dev/zero of=/var/lib/x count=1", check=False))
    site.rack.maas.hand("free-disk", "server1")
    until(lambda: "1+0 records out" in site.ssh("server1", "sudo dd if=/dev/zero of=/var/lib/x count=1", check=False))


def test_no_boot_ends_as_maas_ends_it(site: Site) -> None:
    site.ready("server2")
    site.rack.maas.fault("no-boot", machine="server2", phase="deploying", times=1)
    try:
        site.op("server2", "deploy")
        until(lambda: site.status("server2") == "Failed deployment")
        assert site.read("server2")["error_description"] == "Node operation 'Deploying' timed out after 30 minutes."
        assert not site.rack.fleet.running("server2")
    finally:
        site.rack.maas.clear_faults()
    site.deployed("server2")


def test_slow_ssh_is_deployed_late(site: Site) -> None:
    site.ready("server2")
    site.rack.maas.fault("slow-ssh", machine="server2", seconds=4, times=1)
    try:
        site.op("server2", "deploy")
        assert until(lambda: site.status("server2") == "Deployed") > 3
    finally:
        site.rack.maas.clear_faults()
    until(lambda: site.answers("server2"))


def test_commissioning_reports_the_kit(site: Site) -> None:
    for name, memory, disks in (("server1", 12, [120]), ("server2", 16, [120, 500])):
        if name not in site.ids:
            site.ready(name)
        shown = site.read(name)
        assert (shown["memory"], shown["cpu_count"]) == (memory * 1024, 2)
        assert [each["size"] for each in shown["blockdevice_set"]] == [each * 10**9 for each in disks]
        assert [each["mac_address"] for each in shown["interface_set"] if each["type"] == "physical"] == [
            site.rack.maas.physical_macs()[name]
        ]
