"""Subnets, address ranges and DHCP.

Subnets and ranges are rows (see `rows`); DHCP is a part of a VLAN that always exists, so it is found, set, put back.
Sources: MAAS 3.5 API, subnets/, ipranges/, fabrics/{fabric_id}/vlans/{vid}/, rackcontrollers/.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from providers.common.cleaning import cidr, each, filled, flag, ip, ip_or_empty, one_of, text, whole
from providers.common.fields import Field, Inputs, Schema
from providers.common.raw import Raw, as_mapping, mapping, mappings, maybe_whole
from providers.common.raw import flag as read_flag
from providers.common.raw import text as read_text
from providers.common.raw import texts as read_texts
from providers.common.raw import whole as read_whole
from providers.maas.bones import Data
from providers.maas.crud.base import Found, MaasProvider, Props, changed
from providers.maas.crud.rows import RowProvider
from providers.maas.errors import MaasError
from providers.maas.session import Session

VID = whole(0, 4094)


@dataclass(frozen=True)
class Vlan:
    """Where a VLAN is; `racks` are system_ids, "" for none."""

    id: int
    vid: int
    fabric: str
    fabric_id: int
    dhcp_on: bool
    primary: str
    secondary: str
    relay: int | None


def vlans(maas: Session) -> tuple[Vlan, ...]:
    """List the VLANs of all fabrics, in one shared call."""
    return tuple(
        _vlan(read_text(fabric, "name"), raw)
        for fabric in maas.listing("Fabrics.read")
        for raw in mappings(fabric, "vlans")
    )


def place(maas: Session, fabric: str, vid: int) -> Vlan:
    """Find the VLAN `vid` of the fabric of this name; raises MaasError naming the fabrics there are."""
    known = vlans(maas)
    found = next((vlan for vlan in known if vlan.fabric == fabric and vlan.vid == vid), None)
    if found is None:
        there = ", ".join(sorted(f"{vlan.fabric} vid {vlan.vid}" for vlan in known))
        raise MaasError(f"MAAS has no VLAN {vid} in a fabric named {fabric!r}; it has {there}")
    return found


def subnet_row(maas: Session, network: str) -> Raw:
    """Find a subnet by its CIDR; raises MaasError naming the subnets there are."""
    rows = maas.listing("Subnets.read")
    found = next((row for row in rows if read_text(row, "cidr") == network), None)
    if found is None:
        there = ", ".join(sorted(read_text(row, "cidr") for row in rows)) or "none"
        raise MaasError(f"MAAS has no subnet {network}; it has {there}")
    return found


def _vlan(fabric: str, raw: Raw) -> Vlan:
    return Vlan(
        read_whole(raw, "id"),
        read_whole(raw, "vid"),
        fabric,
        read_whole(raw, "fabric_id"),
        read_flag(raw, "dhcp_on"),
        read_text(raw, "primary_rack"),
        read_text(raw, "secondary_rack"),
        _relay(raw.get("relay_vlan")),
    )


def _relay(value: object) -> int | None:
    # MAAS shows the relay VLAN as an object in some versions and as an id in others.
    if value is None or isinstance(value, int):
        return value
    return maybe_whole(as_mapping(value, "relay_vlan"), "id")


def _subnet_cross(known: Inputs) -> Iterable[tuple[str, str]]:
    network = ip_network(read_text(known, "cidr")) if "cidr" in known else None
    gateway = read_text(known, "gateway_ip")
    if network is not None and gateway and ip_address(gateway) not in network:
        yield "gateway_ip", f"is {gateway}, but must be an address of {network}"


class SubnetProvider(RowProvider):
    """A subnet; its CIDR is its identity, everything else changes in place."""

    schema = Schema(
        (
            Field("cidr", clean=cidr, required=True, replaces=True),
            Field("name", clean=filled),
            Field("gateway_ip", clean=ip_or_empty),
            Field("dns_servers", clean=each(ip)),
            Field("managed", clean=flag),
            Field("allow_dns", clean=flag),
            Field("allow_proxy", clean=flag),
            Field("rdns_mode", clean=whole(0, 2)),
            Field("active_discovery", clean=flag),
            Field("description", clean=text),
            Field("fabric", clean=filled),
            Field("vid", clean=VID),
        ),
        cross=_subnet_cross,
        delete_first=True,
    )
    many = "Subnets"
    single = "Subnet"
    touches = ("IPRanges", "Machines")

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "id")

    def key(self, raw: Raw) -> str:
        return read_text(raw, "cidr")

    def wanted(self, props: Props) -> str:
        return read_text(props, "cidr")

    def uri(self, raw: Raw) -> Data:
        return {"id": read_text(raw, "id")}

    def observe(self, raw: Raw) -> Props:
        vlan = mapping(raw, "vlan")
        texts = {name: read_text(raw, name) for name in ("cidr", "name", "gateway_ip", "description")}
        flags = {name: read_flag(raw, name) for name in ("managed", "allow_dns", "allow_proxy", "active_discovery")}
        return {
            **texts,
            **flags,
            "dns_servers": list(read_texts(raw, "dns_servers")),
            "rdns_mode": read_whole(raw, "rdns_mode"),
            "fabric": read_text(vlan, "fabric"),
            "vid": read_whole(vlan, "vid"),
            "subnet_id": read_whole(raw, "id"),
            "vlan_id": read_whole(vlan, "id"),
            "fabric_id": read_whole(vlan, "fabric_id"),
        }

    def body(self, maas: Session, props: Props, names: frozenset[str]) -> Data:
        data = dict(super().body(maas, props, names - {"fabric", "vid", "dns_servers"}))
        if any(props.get(name) is not None for name in names & {"fabric", "vid"}):
            if props.get("fabric") is None:
                raise MaasError(f"{self.title(props)} has a vid but no fabric: give the fabric's name too")
            data["vlan"] = place(maas, read_text(props, "fabric"), read_whole(props, "vid")).id
        if "dns_servers" in names and props.get("dns_servers") is not None:
            data["dns_servers"] = " ".join(read_texts(props, "dns_servers"))
        return data

    def title(self, props: Props) -> str:
        return f"the subnet {read_text(props, 'cidr')}"

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        """Delete it, or put back what an adopted subnet held, as far as this resource changed it."""
        if not props.get("adopted"):
            super().unmake(maas, id_, props)
            return
        row = next((row for row in maas.listing("Subnets.read") if self.ident(row) == id_), None)
        if row is not None:
            asked = read_texts(props, "managed_inputs")
            before = {name: value for name, value in mapping(props, "previous").items() if name in asked}
            self._bring(maas, row, self.observe(row), before)


def _range_cross(known: Inputs) -> Iterable[tuple[str, str]]:
    ends = [(name, ip_address(read_text(known, name))) for name in ("start_ip", "end_ip") if name in known]
    if "subnet" in known:
        network = ip_network(read_text(known, "subnet"))
        yield from (
            (name, f"is {end}, but must be an address of {network}") for name, end in ends if end not in network
        )
    if len(ends) == 2 and int(ends[1][1]) < int(ends[0][1]):
        yield "end_ip", f"is {ends[1][1]}, but must not come before start_ip {ends[0][1]}"


class IpRangeProvider(RowProvider):
    """A range; its ends and comment move in place."""

    schema = Schema(
        (
            Field("subnet", clean=cidr, required=True, replaces=True),
            Field("type", clean=one_of("dynamic", "reserved"), required=True, replaces=True),
            Field("start_ip", clean=ip, required=True),
            Field("end_ip", clean=ip, required=True),
            Field("comment", clean=text),
        ),
        cross=_range_cross,
        delete_first=True,
    )
    many = "IPRanges"
    single = "IPRange"

    def ident(self, raw: Raw) -> str:
        return read_text(raw, "id")

    def key(self, raw: Raw) -> str:
        return "{type} {start_ip}-{end_ip}".format(**raw)

    def wanted(self, props: Props) -> str:
        return "{type} {start_ip}-{end_ip}".format(**props)

    def uri(self, raw: Raw) -> Data:
        return {"id": read_text(raw, "id")}

    def observe(self, raw: Raw) -> Props:
        texts = {name: read_text(raw, name) for name in ("type", "start_ip", "end_ip", "comment")}
        return {**texts, "subnet": read_text(mapping(raw, "subnet"), "cidr"), "range_id": read_whole(raw, "id")}

    def body(self, maas: Session, props: Props, names: frozenset[str]) -> Data:
        data = dict(super().body(maas, props, names - {"subnet"}))
        if "subnet" in names:
            data["subnet"] = read_whole(subnet_row(maas, read_text(props, "subnet")), "id")
        return data

    def title(self, props: Props) -> str:
        return f"the IP range {read_text(props, 'start_ip')}-{read_text(props, 'end_ip')}"


def _dhcp_cross(known: Inputs) -> Iterable[tuple[str, str]]:
    if "primary_rack" in known and known.get("primary_rack") == known.get("secondary_rack"):
        yield "secondary_rack", f"is {known['secondary_rack']!r}, but must be another rack than primary_rack"
    if known.get("dhcp_on") and "relay_vlan" in known:
        yield "relay_vlan", "is set, but DHCP is either served (dhcp_on) or relayed"


class VlanDhcpProvider(MaasProvider):
    """DHCP of a VLAN that exists; which VLAN it is replaces, the rest changes in place."""

    schema = Schema(
        (
            Field("subnet", clean=cidr, replaces=True),
            Field("fabric", clean=filled, replaces=True),
            Field("vid", clean=VID, replaces=True),
            Field("dhcp_on", clean=flag, default=True),
            Field("primary_rack", clean=text),
            Field("secondary_rack", clean=text),
            Field("relay_vlan", clean=whole(1, 2**31)),
        ),
        cross=_dhcp_cross,
        delete_first=True,
        stables=("vlan_id",),
    )

    def make(self, maas: Session, props: Props) -> Found:
        vlan = _wanted_vlan(maas, props)
        before = _observed(maas, vlan)
        return Found(str(vlan.id), {**self._bring(maas, vlan, props), "previous": before})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        vlan = _vlan_by_id(maas, id_)
        if vlan is None:
            return None
        return Found(str(vlan.id), {**_observed(maas, vlan), **_subnet_of(maas, vlan, props)})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        vlan = _vlan_by_id(maas, id_) or _wanted_vlan(maas, news)
        return self._bring(maas, vlan, news)

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        vlan = _vlan_by_id(maas, id_)
        if vlan is not None:
            # no relay and no rack are null or "" in MAAS, and a null does not survive its way through state
            found = {"dhcp_on": False, "primary_rack": "", "relay_vlan": 0, **mapping(props, "previous")}
            asked = {*read_texts(props, "managed_inputs"), "dhcp_on", "primary_rack", "secondary_rack"}
            self._bring(maas, vlan, {name: value for name, value in found.items() if name in asked})

    def _bring(self, maas: Session, vlan: Vlan, props: Props) -> Props:
        wanted = dict(props)
        racks = _racks(maas)
        if wanted.get("dhcp_on") and not wanted.get("primary_rack") and not vlan.primary:
            wanted["primary_rack"] = _first_rack(racks)
        names = changed(self.schema, _observed(maas, vlan), wanted) & {"dhcp_on", "primary_rack", "secondary_rack"}
        data = {name: _rack_id(racks, wanted[name]) if "rack" in name else wanted[name] for name in sorted(names)}
        if props.get("relay_vlan") is not None and props["relay_vlan"] != (vlan.relay or 0):
            data["relay_vlan"] = read_whole(props, "relay_vlan") or ""
        if data:
            purpose = f"set DHCP of VLAN {vlan.vid} in {vlan.fabric}"
            uri = {"fabric_id": vlan.fabric_id, "vid": vlan.vid}
            maas.change("Vlan.update", purpose, uri, data, touches={"Fabrics": None, "Subnets": None})
        now = _vlan_by_id(maas, str(vlan.id)) or vlan
        return {**_observed(maas, now), **_subnet_of(maas, now, props)}


def _vlan_by_id(maas: Session, id_: str) -> Vlan | None:
    known = vlans(maas)
    by_id = next((vlan for vlan in known if str(vlan.id) == id_), None)
    if by_id is not None or "/" not in id_:
        return by_id
    vlan_id = read_whole(mapping(subnet_row(maas, id_), "vlan"), "id")
    return next((vlan for vlan in known if vlan.id == vlan_id), None)


def _wanted_vlan(maas: Session, props: Props) -> Vlan:
    if props.get("fabric") is not None:
        return place(maas, read_text(props, "fabric"), read_whole(props, "vid"))
    if props.get("subnet") is None:
        raise MaasError("DHCP needs its VLAN: give subnet (a CIDR), or fabric and vid")
    vlan = mapping(subnet_row(maas, read_text(props, "subnet")), "vlan")
    return place(maas, read_text(vlan, "fabric"), read_whole(vlan, "vid"))


def _subnet_of(maas: Session, vlan: Vlan, props: Props) -> Props:
    here = [
        read_text(row, "cidr")
        for row in maas.listing("Subnets.read")
        if read_whole(mapping(row, "vlan"), "id") == vlan.id
    ]
    asked = read_text(props, "subnet")
    return {"subnet": asked if asked in here else next(iter(here), "")}


def _observed(maas: Session, vlan: Vlan) -> dict[str, object]:
    names = _racks(maas)
    return {
        "fabric": vlan.fabric,
        "vid": vlan.vid,
        "dhcp_on": vlan.dhcp_on,
        "primary_rack": names.get(vlan.primary, vlan.primary),
        "secondary_rack": names.get(vlan.secondary, vlan.secondary),
        "relay_vlan": vlan.relay,
        "vlan_id": vlan.id,
    }


def _racks(maas: Session) -> dict[str, str]:
    """Rack controllers: system_id -> host name."""
    return {read_text(row, "system_id"): read_text(row, "hostname") for row in maas.listing("RackControllers.read")}


def _first_rack(racks: dict[str, str]) -> str:
    if not racks:
        raise MaasError("MAAS has no rack controller, and DHCP needs one")
    return min(racks.values())


def _rack_id(racks: dict[str, str], name: object) -> str:
    if name == "":
        return ""
    for system_id, hostname in racks.items():
        if name in {system_id, hostname}:
            return system_id
    raise MaasError(f"MAAS has no rack controller {name!r}; it has {', '.join(sorted(racks.values())) or 'none'}")
