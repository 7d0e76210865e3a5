"""What a spec means to `ip`, `unshare` and the boot script: tables and properties, nothing is run."""

import ipaddress
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.hosts import commands, guest, spec
from lab.hosts.net import COURSE, RackNet, mac_of, port
from lab.hosts.private import net as private_net
from lab.hosts.spec import HostSpec, Nic

MAC = "52:54:00:00:00:02"
KEY = "ssh-ed25519 AAAA somebody"

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?", fullmatch=True)
macs = st.binary(min_size=6, max_size=6).map(lambda octets: ":".join(f"{each:02x}" for each in octets))
addresses = st.integers(2, 4000).map(lambda number: f"{ipaddress.ip_address('172.16.0.0') + number}/20")
nics = st.builds(
    Nic,
    st.sampled_from(["eth0", "enp1s0"]),
    macs,
    st.lists(addresses, max_size=3).map(tuple),
    st.sampled_from(["", "br-ex"]),
)
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\n"), min_size=1, max_size=20)
paths = texts.map(lambda text: "/" + text.strip("/").replace("..", "__")).filter(lambda path: path != "/")
specs = st.builds(
    HostSpec,
    names,
    st.lists(nics, max_size=2, unique_by=lambda nic: nic.name).map(tuple),
    st.just((KEY,)),
    binds=st.dictionaries(paths, paths, max_size=3),
)


def lines(made: list[commands.Command]) -> list[str]:
    return [line for each in made for line in each.lines]


def test_a_plain_server() -> None:
    made = commands.guest_up(COURSE, HostSpec("server2", (Nic("eth0", MAC, ("172.16.0.20/20",)),), (KEY,)))
    assert [each.argv for each in made] == [
        ["ip", "netns", "add", "m2c-server2"],
        ["ip", "-n", "m2c-rack", "-batch", "-"],
        ["ip", "-n", "m2c-server2", "-batch", "-"],
    ]
    assert lines(made) == [
        f"link add server2-0 type veth peer name eth0 address {MAC} netns m2c-server2",
        "link set server2-0 master br0 up",
        "link set lo up",
        "link set eth0 up",
        "address add 172.16.0.20/20 dev eth0",
        "route add default via 172.16.0.1",
    ]


def test_a_bridge_carries_the_addresses_and_the_mac() -> None:
    nic = Nic("eth0", MAC, ("172.16.0.20/20",), bridge="br-ex")
    made = lines(commands.guest_up(COURSE, HostSpec("server2", (nic,), (KEY,))))
    assert f"link add br-ex address {MAC} type bridge" in made
    assert "link set eth0 master br-ex" in made
    assert "address add 172.16.0.20/20 dev br-ex" in made
    assert not any(line.startswith("address") and line.endswith("eth0") for line in made)


@pytest.mark.parametrize(
    ("gateway", "address", "routed"),
    [
        ("172.16.0.1", "172.16.0.20/20", True),
        ("172.16.0.1", "172.16.0.20/32", False),
        ("10.0.0.1", "172.16.0.20/20", False),
        ("", "172.16.0.20/20", False),
    ],
)
def test_the_default_route_is_one_that_a_card_reaches(gateway: str, address: str, routed: bool) -> None:
    made = lines(commands.guest_up(COURSE, HostSpec("a", (Nic("eth0", MAC, (address,)),), (KEY,), gateway=gateway)))
    assert any(line.startswith("route add default") for line in made) is routed


@given(specs)
def test_what_is_made_is_taken_away_and_nothing_else(wanted: HostSpec) -> None:
    made = lines(commands.guest_up(COURSE, wanted))
    ports = [line.split()[2] for line in made if " type veth " in line]
    down = [each.arguments for each in commands.guest_down(COURSE, wanted)]
    assert [words[-1] for words in down] == [*ports, COURSE.namespace(wanted.name)]
    assert all(len(each) <= 15 for each in ports)
    for each in commands.guest_up(COURSE, wanted):
        assert {COURSE.rack, COURSE.namespace(wanted.name)} & {*each.arguments}


@given(specs)
def test_each_address_is_on_exactly_one_link(wanted: HostSpec) -> None:
    made = [line.split() for line in lines(commands.guest_up(COURSE, wanted)) if line.startswith("address add")]
    assert [(words[2], words[4]) for words in made] == [
        (address, nic.carrier) for nic in wanted.nics for address in nic.addresses
    ]


@given(specs, texts.map(lambda text: Path("/disks") / text.replace("/", "_")))
def test_the_boot_script_is_a_script_whatever_the_paths(wanted: HostSpec, disk: Path) -> None:
    script = commands.boot_script(wanted, disk, Path("/cache/base"))
    words = shlex.split(script, comments=False)
    for outside, inside in wanted.binds.items():
        at = [index for index, word in enumerate(words) if word == "--bind" and words[index + 1] == outside]
        assert any(words[index + 2] == inside.lstrip("/") for index in at)
    assert words[words.index("cd") + 1] == str(disk)


