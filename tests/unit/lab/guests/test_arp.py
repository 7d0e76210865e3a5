"""What a server tells its neighbours: nothing is sent."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from lab.hosts.arp import Announcement, announcements, frame
from lab.hosts.spec import HostSpec, Nic


def test_the_frame_is_a_broadcast_question_for_the_own_address() -> None:
    mac, address = "525400000002", "ac100014"
    assert frame(bytes.fromhex(mac), "172.16.0.20").hex() == (
        f"ffffffffffff{mac}0806" + f"0001080006040001{mac}{address}" + f"000000000000{address}"
    )


@given(st.binary(min_size=6, max_size=6), st.ip_addresses(v=4))
def test_every_mac_and_address_has_its_frame(mac: bytes, address: ipaddress.IPv4Address) -> None:
    made = frame(mac, str(address))
    assert len(made) == 42
    assert made[6:12] == made[22:28] == mac
    assert made[28:32] == made[38:42] == address.packed


def test_each_address_is_told_by_the_link_that_carries_it() -> None:
    nics = (
        Nic("eth0", "52:54:00:00:00:02", ("172.16.0.20/20", "172.16.0.21/20"), bridge="br-ex"),
        Nic("eth1", "52:54:00:00:00:03", ("10.0.0.1/8", "fd00::1/64")),
        Nic("eth2", "52:54:00:00:00:04"),
    )
    assert announcements(HostSpec("a", nics, ())) == [
        Announcement("br-ex", "172.16.0.20"),
        Announcement("br-ex", "172.16.0.21"),
        Announcement("eth1", "10.0.0.1"),
    ]
