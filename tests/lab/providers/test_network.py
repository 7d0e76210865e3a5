"""Subnets, ranges, DHCP, DNS, devices against the lab."""

import pytest

from lab.maas.testing import RunningMaas
from providers.common.raw import mapping
from providers.maas import session
from providers.maas.crud.devices import DeviceProvider
from providers.maas.crud.dns import DnsRecordProvider
from providers.maas.crud.network import IpRangeProvider, SubnetProvider, VlanDhcpProvider
from providers.maas.errors import MaasError, Refused
from tests.lab.providers.life import Bag, Life

CIDR = "172.16.0.0/20"
RANGE: Bag = {"subnet": CIDR, "type": "dynamic", "start_ip": "172.16.11.1", "end_ip": "172.16.14.255", "comment": "pxe"}


def subnet(cidr: str = CIDR) -> Bag:
    rows = session.current().client.many("Subnets.read", "list")
    return dict(next(row for row in rows if row["cidr"] == cidr))


def test_the_discovered_subnet_is_adopted_and_put_back(maas: RunningMaas) -> None:
    before = subnet()
    wanted: Bag = {"cidr": CIDR, "gateway_ip": "172.16.0.1", "dns_servers": ["172.20.129.131"], "managed": True}
    life = Life(SubnetProvider(), wanted).up()
    assert life.state["adopted"] is True
    assert subnet()["gateway_ip"] == "172.16.0.1"
    assert life.changes(dns_servers=["1.1.1.1", "8.8.8.8"]) == ["update"]
    life.update(dns_servers=["1.1.1.1", "8.8.8.8"])
    assert subnet()["dns_servers"] == ["1.1.1.1", "8.8.8.8"]
    life.update(dns_servers=[], gateway_ip="")
    assert (subnet()["dns_servers"], subnet()["gateway_ip"]) == ([], None)
    life.update(name="kit", gateway_ip="172.16.0.1")
    assert life.changes(cidr="10.0.0.0/24", gateway_ip="10.0.0.1") == ["replace", "cidr"]
    life.down()
    now = subnet()
    assert {name: now[name] for name in ("name", "gateway_ip", "dns_servers")} == {
        name: before[name] for name in ("name", "gateway_ip", "dns_servers")
    }


def test_dns_of_the_subnet_changed_by_hand_is_seen_and_repaired(maas: RunningMaas) -> None:
    life = Life(SubnetProvider(), {"cidr": CIDR, "dns_servers": ["172.20.129.131"]}).up()
    maas.hand("subnet-dns", CIDR, "9.9.9.9")
    session.current().snapshots.wrote("Subnets")
    assert life.refresh()["dns_servers"] == ["9.9.9.9"]
    assert life.changes() == ["update"]
    life.update()
    assert subnet()["dns_servers"] == ["172.20.129.131"]


def test_a_new_subnet_lands_in_the_asked_vlan_and_goes_again(maas: RunningMaas) -> None:
    life = Life(SubnetProvider(), {"cidr": "10.9.0.0/24", "name": "extra", "fabric": "fabric-0", "vid": 0}).up()
    assert life.state["adopted"] is False
    life.down()
    assert life.refresh() == {}
    with pytest.raises(MaasError, match=r"no VLAN 7 in a fabric named 'fabric-0'; it has fabric-0 vid 0"):
        Life(SubnetProvider(), {"cidr": "10.9.0.0/24", "fabric": "fabric-0", "vid": 7}).up()


def test_an_import_by_cidr_reads_everything(maas: RunningMaas) -> None:
    life = Life(SubnetProvider(), {"cidr": CIDR})
    assert life.imported(CIDR)["cidr"] == CIDR
    assert life.id == str(subnet()["id"])


@pytest.mark.parametrize(
    ("changes", "prop", "said"),
    [
        ({"end_ip": "172.16.11.0"}, "end_ip", "must not come before start_ip 172.16.11.1"),
        ({"start_ip": "10.0.0.1"}, "start_ip", "must be an address of 172.16.0.0/20"),
        ({"type": "static"}, "type", "must be one of dynamic, reserved"),
        ({"subnet": "172.16.0.0/33"}, "subnet", "must be a network"),
    ],
)
def test_faults_of_a_range_are_found_before_anything_runs(changes: Bag, prop: str, said: str) -> None:
    failures = IpRangeProvider().check({}, {**RANGE, **changes}).failures
    assert [(failure.property, said in failure.reason) for failure in failures] == [(prop, True)]


def test_ip_range(maas: RunningMaas) -> None:
    life = Life(IpRangeProvider(), dict(RANGE)).up()
    assert life.changes(end_ip="172.16.14.254") == ["update"]
    life.update(end_ip="172.16.14.254", comment="dhcp")
    assert life.changes(type="reserved") == ["replace", "type"]
    assert Life(IpRangeProvider(), dict(life.inputs)).up().state["adopted"] is True
    with pytest.raises(Refused, match=r"MAAS refused to create the IP range 172.16.14.1-172.16.14.9: .*conflicts"):
        Life(IpRangeProvider(), {**RANGE, "start_ip": "172.16.14.1", "end_ip": "172.16.14.9"}).up()
    session.current().client.call("IPRange.delete", "x", {"id": life.id})
    session.current().snapshots.wrote("IPRanges")
    assert life.refresh() == {}