def test_sh_takes_the_boot_script() -> None:
    wanted = HostSpec("a", (), (KEY,), binds={"/it's; here": "/mnt/$HOME"})
    script = commands.boot_script(wanted, Path("/a b"), Path("/base"))
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_the_launcher_dies_with_its_parent_and_the_guest_with_it() -> None:
    argv = commands.launch("m2c-a", Path("/home/a/boot.sh"), [Path("/sys/fs/cgroup/unified/m2c/a")])
    assert argv[:4] == ["setpriv", "--pdeathsig", "KILL", "nsenter"]
    assert "--kill-child=SIGKILL" in argv[7]
    assert argv[-2:] == ["/home/a/boot.sh", "/sys/fs/cgroup/unified/m2c/a/cgroup.procs"]


@given(names, st.integers(0, 9))
def test_ports_fit_and_tell_servers_apart(name: str, index: int) -> None:
    assert len(port(name, index)) <= 15
    assert port(name, index) != port(f"{name}x", index)
    assert port(name, index) != port(name, index + 1)


@given(st.text())
def test_a_derived_mac_is_local_and_unicast(text: str) -> None:
    assert int(mac_of(text)[:2], 16) & 3 == 2
    assert mac_of(text) == mac_of(text)


def test_private_racks_do_not_meet_and_leave_the_course_alone() -> None:
    nets = [COURSE, *(private_net(number) for number in range(200))]
    assert len({each.host_link for each in nets}) == len(nets)
    assert not any(one.owns(two.rack) for one in nets for two in nets if one != two)
    subnets = [ipaddress.ip_network(each.subnet) for each in nets]
    assert not any(one.overlaps(two) for one in subnets for two in subnets if one != two)
    for each in nets:
        network = ipaddress.ip_network(each.subnet)
        assert {ipaddress.ip_address(one) in network for one in (each.router, each.main, each.host)} == {True}


@pytest.mark.parametrize(
    ("given_spec", "words"),
    [
        (HostSpec("Server2", (), ()), "not 'Server2'"),
        (HostSpec("a/b", (), ()), "not 'a/b'"),
        (HostSpec("a", (), (), user="root;"), "not 'root;'"),
        (HostSpec("a", (Nic("eth0", "52:54", ()),), ()), "a: eth0 has the MAC '52:54'"),
        (HostSpec("a", (Nic("a-name-that-is-too-long", MAC, ()),), ()), "1 to 15 letters"),
        (HostSpec("a", (Nic("eth0", MAC, ("172.16.0.300/20",)),), ()), "'172.16.0.300/20' is no IP address"),
        (HostSpec("a", (), (), gateway="here"), "'here' is no IP address"),
        (HostSpec("a", (), (), nameservers=("here",)), "'here' is no IP address"),
        (HostSpec("a", (), (), files={"etc/x": ""}), "not 'etc/x'"),
        (HostSpec("a", (), (), binds={"/x": "/../x"}), "not '/../x'"),
    ],
)
def test_what_no_server_can_be_is_refused(given_spec: HostSpec, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        spec.check(given_spec)


@given(specs)
def test_what_can_be_is_not_refused(wanted: HostSpec) -> None:
    spec.check(wanted)


def test_a_rack_knows_its_own() -> None:
    net = RackNet("m2t1", "172.21.1.0/24", "172.21.1.1", "172.21.1.3", "172.21.1.254")
    assert (net.rack, net.host_link, net.length, net.mirror) == ("m2t1-rack", "m2t10", 24, "http://172.21.1.3:5248")
    up = commands.rack_up(net)
    assert all("m2t1" in " ".join(each.argv) for each in up)


def test_the_router_keeps_its_mac_whatever_comes_to_its_bridge_and_goes() -> None:
    assert f"link add br0 address {mac_of('br0')} type bridge" in lines(commands.rack_up(COURSE))


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0A0015AC:1538 0B0015AC:D431 01 00000000:00000000 02:000A 00000000     0        0 2 2 0 20 4 30 10 -1
"""


@pytest.mark.parametrize(("port", "found"), [(22, True), (5432, False), (80, False), (0x0160, False)])
def test_listening_sockets(port: int, found: bool) -> None:
    assert guest.listens(TCP, port) is found


@given(st.text(), st.integers(1, 65535))
def test_a_table_may_be_cut_anywhere(text: str, port: int) -> None:
    guest.listens(text, port)
    for end in range(len(TCP)):
        assert guest.listens(TCP[:end], 5432) is False
