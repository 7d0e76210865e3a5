"""Devices: things on the network that MAAS names but does not manage.

MACs, host name, address -> devices/ -> adopted by MAC, or created; a static address links the first interface.
Source: MAAS 3.5 API, devices/, nodes/{system_id}/interfaces/{id}/?op=link_subnet (STATIC only for devices).
"""

from ipaddress import ip_address, ip_network

from providers.common.cleaning import each, filled, ip_or_empty, mac, matching
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import Raw, as_mapping, mapping, mappings, text, texts, whole
from providers.maas.crud.base import Found, MaasProvider, Props, changed, sure
from providers.maas.errors import MaasError
from providers.maas.models import interface
from providers.maas.session import Session, Touches

hostname = matching(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "a host name: lower-case letters, digits and inner hyphens")

TOUCHES: Touches = {"Devices": None}


class DeviceProvider(MaasProvider):
    """A device; its MACs are its identity."""

    schema = Schema(
        (
            Field("hostname", clean=hostname, required=True),
            Field("mac_addresses", clean=each(mac, least=1), required=True, replaces=True, same=same_set),
            Field("domain", clean=filled),
            Field("ip_address", clean=ip_or_empty),
        ),
        delete_first=True,
        stables=("system_id",),
    )

    def make(self, maas: Session, props: Props) -> Found:
        found = _by_mac(maas, props)
        adopted = found is not None
        raw = found or sure(lambda: _create(maas, props), lambda: _by_mac(maas, props))
        outs = _bring(maas, raw, props, self.schema)
        return Found(text(raw, "system_id"), {**outs, "adopted": adopted})

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        raw = _by_id(maas, id_)
        return None if raw is None else Found(text(raw, "system_id"), _observe(raw))

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        raw = _by_id(maas, id_)
        if raw is None:
            raise MaasError(
                f"MAAS no longer has the device {text(olds, 'hostname')}: after a refresh, up makes it again"
            )
        return _bring(maas, raw, news, self.schema)

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        if not props.get("adopted"):
            title = f"delete the device {text(props, 'hostname')}"
            maas.remove("Device.delete", title, {"system_id": id_}, touches=TOUCHES)


def _macs(raw: Raw) -> list[str]:
    return [found.mac_address for found in map(interface, mappings(raw, "interface_set"))]


def _by_mac(maas: Session, props: Props) -> Raw | None:
    wanted = set(texts(props, "mac_addresses"))
    return next((raw for raw in maas.listing("Devices.read") if wanted & set(_macs(raw))), None)


def _by_id(maas: Session, id_: str) -> Raw | None:
    for raw in maas.listing("Devices.read"):
        if id_ in {text(raw, "system_id"), text(raw, "hostname"), *_macs(raw)}:
            return raw
    return None


def _create(maas: Session, props: Props) -> Raw:
    data = {name: props.get(name) for name in ("hostname", "mac_addresses", "domain")}
    purpose = f"create the device {text(props, 'hostname')}"
    return as_mapping(maas.change("Devices.create", purpose, data=data, touches=TOUCHES), "MAAS's answer")


def _bring(maas: Session, raw: Raw, props: Props, schema: Schema) -> Props:
    """Rename, move to the domain, give the address; return what is then."""
    names = changed(schema, _observe(raw), props)
    system_id = text(raw, "system_id")
    data = {name: props[name] for name in ("hostname", "domain") if name in names}
    if data:
        purpose = f"change the device {text(props, 'hostname')}"
        maas.change("Device.update", purpose, {"system_id": system_id}, data, touches=TOUCHES)
    if "ip_address" in names:
        _address(maas, raw, text(props, "ip_address"))
    return _observe(_by_id(maas, system_id) or raw)


def _address(maas: Session, raw: Raw, address: str) -> None:
    """Unlink what the first interface has and link the address, if one is wanted."""
    first = interface(mappings(raw, "interface_set")[0])
    uri = {"system_id": text(raw, "system_id"), "id": first.id}
    for link in first.link_ids:
        purpose = f"take the address off the device {text(raw, 'hostname')}"
        maas.change("Interface.unlink_subnet", purpose, uri, {"id": link}, touches=TOUCHES)
    if address:
        data = {"mode": "STATIC", "subnet": _subnet(maas, address), "ip_address": address}
        purpose = f"give the device {text(raw, 'hostname')} the address {address}"
        maas.change("Interface.link_subnet", purpose, uri, data, touches=TOUCHES)


def _subnet(maas: Session, address: str) -> int:
    for row in maas.listing("Subnets.read"):
        if ip_address(address) in ip_network(text(row, "cidr")):
            return whole(row, "id")
    raise MaasError(f"no subnet of MAAS holds the address {address}")


def _observe(raw: Raw) -> Props:
    found = [interface(one) for one in mappings(raw, "interface_set")]
    addresses = [address for one in found for address in one.ip_addresses] or list(texts(raw, "ip_addresses"))
    return {
        "hostname": text(raw, "hostname"),
        "mac_addresses": [one.mac_address for one in found],
        "domain": text(mapping(raw, "domain"), "name"),
        "ip_address": addresses[0] if addresses else "",
        "system_id": text(raw, "system_id"),
        "fqdn": text(raw, "fqdn"),
    }