def test_dhcp(maas: RunningMaas) -> None:
    with pytest.raises(Refused, match="dhcp can only be turned on when a dynamic IP range is defined"):
        Life(VlanDhcpProvider(), {"subnet": CIDR}).up()
    addresses = Life(IpRangeProvider(), dict(RANGE)).up()
    life = Life(VlanDhcpProvider(), {"subnet": CIDR}).up()
    assert life.state["primary_rack"] == "main"
    vlan = {"fabric_id": mapping(subnet(), "vlan")["fabric_id"], "vid": 0}
    session.current().change("Vlan.update", "x", vlan, {"dhcp_on": False}, touches={"Fabrics": None})
    assert life.refresh()["dhcp_on"] is False
    assert life.changes() == ["update"]
    life.update()
    assert mapping(subnet(), "vlan")["dhcp_on"] is True
    life.down()
    assert mapping(subnet(), "vlan")["dhcp_on"] is False
    addresses.down()


def test_an_unknown_rack_is_named_with_those_there_are(maas: RunningMaas) -> None:
    Life(IpRangeProvider(), dict(RANGE)).up()
    with pytest.raises(MaasError, match="no rack controller 'attic'; it has main"):
        Life(VlanDhcpProvider(), {"subnet": CIDR, "primary_rack": "attic"}).up()


def test_device(maas: RunningMaas) -> None:
    router: Bag = {"hostname": "router", "mac_addresses": ["50:C7:BF:00:00:01"], "ip_address": "172.16.0.1"}
    life = Life(DeviceProvider(), router).up()
    assert life.state["fqdn"] == "router.maas"
    life.update(hostname="gateway")
    life.update(ip_address="172.16.0.2")
    life.update(ip_address="")
    assert life.changes(mac_addresses=["50:c7:bf:00:00:02"]) == ["replace", "mac_addresses"]
    twin = Life(DeviceProvider(), dict(life.inputs)).up()
    assert (twin.id, twin.state["adopted"]) == (life.id, True)
    assert Life(DeviceProvider(), dict(life.inputs)).imported("50:c7:bf:00:00:01")["hostname"] == "gateway"
    life.down()
    assert life.refresh() == {}


@pytest.mark.parametrize(
    ("type_", "data", "other"),
    [("A/AAAA", "172.16.0.9", "172.16.0.8 172.16.0.7"), ("TXT", "hello", "good bye"), ("CNAME", "a.maas", "b.maas")],
)
def test_dns_record(maas: RunningMaas, type_: str, data: str, other: str) -> None:
    life = Life(DnsRecordProvider(), {"fqdn": "www.maas", "type": type_, "data": data}).up()
    assert life.changes(data=other) == ["update"]
    life.update(data=other, ttl=60)
    assert life.changes(fqdn="web.maas") == ["replace", "fqdn"]
    assert Life(DnsRecordProvider(), dict(life.inputs)).up().id == life.id
    life.down()
    assert life.refresh() == {}


def reserved() -> list[str]:
    return sorted(str(row["ip"]) for row in session.current().listing("IPAddresses.read"))


def test_addresses_that_a_dns_record_brought_are_released_with_it(maas: RunningMaas) -> None:
    session.current().change("IPAddresses.reserve", "reserve", data={"ip": "172.16.0.5"}, touches={"IPAddresses": None})
    first = Life(
        DnsRecordProvider(), {"fqdn": "www.maas", "type": "A", "data": "172.16.0.5 172.16.0.6 172.16.0.7"}
    ).up()
    assert reserved() == ["172.16.0.5", "172.16.0.6", "172.16.0.7"]
    first.update(data="172.16.0.5 172.16.0.6")
    assert reserved() == ["172.16.0.5", "172.16.0.6"]
    second = Life(DnsRecordProvider(), {"fqdn": "web.maas", "type": "A", "data": "172.16.0.6"}).up()
    first.down()
    assert reserved() == ["172.16.0.5", "172.16.0.6"], "one was reserved before, the other has a second name"
    assert second.refresh()["data"] == "172.16.0.6"
    second.down()
    assert reserved() == ["172.16.0.5"]


def test_an_adopted_dns_record_keeps_its_addresses(maas: RunningMaas) -> None:
    data = {"fqdn": "www.maas", "ip_addresses": "172.16.0.6"}
    session.current().change("DNSResources.create", "make a name by hand", data=data, touches={"DNSResources": None})
    Life(DnsRecordProvider(), {"fqdn": "www.maas", "type": "A", "data": "172.16.0.7"}).up().down()
    assert reserved() == ["172.16.0.6", "172.16.0.7"]
