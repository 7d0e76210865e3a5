"""Strategies for valid kits, as Pulumi hands them over, and for single spoiled fields of them."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, cast

from hypothesis import strategies as st

labels = st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?", fullmatch=True)
tag_names = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
comments = st.text(max_size=12)
macs = st.integers(0, 2**48 - 1).map(lambda number: ":".join(f"{number:012x}"[i : i + 2] for i in range(0, 12, 2)))
releases = st.sampled_from(["bionic", "focal", "jammy", "noble"])
members = st.one_of(st.just("all"), st.just([]))


@st.composite
def ranges(draw: st.DrawFn, network: IPv4Network) -> list[dict[str, Any]]:
    """Disjoint ranges in the upper half of a network, in any order; the first may be dynamic."""
    low, high = int(network[network.num_addresses // 2]), int(network.broadcast_address) - 1
    cuts = sorted(draw(st.lists(st.integers(low, high), unique=True, max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    kinds = draw(st.lists(st.sampled_from(["dynamic", "reserved"]), min_size=len(pairs), max_size=len(pairs)))
    found = [
        {"type": kind, "start": str(IPv4Address(start)), "end": str(IPv4Address(end)), "comment": draw(comments)}
        for kind, (start, end) in zip(kinds, pairs, strict=True)
    ]
    return draw(st.permutations(found))


@st.composite
def subnets(draw: st.DrawFn, index: int) -> dict[str, Any]:
    """One /20 of 172.16.0.0/12; gateway and name servers are in its lower half, where no range is."""
    network = IPv4Network((int(IPv4Address("172.16.0.0")) + index * 4096, 20))
    found = draw(ranges(network))
    return {
        "cidr": str(network),
        "gateway": draw(st.none() | st.integers(1, 9).map(lambda number: str(network[number]))),
        "dns": draw(st.lists(st.just(str(network[10])), max_size=1)),
        "dhcp": any(entry["type"] == "dynamic" for entry in found) and draw(st.booleans()),
        "ranges": found,
    }


@st.composite
def servers(draw: st.DrawFn, index: int, name: str, mac: str) -> dict[str, Any]:
    """One server; its AMT address is in the lower half of the first subnet."""
    kind = draw(st.sampled_from(["amt", "manual", "virsh"]))
    return {
        "name": name,
        "mac": draw(st.sampled_from([mac, mac.upper()])),
        "power": {"type": kind, "address": str(IPv4Address("172.16.1.0") + index), "password": "secret"},
        "expect": draw(
            st.fixed_dictionaries({}, optional={"memoryGb": st.integers(1, 512), "disks": st.integers(0, 9)})
        ),
    }


@st.composite
def kits(draw: st.DrawFn) -> dict[str, Any]:
    """A valid kit with any number of parts."""
    names = draw(st.lists(labels, unique=True, min_size=1, max_size=5))
    addresses = draw(st.lists(macs, unique=True, min_size=len(names), max_size=len(names)))
    series = draw(st.lists(releases, unique=True, min_size=1))
    some = st.one_of(st.just("all"), st.lists(st.sampled_from(names), unique=True))
    tags = draw(st.lists(tag_names, unique=True, max_size=3))
    return {
        "settings": {"default_distro_series": draw(st.sampled_from(series)), "node_timeout": draw(st.integers(1, 90))},
        "images": [{"release": release} for release in series],
        "subnets": [draw(subnets(index)) for index in range(draw(st.integers(0, 3)))],
        "servers": [draw(servers(i, *pair)) for i, pair in enumerate(zip(names, addresses, strict=True))],
        "onMismatch": draw(st.sampled_from(["fail", "warn"])),
        "bridges": [{"name": "br-ex", "servers": draw(some)}],
        "tags": [{"name": tag, "servers": draw(some), "comment": draw(comments)} for tag in tags],
        "deploy": {
            name: {"distro": draw(st.sampled_from(series)), "lock": draw(st.booleans())}
            for name in draw(st.lists(st.sampled_from(names), unique=True))
        },
    }


Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Spoiled:
    """A kit with one bad value, and where it is."""

    kit: dict[str, Any]
    path: Path

    @property
    def text(self) -> str:
        """The path as an error should write it."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "baremetal:" + "".join(parts).removeprefix(".")


_BAD: dict[str, list[object]] = {
    "name": ["", "Ä", "a b!", 7, None],
    "mac": ["", "52:54", "gg:00:00:00:00:00", 5, None],
    "address": ["", "1.2.3", "1.2.3.4/8", 1],
    "cidr": ["", "172.16.0.1/20", "x", 1, None],
    "gateway": ["172.16", True],
    "dhcp": ["true", 1, None],
    "type": ["", "x", 1],
    "start": ["x", None],
    "end": ["", 9],
    "memoryGb": [0, "1", 1.5],
    "disks": [-1, True],
    "release": ["Jammy", "22.04", None],
    "distro": ["trusty", "", 4],
    "lock": ["no", 0, None],
    "servers": [["nobody"], "some", None, 3],
    "onMismatch": ["maybe", None],
    "default_distro_series": ["trusty"],
}


def _leaves(value: object, path: Path = ()) -> list[Path]:
    """The path of every value below a key, mappings and lists included."""
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return [leaf for key, inner in items for leaf in [(*path, key), *_leaves(inner, (*path, key))]]
    if isinstance(value, list):
        entries = enumerate(cast("list[object]", value))
        return [leaf for index, inner in entries for leaf in _leaves(inner, (*path, index))]
    return []


@st.composite
def spoiled_kits(draw: st.DrawFn) -> Spoiled:
    """A valid kit with one value replaced by one that its key never takes."""
    kit = draw(kits())
    path = draw(st.sampled_from([leaf for leaf in _leaves(kit) if leaf[-1] in _BAD and leaf != ("servers",)]))
    place: Any = kit
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = draw(st.sampled_from(_BAD[str(path[-1])]))
    return Spoiled(kit, path)


@st.composite
def kits_with_unknown_keys(draw: st.DrawFn) -> Spoiled:
    """A valid kit with one key too many, anywhere that keys are the config's own."""
    kit = draw(kits())
    free = {("deploy",), ("settings",)}
    paths = [leaf for leaf in [(), *_leaves(kit)] if isinstance(_at(kit, leaf), dict) and leaf not in free]
    path = draw(st.sampled_from(paths))
    key = draw(st.from_regex(r"x[a-zA-Z]{3,8}", fullmatch=True))
    _at(kit, path)[key] = draw(st.sampled_from([None, 1, "secret", []]))
    return Spoiled(kit, (*path, key))


def _at(kit: Any, path: Path) -> Any:
    for step in path:
        kit = kit[step]
    return kit
