"""DNS records: addresses live in dnsresources/, all other types in dnsresourcerecords/.

fqdn, type, data -> the list of the right kind -> adopted, or created. Pulumi's id is `address:N` or `record:N`.
MAAS reserves an address that it does not know when a name gets it, and keeps it reserved when the name goes: what a
record brought so is remembered as `reserved`, and released with it unless another name has it.
Source: MAAS 3.5 API, dnsresources/, dnsresourcerecords/, ipaddresses/.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from providers.common.cleaning import filled, matching, one_of, whole
from providers.common.fields import Field, Inputs, Schema
from providers.common.raw import Raw, as_mapping, mappings, maybe_whole, text, texts
from providers.maas.crud.base import Found, MaasProvider, Props, sure
from providers.maas.errors import MaasError
from providers.maas.session import Session, Touches

ADDRESSES = frozenset({"A", "AAAA", "A/AAAA"})
TOUCHES: Touches = {"DNSResources": None, "DNSResourceRecords": None, "IPAddresses": None}

_type = one_of("A", "AAAA", "A/AAAA", "CNAME", "MX", "NS", "SRV", "SSHFP", "TXT")
_name = matching(r"([A-Za-z0-9_*-]+\.)+[A-Za-z0-9-]+", "a name with its domain such as www.maas")


def _cross(known: Inputs) -> Iterable[tuple[str, str]]:
    if known.get("type") in ADDRESSES:
        for word in text(known, "data").split():
            try:
                ip_address(word)
            except ValueError:
                yield "data", f"holds {word!r}, but must be IP addresses separated by spaces"


def _same_data(old: object, new: object) -> bool:
    return sorted(str(old).split()) == sorted(str(new).split())


class DnsRecordProvider(MaasProvider):
    """Data and ttl change in place; name and type are what it is."""

    schema = Schema(
        (
            Field("fqdn", clean=lambda value: str(_name(filled(value))).lower(), required=True, replaces=True),
            Field("type", clean=_type, required=True, replaces=True),
            Field("data", clean=filled, required=True, same=_same_data),
            Field("ttl", clean=whole(0, 2**31 - 1)),
        ),
        cross=_cross,
        delete_first=True,
    )
    carried = (*MaasProvider.carried, "reserved")

    def make(self, maas: Session, props: Props) -> Found:
        found = _find(maas, props)
        if found is not None:
            return Found(found.id, {**self.alter(maas, found.id, found.outs, props), "adopted": True})
        strangers = _strangers(maas, props)
        made = sure(lambda: _create(maas, props), lambda: _find(maas, props))
        return Found(made.id, {**made.outs, "adopted": False, "reserved": _brought(maas, props, strangers)})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        return next((found for found in _all(maas, text(props, "type")) if found.id == id_), None)

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        kind, _, number = id_.partition(":")
        address = kind == "address"
        names = {"data": "ip_addresses" if address else "rrdata", "ttl": "address_ttl" if address else "ttl"}
        data = {names[name]: news[name] for name in ("data", "ttl") if news.get(name) is not None}
        target = "DNSResource.update" if address else "DNSResourceRecord.update"
        strangers = _strangers(maas, news)
        answer = maas.change(target, f"change {_title(news)}", {"id": number}, data, touches=TOUCHES)
        outs = _parse(as_mapping(answer, "MAAS's answer"), text(news, "type")).outs
        if olds.get("adopted", True):
            return outs
        added = set(_brought(maas, news, strangers)) - set(text(olds, "data").split())
        ours = {*texts(olds, "reserved"), *added}
        now = set(text(outs, "data").split())
        _give_back(maas, sorted(ours - now))
        return {**outs, "reserved": sorted(ours & now)}

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        if props.get("adopted"):
            return
        kind, _, number = id_.partition(":")
        target = "DNSResource.delete" if kind == "address" else "DNSResourceRecord.delete"
        maas.remove(target, f"delete {_title(props)}", {"id": number}, touches=TOUCHES)
        _give_back(maas, texts(props, "reserved"))


def _title(props: Props) -> str:
    return f"the DNS record {text(props, 'fqdn')} {text(props, 'type')}"


def _strangers(maas: Session, props: Props) -> set[str]:
    """Give the reserved addresses that no DNS name has: somebody reserved them by themselves."""
    return _reserved(maas) - _named(maas) if text(props, "type") in ADDRESSES else set()


def _brought(maas: Session, props: Props, strangers: set[str]) -> list[str]:
    """Give those of a record's addresses that are reserved because names have them."""
    if text(props, "type") not in ADDRESSES:
        return []
    return sorted((_reserved(maas) - strangers) & set(text(props, "data").split()))


def _reserved(maas: Session) -> set[str]:
    return {text(row, "ip") for row in maas.listing("IPAddresses.read")}


def _named(maas: Session) -> set[str]:
    return {text(one, "ip") for row in maas.listing("DNSResources.read") for one in mappings(row, "ip_addresses")}


def _give_back(maas: Session, addresses: Sequence[str]) -> None:
    if not addresses:
        return
    for ip in sorted(set(addresses) & (_reserved(maas) - _named(maas))):
        maas.change("IPAddresses.release", f"release the address {ip}", data={"ip": ip}, touches=TOUCHES)


def _create(maas: Session, props: Props) -> Found:
    type_ = text(props, "type")
    if type_ in ADDRESSES:
        data = {"fqdn": props["fqdn"], "ip_addresses": props["data"], "address_ttl": props.get("ttl")}
        target = "DNSResources.create"
    else:
        data = {"fqdn": props["fqdn"], "rrtype": type_, "rrdata": props["data"], "ttl": props.get("ttl")}
        target = "DNSResourceRecords.create"
    answer = maas.change(target, f"create {_title(props)}", data=data, touches=TOUCHES)
    return _parse(as_mapping(answer, "MAAS's answer"), type_)


def _find(maas: Session, props: Props) -> Found | None:
    type_, fqdn = text(props, "type"), text(props, "fqdn")
    same = [found for found in _all(maas, type_) if found.outs["fqdn"] == fqdn and found.outs["type"] == type_]
    if type_ in ADDRESSES:
        return next(iter(same), None)
    return next((found for found in same if _same_data(found.outs["data"], props.get("data"))), None)


def _all(maas: Session, type_: str) -> list[Found]:
    if type_ in ADDRESSES:
        rows = maas.listing("DNSResources.read")
        return [_parse(row, type_) for row in rows if mappings(row, "ip_addresses")]
    if not type_:
        raise MaasError("a DNS record is read by its type: give fqdn, type and data")
    return [_parse(row, text(row, "rrtype")) for row in maas.listing("DNSResourceRecords.read")]


def _parse(raw: Raw, type_: str) -> Found:
    address = type_ in ADDRESSES
    ttl = maybe_whole(raw, "address_ttl" if address else "ttl")
    words = sorted(text(one, "ip") for one in mappings(raw, "ip_addresses")) if address else [text(raw, "rrdata")]
    outs = {"fqdn": text(raw, "fqdn"), "type": type_, "data": " ".join(words), "ttl": ttl}
    return Found(f"{'address' if address else 'record'}:{text(raw, 'id')}", outs)
