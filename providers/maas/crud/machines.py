"""Machines: enrol by MAC, commission, wait until Ready; keep name, power and place as asked.

inputs -> machines/ create (or the machine that has the MAC already) -> commissioning, one shared wait -> outputs.
Drift never replaces: only inputs without a common MAC are another machine. Source: MAAS 3.5 API, machines/.
"""

from providers.common.cleaning import each, filled, flag, mac, matching, secret_text, secret_texts, whole
from providers.common.fields import Field, Schema, same_set
from providers.common.raw import Raw, as_mapping, mapping
from providers.common.raw import text as read_text
from providers.common.raw import texts as read_texts
from providers.common.raw import whole as read_whole
from providers.maas.crud.base import Found, MaasProvider, Props, changed, sure
from providers.maas.crud.devices import hostname
from providers.maas.crud.waits import COMMISSIONING, HELD, READY, RELEASING, UNCOMMISSIONED, follow, told, until
from providers.maas.errors import ForeignError, MaasError, Refused
from providers.maas.models import Machine, machine
from providers.maas.session import Session, Touches

POWER_TYPES = (
    *("amt", "apc", "dli", "eaton", "hmc", "hmcz", "ipmi", "lxd", "manual", "moonshot", "mscm", "msftocs", "nova"),
    *("openbmc", "proxmox", "raritan", "recs_box", "redfish", "sm15k", "ucsm", "virsh", "vmware", "webhook", "wedge"),
)
"""MAAS 3.5, provisioningserver/drivers/power/registry.py."""

_architecture = matching(r"[a-z0-9]+(/[a-z0-9.-]+)?", "an architecture such as amd64/generic")
_kernel = matching(r"|(hwe|ga)-[A-Za-z0-9.-]+", "a kernel such as ga-22.04 or hwe-22.04, or empty for any")


def _power_type(value: object) -> object:
    if value in POWER_TYPES:
        return value
    raise ValueError(f"is {value!r}, but must be one of MAAS's power types: {', '.join(POWER_TYPES)}")


def _full_architecture(value: object) -> object:
    cleaned = str(_architecture(value))
    return cleaned if "/" in cleaned else f"{cleaned}/generic"


def _apart(old: object, new: object) -> bool:
    """Other MACs, none in common: another machine. Else it is the same one, with a NIC more or less."""
    before, after = {"macs": old}, {"macs": new}
    return not set(read_texts(before, "macs")) & set(read_texts(after, "macs"))


def _same_name(olds: Props, news: Props) -> bool:
    """Two machines can't share a name; under another one, what runs on the old one moves before it goes."""
    return olds.get("hostname") == news.get("hostname")


class MachineProvider(MaasProvider):
    """See `providers.maas.resources.machines.Machine`."""

    schema = Schema(
        (
            Field("hostname", clean=hostname, required=True),
            Field("mac_addresses", clean=each(mac, least=1), required=True, replaces=_apart, same=same_set),
            Field("power_type", clean=_power_type, default="amt"),
            Field("power_address", clean=filled),
            Field("power_password", clean=secret_text),
            Field("power_parameters", clean=secret_texts),
            Field("architecture", clean=_full_architecture, default="amd64/generic"),
            Field("domain", clean=filled),
            Field("zone", clean=filled),
            Field("pool", clean=filled),
            Field("commission", clean=flag, default=True),
            Field("testing_scripts", clean=each(filled)),
            Field("min_hwe_kernel", clean=_kernel),
            Field("deadline_minutes", clean=whole(1, 24 * 60), default=45),
        ),
        delete_first=_same_name,
        stables=("system_id",),
    )

    def make(self, maas: Session, props: Props) -> Found:
        found, created = self._enrol(maas, props)
        ready = self._commissioned(maas, found if created else self._bring(maas, found, {}, props), props)
        return Found(ready.system_id, _observe(ready, props))

    def look(self, maas: Session, id_: str, props: Props) -> Found | None:
        found = _by_id(maas, id_)
        if found is None:
            return None
        return Found(found.system_id, {**_observe(found, props), **_power(maas, found, props)})

    def alter(self, maas: Session, id_: str, olds: Props, news: Props) -> Props:
        found = _by_id(maas, id_)
        if found is None:
            raise MaasError(
                f"MAAS no longer has the machine {read_text(olds, 'hostname')}: refresh, then up enrols it again"
            )
        return _observe(self._commissioned(maas, self._bring(maas, found, olds, news), news), news)

    def unmake(self, maas: Session, id_: str, props: Props) -> None:
        found = maas.machine(id_)
        if found is None:
            return
        if found.status in RELEASING:
            found = follow(maas, found, until({READY}, RELEASING, "release"), _minutes(props))
        if found.status in HELD:
            raise ForeignError(
                f"{found.hostname} ({id_}) is {found.status} for {found.claim or found.owner or 'somebody'} "
                "and stays in MAAS: release it first"
            )
        purpose = f"delete the machine {found.hostname}"
        maas.remove("Machine.delete", purpose, {"system_id": id_}, touches={"Machines": id_})

    def _enrol(self, maas: Session, props: Props) -> tuple[Machine, bool]:
        """Create (True), or find what has the MAC: MAAS discovered it, or an earlier try left it."""
        try:
            return sure(lambda: _create(maas, props), lambda: _by_mac(maas, props)), True
        except Refused as refusal:
            found = _by_mac(maas, props) if refusal.status in {400, 503} else None
            if found is None:
                raise
            if refusal.status == 503:
                raise MaasError(f"{refusal}. {told(maas, found.system_id)}") from None
            return found, False

    def _bring(self, maas: Session, found: Machine, olds: Props, props: Props) -> Machine:
        """Send what differs from MAAS, and from state where MAAS shows nothing: power parameters."""
        names = changed(self.schema, {**olds, **_observe(found, props)}, props)
        data: dict[str, object] = {name: props[name] for name in sorted(names & _SENT)}
        if names & _POWER:
            data |= {"power_type": props["power_type"], "power_parameters": _parameters(props)}
        if not data:
            return found
        purpose = f"change the machine {found.hostname}"
        uri = {"system_id": found.system_id}
        touches = {"Machines": found.system_id, "PowerParameters": found.system_id}
        answer = maas.change("Machine.update", purpose, uri, data, touches=touches, secrets=_secrets(props))
        return machine(as_mapping(answer, purpose))

    def _commissioned(self, maas: Session, found: Machine, props: Props) -> Machine:
        """Wait until it is through commissioning and tests; start them where nobody did."""
        if not props.get("commission"):
            return found
        if found.status in UNCOMMISSIONED | {"Failed testing"}:
            data = {"testing_scripts": _scripts(props)}
            uri = {"system_id": found.system_id}
            purpose = f"commission {found.hostname}"
            touches = {"Machines": found.system_id}

            def commission() -> Machine:
                answer = maas.change("Machine.commission", purpose, uri, data, touches=touches)
                return machine(as_mapping(answer, purpose))

            found = sure(commission, lambda: _begun(maas, uri["system_id"]))
        if found.status not in COMMISSIONING:
            return found
        return follow(maas, found, until({READY}, COMMISSIONING, "commission"), _minutes(props))


_SENT = frozenset({"hostname", "architecture", "domain", "zone", "pool", "min_hwe_kernel"})
_POWER = frozenset({"power_type", "power_address", "power_password", "power_parameters"})


def _create(maas: Session, props: Props) -> Machine:
    data: dict[str, object] = {name: props.get(name) for name in sorted(_SENT)}
    data |= {
        "mac_addresses": read_texts(props, "mac_addresses"),
        "power_type": props["power_type"],
        "power_parameters": _parameters(props),
        "commission": bool(props.get("commission")),
        "testing_scripts": _scripts(props) if props.get("commission") else None,
    }
    purpose = f"enrol the machine {read_text(props, 'hostname')}"
    touches: Touches = {"PowerParameters": None}
    answer = maas.change("Machines.create", purpose, data=data, touches=touches, secrets=_secrets(props))
    made = machine(as_mapping(answer, purpose))
    maas.snapshots.wrote("Machines", made.system_id)
    return made


def _by_mac(maas: Session, props: Props) -> Machine | None:
    macs = read_texts(props, "mac_addresses")
    purpose = f"find the machine with the MAC address {' or '.join(macs)}"
    found = maas.find_machine({"mac_address": macs}, purpose)
    if found:
        maas.snapshots.wrote("Machines", found[0].system_id)
    return found[0] if found else None


def _begun(maas: Session, system_id: str) -> Machine | None:
    now = maas.machine(system_id)
    return now if now is not None and now.status in COMMISSIONING | {READY} else None


def _by_id(maas: Session, id_: str) -> Machine | None:
    machines = maas.machines(id_)
    if id_ in machines:
        return machines[id_]
    return next((one for one in machines.values() if one.hostname == id_ or id_.lower() in one.macs), None)


def _parameters(props: Props) -> dict[str, str]:
    named = {"power_address": read_text(props, "power_address"), "power_pass": read_text(props, "power_password")}
    return {**{name: value for name, value in named.items() if value}, **_texts(mapping(props, "power_parameters"))}


def _texts(raw: Raw) -> dict[str, str]:
    return {name: read_text(raw, name) for name in raw}


def _secrets(props: Props) -> tuple[str, ...]:
    return (read_text(props, "power_password"), *_texts(mapping(props, "power_parameters")).values())


def _scripts(props: Props) -> str | None:
    return ",".join(read_texts(props, "testing_scripts")) or None


def _minutes(props: Props) -> int:
    return read_whole(props, "deadline_minutes") or 45


def _power(maas: Session, found: Machine, props: Props) -> Props:
    """Read the power parameters that were given, from one shared call (MAAS 3.5 API: machines/?op=power_parameters)."""
    if not any(props.get(name) is not None for name in _POWER - {"power_type"}):
        return {}
    machines = maas.snapshots.get(
        "PowerParameters",
        lambda: maas.client.one("Machines.power_parameters", "show the power parameters"),
        found.system_id,
    )
    there = mapping(machines, found.system_id)
    outs: dict[str, object] = {}
    if props.get("power_address") is not None:
        outs["power_address"] = read_text(there, "power_address")
    if props.get("power_password") is not None:
        outs["power_password"] = read_text(there, "power_pass")
    if props.get("power_parameters") is not None:
        outs["power_parameters"] = {name: read_text(there, name) for name in mapping(props, "power_parameters")}
    return outs


def _observe(found: Machine, props: Props) -> dict[str, object]:
    """Observe a machine. MACs are those asked for: a NIC changed by hand must not look like another machine."""
    return {
        "hostname": found.hostname,
        "mac_addresses": list(read_texts(props, "mac_addresses") or found.macs),
        "power_type": found.power_type,
        "architecture": found.architecture,
        "domain": found.domain,
        "zone": found.zone,
        "pool": found.pool,
        "min_hwe_kernel": found.min_hwe_kernel,
        "commission": found.status not in UNCOMMISSIONED,
        "system_id": found.system_id,
        "status": found.status,
        "fqdn": found.fqdn,
        "owner": found.owner,
        "cpu_count": found.cpu_count,
        "memory_mib": found.memory,
        "storage_mb": found.storage,
        "disks": [vars(disk) for disk in found.disks],
        "interfaces": [
            {
                "name": one.name,
                "type": one.type,
                "mac_address": one.mac_address,
                "ip_addresses": list(one.ip_addresses),
            }
            for one in found.interfaces
        ],
        "boot_interface": found.boot_interface,
        "test_results": dict(found.tests),
    }
